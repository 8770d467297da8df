"""The report on a dataset that was built: what was found, kept and left out, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hwcli.dataset.packing import UNREAD, Line


@dataclass
class Report:
    """The content of `report.json`; its keys are the fields that are not None, in this order."""

    source: list[str]
    settings: dict[str, Any]
    found: dict[str, int]  # numbers of lines and groups
    kept: dict[str, Any]  # numbers of lines and points, and of lines per split
    left_out: list[dict[str, Any]]  # id, source and reason of each line, and how many lines an entry counts
    parts: dict[str, dict[str, Any]] | None = None  # by part of a database: lines found, read, kept, left out
    fitted: dict[str, Any] | None = None  # with --fit: the model, and the factor applied to the units
    scaled: list[dict[str, Any]] | None = None  # with --normalise or --resample: what was done to each hand
    warnings: list[str] | None = None  # on sources without ink, units, grain
    not_ink: list[dict[str, str]] | None = None  # source and reason of files in unknown formats
    text: dict[str, Any] | None = None  # with --transcripts: what they gave
    split_ids_not_found: dict[str, list[str]] | None = None  # with --split: ids that no line or group has

    def content(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return {key: value for key, value in vars(self).items() if value is not None}

    def summary(self) -> str:
        """Return a summary of a few lines, for the terminal."""
        splits = ", ".join(f"{name} {n:,}" for name, n in self.kept["splits"].items())
        rows = [
            f"found {self.found['lines']:,} lines in {self.found['groups']:,} forms or writers",
            f"kept  {self.kept['lines']:,} lines, {self.kept['points']:,} points: {splits}",
        ]
        if self.fitted:
            rows.append(f"fitted to {self.fitted['model']}: units times {self.fitted['factor']:.4g}")
        if self.scaled:
            rows += _scaled(self.scaled)
        if self.text:
            rows.append(f"text  for {self.text['lines_with_text']:,} lines")
            if n := len(self.text["forms_with_other_counts"]):
                which = f"{n} form{'s' * (n > 1)} without text"
                rows.append(f"      {which}: transcript and ink disagree on the number of lines")
        if self.not_ink:
            n = len(self.not_ink)
            rows.append(f"skipped {n:,} file{'s' * (n > 1)} in an unknown format")
        if self.left_out:
            kinds: Counter[str] = Counter()
            for entry in self.left_out:
                kinds[_kind(entry["reason"])] += entry.get("count", 1)
            rows.append(f"left out {kinds.total():,}:")
            rows += [f"  {n:>7,} {kind}" for kind, n in kinds.most_common()]
        return "\n".join(rows)


def _scaled(hands: Sequence[Mapping[str, Any]]) -> list[str]:
    """Describe what was done to the hands, one row per source."""
    rows = []
    for source in sorted({hand["source"] for hand in hands}):
        factors = [hand["factor"] for hand in hands if hand["source"] == source]
        densities = [hand["density"] for hand in hands if hand["source"] == source]
        n, resampled = len(factors), sum(density != 1.0 for density in densities)
        rows.append(
            f"{source}: {n:,} hand{'s' * (n != 1)}, units times {min(factors):.3g} to {max(factors):.3g}; "
            f"{resampled:,} resampled"
        )
    return rows


def left_out_entry(line: Line) -> dict[str, Any]:
    """Return the entry of a line that is left out."""
    entry = {"id": line.id, "source": line.source, "reason": line.reason}
    return entry if line.count == 1 else entry | {"count": line.count}


def parts_of(lines: Iterable[Line]) -> dict[str, dict[str, Any]] | None:
    """Return the counts of each part of a database that says which it is; None if none does."""
    counts: dict[str, dict[str, Any]] = {}
    for line in lines:
        if line.part is not None:
            empty: dict[str, Any] = {"found": 0, "read": 0, "kept": 0, "left_out": {}}
            part = counts.setdefault(line.part, empty)
            part["found"] += line.count
            part["read"] += 0 if line.reason and line.reason.startswith(UNREAD) else line.count
            part["kept"] += 0 if line.reason else line.count
            if line.reason:
                kind = _kind(line.reason)
                part["left_out"][kind] = part["left_out"].get(kind, 0) + line.count
    return {name: counts[name] for name in sorted(counts)} or None


def _kind(reason: str) -> str:
    """Return what a reason has in common with others: the words before any details."""
    kind, *more = (words.strip() for words in reason.split(" (")[0].split(":"))
    return f"{kind}: {more[0]}" if kind == UNREAD and more and not more[0].startswith("line ") else kind
