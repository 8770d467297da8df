"""Files that include others, as the label files of UNIPEN do: put together so that each is read once.

Several label files name the ink of one included file, and in an archive they may come before it. So such
files are held back until their folder or archive was seen whole.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hwcli.dataset.sources import Member
from hwcli.errors import HwError
from hwcli.ink_io import formats
from hwcli.ink_io.included_files import InArchive, IncludedFiles, OnDisk
from hwcli.ink_io.packed import plain

TOGETHER = 2 << 20  # bytes of files, with those that they include, that are read one after another


@dataclass(frozen=True)
class _Held:
    """A file that includes others, or is there to be included."""

    member: Member  # without its data
    path: str  # what `IncludedFiles.find` returns for it
    names: Sequence[str]  # the files that it includes, by the names that it uses
    labels: bool
    size: int
    stored: bytes | None  # its text as `InArchive.pack` returns it, if it is in an archive


def together(files: Iterable[tuple[Member, int]], format_: str | None) -> Iterator[tuple[list[Member], int]]:
    """Yield files, with the bytes read up to their ends: those to be read one after another in one list.

    A file that is only there to be included is left out, unless the user named it.
    """
    held: list[_Held] = []
    before = done = 0
    for member, after in files:
        if held and held[-1].member.source != member.source:
            yield from _lists(held, before, done)
            held, before = [], done
        one = None if member.trouble else _held(member, format_)
        if one is None:
            yield [member], after
        else:
            held.append(one)
        done = after
    yield from _lists(held, before, done)


def _held(member: Member, format_: str | None) -> _Held | None:
    """Return a member to hold back, None if files of its format do not include others."""
    try:
        head = member.read(formats.HEAD)
        module = formats.including(format_) if format_ else formats.including_for(head)
        if module is None:
            return None
        data = plain(member.read(), member.name)
    except HwError:
        return None  # who reads the file reports the error
    path, stored = member.name, None
    if member.path is not None:
        path = os.path.abspath(member.path)
    else:
        stored = InArchive.pack(data)
    labels = member.named or module.has_labels(data)
    return _Held(replace(member, data=None), path, module.included_names(data), labels, len(data), stored)


def _lists(held: Sequence[_Held], start: int, end: int) -> Iterator[tuple[list[Member], int]]:
    """Yield the label files among `held`, grouped by the last file that they include."""
    archive = {one.path: one.stored for one in held if one.stored is not None}
    sizes = {one.path: one.size for one in held}
    finder: IncludedFiles = InArchive(archive) if archive else OnDisk()
    found = {one.path: _paths(one, finder) for one in held}
    included = _included(found)
    groups: defaultdict[str, list[_Held]] = defaultdict(list)
    for one in held:
        if one.labels and one.path not in included:
            groups[found[one.path][-1] if found[one.path] else one.path].append(one)
    batch: list[_Held] = []
    needed: set[str] = set()
    size = 0
    for number, (_, group) in enumerate(sorted(groups.items()), 1):
        batch += sorted(group, key=lambda one: one.path)
        more = _reachable([one.path for one in group], found) - needed
        needed |= more
        size += sum(sizes.get(path) or _size_on_disk(path) for path in more)
        if size >= TOGETHER or number == len(groups):
            files = InArchive({p: archive[p] for p in sorted(needed)}) if archive else OnDisk()
            members = [replace(one.member, files=files, data=_data(one)) for one in batch]
            yield members, start + (end - start) * number // len(groups)
            batch, needed, size = [], set(), 0


def _size_on_disk(path: str) -> int:
    """Return the size of an included file that is not among the sources."""
    try:
        return os.path.getsize(path)
    except OSError:
        return 0  # who reads the file reports the error


def _data(one: _Held) -> bytes | None:
    return None if one.stored is None else InArchive.unpack(one.stored)


def _paths(one: _Held, finder: IncludedFiles) -> list[str]:
    """Return the paths of the files that a file includes, without those that are missing."""
    return [path for name in one.names if (path := finder.find(name, one.path)) is not None]


def _included(found: Mapping[str, list[str]]) -> set[str]:
    """Return the paths that are included from elsewhere: of a cycle that nothing leads to, none."""
    named = {path for paths in found.values() for path in paths}
    outermost = [path for path in found if path not in named]
    return _reachable(outermost, found) - set(outermost)


def _reachable(paths: Iterable[str], found: Mapping[str, list[str]]) -> set[str]:
    """Return `paths` and all that they include, directly or through other files."""
    seen: set[str] = set()
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += found.get(path, [])
    return seen
