"""Ink → dataset folder: read on all cores, check, join with the transcripts, split, write, report."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from hwcli.atomic import check_parent, folder_written_whole
from hwcli.config.sections import PreprocessConfig, as_dict
from hwcli.dataset import splits, store, transcripts
from hwcli.dataset.packing import Line, pack_all, read_lines
from hwcli.dataset.sources import Member, members, size_of
from hwcli.errors import HwError
from hwcli.ink_io import find as formats

STDIN = Path("-")
BATCH_BYTES = 2 << 20  # of files that go to a worker at once
Progress = Callable[[float, float], None]


@dataclass(frozen=True)
class Report:
    """What was read, what was kept, and what was left out and why; the content of `report.json`."""

    content: Mapping[str, Any]

    def summary(self) -> str:
        """A few lines for a person."""
        c = self.content
        found, kept = c["found"], c["kept"]
        rows = [
            f"found {found['lines']:,} lines in {found['groups']:,} forms or writers",
            f"kept  {kept['lines']:,} lines, {kept['points']:,} points: "
            + ", ".join(f"{name} {n:,}" for name, n in kept["splits"].items()),
        ]
        if "fitted" in c:
            rows.append(f"fitted to {c['fitted']['model']}: units times {c['fitted']['factor']:.4g}")
        if "text" in c:
            text = c["text"]
            rows.append(f"text  for {text['lines_with_text']:,} lines")
            if n := len(text["forms_with_other_counts"]):
                rows.append(
                    f"      {n} forms lost theirs: transcript and ink disagree on the number of lines"
                )
        if n := len(c.get("not_ink", ())):
            rows.append(f"passed over {n:,} file{'s' * (n > 1)} of no ink format that hw knows")
        if c["left_out"]:
            rows.append(f"left out {len(c['left_out'])}:")
            rows += [f"  {n:>6,} {kind}" for kind, n in _kinds(c["left_out"]).most_common()]
        return "\n".join(rows)


def build(
    sources: Sequence[Path],
    output: Path,
    rules: PreprocessConfig,
    *,
    force: str | None = None,
    transcripts_path: Path | None = None,
    split_arguments: Iterable[str] = (),
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Read `sources` and write the dataset folder `output`, with `report.json` in it.

    The same input gives the same bytes, whatever the number of processes; the arrays are the same too
    whether the ink lies in a folder or an archive. HwError where a source is missing, there is no ink in
    any, or `output` is in the way.
    """
    check_output(output, overwrite)
    if force is not None:
        formats.by_name(force)
    named = splits.parse_arguments(split_arguments)
    forms, strange = transcripts.read(transcripts_path) if transcripts_path else ({}, [])
    files = [s for s in sources if s != STDIN]
    total = float(size_of(files))
    found: list[Line] = []
    if STDIN in sources:  # read here, line by line: a pipe may bring more than fits into memory at once
        found += pack_all(formats.read_stdin(force), "stdin", "stdin", rules)
    found += _read(members(files), force, rules, lambda done: progress and progress(done, total))
    return write(
        found,
        output,
        rules,
        named=named,
        forms=forms if transcripts_path else None,
        strange=strange,
        names=["stdin" if s == STDIN else s.name for s in sources],
        overwrite=overwrite,
    )


