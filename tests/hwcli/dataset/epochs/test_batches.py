"""Training batches: every point is a target once, with all of its line before it."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import dataset_of, offsets_of, random_model, texts_of
from hwcli.dataset.epochs.batches import ArrayBatch, Epoch, groups_by_length, whole_lines
from hwcli.dataset.line_texts import LineTexts
from hwcli.dataset.store import Dataset, LineInfo, LineTable, normalisation
from hwcli.evaluation.scoring import score_lines
from hwcli.normalisation import START, normalise


def in_memory(lengths: list[int]) -> Dataset:
    """Return an in-memory dataset of lines of these lengths, in which no two offsets are equal."""
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    offsets = np.zeros((starts[-1], 3), np.float32)
    offsets[:, 0] = np.arange(starts[-1]) + 1
    offsets[:, 1] = np.random.default_rng(0).integers(-50, 50, starts[-1])
    offsets[:, 2] = np.random.default_rng(1).random(starts[-1]) < 0.3
    offsets[starts[:-1], :2] = 0
    offsets[starts[1:] - 1, 2] = 1
    infos = LineTable.of(LineInfo(f"l{i}", f"g{i}", "train") for i in range(len(lengths)))
    norm = normalisation(offsets, starts, range(len(lengths)))
    return Dataset(None, offsets, starts, infos, norm, {})


def streams(epoch: Epoch) -> dict[str, np.ndarray]:
    """Return the arrays of all batches, joined in time."""
    names = ("inputs", "reset", "targets", "offset_weight", "eos_weight")
    return {name: np.concatenate([getattr(epoch[k], name) for k in range(len(epoch))]) for name in names}


def lines_of(epoch: Epoch) -> list[dict[str, np.ndarray]]:
    """Return the arrays of each streamed line: those of all batches, cut at the resets."""
    whole = streams(epoch)
    found = []
    for lane in range(whole["reset"].shape[1]):
        column = {name: array[:, lane] for name, array in whole.items()}
        cuts = np.flatnonzero(column["reset"])
        for a, b in zip(cuts, [*cuts[1:], len(column["reset"])], strict=True):
            if b > a + 1:
                found.append({name: array[a + 1 : b] for name, array in column.items()})
    return found


BLANK = 4  # the code for no character in the texts below


def texts_for(lines: int) -> LineTexts:
    """Return distinct texts for all lines, with lengths around the multiples of 8."""
    rng = np.random.default_rng(lines)
    codes = {}
    for line in range(lines):
        own = [int(digit) for digit in np.base_repr(line, BLANK)]
        more = rng.integers(0, BLANK + 1, rng.integers(0, 16)).tolist()
        codes[line] = np.array([*own, BLANK, *more, *own])
    return texts_of(codes, BLANK)


def seen(batch: ArrayBatch, lane: int) -> list[list[int]]:
    """Return the text of a lane at every step, without padding."""
    found = []
    for step in range(len(batch.reset)):
        span = max(n for n, begin in enumerate(batch.text.begins) if begin <= step)
        column = batch.text.codes[span, :, lane].tolist()
        while column and column[-1] == BLANK:
            column.pop()
        found.append(column)
    return found


ANY = given(
    lengths=st.lists(st.integers(2, 40), min_size=1, max_size=9),
    lanes=st.integers(1, 6),
    length=st.integers(2, 30),
    seed=st.integers(0, 3),
)


@ANY
def test_every_line_is_streamed_exactly_once(lengths, lanes, length, seed):
    data = in_memory(lengths)
    lines = lines_of(Epoch(data, range(len(lengths)), lanes, length, seed, epoch=0))
    got = sorted(line["targets"].tobytes() for line in lines)
    expected = sorted(normalise(data.line(i), data.normalisation).tobytes() for i in range(len(lengths)))
    assert got == expected


@ANY
def test_every_point_is_a_target_exactly_once(lengths, lanes, length, seed):
    data = in_memory(lengths)
    whole = streams(Epoch(data, range(len(lengths)), lanes, length, seed, epoch=0))
    assert whole["eos_weight"].sum() == sum(lengths)
    assert whole["offset_weight"].sum() == sum(lengths) - len(lengths)  # a first point has no offset
    got = whole["targets"][whole["offset_weight"] > 0][:, 0]
    offsets = np.delete(normalise(data.offsets, data.normalisation)[:, 0], data.starts[:-1])
    np.testing.assert_array_equal(np.sort(got), np.sort(offsets))  # all differ


@ANY
def test_inputs_are_the_targets_one_step_before_from_the_start_row_on(lengths, lanes, length, seed):
    data = in_memory(lengths)
    start = normalise(np.array(START), data.normalisation)
    for line in lines_of(Epoch(data, range(len(lengths)), lanes, length, seed, epoch=0)):
        np.testing.assert_array_equal(line["inputs"][0], start)
        np.testing.assert_array_equal(line["inputs"][1:], line["targets"][:-1])
        assert line["offset_weight"].tolist() == [0, *[1] * (len(line["targets"]) - 1)]
        assert (line["eos_weight"] == 1).all()


@ANY
def test_between_lines_there_is_no_target_and_the_state_is_cleared(lengths, lanes, length, seed):
    data = in_memory(lengths)
    whole = streams(Epoch(data, range(len(lengths)), lanes, length, seed, epoch=0))
    idle = whole["reset"] == 1
    assert (whole["eos_weight"][idle] == 0).all()
    assert (whole["offset_weight"][idle] == 0).all()
    assert (whole["eos_weight"][~idle] == 1).all()
    assert (whole["reset"][0] == 1).all()  # each stream begins with one


@ANY
def test_every_point_is_learned_with_the_text_of_its_line(lengths, lanes, length, seed):
    data, texts = in_memory(lengths), texts_for(len(lengths))
    epoch = Epoch(data, range(len(lengths)), lanes, length, seed, epoch=0, texts=texts)
    batches = [epoch[k] for k in range(len(epoch))]
    line_of = {normalise(data.line(i), data.normalisation).tobytes(): i for i in range(len(lengths))}
    points = 0
    for lane in range(len(epoch.lanes)):
        in_view = [column for w in batches for column in seen(w, lane)]
        reset = np.concatenate([w.reset[:, lane] for w in batches])
        targets = np.concatenate([w.targets[:, lane] for w in batches])
        cuts = [*np.flatnonzero(reset), len(reset)]
        for a, b in pairwise(cuts):
            if b > a + 1:
                own = texts[line_of[targets[a + 1 : b].tobytes()]].tolist()
                assert in_view[a + 1 : b] == [own] * (b - a - 1)
                points += b - a - 1
    assert points == sum(lengths)


@ANY
def test_texts_leave_the_other_arrays_unchanged(lengths, lanes, length, seed):
    data, texts = in_memory(lengths), texts_for(len(lengths))
    with_text, without = (
        Epoch(data, range(len(lengths)), lanes, length, seed, epoch=0, texts=t) for t in (texts, None)
    )
    for name, array in streams(without).items():
        np.testing.assert_array_equal(streams(with_text)[name], array)
    for k in range(len(with_text)):
        begins, codes = with_text[k].text.begins, with_text[k].text.codes
        assert begins[0] == 0
        assert all(a < b for a, b in pairwise((*begins, length)))
        assert codes.shape[0] == len(begins)
        assert codes.shape[1] % 8 == 0
        assert codes.shape[2] == len(with_text.lanes)
        assert without[k].text is None


@ANY
def test_a_part_of_the_lanes_has_the_texts_and_targets_of_those_lanes(lengths, lanes, length, seed):
    data, texts = in_memory(lengths), texts_for(len(lengths))
    whole = Epoch(data, range(len(lengths)), lanes, length, seed, epoch=0, texts=texts)
    for part in (slice(0, 1), slice(1, None), slice(lanes // 2, lanes)):
        some = Epoch(data, range(len(lengths)), lanes, length, seed, 0, part, texts)
        chosen = range(len(whole.lanes))[part]
        for k in range(len(whole)):
            for column, lane in enumerate(chosen):
                assert seen(some[k], column) == seen(whole[k], lane)
            np.testing.assert_array_equal(some[k].targets, whole[k].targets[:, part])


@ANY
def test_batches_have_one_shape_and_the_last_is_not_empty(lengths, lanes, length, seed):
    epoch = Epoch(in_memory(lengths), range(len(lengths)), lanes, length, seed, epoch=0)
    for k in range(len(epoch)):
        assert epoch[k].inputs.shape == (length, min(lanes, len(lengths)), 3)
    assert epoch[len(epoch) - 1].eos_weight.any()
    with pytest.raises(IndexError):
        epoch[len(epoch)]


def test_the_order_depends_on_the_seed_and_the_epoch():
    data = in_memory([5] * 60)

    def order(seed, epoch):
        return Epoch(data, range(60), 4, 20, seed, epoch).lanes

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1)
    assert order(1, 0) != order(2, 0)
    assert order(1, 0)[0] != sorted(order(1, 0)[0])


def test_batches_can_be_read_in_any_order():
    data = in_memory([33, 8, 21, 2, 17])
    epoch, again = (Epoch(data, range(5), 2, 10, 3, 1) for _ in range(2))
    last = len(epoch) - 1
    np.testing.assert_array_equal(again[last].inputs, [epoch[k] for k in range(last + 1)][-1].inputs)


def test_only_the_given_lines_are_streamed():
    data = in_memory([6, 7, 8, 9])
    lines = lines_of(Epoch(data, [1, 3], 2, 5, 0, 0))
    assert sorted(len(line["targets"]) for line in lines) == [7, 9]


def test_jumps_are_not_clamped(tmp_path):
    line = offsets_of(10, 0)
    line[4] = [30_000, -32_000, 1]
    data = dataset_of(tmp_path / "d", [line, offsets_of(20, 1)])
    targets = np.concatenate([w["targets"] for w in lines_of(Epoch(data, [0, 1], 2, 8, 0, 0))])
    back = targets[:, :2] * np.array(data.normalisation.std) + np.array(data.normalisation.mean)
    assert (np.abs(back - [30_000, -32_000]).max(1) < 0.05).sum() == 1


@pytest.fixture
def float64_network():
    """Build a PyTorch network in float64; without PyTorch, the test is skipped."""
    pytest.importorskip("torch")
    from hwcli.network.network import Network

    return lambda file: Network.of(file).double().eval()


def loss_of(network, batches: Iterable[ArrayBatch]) -> float:
    """Return the log-loss of consecutive batches in float64, from the zero state."""
    import torch

    from hwcli.training.batch_tensors import Batch
    from hwcli.training.loss import log_loss

    state, total = None, 0.0
    with torch.no_grad():
        for arrays in batches:
            tensors = vars(Batch.of(arrays, torch.device("cpu")))
            batch = Batch(**{k: v.double() if isinstance(v, torch.Tensor) else v for k, v in tensors.items()})
            before = state or network.zero_state(batch.inputs.shape[1])
            raw, state = network(batch.inputs, batch.reset, before, batch.text)
            total += float(log_loss(raw, batch, network.sigma_min).sum())
    return total


@pytest.mark.parametrize("alphabet", ["", "abc "], ids=["prediction", "synthesis"])
@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize(("lanes", "length"), [(1, 7), (3, 10), (4, 300)])
def test_the_loss_of_streamed_batches_equals_that_of_whole_lines(
    float64_network, skip, lanes, length, alphabet
):
    """Carried state, resets and the cuts between batches change nothing."""
    data = in_memory([9, 30, 2, 17, 41, 5])
    network = float64_network(random_model(layers=2, skip=skip, alphabet=alphabet))
    texts = texts_for(6) if alphabet else None
    epoch = Epoch(data, range(6), lanes, length, seed=0, epoch=0, texts=texts)
    streamed = loss_of(network, (epoch[k] for k in range(len(epoch))))

    def one_by_one(texts: LineTexts | None) -> float:
        whole = (whole_lines(data, [line], data.normalisation, texts) for line in range(6))
        return sum(loss_of(network, [batch]) for batch in whole)

    assert streamed == pytest.approx(one_by_one(texts), rel=1e-11)
    if texts is not None:  # other texts have another loss
        turned = texts_of({line: texts[(line + 1) % 6] for line in range(6)}, BLANK)
        assert streamed != pytest.approx(one_by_one(turned), rel=1e-4)


@ANY
def test_groups_have_every_line_once_the_longest_first(lengths, lanes, length, seed):
    data = in_memory(lengths)
    groups = groups_by_length(data, range(len(lengths)), points=40 + length, most=lanes)
    order = [line for group in groups for line in group]
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[line] for line in order] == sorted(lengths, reverse=True)
    for group in groups:
        assert len(group) <= lanes
        assert len(group) == 1 or len(group) * lengths[group[0]] <= 40 + length


@ANY
def test_whole_lines_have_every_line_from_its_beginning_with_its_text(lengths, lanes, length, seed):
    data, texts = in_memory(lengths), texts_for(len(lengths))
    lines = np.random.default_rng(seed).permutation(len(lengths)).tolist()
    batch = whole_lines(data, lines, data.normalisation, texts)
    assert batch.inputs.shape == (max(lengths), len(lengths), 3)
    assert (batch.reset == 0).all()
    assert batch.text.begins == (0,)
    for lane, line in enumerate(lines):
        n, rest = lengths[line], max(lengths) - lengths[line]
        assert batch.eos_weight[:, lane].tolist() == [1] * n + [0] * rest
        assert batch.offset_weight[:, lane].tolist() == [0] + [1] * (n - 1) + [0] * rest
        np.testing.assert_array_equal(batch.inputs[1:n, lane], batch.targets[: n - 1, lane])
        np.testing.assert_array_equal(batch.targets[:n, lane], normalise(data.line(line), data.normalisation))
        assert seen(batch, lane)[0] == texts[line].tolist()


@pytest.mark.parametrize("alphabet", ["", "abc "], ids=["prediction", "synthesis"])
def test_the_log_loss_does_not_depend_on_the_batch_size(tmp_path, alphabet):
    data = dataset_of(tmp_path / "d", [offsets_of(n, n) for n in (3, 40, 12, 80)])
    model = random_model(alphabet=alphabet)
    how = {"texts": texts_for(4) if alphabet else None}
    together = score_lines(model, data, [0, 1, 2, 3], **how).mean()
    alone = [score_lines(model, data, [i], **how).mean().nats_per_sequence for i in range(4)]
    assert together.nats_per_sequence == pytest.approx(np.mean(alone), rel=1e-5)
    assert (together.lines, together.points) == (4, 135)
