"""Runs of readers: they learn, resume bit-exactly and survive strange datasets."""

import math

import numpy as np
import pytest

from handmade import files_in
from hwcli.config.sections import ModelConfig
from hwcli.dataset.learned_from import LearnedFrom
from hwcli.errors import HwError, UsageError
from hwcli.evaluation.reader_errors import ReaderEvaluation
from hwcli.training.run.outcome import StopRequestedError
from print_letters import LINES, lines_and_pieces, printed, rows_of
from reader_runs import reader_of, reader_trainer, without_pace
from small_runs import rows, same_weights, stop_after


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return lines_and_pieces(tmp_path_factory.mktemp("lines") / "data")


def same_runs(one, other) -> bool:
    """Whether two run folders hold the same models and metrics."""
    models = all(
        same_weights(reader_of(one, name).tensors, reader_of(other, name).tensors)
        and reader_of(one, name).about == reader_of(other, name).about
        for name in ("best", "last")
    )
    return models and without_pace(rows(one)) == without_pace(rows(other))


def test_a_reader_learns_lines_by_heart(tmp_path):
    data = printed(tmp_path / "data", LINES * 4, ["train"] * 24 + ["valid"] * 8)
    result = reader_trainer(
        data,
        tmp_path / "run",
        model=ModelConfig(kind="reader", layers=1, hidden=24, dropout=0),
        epochs=40,
        lr=0.02,
        augment=0.0,
        schedule="trapezoid",
    ).train()
    assert result.best < 0.05
    first = next(row for row in rows(tmp_path / "run") if "valid_error_rate" in row)
    assert first["valid_error_rate"] > 0.5


@pytest.mark.parametrize("steps", [1, 5, 6, 8])
def test_resume_after_any_step_is_bit_exact(data, tmp_path, steps):
    whole = reader_trainer(data, tmp_path / "whole", average=0.9)
    whole.train()
    assert len(whole._epoch()) == 6
    parts = reader_trainer(data, tmp_path / "parts", average=0.9)
    stop_after(parts, steps)
    with pytest.raises(StopRequestedError):
        parts.train()
    assert parts.progress.step == steps
    reader_trainer(data, tmp_path / "parts", resume=True, average=0.9).train()
    assert same_runs(tmp_path / "whole", tmp_path / "parts")


def test_equal_seeds_give_equal_runs_and_the_folder_is_complete(data, tmp_path):
    for name in ("one", "two"):
        reader_trainer(data, tmp_path / name, optimiser="adam").train()
    assert same_runs(tmp_path / "one", tmp_path / "two")
    names = {name for name in files_in(tmp_path / "one") if not name.startswith("checkpoint")}
    assert names == {"best.safetensors", "last.safetensors", "metrics.jsonl"}


def test_metrics_say_what_was_read_and_how_well(data, tmp_path):
    run = reader_trainer(data, tmp_path / "run")
    run.train()
    steps = [row for row in rows(tmp_path / "run") if "loss" in row]
    assert [row["step"] for row in steps] == [10]
    assert steps[0].keys() == {"step", "epoch", "loss", "lr", "gradient_norm"}
    *_, last = (row for row in rows(tmp_path / "run") if "loss" not in row)
    classes = {f"valid_{name}" for name in ("small", "capitals", "digits", "punctuation", "spaces")}
    assert last.keys() == classes | {
        "step", "epoch", "train_nats_per_character", "valid_error_rate", "valid_characters",
        "valid_written_lines", "valid_written_error_rate", "valid_composed_lines",
        "valid_composed_error_rate", "characters_per_second",
    }  # fmt: skip
    assert (last["valid_written_lines"], last["valid_composed_lines"]) == (4, 196)
    error = reader_of(tmp_path / "run").about["error"]
    assert (error["rate"], error["characters"]) == (last["valid_error_rate"], last["valid_characters"])
    assert (error["protocol"], error["split"], error["composed_lines"]) == ("cer", "valid", 196)
    assert {f"valid_{name}": rate for name, rate in error["by_class"].items()} == {
        name: last[name] for name in classes
    }


def test_evaluation_in_numpy_agrees_with_validation_in_torch(data, tmp_path):
    model = ModelConfig(kind="reader", layers=1, hidden=24, dropout=0)
    reader_trainer(data, tmp_path / "run", epochs=16, lr=0.03, augment=0.0, model=model).train()
    reader = reader_of(tmp_path / "run")
    again = ReaderEvaluation.of(reader, data, "valid")
    assert 0.01 < again.all.rate < 1
    assert again.all.rate == pytest.approx(reader.about["error"]["rate"], abs=2e-3)


def test_file_says_what_the_reader_learned_from_and_only_settings_that_it_has(data, tmp_path):
    reader_trainer(data, tmp_path / "run", epochs=1).train()
    about = reader_of(tmp_path / "run").about
    assert about["training"]["model"] == {"layers": 1, "hidden": 12, "dropout": 0.2, "kind": "reader"}
    assert "window" not in about["training"]["train"]
    assert about["training"]["train"]["composed"] == 1.0
    assert (about["training"]["lines"], about["training"]["composed_lines"]) == (24, 24)
    assert len(LearnedFrom.of(about).hashes) == 26
    assert about["data"] == {"names": ["printed"]}


def test_a_model_saved_within_an_epoch_has_no_error_rate(data, tmp_path):
    run = reader_trainer(data, tmp_path / "run")
    stop_after(run, 8)
    with pytest.raises(StopRequestedError):
        run.train()
    assert "error" not in reader_of(tmp_path / "run").about
    assert "error" in reader_of(tmp_path / "run", "best").about


