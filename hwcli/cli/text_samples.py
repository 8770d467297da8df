"""Samples of the texts given to hw sample: as lines, or on pages if they are long."""

from __future__ import annotations

import math
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from hwcli import console
from hwcli.cli.sample_flags import page_flags
from hwcli.errors import HwError, UsageError

if TYPE_CHECKING:
    from hwcli.cli.given_text import GivenText
    from hwcli.cli.left_out import LeftOut
    from hwcli.cli.mail_merge import MergedTexts
    from hwcli.cli.text_arguments import TextArguments
    from hwcli.config.load import Settings
    from hwcli.lettering.replacements import Replacements
    from hwcli.pages.layout import Layout
    from hwcli.pages.writing import SharedHand
    from hwcli.sampling.model import Model
    from hwcli.sampling.options import SampleOptions
    from renderers.ink import Ink

LINE = 60  # characters that fit on one line; the longest line of IAM-OnDB has 64


@dataclass(frozen=True)
class TextSample:
    """One sample of a text: a line, or its pages as they are finished."""

    given: GivenText
    inks: Iterable[Ink]


@dataclass(frozen=True)
class Writing:
    """How texts are written: everything but the texts."""

    settings: Settings
    model: Model
    seed: int
    options: SampleOptions
    prime: Ink | None
    prime_text: str | None
    redo: Sequence[int] = ()  # lines of the only text, which fills pages, that are drawn again

    def __post_init__(self) -> None:
        """Check the replacements; UsageError for one that gives what cannot be written."""
        if (alphabet := self.model.file.alphabet) is not None:
            self._replacements.check(alphabet, self.options.fold)

    @cached_property
    def _replacements(self) -> Replacements:
        from hwcli.lettering.replacements import Replacements

        return Replacements(self.settings.config.sample.replace or {})

    def replaced(self, text: str) -> str:
        """Return `text` with its parts replaced; HwError names what else of it cannot be written.

        Positions in the error are those in the given text.
        """
        from hwcli.lettering.spelling import blanks, check_foldable, check_writable
        from hwcli.pages.alignment import mark_places, outside_marks

        alphabet, normal = self.model.file.alphabet, unicodedata.normalize("NFC", text)
        if self._replacements and alphabet is not None:
            check = check_foldable if self.options.fold else check_writable
            check(alphabet, normal, self._replacements.places(normal) | blanks(normal) | mark_places(normal))
        return outside_marks(normal, self._replacements.applied) if self._replacements else text

    def needs_pages(self, text: str) -> bool:
        """Return whether `text` is longer than a line, or a flag or a mark says how lines are laid out."""
        from hwcli.pages.alignment import has_marks

        long = len(text.strip()) > LINE or bool({"\n", "\f"} & {*text.strip()})
        return long or bool(page_flags(self.settings)) or has_marks(text)

    def check(self, text: str) -> None:
        """Raise HwError if `text` cannot be written."""
        from hwcli.pages.writing import running_texts
        from hwcli.sampling.target_text import TargetText

        alphabet, fold = self.model.file.alphabet, self.options.fold
        if alphabet is None:  # the model reports that it cannot write any text
            return
        if not self.needs_pages(text):
            if self.redo:
                raise UsageError(
                    "--redo only applies to text that fills a page", "write a single line with another --seed"
                )
            TargetText.of(alphabet, text, fold)
            return
        running_texts(text, alphabet, fold, self.layout)
        if limits := self.settings.asked("sample") & {"points", "until"}:
            raise UsageError(f"--{min(limits)} does not apply to text that fills a page", "remove it")

    def hard_wrap(self, text: str) -> str | None:
        """Return a warning if `text`, which can be written, will break badly on its pages; None if not.

        Somebody who set whether lines are joined does not need it.
        """
        from hwcli.pages.reflowing import hard_wrap_message

        if "sample.reflow" in self.settings.origins or not self.needs_pages(text):
            return None
        prime = None if self.prime is None else (self.prime, self.prime_text)
        said = hard_wrap_message(text, self.model, self.layout, self.options, prime)
        return said and f"{said}; --reflow joins the lines of each paragraph"

    def pages(
        self, text: str, number: int, shared: SharedHand | None, on_line: Callable[[int, str], None]
    ) -> Iterator[Ink]:
        """Return the pages of sample `number` of a text."""
        from hwcli.pages.writing import quiet_pages

        return quiet_pages(
            self.model,
            text,
            self.layout,
            seed=self.seed,
            options=self.options,
            prime=self.prime,
            prime_text=self.prime_text,
            first_number=number,
            redo=self.redo,
            shared=shared,
            on_line=on_line,
        )

    @cached_property
    def layout(self) -> Layout:
        """The layout of pages; UsageError if lines of this height do not fit on one."""
        from hwcli.cli.pictures import checked_usage, text_page_of
        from hwcli.pages.hyphenation import checked_language
        from hwcli.pages.layout import Layout

        s, page = self.settings.config.sample, text_page_of(self.settings.config.render)
        has_height = math.isfinite(page.room[1])
        if not has_height and "fit_page" in self.settings.asked("sample"):
            raise UsageError("--fit-page needs a page of known height", "add --paper a4, or --height")
        language = checked_language(s.hyphenate, self.settings.origins.get("sample.hyphenate", "hyphenate"))
        with checked_usage():
            how = {"language": language, "fit_page": s.fit_page and has_height, "reflow": s.reflow}
            return Layout.on(page, s.line_height, s.align, **how)


