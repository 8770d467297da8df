"""The report on a dataset that was built: what was found, kept and left out, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from hwcli.dataset.origins import Origins, count
from hwcli.dataset.packing import UNREAD, Line
from hwcli.dataset.splits import REST, Splits
from hwcli.dataset.spool import HAS_NOTE, HAS_PART, HAS_REASON, Lines

NAMED = 3  # ids that a warning names; report.json has all


@dataclass
class Report:
    """The content of `report.json`; its keys are the fields that are not None, in this order."""

    source: list[str]
    settings: dict[str, Any]
    found: dict[str, int]  # numbers of lines and groups
    kept: dict[str, Any]  # numbers of lines and points, and of lines per split
    splits: dict[str, Origins]  # who wrote the lines of each split
    left_out: list[dict[str, Any]]  # id, source and reason of each line, and how many lines an entry counts
    parts: dict[str, dict[str, Any]] | None = None  # by part of a database: lines found, read, kept, left out
    notes: list[dict[str, str]] | None = None  # id and note of lines that were kept
    mended: list[dict[str, Any]] | None = None  # with --normalise or --fit: what was mended in each hand
    fitted: dict[str, Any] | None = None  # with --fit: the model, and the factor applied to the units
    refined: dict[str, Any] | None = None  # with --level, --even, --legible or --compose: what was done
    scaled: list[dict[str, Any]] | None = None  # with --normalise or --resample: what was done to each hand
    warnings: list[str] | None = None  # on sources without ink, units, grain, splits
    not_ink: list[dict[str, str]] | None = None  # source and reason of files in unknown formats
    text: dict[str, Any] | None = None  # with --transcripts: what they gave
    split_ids_not_found: dict[str, list[str]] | None = None  # with --split: ids that no line or group has

    @classmethod
    def of(
        cls,
        found: dict[str, int],
        lines: Lines,
        kept: Lines,
        split_of: Splits,
        names: list[str],
        settings: Mapping[str, Any],
    ) -> Report:
        """Return a report on `lines`, those that were `found` and those composed of them; `kept` are kept."""
        left_out = [replace(line, offsets=None) for line in lines.at(lines.has(HAS_REASON))]
        numbers, counts = np.unique(split_of.of_line, return_counts=True)
        lines_of = dict(zip((split_of.names[k] for k in numbers.tolist()), counts.tolist(), strict=True))
        return cls(
            source=names,
            settings={key: value for key, value in settings.items() if key != "jobs"},
            found=found,
            kept={
                "lines": len(kept),
                "points": int(kept.column("points").sum(dtype=np.int64)),
                "splits": dict(sorted(lines_of.items())),
            },
            splits=Origins.of_splits(kept, split_of),
            left_out=[left_out_entry(line) for line in left_out],
            parts=parts_of(lines.at(lines.has(HAS_PART))),
            notes=[{"id": x.id, "note": x.note or ""} for x in kept.at(kept.has(HAS_NOTE))] or None,
        )

    def content(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        plain = vars(self) | {"splits": {name: asdict(origins) for name, origins in self.splits.items()}}
        return {key: value for key, value in plain.items() if value is not None}

    def summary(self) -> list[str]:
        """Return the lines of a summary, for the terminal."""
        rows = [
            f"found {self.found['lines']:,} lines in {self.found['groups']:,} forms or writers",
            f"kept  {self.kept['lines']:,} lines, {self.kept['points']:,} points",
            *self._splits(),
        ]
        if self.mended:
            rows += _mended(self.mended)
        if self.fitted:
            rows.append(f"fitted to {self.fitted['model']}: units times {self.fitted['factor']:.4g}")
        if self.scaled:
            rows += _scaled(self.scaled)
        if self.refined:
            rows += _refined(self.refined)
        if self.text:
            rows.append(f"text  for {self.text['lines_with_text']:,} lines")
            if n := len(self.text["forms_with_other_counts"]):
                which = f"{count(n, 'form')} without text"
                rows.append(f"      {which}: transcript and ink disagree on the number of lines")
        if self.notes:
            rows += _kinds(self.notes, "note")
        if self.not_ink:
            rows += [f"skipped {count(len(self.not_ink), 'file')}:"]
            rows += _kinds(self.not_ink, "reason")
        if self.left_out:
            rows.append(f"left out {sum(entry.get('count', 1) for entry in self.left_out):,}:")
            rows += _kinds(self.left_out, "reason")
        return rows

    def _splits(self) -> list[str]:
        """Return a row for each split: how many lines, by whom, and what its figures can say."""
        rows = []
        for name, origins in self.splits.items():
            title = {"train": "training", "valid": "validation"}.get(name, f"split {name}")
            row = f"  {title}: {origins}"
            if name == "valid":
                row += self._what_validation_says(origins)
            elif name not in ("train", REST):
                row += f"; hw train does not use them, hw evaluate --split {name} scores them"
            rows.append(row)
        return rows

    def _what_validation_says(self, valid: Origins) -> str:
        if valid.writers_in_training or valid.forms_in_training:
            return ""  # a warning says so
        if not valid.forms and not valid.lines_alone:
            return ", none of whom is in training" if valid.writers > 1 else ", who is not in training"
        if self._is_named("valid"):
            whom = "all of them" if valid.writers else "them"
            return f"; the ink does not say who wrote {whom}, so the split file must keep writers apart"
        return f", {'some of ' if valid.writers else ''}whose writers are unknown and may also be in training"

    def _is_named(self, split: str) -> bool:
        return split in (self.split_ids_not_found or {})

    def split_warnings(self) -> list[str]:
        """Return what the user should know about the splits before training on them."""
        warnings = []
        for name, ids in (self.split_ids_not_found or {}).items():
            if ids:
                more = f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else ""
                warnings.append(
                    f"--split {name}: {count(len(ids), 'id')} not among the writers, forms and lines: "
                    f"{', '.join(ids[:NAMED])}{more}"
                )
        if REST in self.splits:
            warnings.append(
                f"{count(self.splits[REST].lines, 'line')} in split {REST}, which hw train does not use: "
                "--split train=… names others. Leave it out to learn from all lines, or score these with "
                f"hw evaluate --split {REST}"
            )
        warnings += self._validation_warnings()
        return warnings

    def _validation_warnings(self) -> list[str]:
        valid, named = self.splits.get("valid"), self._is_named("valid")
        if valid is None:
            if not named and not self.settings["valid_fraction"]:
                return []  # as asked for
            why = "--split valid names no line that is here" if named else "there is only one line"
            return [f"no validation: {why}, so hw train keeps the model of its last epoch"]
        writers, forms = valid.writers_in_training, valid.forms_in_training
        if not writers and not forms:
            return []
        # of a single hand, lines are held back anyway; a merged dataset brings its own split
        if named or not all(one.is_one_hand for one in (valid, self.splits["train"])):
            which = count(writers, "writer") if writers else count(forms, "form")
            return [f"{which} of split valid also in train: validation is not only on new writers"]
        who = "by one writer" if writers else "of one form"
        held = "other lines" if forms or not valid.forms_in_all else "other forms"
        return [f"validation on new writers is not possible, since every line is {who}: it uses {held}"]


def _refined(done: Mapping[str, Any]) -> list[str]:
    """Describe how lines were made neater, one row per kind of work."""
    rows = []
    if "levelled" in done:
        rows.append(f"levelled {done['levelled']:,} lines, median slope {100 * done['median_slope']:.1f} %")
    if "rough" in done:
        rows.append(f"rough {done['rough']:,} lines, in sources of their own")
    if composed := done.get("composed"):
        rows.append(
            f"composed {composed['lines']:,} lines by {composed['hands']:,} hands, "
            f"of {composed['tried']:,} that were tried"
        )
    return rows


def _mended(hands: Sequence[Mapping[str, Any]]) -> list[str]:
    """Describe what was mended: note by note, if it is one hand; else one row per source."""
    if len(hands) == 1:
        return [*hands[0]["notes"]]
    rows = []
    for source in sorted({hand["source"] for hand in hands}):
        some = [hand for hand in hands if hand["source"] == source]
        lines = sum(hand["lines"] for hand in some)
        smoothed = sum(hand["lines"] for hand in some if hand["step"])
        rows.append(
            f"{source}: mended {lines:,} lines by {count(len(some), 'hand')}; "
            f"{smoothed:,} were on a coarse grid"
        )
    return rows


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


def found_in(lines: Lines) -> dict[str, int]:
    """Return how many lines were found, and how many groups of them."""
    more = sum(line.count - 1 for line in lines.at(lines.has(HAS_REASON)))
    return {"lines": len(lines) + more, "groups": len(np.unique(lines.column("group")))}


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


def _kinds(entries: Iterable[Mapping[str, Any]], key: str) -> list[str]:
    """Return a row for each kind of the texts under `key`, most frequent first."""
    kinds: Counter[str] = Counter()
    for entry in entries:
        kinds[_kind(entry[key])] += entry.get("count", 1)
    return [f"  {n:>7,} {kind}" for kind, n in kinds.most_common()]


def _kind(reason: str) -> str:
    """Return what a reason has in common with others: the words before any details."""
    kind, *more = (words.strip() for words in reason.split(" (")[0].split(":"))
    return f"{kind}: {more[0]}" if kind == UNREAD and more and not more[0].startswith("line ") else kind
