"""Reads pickles (.pkl, .cpkl) of sequences of stroke-3, as early programs after Graves wrote them.

They hold a list of arrays, a list of arrays and a list of texts, or a dict of lists by split.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hwcli.errors import HwError
from hwcli.ink_io.arrays import plain_pickle
from hwcli.ink_io.arrays.sequences import read_value
from hwcli.ink_io.found_ink import FoundInk

SUMMARY = "pickle of arrays of rows dx, dy, lift (stroke-3), read without running it"
SUFFIXES = (".pkl", ".cpkl", ".pickle")
# protocols 2 and later; 0 and 1 begin with a list, tuple or dict, and mostly put it into the memo
_BEGINS = re.compile(rb"\x80[\x02-\x05]|\(?\([ld]p\d+\n|\(?[\]}]q[\x00-\x02]|cnumpy[\w.]*\n_reconstruct\n")


def matches(head: bytes) -> bool:
    """Return whether a file that begins with `head` is a pickle of lists or arrays."""
    return _BEGINS.match(head) is not None


def read_each(data: bytes, name: str) -> Iterator[FoundInk | HwError]:
    """Yield the inks in a pickle, or what is wrong with it."""
    return read_value(plain_pickle.load, data, name, "pickle")
