"""Training synthesis networks: they learn the text, resume bit-exactly and keep their alphabet."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import small_runs
from handmade import TEXTS, dataset_of, files_in, random_model, texts_of, tiny_dataset
from hwcli.alphabet import RARE, Alphabet
from hwcli.config.sections import ModelConfig
from hwcli.dataset.line_texts import LineTexts
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError, UsageError
from hwcli.model import file as model_file
from hwcli.network.network import Network
from hwcli.sampling.model import Model
from hwcli.training.checkpoint import checkpoints
from hwcli.training.trainer import StopRequestedError, Trainer
from hwcli.training.validation import evaluate
from small_runs import epoch_rows, same_weights, stop_after, weights, without_speed

MODEL = ModelConfig(layers=2, hidden=12, mixtures=3, dropout=0.3, kind="synthesis", gaussians=3, skip=True)


@pytest.fixture
def data(tmp_path) -> Dataset:
    return tiny_dataset(tmp_path / "data", texts=TEXTS)


def trainer(data, run, model=MODEL, **how) -> Trainer:
    return small_runs.trainer(data, run, model=model, **how)


def model_of(run, name="last") -> model_file.ModelFile:
    return model_file.read(run / f"{name}.safetensors")


def ups_and_downs(folder, lines: int, letters: int = 8) -> Dataset:
    """Lines of random letters, each a stroke of four points: `u` goes up, `d` goes down."""
    rng = np.random.default_rng(1)
    inks, texts = [], []
    for _ in range(lines):
        text = "".join(rng.choice(list("ud"), letters))
        steps = np.array([(5, -20 if letter == "u" else 20, k == 3) for letter in text for k in range(4)])
        steps[:, :2] += rng.integers(-1, 2, (4 * letters, 2))
        steps[0, :2] = 0
        inks.append(steps.astype(np.int16))
        texts.append(text)
    return dataset_of(folder, inks, ["train"] * (lines - 6) + ["valid"] * 6, texts)


@pytest.mark.parametrize("how", [{}, {"optimiser": "muon", "precision": "bfloat16"}], ids=["adam", "muon"])
def test_network_learns_to_follow_the_text(tmp_path, how):
    """Only a network that reads the text can know which way the next letter goes."""
    data = ups_and_downs(tmp_path / "d", 54)
    model = replace(MODEL, layers=1, hidden=24, dropout=0.0)
    run = trainer(data, tmp_path / "run", model=model, epochs=15, batch_size=8, window=40, lr=0.03,
                  average=0.9, **how)  # fmt: skip
    assert run.progress.skipped == 0
    run.train()
    learned = model_of(tmp_path / "run", "best")
    assert learned.alphabet == Alphabet("du")
    lines = data.split("valid")
    network = Network.of(learned)

    def nats(swap: dict[int, int] | None = None) -> float:
        swapped = {k: data.lines[k].text.translate(swap or {}) for k in lines}
        texts = texts_of({k: learned.alphabet.encode_lossy(text) for k, text in swapped.items()}, 2)
        return evaluate(network, data, lines, data.normalisation, texts=texts).nats_per_sequence

    true, wrong = nats(), nats(str.maketrans("ud", "du"))
    assert wrong > true + 8 * math.log(2)  # worse than guessing every letter
    losses = [row["train_nats_per_point"] for row in epoch_rows(tmp_path / "run")]
    assert losses[-1] < losses[0] - 1


def test_alphabet_comes_from_the_training_lines(data, tmp_path):
    """Characters that are rare, or occur only in validation lines, are left out."""
    run = trainer(data, tmp_path / "run", epochs=1)
    run.train()
    train = [data.lines[k].text for k in data.split("train")]
    expected = "".join(sorted(c for c in set("".join(train)) if "".join(train).count(c) >= RARE))
    model = model_of(tmp_path / "run")
    assert model.alphabet.characters == expected == " abc"
    assert (model.kind, model.shape.gaussians, model.shape.characters) == ("synthesis", 3, 4)
    assert Model(model, "m").sample(seed=1, text="cab", tries=1).text == "cab"


def test_validation_covers_all_whole_lines_with_text_and_without_dropout(data, tmp_path):
    run = trainer(data, tmp_path / "run")
    run.train()
    last = epoch_rows(tmp_path / "run")[-1]
    model = model_of(tmp_path / "run")
    texts = LineTexts.of(data, data.split("valid"), model.alphabet)
    again = evaluate(Network.of(model), data, data.split("valid"), data.normalisation, texts=texts)
    assert last["valid_nats_per_sequence"] == pytest.approx(again.nats_per_sequence, rel=1e-6)
    assert (again.lines, again.points) == (2, 12 + 25)


@pytest.mark.parametrize("how", [{}, {"optimiser": "muon", "average": 0.9}], ids=["adam", "muon"])
@pytest.mark.parametrize("steps", [1, 2, 5, 7, 11])
def test_resume_after_any_step_is_bit_exact(data, tmp_path, steps, how):
    whole = trainer(data, tmp_path / "whole", **how)
    whole.train()
    assert whole.progress.step > 11
    parts = trainer(data, tmp_path / "parts", **how)
    stop_after(parts, steps)
    with pytest.raises(StopRequestedError):
        parts.train()
    resumed = trainer(data, tmp_path / "parts", resume=True, **how)
    assert resumed.progress.step == steps
    resumed.train()
    for name in ("last", "best"):
        assert same_weights(weights(tmp_path / "whole", name), weights(tmp_path / "parts", name))
        assert model_of(tmp_path / "parts", name).alphabet == Alphabet(" abc")
    assert without_speed(tmp_path / "whole") == without_speed(tmp_path / "parts")


def test_checkpoint_within_an_epoch_holds_the_text_window_state(data, tmp_path):
    run = trainer(data, tmp_path / "run", epochs=1)
    stop_after(run, 2)
    with pytest.raises(StopRequestedError):
        run.train()
    tensors = next(checkpoints(tmp_path / "run" / "checkpoint")).tensors
    state = {name: tuple(t.shape) for name, t in tensors.items() if name.startswith("state.")}
    assert state == {
        "state.0.h": (1, 3, 12), "state.0.c": (1, 3, 12), "state.1.h": (1, 3, 12), "state.1.c": (1, 3, 12),
        "state.2.h": (1, 3, 3), "state.2.c": (1, 3, 4),
    }  # fmt: skip
    assert (tensors["state.2.h"] > 0).any()


def test_resume_with_other_texts_is_refused(data, tmp_path):
    trainer(data, tmp_path / "run", epochs=1).train()
    for number, text in enumerate(("abbc", "ab", None)):
        other = tiny_dataset(tmp_path / f"other{number}", texts=(text, *TEXTS[1:]))
        with pytest.raises(HwError, match="is not the dataset"):
            trainer(other, tmp_path / "run", resume=True)
    trainer(tiny_dataset(tmp_path / "same", texts=TEXTS), tmp_path / "run", resume=True)


def test_lines_without_text_are_left_out(tmp_path):
    texts = (TEXTS[0] * 5, None, TEXTS[2] * 5, "", TEXTS[4], None, None, TEXTS[7])
    run = trainer(tiny_dataset(tmp_path / "d", texts=texts), tmp_path / "run", epochs=1)
    assert (run.data.train_lines, run.data.valid_lines, run.lanes) == ([0, 2, 4], [7], 3)
    run.train()
    about = model_of(tmp_path / "run").about
    assert about["training"]["lines"] == 3
    assert about["log_loss"]["lines"] == 1


def test_training_lines_need_text_but_validation_lines_do_not(tmp_path):
    valid = tiny_dataset(tmp_path / "v", texts=(None,) * 6 + ("aaaaa", "aaaaa"))
    with pytest.raises(HwError, match="no line with text to train on"):
        trainer(valid, tmp_path / "run")
    train = tiny_dataset(tmp_path / "t", texts=("aaaaa",) * 6 + (None, None))
    result = trainer(train, tmp_path / "run", epochs=1).train()
    assert (result.best, result.epochs) == (None, 1)


def test_dataset_without_text_is_refused_with_a_hint(tmp_path):
    with pytest.raises(HwError, match="no line with text") as caught:
        trainer(tiny_dataset(tmp_path / "d"), tmp_path / "run")
    assert "--transcripts" in caught.value.hint


@pytest.mark.parametrize(
    "texts", [("abcdefgh",) * (RARE - 1) + (None,) * 4, ("\u200b\x00" * 9,) * 8], ids=["rare", "unseen"]
)
def test_texts_with_only_rare_characters_are_refused(tmp_path, texts):
    with pytest.raises(HwError, match="no character occurs 5 times"):
        trainer(tiny_dataset(tmp_path / "d", texts=texts), tmp_path / "run")


def test_prediction_ignores_texts(data, tmp_path):
    prediction = replace(MODEL, kind="prediction")
    bare = tiny_dataset(tmp_path / "bare")
    for name, lines in (("with", data), ("without", bare)):
        trainer(lines, tmp_path / name, model=prediction, epochs=1).train()
    assert same_weights(weights(tmp_path / "with"), weights(tmp_path / "without"))
    assert model_of(tmp_path / "with").alphabet is None


def test_synthesis_from_a_prediction_model_starts_at_its_loss(data, tmp_path):
    start = random_model(2, 12, 3, skip=True)
    data = replace(data, normalisation=start.normalisation)
    run = trainer(data, tmp_path / "run", start=start, lr=1e-12, epochs=1)
    run.train()
    lines = data.split("valid")
    before = evaluate(Network.of(start), data, lines, start.normalisation)
    (after,) = epoch_rows(tmp_path / "run")
    assert after["valid_nats_per_sequence"] == pytest.approx(before.nats_per_sequence, abs=1e-3)


def test_synthesis_from_a_synthesis_model_adds_to_its_alphabet(data, tmp_path):
    start = random_model(2, 12, 3, skip=True, alphabet="cx b")
    data = replace(data, normalisation=start.normalisation)
    run = trainer(data, tmp_path / "run", start=start, lr=1e-12, epochs=1)
    assert run.data.texts[0].tolist() == [4, 3, 3, 4]  # abba, of which it only knew b
    run.train()
    model = model_of(tmp_path / "run")
    assert model.alphabet.characters == "cx ba"
    for name, tensor in start.tensors.items():
        found = model.tensors[name]
        if found.shape != tensor.shape:
            place = (
                12 if "lstm.1" in name else 0
            ) + 4  # after the layer below and the characters known before
            found = np.delete(found, place, axis=1)
        np.testing.assert_allclose(found, tensor, atol=1e-6)
    trainer(data, tmp_path / "run", resume=True, start=start, lr=1e-12, epochs=2).train()
    assert model_of(tmp_path / "run").about["training"]["epoch"] == 2


def test_synthesis_model_keeps_its_text_window(data, tmp_path):
    start = random_model(2, 12, 3, skip=True, alphabet="abc ")
    for how, has in (({"gaussians": 4}, "gaussians = 3"), ({"kind": "prediction"}, "kind = synthesis")):
        with pytest.raises(UsageError, match=f"the model has {has}"):
            trainer(data, tmp_path / "run", start=start, model=replace(MODEL, **how))


@pytest.mark.usefixtures("pictures")
def test_every_epoch_draws_a_picture(data, tmp_path):
    trainer(data, tmp_path / "run", epochs=2).train()
    names = set(files_in(tmp_path / "run"))
    assert {"samples/epoch-001.svg", "samples/epoch-002.svg"} <= names


@pytest.mark.usefixtures("pictures")
@pytest.mark.parametrize("text", ["€€€", "a" * 500, " ", "\u0301"], ids=["unknown", "long", "blank", "mark"])
def test_text_that_cannot_be_drawn_does_not_end_the_run(tmp_path, capsys, text):
    data = tiny_dataset(tmp_path / "d", texts=(*TEXTS[:6], text, text))
    result = trainer(data, tmp_path / "run", epochs=1).train()
    assert result.epochs == 1
    assert math.isfinite(result.best)
    assert "cannot draw the samples of epoch 1" in capsys.readouterr().err


def test_run_gives_up_after_ten_nonfinite_steps_and_names_lines(data, tmp_path):
    run = trainer(data, tmp_path / "run", epochs=9, batch_size=1)
    real = run.learner.loss
    run.learner.loss = lambda *arguments: real(*arguments) * math.nan
    with pytest.raises(HwError, match=r"10 steps in a row.*f00\d-01"):
        run.train()


def test_nonfinite_lane_keeps_its_previous_text_window(data, tmp_path):
    """Other lanes are not affected."""
    from hwcli.training.learner import _restore_nonfinite_lanes

    network = trainer(data, tmp_path / "run").network
    before = network.zero_state(3)
    after = [(h + 1, c + 1) for h, c in before]
    after[-1][0][0, 1, 2] = math.inf
    for (h, c), (new_h, new_c) in zip(_restore_nonfinite_lanes(after, before), after, strict=True):
        assert (h[:, 1] == 0).all()
        assert (c[:, 1] == 0).all()
        for lane in (0, 2):
            assert (h[:, lane] == new_h[:, lane]).all()
            assert (c[:, lane] == new_c[:, lane]).all()
