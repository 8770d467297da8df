"""How often strokes of whole forms are given to the right line, over all forms of IAM-OnDB.

The lines of a form, which the database has in files of their own, are joined into one ink and split again.
"late": 2 % of the strokes, of at most 10 points, are written 5 to 90 strokes later than they were. "wrong
number": the text has a line less or more than the ink; a row says how often that is noticed. Forms that are
split wrongly are drawn into PICTURES.

    python benchmarks/quality/form_lines.py lineStrokes-all.tar.gz [every nth form] [PICTURES]
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.sources import members
from hwcli.ink_io.formats import form_of, parse
from hwcli.ink_io.iam.form_lines import line_of_each
from renderers.drawing import draw
from renderers.ink import Ink

Strokes = list[NDArray[np.float64]]
EVERY = int(sys.argv[2]) if len(sys.argv) > 2 else 1
PICTURES = Path(sys.argv[3]) if len(sys.argv) > 3 else None
LATE, LATE_POINTS = 0.02, 10


def forms(source: Path) -> dict[str, list[Ink]]:
    """Return the lines of each form."""
    found: dict[str, list[Ink]] = defaultdict(list)
    for member, _ in members([source]):
        (ink,) = parse(member.read(), member.name)
        found[form_of(ink.id or "") or ""].append(ink)
    return {form: sorted(lines, key=lambda ink: ink.id or "") for form, lines in sorted(found.items())}


def joined(lines: list[Ink]) -> tuple[Strokes, NDArray[np.int64]]:
    """Return the strokes of all lines, and the line of each."""
    strokes = [np.asarray(stroke) for ink in lines for stroke in ink.strokes]
    return strokes, np.repeat(np.arange(len(lines)), [len(ink.strokes) for ink in lines])


def with_late_strokes(
    strokes: Strokes, right: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Strokes, NDArray[np.int64]]:
    """Return the strokes in another order: some short ones come later."""
    when = np.arange(len(strokes), dtype=float)
    short = [k for k, stroke in enumerate(strokes) if len(stroke) <= LATE_POINTS]
    for k in rng.choice(short, min(len(short), max(1, round(LATE * len(strokes)))), replace=False):
        when[k] = min(len(strokes), k + int(rng.integers(5, 91))) + 0.5
    order = np.argsort(when, kind="stable")
    return [strokes[k] for k in order], right[order]


def main() -> None:
    """Print a row for each way of splitting the forms."""
    chosen = dict(list(forms(Path(sys.argv[1])).items())[::EVERY])
    print(f"{len(chosen):,} forms, {sum(map(len, chosen.values())):,} lines")
    for late in (False, True):
        for known in (True, False):
            rng = np.random.default_rng(0)
            strokes_right = strokes_all = lines_right = lines_all = doubted = 0
            for form, lines in chosen.items():
                strokes, right = joined(lines)
                if late:
                    strokes, right = with_late_strokes(strokes, right, rng)
                found, agrees = line_of_each(strokes, len(lines) if known else None)
                strokes_right += int((found == right).sum())
                strokes_all += len(right)
                lines_right += sum(np.array_equal(found == k, right == k) for k in range(len(lines)))
                lines_all += len(lines)
                doubted += not agrees
                if PICTURES and (found != right).any():
                    rows = [
                        tuple(s for s, line in zip(strokes, found, strict=True) if line == k)
                        for k in set(found)
                    ]
                    name = f"{form}{'-late' * late}{'' if known else '-unknown'}.svg"
                    draw([Ink(strokes=row) for row in rows], "plain").save(PICTURES / name)
            number = f"number known, doubted for {doubted} forms" if known else "number unknown"
            print(
                f"{'late, ' * late}{number}: {100 * strokes_right / strokes_all:.3f} % of strokes, "
                f"{100 * lines_right / lines_all:.2f} % of lines right",
                flush=True,
            )
    noticed = [
        not line_of_each(joined(lines)[0], len(lines) + more)[1]
        for lines in chosen.values()
        for more in (-1, 1)
    ]
    print(f"wrong number: noticed for {100 * np.mean(noticed):.1f} % of forms")


main()
