"""Which checkpoint a run resumes from."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from handmade import offsets_of, tiny_dataset
from hwcli.dataset import store
from hwcli.dataset.store import LineInfo, Source, open_dataset
from hwcli.errors import HwError
from hwcli.training.trainer import StopRequestedError
from small_runs import MODEL, same_weights, stop_after, trainer, weights, without_speed


@pytest.fixture
def data(tmp_path):
    return tiny_dataset(tmp_path / "data")


def test_resume_with_other_ink_of_the_same_lengths_is_refused(tmp_path):
    """Only a line of a second source differs, which the units do not depend on."""
    lines = [offsets_of(n, n) for n in (9, 30, 17)]
    for name in ("before", "after"):
        infos = [LineInfo(f"f{k}-01", f"f{k}", "train", source=min(k, 1)) for k in range(3)]
        (tmp_path / name).mkdir()
        starts = np.cumsum([0, 9, 30, 17])
        sources = [Source("one", "tablet", 1.0), Source("two", "tablet", 1.0)]
        store.write(tmp_path / name, np.concatenate(lines), starts, infos, {"names": []}, sources)
        lines[2] = lines[2][::-1].copy()
    trainer(open_dataset(tmp_path / "before"), tmp_path / "run", epochs=1).train()
    trainer(open_dataset(tmp_path / "before"), tmp_path / "run", resume=True)
    with pytest.raises(HwError, match="its ink is another"):
        trainer(open_dataset(tmp_path / "after"), tmp_path / "run", resume=True)


@pytest.fixture
def stopped(data, tmp_path):
    """The two checkpoints of a run that was stopped within its second epoch."""
    run = trainer(data, tmp_path / "run")
    stop_after(run, 8)
    with pytest.raises(StopRequestedError):
        run.train()
    return sorted((tmp_path / "run" / "checkpoint").iterdir())


def resumed_at(data, run) -> int:
    return trainer(data, run, resume=True).progress.step


def test_checkpoint_with_any_bit_changed_is_not_used(data, tmp_path, stopped, capsys):
    older, newest = stopped
    assert resumed_at(data, tmp_path / "run") == int(newest.stem)
    assert not capsys.readouterr().err
    whole = newest.read_bytes()
    rng = np.random.default_rng(3)
    for place in [*range(0, 700, 37), *rng.integers(0, len(whole), 40), len(whole) - 1]:
        changed = bytearray(whole)
        changed[place] ^= 1 << int(rng.integers(8))
        newest.write_bytes(changed)
        assert resumed_at(data, tmp_path / "run") == int(older.stem), place
        err = capsys.readouterr().err
        assert f"warning: resuming from the older checkpoint {older.name}: {newest.name} is damaged" in err
    older.write_bytes(whole[:-1])
    with pytest.raises(HwError, match=f"no complete checkpoint .*{newest.name} is damaged.*{older.name} is"):
        resumed_at(data, tmp_path / "run")


@pytest.mark.parametrize(
    "other",
    [
        {"model": replace(MODEL, hidden=12)},
        {"model": replace(MODEL, layers=2)},
        {"batch_size": 2},
        {"average": 0.9},
        {"optimiser": "muon"},
    ],
    ids=["hidden", "layers", "batch_size", "average", "optimiser"],
)
def test_checkpoint_of_another_run_is_not_used(data, tmp_path, stopped, capsys, other):
    older, newest = stopped
    run = trainer(data, tmp_path / "other", **other)
    stop_after(run, 8)
    with pytest.raises(StopRequestedError):
        run.train()
    shutil.copy(max((tmp_path / "other" / "checkpoint").iterdir()), newest)
    continued = trainer(data, tmp_path / "run", resume=True)
    assert continued.progress.step == int(older.stem)
    assert "does not fit" in capsys.readouterr().err


def test_run_that_fell_back_ends_like_any_other(data, tmp_path, stopped):
    trainer(data, tmp_path / "whole").train()
    stopped[-1].write_bytes(b"damaged")
    stopped[-1].with_name("0000099999.safetensors").write_bytes(b"of the future")
    trainer(data, tmp_path / "run", resume=True).train()
    assert same_weights(weights(tmp_path / "run"), weights(tmp_path / "whole"))
    assert without_speed(tmp_path / "run") == without_speed(tmp_path / "whole")
    names = [sorted(p.name for p in (tmp_path / run / "checkpoint").iterdir()) for run in ("run", "whole")]
    assert names[0] == names[1]


def test_checkpoint_without_a_checksum_can_be_resumed_from(data, tmp_path, stopped):
    """As hw wrote them before checkpoints had one."""
    for path in stopped:
        with safe_open(path, framework="pt") as file:
            metadata = {k: v for k, v in file.metadata().items() if k != "sha256"} | {"version": "1"}
        identity = json.loads(metadata["settings"])
        del identity["offsets"]
        save_file(load_file(path), path, metadata | {"settings": json.dumps(identity)})
    assert resumed_at(data, tmp_path / "run") == int(stopped[-1].stem)


def test_run_without_a_checkpoint_cannot_be_resumed(data, tmp_path):
    with pytest.raises(HwError, match="no complete checkpoint"):
        resumed_at(data, tmp_path / "run")
