"""Lines that a reader is measured on."""

import numpy as np

from hwcli.reader.lines_to_read import ENOUGH, LinesToRead
from print_letters import LINES, lines_and_pieces


def test_validation_is_the_same_for_every_run_and_filled_up_with_composed_lines(tmp_path):
    data = lines_and_pieces(tmp_path / "data")
    one, two = (LinesToRead.of(data, data.split("valid")) for _ in range(2))
    assert [sample.text for sample in one.written] == LINES[:4]
    assert len(one.composed) == ENOUGH - 4
    for a, b in zip(one.all, two.all, strict=True):
        assert a.text == b.text
        np.testing.assert_array_equal(a.path.points, b.path.points)
