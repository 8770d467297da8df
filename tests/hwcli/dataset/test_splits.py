"""Splits: whole writers, else whole forms, chosen by name or by the hash of the name."""

from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.dataset import splits
from hwcli.dataset.origins import Origins
from hwcli.dataset.packing import Line
from hwcli.dataset.spool import Lines, LineSpool
from hwcli.errors import HwError


def line(line_id: str, writer: str | None = None, form: str | None = None) -> Line:
    return Line(line_id, writer or form or line_id, "made by hand", writer=writer, form=form)


def spooled(lines: list[Line]) -> Lines:
    return LineSpool.of(lines, Path(gettempdir()) / "new").sorted()


def assign(lines: list[Line], named: dict[str, set[str]], fraction: float) -> dict[str, str]:
    """Return the split of each line, by its id."""
    found = spooled(lines)
    assigned = splits.assign(found, named, fraction)
    return {one.id: assigned[k] for k, one in enumerate(found)}


def origins_of(lines: list[Line], assigned: dict[str, str]) -> dict[str, Origins]:
    found = spooled([replace(one, split=assigned[one.id]) for one in lines])
    return Origins.of_splits(found, splits.assign(found, {}, 0))


def lines(forms: int, each: int = 3, writers: int = 0) -> list[Line]:
    """Lines of several forms; with `writers`, the forms are shared out among them."""
    return [
        line(f"a{f:02d}-000u-{k:02d}", f"w{f % writers}" if writers else None, f"a{f:02d}-000u")
        for f in range(forms)
        for k in range(1, each + 1)
    ]


GROUPS = st.dictionaries(st.integers(0, 99).map(str), st.sampled_from("abcdefgh"), min_size=2)


@given(GROUPS.filter(lambda groups: len(set(groups.values())) > 1), st.floats(0.01, 0.9))
def test_no_writer_is_in_two_splits(groups, fraction):
    found = [line(line_id, writer) for line_id, writer in groups.items()]
    assigned = assign(found, {}, fraction)
    assert len({(groups[one], split) for one, split in assigned.items()}) == len(set(groups.values()))
    assert assigned.keys() == groups.keys()
    assert set(assigned.values()) == {"train", "valid"}


@pytest.mark.parametrize("fraction", [0.0, 0.05, 0.3])
def test_validation_gets_the_fraction_and_at_most_one_form_more(fraction):
    held = sum(split == "valid" for split in assign(lines(200), {}, fraction).values())
    assert fraction * 600 <= held < fraction * 600 + 3


@given(st.permutations([(f"w{k}", 20 * k + 1) for k in range(6)]))
def test_validation_is_not_the_writer_of_most_lines_if_there_are_others(writers):
    found = [line(f"{writer}-{k}", writer) for writer, n in writers for k in range(n)]
    assigned = assign(found, {}, 0.05)
    assert 0 < sum(split == "valid" for split in assigned.values()) <= 2 * 0.05 * len(found)


def test_the_order_of_lines_does_not_matter():
    assert assign(lines(40), {}, 0.2) == assign(lines(40)[::-1], {}, 0.2)


@pytest.mark.parametrize(
    ("found", "key"),
    [
        (lines(6, writers=3), lambda one: one.writer),
        (lines(6, writers=1), lambda one: one.form),  # one writer: other forms
        (lines(6), lambda one: one.form),
        (lines(1, each=6), lambda one: one.id),  # one form: other lines
        (lines(1, each=6, writers=1), lambda one: one.id),
        ([line(str(k), "w") for k in range(6)], lambda one: one.id),
        ([line(str(k)) for k in range(6)], lambda one: one.id),
    ],
    ids=["writers", "one writer", "forms", "one form", "one writer's form", "one writer's lines", "lines"],
)
def test_validation_has_whole_groups_of_the_first_kind_of_which_there_are_two(found, key):
    assigned = assign(found, {}, 0.3)
    assert set(assigned.values()) == {"train", "valid"}
    assert len({(key(one), assigned[one.id]) for one in found}) == len({key(one) for one in found})


def test_a_single_line_is_for_training():
    assert assign(lines(1, each=1), {}, 0.5) == {"a00-000u-01": "train"}


