"""Which of several readings of a line is kept, and what whole forms say of lines in files of their own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from hwcli.dataset.packing import Line, is_repeat, repeats_of
from hwcli.dataset.spool import CUT_OUT, HAS_PART, NO_HASH, Lines


def without_repeats(lines: Lines) -> Lines:
    """Leave out lines that are equal to an earlier one of the same id, as in `packing.without_repeats`."""
    parts = lines.has(HAS_PART)
    repeated = np.zeros(len(lines), np.bool_)
    counts: Counter[tuple[str, str, str | None]] = Counter()
    for places in lines.same_ids():
        first: Line | None = None
        for k in places:
            if parts[k]:
                line = lines[k]
                if first is None:
                    first = line
                elif is_repeat(line, first):
                    repeated[k] = True
                    counts[line.source, line.group, line.part] += 1
    return lines.at(~repeated).with_more(repeats_of(counts))


def leave_out_duplicates(lines: Lines) -> None:
    """Leave out a line whose id an earlier line has."""
    for places in lines.same_ids():
        taken: str | None = None
        for k in places:
            line = lines[k]
            if line.reason is None and taken is not None:
                what = "also read as a file of its own" if line.cut_out else "its id is taken by another line"
                lines[k] = replace(line, offsets=None, reason=f"{what} ({taken})")
            elif line.reason is None:
                taken = line.source


def hear_whole_forms(lines: Lines) -> None:
    """Give lines the writer and the text that whole forms, which were read as well, have for them.

    The text is only given if both have the same lines.
    """
    forms = lines.column("form")
    of_whole = lines.has(CUT_OUT) & (forms != NO_HASH)
    if not of_whole.any():
        return
    told: dict[str, dict[str, Line]] = {}
    for k in np.flatnonzero(of_whole).tolist():
        line = replace(lines[k], offsets=None)
        told.setdefault(line.form or "", {})[line.id] = line
    alone = np.flatnonzero(~lines.has(CUT_OUT) & np.isin(forms, forms[of_whole])).tolist()
    ids: dict[str, set[str]] = {}
    for k in alone:
        line = lines[k]
        ids.setdefault(line.form or "", set()).add(line.id)
    for k in alone:
        line = lines[k]
        form = told[line.form or ""]
        writer = line.writer or next(iter(form.values())).writer
        same = form.keys() == ids[line.form or ""]
        text = line.text or (form[line.id].text if same else None)
        lines[k] = replace(line, writer=writer, group=writer or line.group, text=text)
