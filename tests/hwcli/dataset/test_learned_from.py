"""What a model learned from, and whether lines are by writers that it knows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import tiny_dataset
from hwcli.dataset.learned_from import KEY, LearnedFrom, Overlap
from hwcli.dataset.store import LineInfo, LineTable

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=9)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return tiny_dataset(tmp_path_factory.mktemp("data") / "d")


def of(dataset, *infos, names=("somewhere",)):
    """A dataset with these lines, of which only the infos are read."""
    return replace(dataset, lines=LineTable.of(infos), source={"names": list(names)})


def about(dataset, before=None):
    learned = LearnedFrom.training(dataset, range(len(dataset.lines)), before)
    return {KEY: learned.content(), "data": dict(dataset.source)}


BY_FORM = LineInfo("a01-000u-01", "a01-000u", "train")
BY_WRITER = LineInfo("a01-000u-02", "10001", "train", writer="10001", form="a01-000u")
SAME_WRITER = LineInfo("b07-001z-01", "10001", "valid", writer="10001", form="b07-001z")
OTHER = LineInfo("c01-000-01", "c01-000", "valid")
OWN_FORM = LineInfo("x", "w", "valid", writer="w", form="sheet 1")


@pytest.mark.parametrize(
    ("learned", "scored", "known"),
    [
        (BY_FORM, BY_FORM, 1),
        (BY_FORM, BY_WRITER, 1),
        (BY_WRITER, BY_FORM, 1),
        (BY_WRITER, SAME_WRITER, 1),
        (BY_FORM, SAME_WRITER, 0),
        (BY_FORM, OTHER, 0),
        (OWN_FORM, LineInfo("y", "v", "valid", writer="v", form="sheet 1"), 0),
    ],
)
def test_lines_are_known_by_writer_or_form_however_the_dataset_is_grouped(dataset, learned, scored, known):
    model = about(of(dataset, learned))
    assert Overlap.of(model, of(dataset, OTHER, scored), [1]).known == known
    assert Overlap.of(model, of(dataset, OTHER, scored), [0]).known == (1 if learned is OTHER else 0)


@given(st.sets(NAMES, min_size=1, max_size=20), st.sets(NAMES, min_size=1, max_size=20))
def test_known_are_the_lines_of_groups_that_were_learned_from(dataset, learned, scored):
    model = about(of(dataset, *(LineInfo(f"t {name}", name, "train") for name in sorted(learned))))
    data = of(dataset, *(LineInfo(f"v {name}", name, "valid") for name in sorted(scored)))
    assert Overlap.of(model, data, range(len(scored))).known == len(learned & scored)


def test_hashes_are_short_and_hide_the_names(dataset):
    infos = [LineInfo(f"l{k}", f"writer {k}", "train", writer=f"writer {k}") for k in range(1_500)]
    stored = about(of(dataset, *infos))[KEY]
    assert len(stored["hashes"]) == 12_000
    assert LearnedFrom.of({KEY: stored}) == LearnedFrom.training(of(dataset, *infos), range(1_500), None)


IAM = {"data": {"title": "IAM On-Line Handwriting Database (IAM-OnDB)", "names": ["lineStrokes-all.tar.gz"]}}


@pytest.mark.parametrize(
    ("model", "info", "names", "may_be"),
    [
        (IAM, BY_FORM, ("some folder",), True),  # IAM's ids
        (IAM, OWN_FORM, ("lineStrokes-all.tar.gz",), True),
        (IAM, OWN_FORM, ("my.ndjson",), False),
        ({"data": {"names": ["my.ndjson"]}}, OWN_FORM, ("my.ndjson",), True),
        ({"data": {"names": "my.ndjson"}}, OWN_FORM, ("my.ndjson",), False),
        ({"data": 7}, BY_FORM, ("x",), False),
        ({}, BY_FORM, ("x",), False),
        ({KEY: {"hashes": "not base64!", "unhashed": []}, **IAM}, BY_FORM, ("x",), True),
        ({KEY: 7, **IAM}, BY_FORM, ("x",), True),
    ],
)
def test_a_file_without_hashes_can_only_name_its_data(dataset, model, info, names, may_be):
    overlap = Overlap.of(model, of(dataset, info, names=names), [0])
    assert (overlap.known, overlap.may_be_known) == (None, may_be)
    assert (overlap.warning is not None) == may_be
    if may_be:
        assert "may have learned from these lines" in overlap.warning


def test_a_model_that_started_from_another_knows_what_both_learned_from(dataset):
    first = about(of(dataset, BY_WRITER))
    second = about(of(dataset, OTHER), LearnedFrom.of(first))
    assert Overlap.of(second, of(dataset, SAME_WRITER, OTHER, OWN_FORM), [0, 1, 2]).known == 2
    from_iam = about(of(dataset, OWN_FORM), LearnedFrom.of(IAM))
    unknown = Overlap.of(from_iam, of(dataset, BY_FORM), [0])
    assert (unknown.known, unknown.may_be_known) == (None, True)
    assert Overlap.of(from_iam, of(dataset, BY_FORM, OWN_FORM), [0, 1]).known == 1


def test_the_words_say_what_is_known(dataset):
    model = about(of(dataset, BY_WRITER))
    some = Overlap.of(model, of(dataset, SAME_WRITER, OTHER), [0, 1])
    assert some.warning == (
        "the model learned from writers or forms of 1 of these 2 lines: "
        "the log-loss says little about new writers"
    )
    none = Overlap.of(model, of(dataset, OTHER), [0])
    assert none.warning is None
    assert none.note == (
        "the model learned neither from these lines nor from their forms; "
        "whether it learned from their writers is unknown for 1 line"
    )
    new = Overlap.of(model, of(dataset, OWN_FORM), [0])
    assert (new.known, new.warning, new.note) == (0, None, None)
