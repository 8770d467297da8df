"""How many characters of a dataset's lines a reader reads wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hwcli.console import Reporter
from hwcli.dataset.line_texts import with_text
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError
from hwcli.evaluation.scores import lines_to_score
from hwcli.model.reader_file import ReaderFile
from hwcli.reader.error_rate import PROTOCOL, Errors
from hwcli.reader.greedy import read_all
from hwcli.reader.lines_to_read import LinesToRead


@dataclass(frozen=True)
class ReaderEvaluation:
    """The errors of a reader in the lines of one split, in all and by source.

    Each `Errors` has the `rate` per character, the rate `by_class` of character (small, capitals, digits,
    punctuation, spaces), and the `count` of characters and `lines`.
    """

    by_source: Mapping[str, Errors]
    written: Errors  # in lines as they were written
    composed: Errors
    left_out: int  # lines whose ink cannot be handwriting, or has no text

    @classmethod
    def of(
        cls, reader: ReaderFile, dataset: Dataset, split: str, report: Reporter | None = None
    ) -> ReaderEvaluation:
        """Read the lines of a split, as `LinesToRead` chooses them; HwError if there are none."""
        lines, _ = lines_to_score(dataset, split, None)
        if not with_text(dataset, lines):
            raise HwError(
                f"{dataset.path} cannot be read for errors: its lines in split {split!r} have no text",
                "add texts with hw preprocess --transcripts",
            )
        chosen = LinesToRead.of(dataset, lines)
        if not chosen.all:
            raise HwError(
                f"no ink in split {split!r} of {dataset.path} can be read", "look at it with hw render"
            )
        texts = read_all(reader, [sample.path.features().rows for sample in chosen.all], report)
        found = [Errors.of(sample.text, text) for sample, text in zip(chosen.all, texts, strict=True)]
        names = [sample.source for sample in chosen.all]
        parts = {
            source.name: Errors.total(e for e, name in zip(found, names, strict=True) if name == source.name)
            for source in dataset.sources
            if source.name in names
        }
        count = len(chosen.written)
        return cls(parts, Errors.total(found[:count]), Errors.total(found[count:]), chosen.left_out)

    @property
    def all(self) -> Errors:
        """All errors together."""
        return Errors.total([self.written, self.composed])

    def as_row(self) -> dict[str, Any]:
        """Return the figures as a JSON object."""
        return {
            "protocol": PROTOCOL,
            "quantity": "character error rate",
            "unit": "errors per character",
            "better": "lower",
            "value": self.all.rate,
            **self.all.as_row(),
            "written": self.written.as_row() if self.written.lines else None,
            "composed": self.composed.as_row() if self.composed.lines else None,
            "sources": {name: errors.as_row() for name, errors in self.by_source.items()},
        }

    def as_text(self) -> str:
        """Return the figures as lines of text."""
        rows = {"": self.all}
        if self.written.lines and self.composed.lines:
            rows |= {"lines as written": self.written, "composed lines": self.composed}
        if len(self.by_source) > 1:
            rows |= self.by_source
        return "\n".join(_text(name, errors) for name, errors in rows.items())


def _text(name: str, errors: Errors) -> str:
    classes = ", ".join(f"{name} {rate:.2%}" for name, rate in errors.by_class.items())
    if not name:
        return f"  character error rate  {errors.rate:.2%}; lower is better\n  {classes}"
    return (
        f"  {name}: {errors.rate:.2%} of {errors.count:,} characters, {errors.lines:,} lines\n    {classes}"
    )
