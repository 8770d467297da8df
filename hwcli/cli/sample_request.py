"""Requests to hw sample: their checks, and the inks that they yield (lines, pages or scored ink)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from hwcli import console
from hwcli.errors import HwError, UsageError

if TYPE_CHECKING:
    from hwcli.cli.pictures import Picture
    from hwcli.cli.sample_flags import SampleFlags
    from hwcli.config.load import Settings
    from hwcli.pages.layout import Layout
    from hwcli.sampling.model import Model
    from hwcli.sampling.options import SampleOptions
    from renderers.ink import Ink

LINE = 60  # characters that fit on one line; the longest line of IAM-OnDB has 64


@dataclass(frozen=True)
class SampleRequest:
    """A checked request: what to sample or score, and the pictures to draw (none: NDJSON)."""

    settings: Settings
    flags: SampleFlags
    pictures: Sequence[Picture]

    @classmethod
    def of(cls, settings: Settings, flags: SampleFlags) -> SampleRequest:
        """Check `flags` and look up the pictures; UsageError if they contradict each other."""
        from hwcli.cli.page_lines import redo_lines
        from hwcli.cli.pictures import format_of, picture_of, style_list
        from hwcli.cli.streams import stdout_is_terminal, to_stdout

        flags.check(settings.asked("sample"))
        if flags.redo is not None:
            redo_lines(flags.redo)
            if settings.config.sample.seed is None:
                raise UsageError("--redo needs the seed of the page", "add the --seed that hw printed")
        styles = ["window"] if flags.explain else style_list(flags.render)
        at_terminal = flags.output is None and stdout_is_terminal()
        default = "svg" if styles else "term" if at_terminal else "ndjson"
        kind = format_of(flags.output, flags.format, default, ink_formats=("ndjson",))
        if kind == "ndjson":
            if styles:
                raise UsageError(
                    "--render produces a picture, so the output format cannot be ndjson",
                    "remove --render, or name a picture with -o",
                )
            if flags.option:
                raise UsageError("-O only applies to pictures", "add --render STYLE")
            return cls(settings, flags, ())
        if len(styles) > 1 and not at_terminal and to_stdout(flags.output):
            raise UsageError(
                "several styles cannot share stdout", "name a file with -o: NAME.STYLE.SUFFIX is written"
            )
        pictures = [
            picture_of(settings, style, kind, flags.option or (), flags.output, text=flags.text is not None)
            for style in styles or ["plain"]
        ]
        return cls(settings, flags, pictures)

    @property
    def is_shown(self) -> bool:
        """Whether pictures are saved under free names and shown at the terminal, since no file was named."""
        from hwcli.cli.streams import stdout_is_terminal

        f = self.flags
        drawn = f.explain or f.render is not None
        return drawn and f.output is None and f.format is None and stdout_is_terminal()

    def inks(self) -> Iterator[Ink]:
        """Yield the inks as they are finished."""
        if self.flags.score is not None:
            return _scored(self.settings.config.sample.model or "default", self.flags.score, self.flags.fit)
        return _reported(self._samples(), self.flags.strict)

    def _samples(self) -> Iterator[Ink]:
        from hwcli.sampling.load import load_model
        from hwcli.sampling.options import SampleOptions
        from hwcli.sampling.seed import fresh_seed

        s, f = self.settings.config.sample, self.flags
        prime, prime_text = _prime(f)
        model = load_model(s.model or "default", "prediction" if f.text is None else "synthesis")
        seed = s.seed
        if seed is None:
            seed = fresh_seed()
            console.note(f"seed {seed}")
        options = SampleOptions(
            points=s.points if f.text is None or "points" in self.settings.asked("sample") else None,
            bias=s.bias,
            temperature=s.temperature,
            until=s.until,
            keep_prime=f.keep_prime and f.hand is None,
            predictions=f.prediction or bool(self.pictures),
            fold=f.fold,
            tries=f.tries,
            device=s.device,
        )
        if f.text is None:
            return model.samples(s.count, seed, options, prime=prime, prime_text=prime_text)
        return self._written(model, f.text, seed, options, prime, prime_text)

    def _written(
        self,
        model: Model,
        arguments: Sequence[str],
        seed: int,
        options: SampleOptions,
        prime: Ink | None,
        prime_text: str | None,
    ) -> Iterator[Ink]:
        """Yield each text `count` times: as a line, or on pages if it is long."""
        from hwcli.cli.page_lines import only_page, redo_lines
        from hwcli.cli.text_arguments import read_texts
        from hwcli.pages.writing import write_pages

        number, count = 0, self.settings.config.sample.count
        found, redo = read_texts(arguments), redo_lines(self.flags.redo or ())
        if redo:
            found = iter([only_page(found, self._is_page)])
        for is_page, texts in groupby(found, self._is_page):
            if not is_page:
                for ink in model.samples(
                    count, seed, options, text=texts, prime=prime, prime_text=prime_text, first_number=number
                ):
                    number += 1
                    yield ink
                continue
            layout = self._layout()
            for text in texts:
                yield from write_pages(
                    model,
                    text,
                    layout,
                    count=count,
                    seed=seed,
                    options=options,
                    prime=prime,
                    prime_text=prime_text,
                    first_number=number,
                    redo=redo,
                )
                number += count

    def _is_page(self, text: str) -> bool:
        """Whether a text needs pages: it is longer than a line, or a flag says how lines are laid out."""
        text = text.strip()
        return (
            len(text) > LINE or "\n" in text or bool(self.settings.asked("sample") & {"line_height", "align"})
        )

    def _layout(self) -> Layout:
        from hwcli.cli.pictures import TEXT_WIDTH, checked_usage, page_of
        from hwcli.pages.layout import Layout

        if limits := self.settings.asked("sample") & {"points", "until"}:
            raise UsageError(f"--{min(limits)} does not apply to text that fills a page", "remove it")
        s = self.settings.config.sample
        with checked_usage():
            return Layout.on(page_of(self.settings.config.render, TEXT_WIDTH), s.line_height, s.align)


def _prime(f: SampleFlags) -> tuple[Ink | None, str | None]:
    """Return the ink to continue from, and its text."""
    if f.hand is not None:
        from hwcli.hands import library

        ink = library.load(f.hand)
        return ink, ink.text
    if f.prime is None:
        return None, None
    from hwcli.ink_io.files import read_inks

    ink, *others = read_inks(f.prime)
    if others:
        console.note(f"{f.prime}: the first of {1 + len(others):,} inks is the prime")
    return ink, f.prime_text


def _scored(name: str, source: str, fit: bool) -> Iterator[Ink]:
    from hwcli.ink_io.formats import read_stream
    from hwcli.sampling.load import load_model

    model, ink = load_model(name), None
    for ink in read_stream(source):
        if not fit and (times := model.far_from(ink)) is not None:
            what = ink.id or "ink"
            console.warn(f"{what} is {times:.3g} times as large as {model.name}'s lines; see --fit")
        yield model.score(ink, fit)
    if ink is None:
        name = "stdin" if source == "-" else source
        raise HwError(f"{name} contains no ink", "pipe in some ink, or name a file")


def _reported(inks: Iterable[Ink], strict: bool) -> Iterator[Ink]:
    """Yield `inks`, warning of each whose text is not what was asked for; an error if `strict`.

    At the end, note how many samples were retried.
    """
    from hwcli.cli.page_lines import fault_list, redone

    count = again = most = 0
    warned: str | None = None
    for ink in inks:
        lines = max(sum(map(bool, (ink.text or "").split("\n"))), 1)
        trace = ink.trace
        more = trace.tries - lines if trace and trace.tries else 0
        count, again, most = count + 1, again + (more > 0), max(most, more)
        if trace and trace.prime_trouble is not None and trace.prime_trouble != warned:
            warned = trace.prime_trouble
            console.warn(warned)
        if trace and trace.faults:
            text = " ".join((ink.text or "").split())
            shown = text if len(text) <= LINE else f"{text[: LINE - 1]}…"
            message = f"sample {ink.id} of {shown!r} has faults: {fault_list(ink)}"
            if strict:
                raise HwError(
                    message, "use more --tries, another --seed or a higher --bias, or drop --strict"
                )
            console.warn(message)
        for message in redone(ink):
            console.note(message)
        yield ink
    if again:
        samples, were = "sample" if count == 1 else "samples", "was" if again == 1 else "were"
        console.note(f"{again} of {count} {samples} {were} retried (at most {most + 1} tries each)")
