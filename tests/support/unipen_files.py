"""Small UNIPEN trees for the tests: label files, and the ink files that they include."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

DOC = b".VERSION 1.0\n.DATA_SOURCE maker\n.COORD X Y\n.HIERARCHY WORD CHARACTER\n.POINTS_PER_SECOND 100\n"
# four strokes that can be told apart, pen up between them
STROKES = ([(0, 0), (2, 9)], [(10, 1), (12, 8), (15, 3)], [(20, 0), (21, 5)], [(30, 2), (33, 2), (36, 7)])


def component(points: Iterable[Sequence[float]], down: bool = True) -> str:
    """Return a .PEN_DOWN or .PEN_UP with these rows of coordinates."""
    rows = [" ".join(map(str, row)) for row in points]
    return "\n".join([".PEN_DOWN" if down else ".PEN_UP", *rows, ""])


def ink_file(strokes: Iterable[Iterable[Sequence[float]]] = STROKES, head: str = ".WRITER_ID w1\n") -> bytes:
    """Return an ink file with these pen-down strokes, and a .PEN_UP without coordinates after each."""
    return (head + "".join(component(stroke) + ".PEN_UP\n" for stroke in strokes)).encode()


def label_file(*segments: str, includes: Iterable[str] = ("abc/abc.doc", "abc/data/one.dat")) -> bytes:
    """Return a label file that includes these files; `segments` are the arguments of .SEGMENT."""
    rows = [".VERSION 1.0", *(f".INCLUDE {name}" for name in includes), *(f".SEGMENT {s}" for s in segments)]
    return ("\n".join(rows) + "\n").encode()


# a tree as UNIPEN's own: the parts 1c, 2, 3 and 7, 6 overlap; one.dat and two.dat are of two writers
TREE: dict[str, bytes] = {
    "data/1c/abc/one.dat": label_file('CHARACTER 0 ? "a"', 'CHARACTER 1 OK "b"'),
    "data/2/abc/one.dat": label_file('CHARACTER 0 ? "a"', 'CHARACTER 1 OK "b"', 'CHARACTER 2 GOOD "C"'),
    "data/3/abc/one.dat": label_file('CHARACTER 1 OK "b"', 'CHARACTER 2 GOOD "C"'),
    "data/6/abc/two.dat": label_file('WORD 0-1 ? "ab"', includes=("ABC/abc.doc", "abc/DATA/Two.dat")),
    "data/7/abc/two.dat": label_file(
        'WORD 0-1 ? "ab"', 'WORD 2,3 BAD "xx"', includes=("abc/abc.doc", "abc/data/two.dat")
    ),
    "data/8/abc/one.dat": label_file('TEXT 0-3 OK "abc d"'),
    "include/abc/abc.doc": DOC,
    "include/abc/data/one.dat": ink_file(),
    "include/abc/data/two.dat": ink_file(head=".WRITER_ID w2\n"),
}


def write_tree(root: Path, files: Mapping[str, bytes] = TREE) -> Path:
    """Write `files` below `root`, and return it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root
