"""Several sources on the command line: hw preprocess, train and evaluate, as a user runs them."""

import json

import numpy as np
import pytest

from handmade import TINY, hw_here, ink_line, refused, tiny_dataset, tiny_model
from hwcli.dataset.store import open_dataset
from inks import make_ink

QUICK = [*TINY, "--epochs", "1", "--batch-size", "4", "--seed", "1"]


def ink_file(scale: float, name: str, lines: int = 8) -> bytes:
    """Return lines of loops by two writers."""
    inks = [make_ink(120 + 9 * k, seed=k) for k in range(lines)]
    return b"".join(
        ink_line(
            [(scale * s).tolist() for s in ink.strokes], id=f"{name}{k}", text="a 1", writer=f"{name}{k % 2}"
        )
        for k, ink in enumerate(inks)
    )


@pytest.fixture
def folder(tmp_path):
    """A folder with an unscaled dataset and ink of another device."""
    tiny_dataset(tmp_path / "iam", train=(120,) * 6, valid=(90,) * 2, texts=["abc abc"] * 8)
    (tmp_path / "pad.ndjson").write_bytes(ink_file(9.0, "pad"))
    tiny_model(tmp_path / "m.safetensors")
    return tmp_path


def test_other_ink_is_scaled_merged_learned_from_by_weight_and_scored_apart(folder):
    done = hw_here("preprocess", "pad=pad.ndjson", "--normalise", "--resample", "-o", "scaled",
                   "--valid-fraction", "0.5", cwd=folder)  # fmt: skip
    assert done.status == 0, done
    assert "pad: 2 hands, units times" in done.err
    done = hw_here("preprocess", "iam", "scaled", "-o", "both", cwd=folder)
    assert done.status == 0, done
    assert len(open_dataset(folder / "both")) == 16
    done = hw_here("train", "both", "-o", "run", *QUICK, "--source-weight", "pad=0.5", cwd=folder)
    assert done.status == 0, done
    assert "lines per epoch: iam 6, pad 2" in done.err
    assert 'source_weight = "pad=0.5"' in (folder / "run" / "config.toml").read_text()

    score = ["evaluate", "both", "--model", "run", "--device", "cpu"]
    row = json.loads(hw_here(*score, "--json", cwd=folder).out)
    assert row["sources"].keys() == {"iam", "pad"}
    parts = row["sources"].values()
    assert sum(part["lines"] for part in parts) == row["lines"] == 6
    total = sum(part["nats_per_sequence"] * part["lines"] for part in parts)
    assert row["nats_per_sequence"] == pytest.approx(total / 6)
    shown = hw_here(*score, cwd=folder).out.decode().splitlines()
    assert [line.split(":")[0] for line in shown[-2:]] == ["  iam", "  pad"]
    alone = json.loads(hw_here("evaluate", "iam", *score[2:], "--json", cwd=folder).out)
    assert row["sources"]["iam"]["nats_per_sequence"] == pytest.approx(alone["nats_per_sequence"], rel=1e-5)


def test_one_source_is_not_shown_apart(folder):
    shown = hw_here("evaluate", "iam", "--model", "m.safetensors", "--device", "cpu", cwd=folder).out.decode()
    assert len(shown.splitlines()) == 4


def test_weights_and_boosts_can_be_set_in_the_settings_file(folder):
    (folder / "hw.toml").write_text('[train]\nsource_weight = "ink=2"\nrare_boost = 3\n')
    done = hw_here("train", "iam", "-o", "run", *QUICK, cwd=folder)
    assert done.status == 0, done
    assert "lines per epoch: ink 12" in done.err


def test_differing_units_and_unusable_sources_are_warned_of(folder):
    (folder / "empty").mkdir()
    tiny_dataset(folder / "hurt")
    (folder / "hurt" / "manifest.json").write_text("{")
    done = hw_here("preprocess", "iam", "pad.ndjson", "empty", "hurt", "-o", "d", cwd=folder)
    assert done.status == 0, done
    warnings = [line for line in done.err.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 3
    assert warnings[0] == "warning: nothing was kept of empty: no ink found"
    assert warnings[1].startswith(
        "warning: nothing was kept of hurt: hurt: not read: hurt/manifest.json is damaged"
    )
    assert warnings[2].startswith("warning: the units of the sources differ")
    assert len(open_dataset(folder / "d")) == 16


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("train iam -o r --source-weight iman=2", ["--source-weight", "'iman'"]),
        ("train iam -o r --source-weight ink=0", ["0 for every source"]),
        ("train iam -o r --source-weight ink", ["expected NAME=WEIGHT", "--source-weight unipen=0.3"]),
        ("train iam -o r --rare-boost 0.5", ["rare-boost"]),
        ("preprocess x= -o d", ["expected NAME=PATH"]),
        ("preprocess pad.ndjson --normalise --fit iam-prediction -o d", ["--fit cannot be combined"]),
    ],
)
def test_wrong_usage_is_refused_in_one_line_and_writes_nothing(folder, line, words):
    before = sorted(folder.iterdir())
    arguments = line.split() + (QUICK if line.startswith("train") else [])
    refused(hw_here(*arguments, cwd=folder), *words, status=2)
    assert sorted(folder.iterdir()) == before


def test_boosting_without_text_is_refused(tmp_path):
    tiny_dataset(tmp_path / "iam")
    done = hw_here("train", "iam", "-o", "run", *QUICK, "--rare-boost", "2", cwd=tmp_path)
    refused(done, "--rare-boost needs lines with text", "--transcripts")


def test_a_source_that_was_scaled_trains_with_the_floor_of_half_a_unit(folder):
    done = hw_here("preprocess", "pad.ndjson", "--normalise", "-o", "scaled", cwd=folder)
    assert done.status == 0, done
    norm = open_dataset(folder / "scaled").normalisation
    np.testing.assert_allclose(norm.sigma_min, [0.5 / std for std in norm.std])
