"""The syntax of UNIPEN 1.0: statements, and the arguments of .SEGMENT. Knows nothing of ink.

I. Guyon, *UNIPEN 1.0 format definition*, 1994 (`unipen.def`); the names in capitals below are its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from hwcli.errors import HwError

_KEYWORD = re.compile(rb"\n\.(?=[A-Za-z])")
_KNOWN = (
    b"ADAPT_SET AGE ALPHABET ALPHABET_FREQ COMMENT COORD COUNTRY DATA_CONTACT DATA_ID DATA_INFO "
    b"DATA_SOURCE DATE DT HAND HIERARCHY H_LINE INCLUDE KEYWORD LEXICON LEXICON_CONTACT LEXICON_FREQ "
    b"LEXICON_ID LEXICON_INFO LEXICON_SOURCE PAD PEN_DOWN PEN_UP POINTS_PER_GRAM POINTS_PER_SECOND "
    b"RESERVE SEGMENT SETUP SEX SKILL START_BOX START_SET STYLE VERSION V_LINE WRITER_ID WRITER_INFO "
    b"X_DIM X_POINTS_PER_INCH X_POINTS_PER_MM Y_DIM Y_POINTS_PER_INCH Y_POINTS_PER_MM"
).split()
_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?\s*\.(?:" + b"|".join(_KNOWN) + rb")(?=\s|$)")
_RANGE = r"\d{1,9}(?::\d{1,9})?(?:-\d{1,9}(?::\d{1,9})?)?"
_SPAN = re.compile(r"(\d{1,9})(?::(\d{1,9}))?(?:-(\d{1,9})(?::(\d{1,9}))?)?")
_SEGMENT = re.compile(
    rf'(?P<level>[^\s"]+)'
    rf"(?:\s+(?P<where>\?|{_RANGE}(?:[\s,]+{_RANGE})*)(?!\S))?"
    r'(?:\s+(?P<quality>[^\s"]+))?'
    r'(?:\s*"(?P<label>[^"\\]*(?:\\.[^"\\]*)*)")?\s*',
    re.DOTALL,
)
# \t and \n count as spaces; \@ is not in the definition: it marks ligatures between characters
_ESCAPES = {"t": " ", "n": " ", "@": ""}
LONGEST_SEGMENT = 1 << 16  # bytes of a .SEGMENT statement; real ones take some hundred


class Statement(NamedTuple):
    """A keyword without its dot, everything up to the next keyword, and its line from 1."""

    keyword: str
    arguments: bytes
    line: int


class Span(NamedTuple):
    """A run of components, from a point of the first to a point of the last; all numbers are inclusive."""

    first: int
    first_point: int
    last: int
    last_point: int | None  # None: the last point of the component


class Segment(NamedTuple):
    """The arguments of .SEGMENT; None is what the statement leaves out or gives as "?"."""

    level: str  # such as WORD
    spans: tuple[Span, ...]  # empty if the statement has no component numbers
    quality: str | None
    label: str | None


def is_unipen(head: bytes) -> bool:
    """Return whether a file that begins with `head` begins with a keyword of UNIPEN."""
    return _HEAD.match(head) is not None


def statements(data: bytes) -> Iterator[Statement]:
    """Yield the statements of a file: a keyword begins with a dot in the first column of a line."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    before, *chunks = _KEYWORD.split(b"\n" + data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t"))
    line = before.count(b"\n")
    for chunk in chunks:
        line += 1
        keyword = chunk[:32].split(None, 1)[0]
        yield Statement(keyword.decode("latin-1"), chunk[len(keyword) :], line)
        line += chunk.count(b"\n")


def parse_segment(arguments: bytes) -> Segment:
    r"""Return the arguments of .SEGMENT, parsed; raise HwError, without a place, if they are malformed.

    >>> parse_segment(b'CHARACTER 4:19-5,7 OK "\\""')  # doctest: +NORMALIZE_WHITESPACE
    Segment(level='CHARACTER', spans=(Span(first=4, first_point=19, last=5, last_point=None),
    Span(first=7, first_point=0, last=7, last_point=None)), quality='OK', label='"')
    """
    if len(arguments) > LONGEST_SEGMENT:
        raise HwError(f"a .SEGMENT statement of {len(arguments):,} bytes")
    match = _SEGMENT.fullmatch(_decoded(arguments).strip())
    if match is None:
        raise HwError('malformed .SEGMENT statement, expected LEVEL COMPONENTS QUALITY "LABEL"')
    where, quality, label = match["where"], match["quality"], match["label"]
    return Segment(
        match["level"].upper(),
        parse_delineation(where) if where not in (None, "?") else (),
        None if quality in (None, "?") else quality.upper(),
        None if label is None else unquoted(label),
    )


def parse_delineation(text: str) -> tuple[Span, ...]:
    """Return the spans of `A[:M]-B[:N],C …`: components A to B, from point M of A to point N of B, and C.

    The definition separates spans by commas; some files separate them by spaces. Raises HwError if a span
    ends before it starts, or two spans overlap.
    """
    spans = tuple(_span(match) for match in _SPAN.finditer(text))
    ordered = sorted(spans, key=lambda span: span[:3])
    for span in ordered:
        end = span.first_point if span.last_point is None else span.last_point
        if span.last < span.first or (span.last == span.first and end < span.first_point):
            raise HwError(f"components {delineated([span])}: the range ends before it starts")
    for one, two in pairwise(ordered):
        shared = one.last == two.first and (one.last_point is None or one.last_point >= two.first_point)
        if one.last > two.first or shared:
            raise HwError(f"components {delineated([one])} and {delineated([two])} overlap")
    return spans


def _span(match: re.Match[str]) -> Span:
    first, first_point, last, last_point = (None if group is None else int(group) for group in match.groups())
    assert first is not None  # the group always matches
    return Span(first, first_point or 0, first if last is None else last, last_point)


def delineated(spans: list[Span] | tuple[Span, ...]) -> str:
    """Return spans in UNIPEN's notation, the same for equal spans.

    >>> delineated(parse_delineation("3-3 5:0-6:12"))
    '3,5-6:12'
    """
    return ",".join(_written(span) for span in spans)


def _written(span: Span) -> str:
    first = f"{span.first}:{span.first_point}" if span.first_point else f"{span.first}"
    if span.last_point is not None:
        return f"{first}-{span.last}:{span.last_point}"
    return first if span.last == span.first else f"{first}-{span.last}"


def unquoted(label: str) -> str:
    r"""Return a label without its escapes and marks of ligatures; white space becomes spaces.

    >>> unquoted('say \\"yes\\"\\n')
    'say "yes" '
    """
    plain = re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), label, flags=re.DOTALL)
    return re.sub(r"\s", " ", plain)


def argument(statement: Statement) -> str:
    """Return the first word of a statement's arguments, "" if it has none."""
    words = statement.arguments[:1024].split(None, 1)
    return _decoded(words[0]) if words else ""


def _decoded(text: bytes) -> str:
    """Decode what the definition restricts to ASCII, and some files write in UTF-8 or Latin-1."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")
