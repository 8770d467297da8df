"""Requests to hw sample: their checks, and the inks that they yield (lines, pages or scored ink)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from hwcli import console
from hwcli.cli.left_out import LeftOut
from hwcli.errors import HwError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from hwcli.cli.given_text import GivenText
    from hwcli.cli.mail_merge import MergedTexts
    from hwcli.cli.pictures import Picture
    from hwcli.cli.sample_flags import SampleFlags
    from hwcli.cli.sample_report import SeedNote
    from hwcli.cli.text_arguments import TextArguments
    from hwcli.cli.text_samples import Writing
    from hwcli.config.load import Settings
    from renderers.ink import Ink


@dataclass(frozen=True)
class SampleRequest:
    """A checked request: what to sample or score, and the pictures to draw, or the format of the ink."""

    settings: Settings
    flags: SampleFlags
    pictures: Sequence[Picture]
    ink_format: str = "ndjson"  # without pictures
    left_out: LeftOut = field(default_factory=LeftOut)

    @classmethod
    def of(cls, settings: Settings, flags: SampleFlags) -> SampleRequest:
        """Check `flags` and look up the pictures; UsageError if they contradict each other."""
        from hwcli.cli.page_lines import redo_lines
        from hwcli.cli.pictures import check_page, for_format, format_of, picture_of, style_list
        from hwcli.cli.sample_flags import page_flags
        from hwcli.cli.streams import stdout_is_terminal, to_stdout
        from hwcli.ink_io.writers import WRITERS

        flags.check(settings.asked("sample"))
        if flags.text is None and flags.score is None and (asked := page_flags(settings)):
            raise UsageError(f"--{asked[0].replace('_', '-')} only applies to --text", "add --text TEXT")
        if flags.to_files and settings.config.sample.count != 1:
            raise UsageError(
                "--count does not apply to --fields with files", "remove it, or write ink to stdout"
            )
        check_page(settings.config.render, text=flags.text is not None)
        if flags.redo is not None:
            redo_lines(flags.redo)
            if settings.config.sample.seed is None:
                raise UsageError("--redo needs the seed of the page", "add the --seed that hw printed")
        styles = ["window"] if flags.explain else style_list(flags.render)
        at_terminal = flags.output is None and stdout_is_terminal()
        default = "svg" if styles else "term" if at_terminal else "ndjson"
        kind = format_of(flags.output, flags.format, default)
        if kind in WRITERS:
            if styles:
                raise UsageError(
                    f"--render produces a picture, so the output format cannot be {kind}",
                    "remove --render, or name a picture with -o",
                )
            if flags.option:
                raise UsageError("-O only applies to pictures", "add --render STYLE")
            return cls(settings, flags, (), kind)
        if len(styles) > 1 and not at_terminal and to_stdout(flags.output):
            raise UsageError(
                "several styles cannot share stdout", "name a file with -o: NAME.STYLE.SUFFIX is written"
            )
        settings = for_format(settings, kind)
        # --explain --render pdf: the style window over the heat map
        pairs = [*(flags.option or ()), *(["density=yes"] if flags.explain and flags.render else ())]
        pictures = [
            picture_of(settings, style, kind, pairs, flags.output, written=flags.score is None)
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

    @property
    def total(self) -> int | None:
        """The number of samples, if it is known before they are drawn: without texts."""
        f = self.flags
        return self.settings.config.sample.count if f.text is None and f.score is None else None

    def inks(self) -> Iterator[Ink]:
        """Yield the inks as they are finished; afterwards, `left_out` knows which texts are missing."""
        if self.flags.score is not None:
            return _scored(self.settings.config.sample.model or "default", self.flags, not self._streams)
        return (ink for _, ink in self._on_paper())

    def letters(self) -> Iterator[tuple[Path, list[Ink]]]:
        """Yield the inks of each row of --fields, with the file that they are for; then as `inks`."""
        for file, found in groupby(self._on_paper(), key=lambda one: one[0].file):
            assert file is not None
            yield file, [ink for _, ink in found]

    def _on_paper(self) -> Iterator[tuple[GivenText, Ink]]:
        from hwcli.cli.pictures import on_paper

        return ((given, on_paper(ink, self.settings.config.render)) for given, ink in self._samples())

    def _samples(self) -> Iterator[tuple[GivenText, Ink]]:
        from hwcli.api.terms import warn_of_terms
        from hwcli.cli.given_text import GivenText
        from hwcli.cli.page_lines import redo_lines
        from hwcli.cli.primes import GivenPrime
        from hwcli.cli.sample_report import SeedNote
        from hwcli.cli.streams import counted
        from hwcli.cli.text_samples import Writing
        from hwcli.reader.load import load_reader
        from hwcli.sampling.load import load_model
        from hwcli.sampling.options import SampleOptions
        from hwcli.sampling.seed import fresh_seed

        s, f, texts = self.settings.config.sample, self.flags, self._texts()
        prime = GivenPrime.of(f)
        learned_by = prime.learned and prime.learned.model
        model = load_model(
            s.model or learned_by or "default", "prediction" if f.text is None else "synthesis"
        )
        if prime.learned is not None:
            model = model.in_hand(prime.learned)
        warn_of_terms(model)
        if s.source is not None:
            model.source = None if s.source == "none" else s.source
        if f.text is not None and s.reader is not None:
            model.reader = None if s.reader == "none" else load_reader(s.reader)
        seed = SeedNote(fresh_seed() if s.seed is None else s.seed, is_given=s.seed is not None)
        options = SampleOptions(
            points=s.points if f.text is None or "points" in self.settings.asked("sample") else None,
            bias=s.bias,
            temperature=s.temperature,
            until=s.until,
            keep_prime=f.keep_prime and f.hand is None,
            predictions=f.prediction or bool(self.pictures),
            attention=f.attention or any("attention" in p.style.needs for p in self.pictures),
            fold=f.fold,
            tries=f.tries,
            device=s.device,
        )
        if texts is None:
            inks = model.quiet_samples(
                s.count, seed.seed, options, prime=prime.ink, prime_text=prime.text, first_number=s.start
            )
            if not self._streams:
                inks = counted(inks, "sampling", s.count)
            return ((GivenText(""), ink) for ink in seed.told_with(inks))
        redo = redo_lines(f.redo or ())
        how = Writing(self.settings, model, seed.seed, options, prime.ink, prime.text, redo)
        # the window's own opinion of the prime counts only where the reader has none
        return self._written(how, texts, seed, warn_of_prime=not prime.checked(model))

    @property
    def _streams(self) -> bool:
        """Whether ink appears at the terminal as it is finished, which is progress enough."""
        from hwcli.cli.streams import stdout_is_terminal, to_stdout

        return not self.pictures and to_stdout(self.flags.output) and stdout_is_terminal()

    def _texts(self) -> TextArguments | MergedTexts | None:
        """Return the texts to write; a table is read and checked at once, before a model is loaded."""
        from hwcli.cli.mail_merge import MergedTexts, Table
        from hwcli.cli.text_arguments import TextArguments

        f = self.flags
        if f.text is None:
            return None
        texts = TextArguments(f.text)
        if f.fields is None:
            return texts
        # of several styles, the last is written last
        style = f".{self.pictures[-1].style.name}" if len(self.pictures) > 1 else ""
        return MergedTexts(list(texts), Table.read(f.fields), f.output if f.to_files else None, style)

    def _written(
        self, how: Writing, texts: TextArguments | MergedTexts, seed: SeedNote, warn_of_prime: bool
    ) -> Iterator[tuple[GivenText, Ink]]:
        """Yield the samples of `texts`, with progress on a terminal that shows nothing else meanwhile."""
        from hwcli.cli.sample_report import letters_of, reported, show_lines
        from hwcli.cli.text_samples import TextSamples

        shown = console.is_terminal() and not (self._streams or texts.is_typed)
        known = texts.all_texts() if shown else None
        count = self.settings.config.sample.count
        letters = None if known is None else count * sum(map(letters_of, known))
        with show_lines(shown, letters) as show:

            def on_line(tries: int, text: str) -> None:
                seed.tell()
                show(tries, text)

            samples = TextSamples(how, texts, self.left_out, on_line)
            written = reported(samples, self.left_out, self.flags.strict, warn_of_prime)
            yield from seed.told_with(written, lambda: samples.has_begun)


def _scored(name: str, flags: SampleFlags, shown: bool) -> Iterator[Ink]:
    from hwcli.cli.streams import counted_from
    from hwcli.device_ink.upright import turned_over
    from hwcli.ink_io.formats import read_stream
    from hwcli.sampling.load import load_model

    assert flags.score is not None
    model, ink, source, fit = load_model(name), None, flags.score, flags.fit
    for ink in counted_from([source], "scoring") if shown else read_stream(source):
        if flags.y_up:
            ink = turned_over(ink)
        yield model.score(ink, fit)
    if ink is None:
        name = "stdin" if source == "-" else source
        raise HwError(f"{name} contains no ink", "pipe in some ink, or name a file")
