"""Writing text on pages."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hwcli.errors import HwError, UsageError
from hwcli.hw_warning import warn
from hwcli.lettering.spelling import blanks, check_foldable, check_writable, folded
from hwcli.pages.alignment import mark_places, outside_marks
from hwcli.pages.fitting import fitted_page
from hwcli.pages.joining import joined
from hwcli.pages.layout import Layout
from hwcli.pages.line_breaking import RunningText
from hwcli.pages.line_writer import LineWriter
from hwcli.pages.page_breaking import Row, RowWriter, pages_of
from hwcli.pages.page_hand import PageHand
from hwcli.pages.reflowing import hard_wrap_message, reflowed
from hwcli.pages.written_line import WrittenLine
from hwcli.sampling.messages import check_prime, warned
from hwcli.sampling.options import DEFAULT, SampleOptions
from hwcli.sampling.seed import checked_seed
from hwcli.sampling.target_text import NOTHING
from hwcli.text_encoding import plain_lines
from renderers.ink import Ink

if TYPE_CHECKING:
    from hwcli.alphabet import Alphabet
    from hwcli.sampling.model import Model


class SharedHand:
    """The hand of several letters: that of the first one, with its lines for all that have the same words."""

    def __init__(self) -> None:
        self._first: LineWriter | None = None

    @property
    def is_known(self) -> bool:
        """Whether a letter has been written."""
        return self._first is not None

    def set_by(self, writer: LineWriter) -> None:
        """Take the hand of `writer`, which has written the first letter."""
        self._first = self._first or writer

    @property
    def prime(self) -> tuple[Ink, str | None] | None:
        """What the lines of all letters continue from, and its text; None before the first letter."""
        return None if self._first is None else self._first.prime

    def writer(self) -> LineWriter | None:
        """Return a writer of a further letter; None before the first."""
        return None if self._first is None else self._first.of_next_letter()


def write_pages(
    model: Model,
    text: str,
    layout: Layout,
    *,
    count: int = 1,
    seed: int | None = None,
    options: SampleOptions = DEFAULT,
    prime: Ink | None = None,
    prime_text: str | None = None,
    first_number: int = 0,
    redo: Iterable[int] = (),
    shared: SharedHand | None = None,
    on_line: Callable[[int, str], None] = lambda tries, text: None,
) -> Iterator[Ink]:
    """Write `text` with `model` on pages of `layout`, `count` times; yield each page when it is done.

    >>> from hwcli import Page, load_model
    >>> layout = Layout.on(Page(paper="a6"), "9mm")
    >>> options = SampleOptions(bias=1, tries=1)
    >>> (page,) = write_pages(load_model(kind="synthesis"), "Dear reader", layout, seed=1, options=options)
    >>> page.text, page.id
    ('Dear reader', '1-0')

    All pages of a sample come before those of the next. A line feed in the text ends a line, and a form feed
    ends a page. Empty lines are kept except at the ends of a page. Spaces and tabs at the beginning of a
    line indent it (`TextLine`), and a mark aligns it (`alignment`). Lines are broken between words, or where
    the layout's language hyphenates them (`RunningText.next_line`). If the layout says `reflow`, the lines of
    a paragraph are joined before that (`reflowing`). A page ends early if a line of a paragraph would be
    alone otherwise (`page_breaking`). If the layout says `fit_page`, the distance of the lines is chosen so
    that there is one page (`fitting`). All lines are in one handwriting (`PageHand`): that
    of `prime`, whose text is `prime_text` (default: its own), or of the model's hand (`Model.in_hand`), or of
    the first line. Sample n of a seed, counted from `first_number`, does not depend on `count`.

    `redo` has the numbers of lines to draw again with the same words, while all others stay the same; a
    number given k times asks for the line's k-th alternative. Lines are counted from 1 over all pages of a
    sample, without empty ones. `on_line` receives the tries and the text of each line when it is
    written.

    Texts with the same `shared` hand, `model`, `layout` and `options` are all written in that of the first.
    Lines with the same words are the same in all of them. A text's ink does not depend on those in between.

    A page's ink has its strokes in writing order, its lines joined by line feeds as `text`, the trace of that
    text with the tries of its lines added up, the prediction behind every point unless `options` exclude it
    (the first point of a line is predicted from the end of its prime), and the `frame` that is drawn within
    the page's margins. Its id is the seed's and the sample's number, and the page's (`-p2`) if there are
    several. Then its `extra["first_line"]` is the number of its first line. `extra["redo"]` has the numbers
    from `redo` that are on the page.

    Raises ValueError for a number out of range and, when the first page is requested, HwError for a text that
    is blank, has characters unknown to the model or does not fit a page that it is fitted to, and for a prime
    that cannot be used; with the last page of a sample UsageError for a line in `redo` beyond it.

    Warns (HwWarning) as `Model.samples` does of the faults of each page and of the prime, and of a text whose
    lines seem to be wrapped to another width than the page's.
    """
    if prime is None:
        prime = model.line
    pages = quiet_pages(
        model, text, layout, count=count, seed=seed, options=options, prime=prime,
        prime_text=prime_text, first_number=first_number, redo=redo, shared=shared, on_line=on_line,
    )  # fmt: skip
    given = None if prime is None else (prime, prime_text)
    if (said := hard_wrap_message(text, model, layout, options, given)) is not None:
        warn(f"{said}; Layout(reflow=True) joins the lines of each paragraph")
    if prime is None:
        return warned(pages)
    return warned(pages, of_prime=not check_prime(lambda: model.reader, prime, prime_text))


def quiet_pages(
    model: Model,
    text: str,
    layout: Layout,
    *,
    count: int = 1,
    seed: int | None = None,
    options: SampleOptions = DEFAULT,
    prime: Ink | None = None,
    prime_text: str | None = None,
    first_number: int = 0,
    redo: Iterable[int] = (),
    shared: SharedHand | None = None,
    on_line: Callable[[int, str], None] = lambda tries, text: None,
) -> Iterator[Ink]:
    """Yield what `write_pages` yields, from the `prime` as it is, without a warning."""
    redo = Counter(redo)
    if any(line < 1 for line in redo):
        raise ValueError(f"redo must be line numbers of at least 1, not {min(redo)}")
    seed = checked_seed(seed, count, first_number)
    given = None if prime is None else (prime, prime_text)
    numbers = range(first_number, first_number + count)
    return _pages(model, text, layout, numbers, seed, given, options, redo, shared, on_line)


def _pages(
    model: Model,
    text: str,
    layout: Layout,
    numbers: Iterable[int],
    seed: int,
    prime: tuple[Ink, str | None] | None,
    options: SampleOptions,
    redo: Counter[int],
    shared: SharedHand | None,
    on_line: Callable[[int, str], None],
) -> Iterator[Ink]:
    parts = running_texts(text, model.file.alphabet, options.fold, layout)
    options = replace(options, fold=False)
    hyphen = "-" if model.file.alphabet is not None and "-" in model.file.alphabet else ""
    for number in numbers:
        given = prime or (shared.prime if shared is not None else None)

        def new_writer(
            layout: Layout, number: int = number, given: tuple[Ink, str | None] | None = given
        ) -> tuple[PageHand, LineWriter]:
            hand = PageHand(model, layout, options, given)
            return hand, LineWriter(hand, seed, number, hyphen)

        its, last = layout, 0
        if layout.fit_page:  # letters share their prime only: their lines are of different lengths
            fitted = fitted_page(parts[0], layout, new_writer, hyphen, given is not None, on_line)
            its, writer = fitted.layout, fitted.writer
            pages = iter([(fitted.rows, False)])
        else:
            writer = (shared.writer() if shared is not None else None) or new_writer(layout)[1]
            pages = _all_pages(writer, parts, layout.lines, on_line)
        for page, (rows, others) in enumerate(pages, 1):
            lines, first = [row.line for row in rows], last + 1
            last += sum(line is not None for line in lines)
            if not others:
                _check_lines(redo, last, f"{seed}-{number}")
                if shared is not None:
                    shared.set_by(writer)
            single = page == 1 and not others
            extra: dict[str, Any] = {} if single else {"first_line": first}
            if again := [line for line in sorted(redo.elements()) if first <= line <= last]:
                extra["redo"] = again
                lines = _redone(writer, lines, first, redo)
            about = {"id": f"{seed}-{number}" + ("" if single else f"-p{page}"), "seed": seed, "extra": extra}
            yield joined(lines, its, writer.height, model=model.name, **about)


def _all_pages(
    writer: LineWriter, parts: Sequence[RunningText], most: int | None, on_line: Callable[[int, str], None]
) -> Iterator[tuple[list[Row], bool]]:
    """Yield the pages of all `parts`, of up to `most` rows, and whether others follow."""
    for number, part in enumerate(parts, 1):
        for rows, others in pages_of(RowWriter(writer, part, on_line), most):
            yield rows, others or number < len(parts)


def running_texts(
    text: str, alphabet: Alphabet | None, fold: bool, layout: Layout | None = None
) -> list[RunningText]:
    """Return the parts of `text` that begin a page.

    Raises HwError if it is blank, has unknown characters, or several parts that a `layout` fits to one page.
    """
    pages, language = _encodable(text, alphabet, fold).split("\f"), layout.language if layout else None
    parts = [part for page in pages if (part := RunningText.of(page, language))]
    if layout is not None and layout.reflow:
        parts = reflowed(parts)
    if not parts:
        raise HwError(*NOTHING)
    if layout is not None and layout.fit_page and len(parts) > 1:
        raise HwError(
            "the text cannot fit one page: it has a form feed, which begins another",
            "remove the form feed, or write several pages",
        )
    return parts


def _encodable(text: str, alphabet: Alphabet | None, fold: bool) -> str:
    """Return `text` in the model's characters and line feeds; HwError for unknown characters."""
    text = unicodedata.normalize("NFC", plain_lines(text))
    if alphabet is None:  # the model itself reports that it cannot write
        return text
    passed = blanks(text) | mark_places(text)
    if not fold:
        check_writable(alphabet, text, passed)
        return text
    check_foldable(alphabet, text, passed)

    def fold_words(part: str) -> str:
        pieces = re.split(r"(\s*[\n\f]\s*|^\s+)", part)  # white space as it is, for pages to lay out
        return "".join(piece if piece.isspace() else folded(alphabet, piece) for piece in pieces)

    return outside_marks(text, fold_words)


def _check_lines(redo: Iterable[int], written: int, sample: str) -> None:
    if beyond := [line for line in redo if line > written]:
        has = "1 line" if written == 1 else f"{written} lines"
        raise UsageError(
            f"--redo {min(beyond)}: the text has {has}",
            f"count the lines on all pages of sample {sample}, without empty ones",
        )


def _redone(
    writer: LineWriter, lines: Iterable[WrittenLine | None], first: int, redo: Mapping[int, int]
) -> list[WrittenLine | None]:
    """Return the `lines` of a page, from number `first`, with those in `redo` replaced by an alternative.

    This comes after the whole page, so that the first line, too, continues from the hand of the others.
    """
    found, number = list(lines), first
    for row, line in enumerate(found):
        if line is not None:
            if number in redo:
                found[row] = replace(writer.alternative(line, number, redo[number]), align=line.align)
            number += 1
    return found
