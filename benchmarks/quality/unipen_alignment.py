"""Whether the components of UNIPEN are counted as its labels count them, by contributor.

For each contributor to a category: the median jump of the pen before the first component of a segment, and
before the strokes one and two earlier and later. Counted right, the first is by far the longest: there the
pen goes to the next word. Files and segments are drawn at random.

python benchmarks/quality/unipen_alignment.py train_r01_v07 [category ...]
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from hwcli.errors import HwError
from hwcli.ink_io.included_files import OnDisk
from hwcli.ink_io.unipen.document import Component, read_document
from hwcli.ink_io.unipen.syntax import parse_segment

FILES, SEGMENTS = 12, 60  # at most, of each contributor and of each file
SHIFTS = (-2, -1, 0, 1, 2)


def main() -> None:
    root, *categories = sys.argv[1:]
    right = several = 0
    for category in categories or ["7", "8"]:
        for folder in sorted(Path(root, "data", category).iterdir()):
            jumps = jumps_of(folder)
            medians = {shift: float(np.median(jumps[shift])) for shift in SHIFTS if len(jumps[shift]) > 4}
            if 0 in medians:  # not where every segment is the first of its file
                several += 1
                right += max(medians, key=lambda shift: medians[shift]) == 0
                row = "  ".join(f"{shift:+d}: {median:6.0f}" for shift, median in medians.items())
                print(f"{category} {folder.name}  {row}  ({len(jumps[0])} segments)")
    print(f"the longest jump is before the first component for {right} of {several}")


def jumps_of(folder: Path) -> dict[int, list[float]]:
    """Return the jumps before segments of the label files in `folder`, by shift in strokes."""
    rng, files = random.Random(folder.name), OnDisk()
    jumps: dict[int, list[float]] = defaultdict(list)
    paths = sorted(folder.rglob("*.dat"))
    for path in rng.sample(paths, min(FILES, len(paths))):
        try:
            sets = read_document(str(path), path.read_bytes(), files)
        except HwError as error:
            print(error.message, file=sys.stderr)
            continue
        for one in sets:
            strokes = [k for k, component in enumerate(one.components) if component.trace.down]
            for label in rng.sample(one.labels, min(SEGMENTS, len(one.labels))):
                first = parse_segment(label.arguments).spans[0]
                where = np.searchsorted(strokes, first.first)
                if first.first_point:
                    continue  # it begins inside a stroke
                for shift in SHIFTS:
                    if 0 < where + shift < len(strokes):
                        before, after = (one.components[strokes[where + shift - k]] for k in (1, 0))
                        jumps[shift] += jump(before, after)
    return jumps


def jump(before: Component, after: Component) -> list[float]:
    """Return the distance from one stroke to the next; none if a stroke was withheld from the release."""
    end, start = before.trace.points(before.setting)[-1], after.trace.points(after.setting)[0]
    return [] if not (end.any() and start.any()) else [float(np.hypot(*(end - start)))]


if __name__ == "__main__":
    main()
