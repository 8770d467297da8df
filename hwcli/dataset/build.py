"""Builds a dataset folder from ink: read, apply the rules, add texts, rescale, split, write and report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from hwcli.atomic import check_parent, folder_written_whole, restore_folder
from hwcli.config.sections import PreprocessConfig, as_dict
from hwcli.dataset import splits, store, transcripts
from hwcli.dataset.origins import Origins
from hwcli.dataset.packing import Line, without_repeats
from hwcli.dataset.reading import STDIN, Progress, read_sources
from hwcli.dataset.report import Report, left_out_entry, parts_of
from hwcli.dataset.rescale import Mended, Scaling, fit_lines, mended_lines, to_one_scale
from hwcli.dataset.source_table import grain_warnings, size_warning, source_table
from hwcli.dataset.transcripts import Transcripts
from hwcli.errors import HwError, UsageError
from hwcli.ink_io import formats
from hwcli.ink_size import Size

# Makes lines that have their splits neater; also returns what was done, for the report. Lines that are to be
# left out get a reason, new ones have their split.
Refine = Callable[[list[Line]], tuple[list[Line], dict[str, Any]]]

Inspect = Callable[[Sequence[Line]], list[str]]  # returns warnings about the lines that are kept


@dataclass(frozen=True)
class Provenance:
    """Where the ink of a dataset comes from, for its manifest and its report."""

    names: Sequence[str]
    more: Mapping[str, Any] = field(default_factory=dict)  # further keys of the manifest's source


def build(
    sources: Sequence[Path],
    output: Path,
    rules: PreprocessConfig,
    *,
    names: Sequence[str | None] = (),
    format_: str | None = None,
    transcripts_path: Path | None = None,
    split_arguments: Iterable[str] = (),
    model_size: Size | None = None,
    refine: Refine | None = None,
    inspect: Inspect | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Read `sources` and write the dataset folder `output`, with `report.json` in it.

    `sources` are files, folders and archives of ink, or "-" for stdin, in the format `format_` (None:
    detected), and dataset folders; `names` are those of their lines' sources (None: as `read_sources` does).
    `split_arguments` are NAME=FILE, see `splits.parse_arguments`. All lines are rescaled to
    `model_size`, the size of the lines of the model `rules.fit`, unless it is None. `refine` makes the lines
    that are kept neater, once their splits are decided (hwcli.refining); `inspect` returns warnings
    about them. `progress` is called with
    the bytes read so far and the bytes in all. The same input gives the same bytes for any number of
    processes, and the same arrays whether the ink lies in a folder or in an archive. Raises HwError if a
    source does not exist, no line is left to keep, or `output` exists without `overwrite`.
    """
    check_output(output, overwrite)
    if format_ is not None:
        formats.by_name(format_)
    named_splits = splits.parse_arguments(split_arguments)
    texts = transcripts.read(transcripts_path) if transcripts_path else None
    if rules.fit is not None and (rules.normalise or rules.resample):
        raise UsageError(
            "--fit cannot be combined with --normalise or --resample",
            "--fit is for one hand and one model, the others for ink of several devices",
        )
    if rules.fit is not None and (rules.even or rules.compose):
        raise UsageError(
            "--fit cannot be combined with --even or --compose",
            "--fit gives the ink the size of a model's lines, the others that of IAM-OnDB",
        )
    found = read_sources(sources, format_, rules, progress, names)
    source = Provenance(["stdin" if s == STDIN else s.name for s in sources])
    return write(
        found, output, rules, source,
        texts=texts, model_size=model_size, refine=refine, inspect=inspect,
        named_splits=named_splits, overwrite=overwrite,
    )  # fmt: skip


def write(
    found: Iterable[Line],
    output: Path,
    rules: PreprocessConfig,
    source: Provenance,
    *,
    texts: Transcripts | None = None,
    model_size: Size | None = None,
    refine: Refine | None = None,
    inspect: Inspect | None = None,
    named_splits: Mapping[str, set[str]] | None = None,
    overwrite: bool = False,
) -> Report:
    """Write the lines `found` as the dataset folder `output`; see `build`."""
    # of two lines with one id the first is kept: from a file of its own rather than cut out of a form
    everything = sorted(found, key=lambda line: (line.id, line.cut_out, line.place, line.source))
    strays = [line for line in everything if not line.is_ink]
    lines = without_repeats(line for line in everything if line.is_ink)
    lines = _without_duplicates(_as_their_forms_say(lines))
    text_report = None
    if texts is not None:
        lines, text_report = transcripts.join(lines, texts)
    mendings: list[Mended] = []
    if rules.normalise or model_size is not None:
        lines, mendings = mended_lines(lines)
    scalings: list[Scaling] = []
    if rules.normalise or rules.resample:
        lines, scalings = to_one_scale(lines, rules.normalise, rules.resample)
    kept = [line for line in lines if line.offsets is not None]
    if not kept:
        raise _nothing_kept(lines or strays, source.names)
    fitted = None
    if model_size is not None:
        kept, factor = fit_lines(kept, model_size)
        fitted = {"model": rules.fit, "factor": factor}
    split_of = splits.assign(kept, named_splits or {}, rules.valid_fraction)
    refined = None
    if refine is not None:
        made, refined = refine([replace(line, split=split_of[line.id]) for line in kept])
        kept = sorted((x for x in made if x.offsets is not None), key=lambda line: line.id)
        lines = [*(x for x in lines if x.reason), *(x for x in made if x.reason), *kept]
        if not kept:
            raise HwError(
                f"{', '.join(source.names)}: no line is left. {lines[0].source}: {lines[0].reason}",
                "leave out --legible or --only-lines, or check the texts",
            )
        split_of = {line.id: line.split or "" for line in kept}
    table = source_table(kept, scalings)
    numbers = {one.name: number for number, one in enumerate(table)}
    infos = [_info(line, split_of[line.id], numbers[line.origin]) for line in kept]
    offsets, starts = _end_to_end(kept)
    groups = {line.group for line in lines}
    report = Report(
        source=list(source.names),
        settings={key: value for key, value in as_dict(rules).items() if key != "jobs"},
        found={"lines": sum(line.count for line in lines), "groups": len(groups)},
        kept={
            "lines": len(kept),
            "points": len(offsets),
            "splits": dict(sorted(Counter(info.split for info in infos).items())),
        },
        splits=Origins.of_splits(kept, split_of),
        left_out=[left_out_entry(line) for line in lines if line.reason],
        parts=parts_of(lines),
        notes=[{"id": x.id, "note": x.note} for x in kept if x.note] or None,
        mended=[vars(one) for one in mendings] or None,
        fitted=fitted,
        refined=refined,
        scaled=[vars(one) for one in scalings] or None,
        not_ink=[{"source": x.source, "reason": x.reason or ""} for x in strays] or None,
    )
    if text_report is not None:
        report.text = text_report | {"lines_with_text": sum(line.text is not None for line in kept)}
    if named_splits:
        known = {key for line in lines for key in (line.id, line.form, line.group)}
        report.split_ids_not_found = {name: sorted(ids - known) for name, ids in sorted(named_splits.items())}
    report.warnings = [
        *_without_ink(kept, [*lines, *strays], source.names),
        *filter(None, [size_warning(table)]),
        *grain_warnings(table),
        *(inspect(kept) if inspect else ()),
        *report.split_warnings(),
    ] or None
    with folder_written_whole(output, replace=overwrite) as folder:
        store.write(folder, offsets, starts, infos, {"names": list(source.names), **source.more}, table)
        content = json.dumps(report.content(), ensure_ascii=False, indent=1)
        (folder / "report.json").write_text(content + "\n", encoding="utf-8")
    return report


