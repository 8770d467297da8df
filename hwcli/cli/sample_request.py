"""What hw sample is asked for, checked, and the samples of it; and what is told of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from hwcli import console
from hwcli.cli.text_arguments import read_texts
from hwcli.config.sections import RenderConfig, SampleConfig
from hwcli.errors import HwError, UsageError
from hwcli.sampling.load import load_model
from hwcli.sampling.memory import check_memory
from hwcli.sampling.model import Model, fresh_seed
from renderers.ink import Ink

LINE = 60  # characters that are a line; IAM-OnDB's longest has 64


@dataclass(frozen=True)
class Wanted:
    """The command line's wishes beside the settings; `asked` names the settings that were given as flags."""

    settings: SampleConfig
    render: RenderConfig
    texts: Sequence[str] | None
    prime: Path | None
    prime_text: str | None
    keep_prime: bool
    hand: str | None
    fold: bool
    tries: int
    predictions: bool
    asked: Set[str]

    def check(self) -> None:
        """UsageError where wishes do not go together."""
        if self.hand is not None and self.prime is not None:
            raise UsageError("--hand and --prime are mutually exclusive", "leave one of them out")
        if not self.keep_prime and self.prime is None:
            raise UsageError("--drop-prime is for --prime", "leave it out, or name the ink to go on from")
        if self.prime_text is not None and (self.prime is None or self.texts is None):
            raise UsageError("--prime-text is what --prime says, for --text", "add both, or leave it out")
        if self.hand is not None and self.texts is None:
            raise UsageError("--hand only applies to --text", "say what to write: --text TEXT")
        if self.fold and self.texts is None:
            raise UsageError("--fold is for --text", "leave it out, or say what to write")
        if self.texts is not None and "-" in self.texts and str(self.prime) == "-":
            raise UsageError("--text - and --prime -: there is one stdin", "put one of them into a file")

    @property
    def samples_something(self) -> bool:
        """Whether anything was asked for that --score has no use for."""
        given = (self.texts, self.prime, self.hand)
        return any(wish is not None for wish in given) or bool(self.asked - {"model"})

    def inks(self) -> Iterator[Ink]:
        """The samples, one after another as they are done."""
        s = self.settings
        prime, prime_text = self._prime()
        model = load_model(s.model, "prediction" if self.texts is None else "synthesis")
        seed = s.seed
        points = s.points if self.texts is None or "points" in self.asked else None
        if points is not None:
            check_memory(model, points, self.predictions)
        if seed is None:
            seed = fresh_seed()
            console.note(f"seed {seed}")
        how: dict[str, Any] = {
            "bias": s.bias,
            "temperature": s.temperature,
            "prime": prime,
            "predictions": self.predictions,
            "device": s.device,
            "prime_text": prime_text,
            "fold": self.fold,
            "tries": self.tries,
        }
        line: dict[str, Any] = {
            "points": points,
            "until": s.until,
            "keep_prime": self.keep_prime and self.hand is None,
        }
        if self.texts is None:
            return model.samples(s.count, seed=seed, **line, **how)
        return self._written(model, seed, line, how)

    def _written(self, model: Model, seed: int, line: dict[str, Any], how: dict[str, Any]) -> Iterator[Ink]:
        """The texts, each `count` times: as a line, or on pages where it is long."""
        number, count = 0, self.settings.count
        for long, texts in groupby(read_texts(self.texts or ()), self._is_long):
            if not long:
                for ink in model.samples(count, seed=seed, first_number=number, text=texts, **line, **how):
                    number += 1
                    yield ink
                continue
            for text in texts:
                yield from self._pages(model, text, seed, number, how)
                number += count

    def _is_long(self, text: str) -> bool:
        """Whether a text is for a page: more than a line, or somebody has said how lines are to lie."""
        text = text.strip()
        return len(text) > LINE or "\n" in text or bool(self.asked & {"line_height", "align"})

    def _pages(self, model: Model, text: str, seed: int, number: int, how: dict[str, Any]) -> Iterator[Ink]:
        from hwcli.pages.layout import Layout, text_page
        from hwcli.pages.writing import write_pages

        if limits := self.asked & {"points", "until"}:
            raise UsageError(f"--{min(limits)} is for a line, and this text is a page", "leave it out")
        s = self.settings
        layout = Layout.on(text_page(self.render), s.line_height, s.align)
        return write_pages(model, text, layout, count=s.count, seed=seed, first_number=number, **how)

    def _prime(self) -> tuple[Ink | None, str | None]:
        """The ink to go on from, and what it says."""
        if self.hand is not None:
            from hwcli.hands import library

            ink = library.load(self.hand)
            return ink, ink.text
        if self.prime is None:
            return None, None
        from hwcli.ink_io.files import read_inks

        ink, *others = read_inks(self.prime)
        if others:
            console.note(f"{self.prime}: the first of {1 + len(others):,} inks is the prime")
        return ink, self.prime_text


def told(inks: Iterable[Ink], strict: bool) -> Iterator[Ink]:
    """`inks`, with a warning for each whose text is not what was written; `strict` makes it an error.

    At the end a line says how many had to be drawn again; of a page, lines.
    """
    count = again = most = 0
    warned: str | None = None
    for ink in inks:
        lines = max(sum(map(bool, (ink.text or "").split("\n"))), 1)
        more, faults = int(ink.extra.get("tries", lines)) - lines, ink.extra.get("faults", ())
        count, again, most = count + 1, again + (more > 0), max(most, more)
        trouble = ink.extra.get("prime_trouble")
        if trouble is not None and trouble != warned:
            console.warn(trouble)
            warned = trouble
        if faults:
            what = ", ".join(f"{f['kind']} {f['character']!r} at position {f['place'] + 1}" for f in faults)
            text = " ".join((ink.text or "").split())
            shown = text if len(text) <= LINE else f"{text[: LINE - 1]}…"
            message = f"sample {ink.id} of {shown!r} is not what it should be: {what}"
            if strict:
                raise HwError(message, "more --tries, another --seed, a higher --bias, or no --strict")
            console.warn(message)
        yield ink
    if again:
        console.note(f"{again} of {count} drawn again, in {most + 1} tries at the most")