def test_files_name_forms_or_lines_and_others_are_for_training():
    assigned = assign(lines(3), {"test": {"a00-000u"}, "valid": {"a01-000u-02"}}, 0.5)
    assert {one for one, split in assigned.items() if split == "test"} == {
        f"a00-000u-0{k}" for k in (1, 2, 3)
    }
    assert [one for one, split in assigned.items() if split == "valid"] == ["a01-000u-02"]
    assert sum(split == "train" for split in assigned.values()) == 5


def test_files_name_forms_of_known_writers_and_writers():
    found = lines(6, writers=3)
    assigned = assign(found, {"valid": {"a01-000u"}, "test": {"w2"}}, 0.5)
    assert {one.form for one in found if assigned[one.id] == "valid"} == {"a01-000u"}
    assert {one.writer for one in found if assigned[one.id] == "test"} == {"w2"}
    assert {one.form for one in found if assigned[one.id] == "train"} == {
        "a00-000u", "a03-000u", "a04-000u",
    }  # fmt: skip


def test_unnamed_lines_are_the_rest_if_a_file_names_train():
    assigned = assign(lines(3), {"train": {"a00-000u"}, "valid": {"a01-000u"}}, 0.05)
    assert {one[:8]: split for one, split in assigned.items()} == {
        "a00-000u": "train", "a01-000u": "valid", "a02-000u": "rest",
    }  # fmt: skip


def test_validation_is_taken_from_train_if_no_file_names_it():
    assigned = assign(lines(10), {"train": {f"a{f:02d}-000u" for f in range(5)}}, 0.2)
    assert sum(split == "valid" for split in assigned.values()) == 3
    assert all(split == "rest" for one, split in assigned.items() if one >= "a05")


@pytest.mark.parametrize(
    "named", [{"valid": {"a00-000u", "a01-000u"}}, {"train": {"b00-000u"}}, {"test": {"w0"}}]
)
def test_no_line_for_training_is_an_error(named):
    with pytest.raises(HwError, match="no line is left for training"):
        assign(lines(2, writers=1), named, 0.05)


def test_who_is_in_a_split_is_counted():
    found = [*lines(6, writers=3), *lines(8)[18:], line("x")]
    assigned = assign(found, {"valid": {"a01-000u", "a02-000u-01", "w0", "a07-000u", "x"}}, 0)
    origins = origins_of(found, assigned)
    assert origins["train"] == Origins(11, writers=2, forms=1, lines_alone=0, forms_in_all=4)
    assert origins["valid"] == Origins(
        14, writers=3, forms=1, lines_alone=1, forms_in_all=5, writers_in_training=2, forms_in_training=1
    )
    assert str(origins["valid"]) == "14 lines by 3 writers and of 1 form"


def test_several_files_of_one_split_add_up(tmp_path):
    (tmp_path / "one.txt").write_text("a01-000u\na02-000u\n")
    (tmp_path / "two.txt").write_bytes("\ufeffa03-000u\r\n\r\n".encode())
    arguments = [f"test={tmp_path / 'one.txt'}", f"test={tmp_path / 'two.txt'}"]
    assert splits.parse_arguments(arguments) == {"test": {"a01-000u", "a02-000u", "a03-000u"}}


@pytest.mark.parametrize("argument", ["train", "=ids.txt", "train=", "two words=ids.txt"])
def test_an_argument_other_than_name_and_file_is_refused(argument):
    with pytest.raises(HwError, match="NAME=FILE"):
        splits.parse_arguments([argument])


def test_an_id_in_two_splits_is_refused(tmp_path):
    (tmp_path / "ids.txt").write_text("a01-000u\n")
    with pytest.raises(HwError, match="a01-000u is in both"):
        splits.parse_arguments([f"train={tmp_path / 'ids.txt'}", f"valid={tmp_path / 'ids.txt'}"])


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "ids.txt").write_text("\n \n")
    with pytest.raises(HwError, match=r"--split valid: .*ids\.txt is empty"):
        splits.parse_arguments([f"valid={tmp_path / 'ids.txt'}"])
