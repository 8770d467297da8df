"""Files that include others: which are read, in what company, and with which includes."""

import pytest

from handmade import iam_xml, tar
from hwcli.dataset.including import together
from hwcli.dataset.sources import members
from unipen_files import TREE, component, label_file, write_tree

SEGMENT = b'.SEGMENT WORD 0 ? "x"\n'


def lists_of(*sources, format_=None) -> list[list[str]]:
    """Return the names of the files in each list, from the folder or archive on."""
    found = [[member.name for member in some] for some, _ in together(members(list(sources)), format_)]
    parents = [f"{source.parent}/" for source in sources]
    return [[name.replace(parent, "") for name in names for parent in parents[:1]] for names in found]


@pytest.fixture(params=["folder", "archive", "backwards"])
def source_of(request, tmp_path):
    """Return a function that makes a folder or an archive `in` of files."""

    def make(files):
        if request.param == "folder":
            return write_tree(tmp_path / "in", files)
        members_ = {f"in/{name}": content for name, content in files.items()}
        if request.param == "backwards":
            members_ = dict(reversed(members_.items()))
        return tar(tmp_path / "in.tar", members_)

    return make


def names_in(source, **how) -> set[str]:
    return {name.split("in/", 1)[-1] for names in lists_of(source, **how) for name in names}


def test_label_files_are_read_and_included_files_are_not(source_of):
    assert names_in(source_of(TREE)) == {name for name in TREE if name.startswith("data/")}


def test_label_files_of_one_ink_are_read_one_after_another(source_of):
    ((*names,),) = lists_of(source_of(TREE))
    inks = [
        TREE["data/" + name.split("/data/", 1)[1]].lower().split(b".include ")[-1].split()[0]
        for name in names
    ]
    assert inks == sorted(inks)


def test_a_file_with_segments_that_another_includes_is_not_read_for_itself(source_of):
    files = {"a.dat": label_file(includes=["b.seg"]), "b.seg": b".INCLUDE c.dat\n" + SEGMENT}
    files["a.dat"] += SEGMENT
    assert names_in(source_of(files | {"c.dat": component([(1, 2)]).encode()})) == {"a.dat"}


def test_files_that_include_each_other_are_read_and_so_reported(source_of):
    files = {f"{a}.dat": label_file('WORD 0 ? "x"', includes=[f"{b}.dat"]) for a, b in ("ab", "ba")}
    assert names_in(source_of(files)) == {"a.dat", "b.dat"}


def test_other_files_pass_through_in_their_place(source_of):
    files = {"a.xml": iam_xml(), "b.txt": b"notes", "x.dat": SEGMENT, "y.dat": b".VERSION 1.0\n"}
    assert names_in(source_of(files)) == {"a.xml", "b.txt", "x.dat"}
    assert names_in(source_of(files), format_="iam") == set(files)
    assert names_in(source_of(files), format_="unipen") == {"x.dat"}


def test_a_file_that_the_user_names_is_read_even_without_segments(tmp_path):
    path = write_tree(tmp_path / "in", {"x.dat": b".VERSION 1.0\n"}) / "x.dat"
    assert lists_of(path) == [["x.dat"]]


def test_progress_ends_at_the_size_of_the_source(source_of):
    source = source_of(TREE)
    *_, (_, done) = together(members([source]), None)
    whole = sum(map(len, TREE.values())) if source.is_dir() else source.stat().st_size
    assert 0.5 * whole <= done <= whole