def _without_ink(kept: Sequence[Line], found: Sequence[Line], names: Sequence[str]) -> list[str]:
    """Return a warning for each source, of those called `names`, that gave no line."""
    places = {line.place for line in kept}
    why = {line.place: f"{line.source}: {line.reason}" for line in reversed(found) if line.reason}
    return [
        f"nothing was kept of {name}: {why.get(place, 'no ink found')}"
        for place, name in enumerate(names)
        if place not in places
    ]


def check_output(output: Path, overwrite: bool) -> None:
    """Raise HwError if a dataset cannot be written to `output`. Called before anything is read or sampled."""
    check_parent(output)
    restore_folder(output)
    if not output.exists():
        return
    if not overwrite:
        raise HwError(
            f"{output} already exists", "replace it with --overwrite, or choose another folder with -o"
        )
    if not (output / "manifest.json").is_file():
        raise HwError(f"{output} is not a dataset, so it is not overwritten", "choose another folder with -o")
    if output.resolve() == Path.cwd():
        raise HwError("the current folder cannot be replaced", f"cd .. and use -o {output.resolve().name}")


def _as_their_forms_say(lines: Sequence[Line]) -> list[Line]:
    """Give lines the writer and the text that whole forms, which were read as well, have for them.

    The text is only given if both have the same lines.
    """
    cut_out: dict[str, dict[str, Line]] = {}
    alone: dict[str, set[str]] = {}
    for line in lines:
        if line.form and line.cut_out:
            cut_out.setdefault(line.form, {})[line.id] = line
        elif line.form:
            alone.setdefault(line.form, set()).add(line.id)
    told = []
    for line in lines:
        form = cut_out.get(line.form or "")
        if form and not line.cut_out:
            writer = line.writer or next(iter(form.values())).writer
            same = form.keys() == alone[line.form or ""]
            text = line.text or (form[line.id].text if same else None)
            line = replace(line, writer=writer, group=writer or line.group, text=text)
        told.append(line)
    return told


def _info(line: Line, split: str, source: int) -> store.LineInfo:
    form = line.form if line.form != line.group else None
    return store.LineInfo(line.id, line.group, split, line.text, source, line.writer, form, line.legibility)


def _without_duplicates(lines: Iterable[Line]) -> list[Line]:
    """Leave out a line whose id an earlier line has."""
    sources: dict[str, str] = {}
    unique = []
    for line in lines:
        if line.reason is None and line.id in sources:
            what = "also read as a file of its own" if line.cut_out else "its id is taken by another line"
            line = replace(line, offsets=None, reason=f"{what} ({sources[line.id]})")
        elif line.reason is None:
            sources[line.id] = line.source
        unique.append(line)
    return unique


def _end_to_end(kept: Sequence[Line]) -> tuple[np.ndarray, np.ndarray]:
    """Return the offsets of all lines, (points, 3), and where each line starts, (lines + 1,)."""
    arrays = [line.offsets for line in kept if line.offsets is not None]
    whole = all(a.dtype == np.int16 for a in arrays)
    offsets = np.concatenate(arrays).astype(np.int16 if whole else np.float32, copy=False)
    starts = np.concatenate([[0], np.cumsum([len(a) for a in arrays])]).astype(np.int64)
    return offsets, starts


def _nothing_kept(found: Sequence[Line], names: Sequence[str]) -> HwError:
    where = ", ".join(names)
    if not found:
        return HwError(f"{where}: no ink found")
    line = found[0]
    more = f"; {len(found) - 1:,} more left out for this or other reasons" if len(found) > 1 else ""
    hint = f"known formats: {', '.join(formats.FORMATS)}; name the format with --format"
    return HwError(f"{where}: no ink to keep. {line.source}: {line.reason}{more}", hint)