class FirstLetter:
    """The first of several letters, which sets their hand, even if its file exists already.

    So a letter does not depend on which others exist. `number` is that of the first of `count` samples.
    """

    def __init__(self, how: Writing, number: int, count: int) -> None:
        self._how, self._number, self._count = how, number, count
        self._hands: list[SharedHand] = []
        self._text: str | None = None

    def see(self, given: GivenText) -> None:
        """Take the next text, and keep the first that fills a page and can be written."""
        if self._text is not None:
            return
        try:
            text = "" if given.error else self._how.replaced(given.text)
            self._how.check(text)
        except HwError:
            text = ""
        if text and self._how.needs_pages(text):
            self._text = text
        else:
            self._number += self._count

    def hand_for(self, number: int, sample: int) -> SharedHand:
        """Return the hand of the letter of that number, the `sample`-th of its text; the first sets it."""
        from hwcli.pages.writing import SharedHand

        assert self._text is not None
        if sample == len(self._hands):
            self._hands.append(SharedHand())
        hand, first = self._hands[sample], self._number + sample
        if number != first and not hand.is_known:
            for _ in self._how.pages(self._text, first, hand, lambda tries, text: None):
                pass
        return hand


class TextSamples(Iterator[TextSample]):
    """Each of `texts` `count` times, in order, except those that cannot be written.

    These are reported to `left_out`, and keep their numbers, so that others do not depend on them. If there
    can only be one text, its error is raised. Lines that are there already are drawn side by side, without
    waiting for lines of stdin that are not. `on_line` receives the tries and the text of each line that is
    written.
    """

    def __init__(
        self,
        how: Writing,
        texts: TextArguments | MergedTexts,
        left_out: LeftOut,
        on_line: Callable[[int, str], None],
    ) -> None:
        self._how, self._arguments, self._left_out, self._on_line = how, texts, left_out, on_line
        self._count = how.settings.config.sample.count
        self._number = how.settings.config.sample.start  # of the next sample
        self._first_letter = FirstLetter(how, self._number, self._count) if texts.in_one_hand else None
        self._texts: Iterator[GivenText] = map(self._checked, _only(texts) if how.redo else texts)
        self._samples = self._all()
        self.has_begun = False  # whether there is a text that can be written
        self._has_warned = False  # of hard line breaks

    def __next__(self) -> TextSample:
        return next(self._samples)

    def _checked(self, given: GivenText) -> GivenText:
        if self._first_letter is not None:
            self._first_letter.see(given)
        if given.is_done:
            self._left_out.done += 1
            return given
        self._left_out.texts += 1
        if given.error is None:
            try:
                given = replace(given, text=self._how.replaced(given.text))
                self._how.check(given.text)
            except HwError as error:
                given = given.failing(error)
        if given.error is not None:
            if self._arguments.is_single:
                raise given.error
            self._left_out.text(given.error, given.origin)
            return given
        self.has_begun = True
        if not self._has_warned and (said := self._how.hard_wrap(given.text)) is not None:
            self._has_warned = True
            console.warn(given.named(said))
        return given

    def _all(self) -> Iterator[TextSample]:
        while (given := next(self._texts, None)) is not None:
            yield from self._pages(given) if self._fills_pages(given) else self._lines(given)

    def _fills_pages(self, given: GivenText) -> bool:
        return given.is_to_write and self._how.needs_pages(given.text)

    def _pages(self, given: GivenText) -> Iterator[TextSample]:
        for k in range(self._count):
            first = self._first_letter
            shared = None if first is None else first.hand_for(self._number, k)
            pages = self._how.pages(given.text, self._number, shared, self._on_line)
            self._number += 1
            yield TextSample(given, pages)

    def _lines(self, first: GivenText) -> Iterator[TextSample]:
        """Yield the samples of a line and of lines that follow without delay."""
        how = self._how
        drawn: deque[GivenText] = deque()
        inks = how.model.quiet_samples(
            self._count,
            how.seed,
            how.options,
            text=self._at_once(first, drawn),
            prime=how.prime,
            prime_text=how.prime_text,
            first_number=self._number,
        )
        for k, ink in enumerate(inks):
            if k % self._count == 0:
                first = drawn.popleft()
            self._on_line((ink.trace and ink.trace.tries) or 1, ink.text or "")
            yield TextSample(first, [ink])

    def _at_once(self, given: GivenText | None, drawn: deque[GivenText]) -> Iterator[str | None]:
        """Yield the text of `given` and of lines that follow without delay; None for one left out.

        Those not left out are added to `drawn`.
        """
        while given is not None:
            if self._fills_pages(given):
                self._texts = chain([given], self._texts)
                return
            self._number += self._count
            if given.is_to_write:
                drawn.append(given)
            yield given.text if given.is_to_write else None
            given = next(self._texts, None) if self._arguments.is_ready() else None


def _only(texts: Iterable[GivenText]) -> Iterator[GivenText]:
    """Yield the only one of `texts`; UsageError if there are others."""
    first, *others = texts
    if others:
        raise UsageError("--redo only applies to a single text", "write each text with a --redo of its own")
    yield first
