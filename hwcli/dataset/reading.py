"""Reads the lines in the sources that the user named, in several processes where there is enough to share."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from hwcli.config.sections import PreprocessConfig
from hwcli.dataset.archives import MOST_TIMES
from hwcli.dataset.including import together
from hwcli.dataset.merging import is_dataset, lines_of
from hwcli.dataset.packing import (
    Line,
    is_unread,
    numbered,
    pack_all,
    read_each,
    read_lines,
    read_piece,
    unread,
)
from hwcli.dataset.sources import Member, members, size_of
from hwcli.errors import HwError
from hwcli.ink_io import formats, limit
from hwcli.ink_io.line_pieces import Piece, can_be_cut, pieces
from hwcli.ink_io.ndjson import MOST_BAD
from hwcli.workers import Workers

STDIN = Path("-")
BATCH_BYTES = 2 << 20  # size of the files that go to a worker at once
UNREAD_BYTES = 1 << 15  # least size that a file counts as
LARGE = 32 << 20  # size of a batch that is read by this process, line by line
LINE_BYTES = 250  # of memory that a line of any length takes until the dataset is written
TOLD_BYTES = 1 << 20  # progress within a large file is told this often
Progress = Callable[[float, float], None]


def read_sources(
    sources: Sequence[Path],
    format_: str | None,
    rules: PreprocessConfig,
    progress: Progress | None,
    names: Sequence[str | None] = (),
) -> Generator[Line, None, None]:
    """Yield every line in `sources`, in an order that does not depend on the number of processes.

    A source is a file, a folder, an archive, a dataset folder or STDIN. A name in `names` that is not None
    replaces what the lines of the source there would be called (`Line.origin`). `progress` is called with the
    bytes read so far and those in all. Raises HwError if a source does not exist, an archive is damaged, or
    files hold far more lines than they have room for.
    """
    total = float(size_of([source for source in sources if source != STDIN]))
    given = {place: name for place, name in enumerate(names) if name is not None}
    with closing(_lines(sources, format_, rules, progress, total)) as lines:
        for line in lines:
            yield replace(line, origin=given[line.place]) if line.place in given else line


def _lines(
    sources: Sequence[Path],
    format_: str | None,
    rules: PreprocessConfig,
    progress: Progress | None,
    total: float,
) -> Generator[Line, None, None]:
    files: list[tuple[int, Path]] = []
    for place, source in enumerate(sources):
        if source == STDIN:  # packed line by line: a pipe may bring more ink than fits into memory
            stdin = pack_all(formats.read_stdin(format_), "stdin", "stdin", rules)
            yield from (replace(line, place=place) for line in stdin)
        elif is_dataset(source):
            yield from lines_of(source, rules, place)
        else:
            files.append((place, source))
    batches = _batches(together(_members(files), format_))
    count, told = 0, 0.0

    def tell(position: int) -> None:
        nonlocal told
        if progress is not None and position >= told + TOLD_BYTES:
            told = position
            progress(told, total)

    with closing(_read_batches(batches, format_, rules, tell)) as read:  # its workers end with the block
        for lines, done in read:
            for line in lines:
                count += 1
                _check_count(count, total)
                yield line
            if progress is not None:
                told = done
                progress(done, total)


def _check_count(lines: int, size: float) -> None:
    """Raise HwError if files of `size` bytes, packed or not, hold so many lines that memory may run out."""
    if LINE_BYTES * lines > max(limit.allowed() / 2, MOST_TIMES * size):
        limit.check(2 * LINE_BYTES * lines, f"{lines:,} lines in {size / limit.MEGABYTE:,.1f} MB")


def _members(files: Iterable[tuple[int, Path]]) -> Iterator[tuple[Member, int]]:
    """Yield every file of every source, with its source's place and the bytes read up to its end."""
    before = 0
    for place, source in files:
        done = 0
        for member, done in members([source]):
            yield replace(member, place=place), before + done
        before += done


def _batches(files: Iterable[tuple[list[Member], int]]) -> Iterator[tuple[list[Member], int]]:
    """Group files into batches of about BATCH_BYTES, each with the bytes read up to its end."""
    batch: list[Member] = []
    size = 0
    done = 0
    for some, done in files:
        batch += some
        size += _size(some)
        if size >= BATCH_BYTES:
            yield batch, done
            batch, size = [], 0
    if batch:
        yield batch, done


