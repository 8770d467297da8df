"""hw.read and hw.proofread: what ink says, and where that is not its text."""

from __future__ import annotations

import pytest

import hwcli
from hwcli.errors import HwError


@pytest.fixture(scope="module")
def ink() -> hwcli.Ink:
    return hwcli.load_model(kind="synthesis").sample(seed=3, bias=1, text="hello")


def test_reading_has_a_character_for_every_point(ink: hwcli.Ink) -> None:
    reading = hwcli.read(ink, hwcli.load_reader())
    assert reading.text == "hello"
    assert reading.characters.shape == (len(ink),)
    assert 0 < reading.confidence <= 1


def test_proofreading_names_the_place(ink: hwcli.Ink) -> None:
    assert hwcli.proofread(ink) == ()
    (fault,) = hwcli.proofread(ink, "hallo")
    assert (fault.place, fault.character, fault.reads_as) == (1, "a", "e")


def test_ink_without_text_cannot_be_proofread(ink: hwcli.Ink) -> None:
    with pytest.raises(HwError, match="no text"):
        hwcli.proofread(hwcli.Ink(strokes=ink.strokes))
    with pytest.raises(HwError, match="point"):
        hwcli.read(hwcli.Ink(strokes=()))


def test_log_losses_of_points_add_up(ink: hwcli.Ink) -> None:
    for model in (hwcli.load_model(), hwcli.load_model(kind="synthesis")):
        losses = model.log_losses(ink)
        assert losses.shape == (len(ink),)
        assert losses.sum() == pytest.approx(model.score(ink).extra["log_loss"]["nats"], rel=1e-5)
    with pytest.raises(HwError, match="no point"):
        model.log_losses(hwcli.Ink(strokes=()))


def test_the_name_of_a_file_is_not_ink() -> None:
    for function in (hwcli.read, hwcli.proofread):
        with pytest.raises(TypeError, match=r"hw\.read_ink\('a\.ndjson'\)"):
            function("a.ndjson")  # type: ignore[arg-type]