def write(
    found: Sequence[Line],
    output: Path,
    rules: PreprocessConfig,
    *,
    names: Sequence[str],
    named: Mapping[str, set[str]] | None = None,
    forms: Mapping[str, list[str]] | None = None,
    strange: Sequence[str] = (),
    overwrite: bool = False,
    about: Mapping[str, Any] | None = None,
) -> Report:
    """Write the lines `found` as the dataset folder `output`; `names` and `about` say where they are from."""
    found = sorted(found, key=lambda line: (line.id, line.source))
    other = [line for line in found if not line.is_ink]
    found = _without_twins([line for line in found if line.is_ink])
    text_report: dict[str, Any] = {}
    if forms is not None:
        found, text_report = _with_text(found, forms)
        text_report |= {"files_without_transcript": sorted(strange)}
    kept = [line for line in found if line.offsets is not None]
    if not kept:
        raise _nothing_kept(found or other, names)
    fitted: dict[str, Any] = {}
    if rules.fit is not None:
        kept, fitted = _fit(kept, rules.fit)
    split_of = splits.assign({line.id: line.group for line in kept}, named or {}, rules.valid_fraction)
    infos = [store.LineInfo(line.id, line.group, split_of[line.id], line.text) for line in kept]
    offsets, starts = _end_to_end(kept)
    groups = {line.group for line in found}
    everything = {line.id for line in found} | groups
    report = {
        "source": list(names),
        "settings": {k: v for k, v in as_dict(rules).items() if k != "jobs"},
        "found": {"lines": len(found), "groups": len(groups)},
        "kept": {
            "lines": len(kept),
            "points": len(offsets),
            "splits": dict(sorted(Counter(info.split for info in infos).items())),
        },
        "left_out": [
            {"id": line.id, "source": line.source, "reason": line.reason} for line in found if line.reason
        ],
    }
    if fitted:
        report["fitted"] = fitted
    if other:
        report["not_ink"] = [{"source": line.source, "reason": line.reason} for line in other]
    if text_report:
        report["text"] = text_report | {"lines_with_text": sum(line.text is not None for line in kept)}
    if named:
        report["split_ids_not_found"] = {
            name: sorted(ids - everything) for name, ids in sorted(named.items())
        }
    with folder_written_whole(output, replace=overwrite) as folder:
        store.write(folder, offsets, starts, infos, {"names": list(names), **(about or {})})
        text = json.dumps(report, ensure_ascii=False, indent=1)
        (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    return Report(report)


def check_output(output: Path, overwrite: bool) -> None:
    """HwError where a dataset cannot be written to `output`: said before anything is read or sampled."""
    check_parent(output)
    if not output.exists():
        return
    if not overwrite:
        raise HwError(f"{output} is already there", "--overwrite replaces it; -o names another place")
    if not (output / "manifest.json").is_file():
        raise HwError(f"{output} is no dataset: it is not overwritten", "-o names another place")


def _batches(files: Iterable[tuple[Member, int]]) -> Iterator[tuple[list[Member], int]]:
    batch: list[Member] = []
    size = 0
    done = 0
    for member, done in files:
        batch.append(member)
        size += len(member.data) if member.data is not None else 1 << 15  # a guess for files not yet read
        if size >= BATCH_BYTES:
            yield batch, done
            batch, size = [], 0
    if batch:
        yield batch, done


def _read(
    files: Iterable[tuple[Member, int]],
    force: str | None,
    rules: PreprocessConfig,
    progress: Callable[[float], object],
) -> Iterator[Line]:
    jobs = rules.jobs or os.cpu_count() or 1
    batches = _batches(files)
    first = [batch for _, batch in zip(range(2), batches, strict=False)]
    if jobs == 1 or len(first) < 2:  # too little to share out
        for batch, done in (*first, *batches):
            yield from read_lines(batch, force, rules)
            progress(done)
        return
    # spawn: the threads of a progress bar and of BLAS do not survive a fork
    with ProcessPoolExecutor(jobs, get_context("spawn"), initializer=_ignore_interrupts) as pool:
        waiting: deque[tuple[Future[list[Line]], int]] = deque()
        for batch, done in (*first, *batches):
            waiting.append((pool.submit(read_lines, batch, force, rules), done))
            if len(waiting) > 3 * jobs:  # bounds what is in memory
                future, position = waiting.popleft()
                yield from future.result()
                progress(position)
        for future, position in waiting:
            yield from future.result()
            progress(position)


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent sees the Ctrl-C and ends its workers


def _without_twins(found: Sequence[Line]) -> list[Line]:
    """An id stands for one line: the second of two becomes a line left out."""
    sources: dict[str, str] = {}
    lines = []
    for line in found:
        if line.reason is None and line.id in sources:
            line = replace(line, offsets=None, reason=f"its id is taken by a line of {sources[line.id]}")
        elif line.reason is None:
            sources[line.id] = line.source
        lines.append(line)
    return lines


def _with_text(found: Sequence[Line], forms: Mapping[str, list[str]]) -> tuple[list[Line], dict[str, Any]]:
    by_form: dict[str, list[str]] = defaultdict(list)
    for line in found:
        by_form[line.group].append(line.id)
    disagree: dict[str, dict[str, int]] = {}
    textless: set[str] = set()
    missing: list[str] = []
    texts: dict[str, str] = {}
    for form, ids in by_form.items():
        if form not in forms:
            missing.append(form)
        elif not forms[form]:
            textless.add(form)
        elif (joined := transcripts.texts_of_form(ids, forms[form])) is None:
            disagree[form] = {"ink": len(ids), "transcript": len(forms[form])}
        else:
            texts |= joined
    lines = []
    for line in found:
        if line.group in textless and not line.reason:
            # a form that the database keeps without a word of text is one that it gave up on
            line = replace(line, offsets=None, reason="bad form: its transcript is there but holds no text")
        lines.append(replace(line, text=texts.get(line.id, line.text)))
    report = {"forms_with_other_counts": disagree, "forms_without_transcript": sorted(missing)}
    return lines, report


def _fit(kept: Sequence[Line], model: str) -> tuple[list[Line], dict[str, Any]]:
    from hwcli.dataset.rescale import fit_lines
    from hwcli.sampling.load import load_model

    lines, factor = fit_lines(kept, load_model(model, "synthesis").size)
    return lines, {"model": model, "factor": factor}


def _end_to_end(kept: Sequence[Line]) -> tuple[np.ndarray, np.ndarray]:
    arrays = [line.offsets for line in kept if line.offsets is not None]
    whole = all(a.dtype == np.int16 for a in arrays)
    offsets = np.concatenate(arrays).astype(np.int16 if whole else np.float32, copy=False)
    starts = np.concatenate([[0], np.cumsum([len(a) for a in arrays])]).astype(np.int64)
    return offsets, starts


def _kinds(left_out: Iterable[Mapping[str, str]]) -> Counter[str]:
    """Reasons without their particulars, counted."""
    return Counter(entry["reason"].split(" (")[0].split(":")[0].strip() for entry in left_out)


def _nothing_kept(found: Sequence[Line], names: Sequence[str]) -> HwError:
    where = ", ".join(names)
    if not found:
        return HwError(f"{where}: no ink in it")
    line = found[0]
    more = f"; {len(found) - 1:,} more like it or left out for other reasons" if len(found) > 1 else ""
    hint = f"known formats: {', '.join(formats.FORMATS)}; --format names one"
    return HwError(f"{where}: no ink to keep. {line.source}: {line.reason}{more}", hint)