def _read_batches(
    batches: Iterator[tuple[list[Member], int]],
    format_: str | None,
    rules: PreprocessConfig,
    tell: Callable[[int], None],
) -> Generator[tuple[Iterable[Line], int], None, None]:
    """Yield the lines of each batch, in order, with the bytes read up to its end.

    `tell` is called with the position within a batch that this process reads.
    """
    jobs = rules.jobs or os.cpu_count() or 1
    first = [batch for _, batch in zip(range(2), batches, strict=False)]
    if jobs == 1 or (len(first) < 2 and all(_size(batch) <= LARGE for batch, _ in first)):
        # a single small batch is not worth a pool
        for batch, done in chain(first, batches):
            yield read_each(batch, format_, rules, _from(batch, done, tell)), done
        return
    with Workers(jobs, limit.allow, limit.allowed() // limit.MEGABYTE) as pool:
        waiting: deque[tuple[Future[list[Line]], int, int]] = deque()
        for batch, done in chain(first, batches):
            if (size := _size(batch)) > LARGE:  # its lines would all be in memory at once
                yield from ((future.result(), position) for future, position, _ in waiting)
                waiting.clear()
                *small, large = batch  # a large file ends its batch
                if (kind := _cut_format(large, format_)) is None:
                    yield read_each(batch, format_, rules, _from(batch, done, tell)), done
                else:
                    yield read_each(small, format_, rules), done - _bytes(large)
                    yield _read_cut(large, kind, rules, _from([large], done, tell), pool, jobs), done
                continue
            waiting.append((pool.submit(read_lines, batch, format_, rules), done, size))
            # limits the files in memory
            while len(waiting) > 3 * jobs or sum(size for _, _, size in waiting) > 2 * LARGE:
                future, position, _ = waiting.popleft()
                yield future.result(), position
        for future, position, _ in waiting:
            yield future.result(), position


def _cut_format(member: Member, format_: str | None) -> str | None:
    """Return the format of a file that is large enough to be read in pieces, and can be; else None."""
    if member.data is not None or _bytes(member) <= LARGE:
        return None
    try:
        format_ = format_ or formats.detect(member.read(formats.HEAD))
    except HwError:  # told by who reads it
        return None
    return format_ if format_ is not None and can_be_cut(format_) else None


def _read_cut(
    member: Member,
    format_: str,
    rules: PreprocessConfig,
    tell: Callable[[int], None],
    pool: Workers,
    jobs: int,
) -> Iterator[Line]:
    """Yield the lines of a file in pieces that workers read.

    They are those that one process would give. A line of a recorder may have several inks, and after many bad
    lines the rest is left out: a piece that was read before that was known is read again.
    """
    assert member.path is not None
    cut: Iterator[Piece | HwError] = pieces(member.path, member.name)
    waiting: deque[tuple[Piece | HwError, Future[list[Line]] | None]] = deque()
    count = bad = 0
    by_workers = True
    while True:
        for piece in islice(cut, 3 * jobs - len(waiting)):
            job = None
            if by_workers and isinstance(piece, Piece):
                job = pool.submit(read_piece, piece, member, format_, rules)
            waiting.append((piece, job))
        if not waiting:
            return
        piece, job = waiting.popleft()
        if isinstance(piece, HwError):
            yield unread(piece, numbered(member.stem, count + 1), member.name)
            return
        lines = [] if job is None else job.result()
        if job is None or piece.before != count or bad + sum(map(is_unread, lines)) >= MOST_BAD:
            lines = read_piece(replace(piece, before=count, bad=bad), member, format_, rules)
            by_workers = False
        yield from lines
        count, bad = count + len(lines), bad + sum(map(is_unread, lines))
        tell(piece.position)
        if bad >= MOST_BAD:
            return


def _from(batch: Sequence[Member], done: int, tell: Callable[[int], None]) -> Callable[[int], None]:
    """Return `tell` for positions in the files of a batch that ends at `done`."""
    begin = done - sum(map(_bytes, batch))
    return lambda position: tell(begin + position)


def _size(batch: Sequence[Member]) -> int:
    """Return the bytes of a batch; a file counts as UNREAD_BYTES at least."""
    return sum(max(UNREAD_BYTES, _bytes(one)) for one in batch)


def _bytes(member: Member) -> int:
    if member.data is not None:
        return len(member.data)
    try:
        return 0 if member.path is None else member.path.stat().st_size
    except OSError:
        return 0  # who reads the file reports the error
