"""Random changes to lines: one linear map per line and epoch, which the lift of the pen does not feel."""

import math

import numpy as np
import pytest

from handmade import tiny_dataset
from hwcli.dataset.epochs.augmentation import ASPECT, ROTATION, SIZE, SLANT, random_map
from hwcli.dataset.epochs.batches import Epoch


@pytest.fixture
def data(tmp_path):
    return tiny_dataset(tmp_path / "data", train=(60, 40, 80, 50), valid=(30,))


def lines_in(epoch: Epoch) -> dict[int, np.ndarray]:
    """The target rows of each line, put together from all batches."""
    found: dict[int, list[np.ndarray]] = {}
    for k in range(len(epoch)):
        batch = epoch[k]
        for lane in range(len(epoch.lanes)):
            for piece in epoch._pieces(lane, k):
                found.setdefault(piece.line, []).append(batch.targets[piece.low : piece.high, lane])
    return {line: np.concatenate(parts) for line, parts in found.items()}


def epoch_of(data, number=0, augment=0.0) -> Epoch:
    return Epoch(data, range(4), lanes=2, length=11, seed=3, epoch=number, augment=augment)


def test_a_line_is_changed_by_one_map(data):
    norm = data.normalisation
    plain, changed = lines_in(epoch_of(data)), lines_in(epoch_of(data, augment=1.0))
    maps = []
    for line, rows in changed.items():
        before, after = (r[:, :2] * norm.std + norm.mean for r in (plain[line], rows))
        found, *_ = np.linalg.lstsq(before, after, rcond=None)
        np.testing.assert_allclose(before @ found, after, atol=1e-3 * np.abs(after).max())
        np.testing.assert_array_equal(rows[:, 2], plain[line][:, 2])
        maps.append(found)
    assert len({tuple(m.round(4).ravel()) for m in maps}) == 4


def test_an_input_is_the_target_before_it(data):
    epoch = epoch_of(data, augment=1.0)
    for k in range(len(epoch)):
        batch = epoch[k]
        inner = (batch.offset_weight[1:] == 1) & (batch.offset_weight[:-1] == 1)
        np.testing.assert_array_equal(batch.inputs[1:][inner], batch.targets[:-1][inner])


def test_every_epoch_has_other_maps(data):
    one, other, again = (lines_in(epoch_of(data, n, augment=1.0)) for n in (0, 1, 0))
    assert not np.allclose(one[2], other[2])
    np.testing.assert_array_equal(one[2], again[2])


def test_maps_have_the_stated_deviations():
    maps = np.array([random_map(1.0, 5, k) for k in range(4000)])
    # rotation after slant after scaling: the first column has the angle and the width
    angle = np.arctan2(maps[:, 1, 0], maps[:, 0, 0])
    width = np.hypot(maps[:, 0, 0], maps[:, 1, 0])
    size = np.log(np.linalg.det(maps)) / 2
    aspect = 2 * (np.log(width) - size)
    for values, deviation in [(angle, ROTATION), (size, SIZE), (aspect, ASPECT)]:
        assert values.std() == pytest.approx(deviation, rel=0.05)
        assert abs(values.mean()) < 4 * deviation / math.sqrt(4000)
    rows = maps[:, 0, 1] * np.cos(angle) + maps[:, 1, 1] * np.sin(angle)  # after undoing the rotation
    heights = -maps[:, 0, 1] * np.sin(angle) + maps[:, 1, 1] * np.cos(angle)
    slant = rows / heights
    assert slant.std() == pytest.approx(SLANT, rel=0.05)


def test_strength_scales_the_deviations():
    np.testing.assert_array_equal(random_map(0.0, 1), np.eye(2))
    small, large = (np.abs(random_map(s, 7) - np.eye(2)).max() for s in (0.01, 1.0))
    assert small == pytest.approx(large / 100, rel=0.3)
