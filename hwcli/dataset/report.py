"""The report on a dataset that was built: what was found, kept and left out, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass
class Report:
    """The content of `report.json`; its keys are the fields that are not None, in this order."""

    source: list[str]
    settings: dict[str, Any]
    found: dict[str, int]  # numbers of lines and groups
    kept: dict[str, Any]  # numbers of lines and points, and of lines per split
    left_out: list[dict[str, str]]  # id, source and reason of each line
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
            rows.append(f"left out {len(self.left_out)}:")
            reasons = _kinds([entry["reason"] for entry in self.left_out])
            rows += [f"  {n:>6,} {kind}" for kind, n in reasons.most_common()]
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


def _kinds(reasons: Sequence[str]) -> Counter[str]:
    """Count reasons by their kind: the words before any details."""
    return Counter(reason.split(" (")[0].split(":")[0].strip() for reason in reasons)
