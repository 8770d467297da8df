"""Splits: whole forms, chosen by name or by the hash of the name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.dataset import splits
from hwcli.errors import HwError


def lines(forms: int, each: int = 3) -> dict[str, str]:
    """Line id → form."""
    return {f"a{f:02d}-000u-{k:02d}": f"a{f:02d}-000u" for f in range(forms) for k in range(1, each + 1)}


@given(
    st.dictionaries(st.integers(0, 99).map(str), st.sampled_from("abcdefgh"), min_size=2), st.floats(0, 0.9)
)
def test_no_form_is_in_two_splits(groups, fraction):
    assigned = splits.assign(groups, {}, fraction)
    assert len({(groups[line], split) for line, split in assigned.items()}) == len(set(groups.values()))
    assert assigned.keys() == groups.keys()
    assert "train" in assigned.values()


@pytest.mark.parametrize("fraction", [0.0, 0.05, 0.3])
def test_validation_gets_the_fraction_and_at_most_one_form_more(fraction):
    groups = lines(200)
    held = sum(split == "valid" for split in splits.assign(groups, {}, fraction).values())
    assert fraction * 600 <= held < fraction * 600 + 3


def test_the_order_of_lines_does_not_matter():
    groups = lines(40)
    backwards = dict(reversed(groups.items()))
    assert splits.assign(groups, {}, 0.2) == splits.assign(backwards, {}, 0.2)


def test_a_single_form_is_for_training():
    assert set(splits.assign(lines(1), {}, 0.5).values()) == {"train"}


def test_files_name_forms_or_lines_and_others_are_for_training():
    groups = lines(3)
    assigned = splits.assign(groups, {"test": {"a00-000u"}, "valid": {"a01-000u-02"}}, 0.5)
    assert {line for line, split in assigned.items() if split == "test"} == {
        f"a00-000u-0{k}" for k in (1, 2, 3)
    }
    assert [line for line, split in assigned.items() if split == "valid"] == ["a01-000u-02"]
    assert sum(split == "train" for split in assigned.values()) == 5


def test_unnamed_lines_are_the_rest_if_a_file_names_train():
    assigned = splits.assign(lines(3), {"train": {"a00-000u"}, "valid": {"a01-000u"}}, 0.05)
    assert {line[:8]: split for line, split in assigned.items()} == {
        "a00-000u": "train", "a01-000u": "valid", "a02-000u": "rest",
    }  # fmt: skip


def test_validation_is_taken_from_train_if_no_file_names_it():
    assigned = splits.assign(lines(10), {"train": {f"a{f:02d}-000u" for f in range(5)}}, 0.2)
    assert sum(split == "valid" for split in assigned.values()) == 3
    assert all(split == "rest" for line, split in assigned.items() if line >= "a05")


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