def test_a_run_from_a_reader_keeps_its_alphabet_and_weights(data, tmp_path):
    reader_trainer(data, tmp_path / "first", epochs=1).train()
    start = reader_of(tmp_path / "first")
    other = printed(tmp_path / "other", ["zoo ozo"] * 9, writers=[f"x{k}" for k in range(9)])
    run = reader_trainer(other, tmp_path / "run", start=start, lr=1e-9, epochs=1, weight_decay=0.0)
    run.train()
    tuned = reader_of(tmp_path / "run")
    assert tuned.alphabet == start.alphabet
    for name, tensor in start.tensors.items():
        np.testing.assert_allclose(tuned.tensors[name], tensor, atol=1e-6)
    assert LearnedFrom.of(start.about).hashes < LearnedFrom.of(tuned.about).hashes
    with pytest.raises(UsageError, match="--from cannot change the network: the reader has layers = 1"):
        reader_trainer(
            other, tmp_path / "x", start=start, model=ModelConfig(kind="reader", layers=2, hidden=12)
        )


def test_resume_with_another_dataset_is_refused(data, tmp_path):
    reader_trainer(data, tmp_path / "run", epochs=1).train()
    with pytest.raises(HwError, match="is not the dataset"):
        reader_trainer(printed(tmp_path / "other", LINES * 2), tmp_path / "run", resume=True)


def break_loss(run, bad) -> None:
    real, count = run.learner.loss, iter(range(10**6))

    def loss(*arguments):
        losses = real(*arguments)
        return losses * math.nan if bad(next(count)) else losses

    run.learner.loss = loss


def test_nonfinite_steps_are_skipped_and_ten_in_a_row_end_the_run(data, tmp_path):
    run = reader_trainer(data, tmp_path / "one")
    break_loss(run, lambda step: step == 3)
    run.train()
    assert run.progress.skipped == 1
    run = reader_trainer(data, tmp_path / "ten", epochs=9)
    break_loss(run, lambda step: step >= 2)
    with pytest.raises(HwError, match=r"10 steps in a row.*no finite loss in line\d+"):
        run.train()
    assert run.progress.step == 12


@pytest.mark.parametrize("rate", [0.0, 0.01, 1.0])
def test_single_characters_suffice(tmp_path, rate):
    texts = ["o", "l", "v", "7", "T"] * 5
    data = printed(tmp_path / "data", texts, writers=["w"] * 25)
    run = reader_trainer(data, tmp_path / "run", epochs=1, composed=rate)
    assert run.composed == (1 if rate else 0)  # 25 characters make a line
    assert run.data.whole == ([] if rate else list(range(25)))
    assert (" " in run.data.alphabet) == bool(rate)
    result = run.train()
    assert (result.best, result.best_epoch) == (None, 1)
    assert reader_of(tmp_path / "run", "best").alphabet == run.data.alphabet


def test_without_validation_lines_the_last_epoch_is_the_best(tmp_path):
    data = printed(tmp_path / "data", LINES * 2)
    assert reader_trainer(data, tmp_path / "run").train().best_epoch == 2
    last = rows(tmp_path / "run")[-1]
    assert not [key for key in last if key.startswith("valid")]


def test_a_dataset_without_text_is_refused(tmp_path):
    data = printed(tmp_path / "data", [None] * 3, rows=[rows_of("lo")] * 3)
    with pytest.raises(HwError, match="no line with text to train on"):
        reader_trainer(data, tmp_path / "run")
    rare = printed(tmp_path / "rare", ["lo"])
    with pytest.raises(HwError, match="too little text for a reader"):
        reader_trainer(rare, tmp_path / "run")


def test_lines_without_a_character_that_the_reader_knows_are_refused(data, tmp_path):
    reader_trainer(data, tmp_path / "run", epochs=1).train()
    other = printed(tmp_path / "other", ["€€"], rows=[rows_of("zo")])
    with pytest.raises(HwError, match="no training line with a character that the reader knows"):
        reader_trainer(other, tmp_path / "tuned", start=reader_of(tmp_path / "run"))


def test_a_source_of_weight_zero_is_not_learned_from(tmp_path):
    texts = [*LINES * 2, *["TT 77"] * 6]
    data = printed(tmp_path / "data", texts, sources=[0] * 16 + [1] * 6)
    run = reader_trainer(data, tmp_path / "run", source_weight="s1=0", epochs=1)
    assert run.data.whole == list(range(16))
    run.train()
    assert len(LearnedFrom.of(reader_of(tmp_path / "run").about).hashes) == 16


def scribble(points: int) -> np.ndarray:
    """A path that is far too long for its height."""
    rows = np.zeros((points, 3), np.int16)
    rows[1::2, 1], rows[2::2, 1] = 30_000, -30_000
    rows[-1, 2] = 1
    return rows


def test_ink_that_is_no_handwriting_is_left_out_and_without_any_other_refused(tmp_path):
    bad, texts = scribble(30_000), LINES[:4]
    mixed = printed(tmp_path / "mixed", [*texts * 2, "lo vol"], rows=[*map(rows_of, texts * 2), bad])
    reader_trainer(mixed, tmp_path / "run", batch_size=1, epochs=1).train()
    only = printed(tmp_path / "only", ["lo vol"] * 5, rows=[bad] * 5)
    with pytest.raises(HwError, match=r"none of 5 training lines of .* can be read"):
        reader_trainer(only, tmp_path / "bad").train()


@pytest.mark.parametrize("rows", [np.array([[0, 0, 1]]), np.array([[0, 0, 0], [0, 0, 1]])], ids=len)
def test_ink_of_a_single_place_is_learned_from(tmp_path, rows):
    data = printed(tmp_path / "data", ["."] * 6, rows=[rows.astype(np.int16)] * 6)
    run = reader_trainer(data, tmp_path / "run", epochs=1)
    run.train()
    assert run.progress.skipped == 0
