"""Builds a dataset folder from ink: read, apply the rules, add texts, rescale, split, write and report."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np

from hwcli.atomic import check_parent, folder_written_whole, restore_folder
from hwcli.config.sections import PreprocessConfig, as_dict
from hwcli.dataset import splits, store, transcripts
from hwcli.dataset.packing import Line
from hwcli.dataset.reading import STDIN, Progress, read_sources
from hwcli.dataset.report import Report, found_in
from hwcli.dataset.rescale import Mended, Scaling, fit_lines, mend_lines, to_one_scale
from hwcli.dataset.resolving import hear_whole_forms, leave_out_duplicates, without_repeats
from hwcli.dataset.source_table import grain_warnings, size_warning, source_table
from hwcli.dataset.sources import readable
from hwcli.dataset.splits import Splits
from hwcli.dataset.spool import HAS_REASON, HAS_TEXT, IS_INK, WHOLE, Lines, LineSpool, hash_of
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
    source = Provenance(["stdin" if s == STDIN else readable(s.name) for s in sources])
    # closed at once on an interrupt, so that its workers end first
    with closing(read_sources(sources, format_, rules, progress, names)) as found:
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
    names = list(source.names)
    with closing(LineSpool.of(found, output)) as spool:
        every = spool.sorted()
        strays, lines = every.at(~every.has(IS_INK)), without_repeats(every.at(every.has(IS_INK)))
        hear_whole_forms(lines)
        leave_out_duplicates(lines)
        text_report = None if texts is None else transcripts.join(lines, texts)
        mendings: list[Mended] = []
        if rules.normalise or model_size is not None:
            mendings = mend_lines(lines)
        scalings: list[Scaling] = []
        if rules.normalise or rules.resample:
            scalings = to_one_scale(lines, rules.normalise, rules.resample)
        kept = lines.at(lines.kept)
        if not len(kept):
            raise _nothing_kept(lines if len(lines) else strays, names)
        fitted = None
        if model_size is not None:
            fitted = {"model": rules.fit, "factor": fit_lines(kept, model_size)}
        split_of = splits.assign(kept, named_splits or {}, rules.valid_fraction)
        in_ink = found_in(lines)  # not what is composed
        refined = None
        if refine is not None:
            lines, kept, refined = _refined(lines, kept, split_of, refine)
            if not len(kept):
                raise HwError(
                    f"{', '.join(names)}: no line is left. {lines[0].source}: {lines[0].reason}",
                    "leave out --legible or --only-lines, or check the texts",
                )
            split_of = splits.assign(kept, {}, 0)
        table = source_table(kept, scalings)
        report = Report.of(in_ink, lines, kept, split_of, names, as_dict(rules))
        report.fitted, report.refined = fitted, refined
        report.mended = [vars(one) for one in mendings] or None
        report.scaled = [vars(one) for one in scalings] or None
        report.not_ink = [{"source": x.source, "reason": x.reason or ""} for x in strays] or None
        if text_report is not None:
            report.text = text_report | {"lines_with_text": int(kept.has(HAS_TEXT).sum())}
        if named_splits:
            report.split_ids_not_found = _not_found(named_splits, lines)
        report.warnings = [
            *_without_ink(kept, [lines, strays], names),
            *filter(None, [size_warning(table)]),
            *grain_warnings(table),
            *(inspect(kept) if inspect else ()),
            *report.split_warnings(),
        ] or None
        with folder_written_whole(output, replace=overwrite) as folder:
            _store(folder, kept, split_of, table, {"names": names, **source.more})
            content = json.dumps(report.content(), ensure_ascii=False, indent=1)
            (folder / "report.json").write_text(content + "\n", encoding="utf-8")
    return report


def _refined(
    lines: Lines, kept: Lines, split_of: Splits, refine: Refine
) -> tuple[Lines, Lines, dict[str, Any]]:
    """Return all lines, and those to keep, after `refine` made them neater; and what was done."""
    made, done = refine([replace(line, split=split_of[k]) for k, line in enumerate(kept)])
    left_out = lines.at(lines.has(HAS_REASON))
    unlike = left_out.with_more(line for line in made if line.reason)
    neat = Lines(lines.spool, unlike.numbers[:0])
    neat = neat.with_more(sorted((x for x in made if x.offsets is not None), key=lambda line: line.id))
    every = Lines(lines.spool, np.concatenate([unlike.numbers, neat.numbers]))
    return every, neat, done


def _store(
    folder: Path, kept: Lines, split_of: Splits, table: Sequence[store.Source], source: Mapping[str, Any]
) -> None:
    """Write the lines `kept` and the manifest."""
    numbers = {one.name: number for number, one in enumerate(table)}
    dtype = np.int16 if kept.has(WHOLE).all() else np.float32
    with store.DatasetWriter(folder, dtype, int(kept.column("points").sum()), table) as writer:
        for k, line in enumerate(kept):
            assert line.offsets is not None
            writer.add(_info(line, split_of[k], numbers[line.origin]), line.offsets)
        writer.close(source)


def _not_found(named: Mapping[str, set[str]], lines: Lines) -> dict[str, list[str]]:
    """Return the ids of each split that no line, form or group has."""
    columns = (lines.column("group"), lines.column("form"), lines.ids_hashed())
    known = {name: {id_: hash_of(id_) for id_ in ids} for name, ids in sorted(named.items())}
    hashes = np.array([h for ids in known.values() for h in ids.values()], np.uint64)
    found = {int(h) for column in columns for h in np.intersect1d(column, hashes)}
    return {name: sorted(id_ for id_, h in ids.items() if h not in found) for name, ids in known.items()}


def _without_ink(kept: Lines, found: Iterable[Lines], names: Sequence[str]) -> list[str]:
    """Return a warning for each source, of those called `names`, that gave no line."""
    shared = kept.spool.shared
    empty = {*range(len(names))} - {shared[k].place for k in np.unique(kept.column("shared")).tolist()}
    why: dict[int, str] = {}
    for lines in found if empty else ():
        of_empty = np.array([one.place in empty for one in shared])[lines.column("shared")]
        for line in lines.at(of_empty & lines.has(HAS_REASON)):
            why.setdefault(line.place, f"{line.source}: {line.reason}")
    return [f"nothing was kept of {names[k]}: {why.get(k, 'no ink found')}" for k in sorted(empty)]


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
        name = quote(output.resolve().name)
        raise HwError("the current folder cannot be replaced", f"cd .. and use -o {name}")


def _info(line: Line, split: str, source: int) -> store.LineInfo:
    form = line.form if line.form != line.group else None
    return store.LineInfo(line.id, line.group, split, line.text, source, line.writer, form, line.legibility)


def _nothing_kept(found: Sequence[Line], names: Sequence[str]) -> HwError:
    where = ", ".join(names)
    if not found:
        return HwError(f"{where}: no ink found")
    line = found[0]
    more = f"; {len(found) - 1:,} more left out for this or other reasons" if len(found) > 1 else ""
    known = f"known formats: {', '.join(formats.FORMATS)}; name the format with --format"
    return HwError(
        f"{where}: no ink to keep. {line.source}: {line.reason}{more}", None if line.is_ink else known
    )
