"""Judging what was drawn: by the window, and by what two readers make of it."""

from __future__ import annotations

from collections.abc import Sequence

from hwcli.engine.trajectory import Trajectory
from hwcli.errors import HwError
from hwcli.reader.reader import Reader
from hwcli.sampling.drafting.draft import Draft
from hwcli.sampling.drafting.proofread import proofread
from hwcli.sampling.drafting.read_back import Clarity, illegible, read_back, second_look
from hwcli.sampling.target_text import TargetText
from renderers.ink import Fault, Ink


def judged(
    target: TargetText,
    written: Trajectory,
    attempt: int,
    reader: Reader | None,
    clarity: Clarity,
    partly: bool = False,
) -> Draft:
    """Return the draft of what was `written` of `target` at this `attempt`, counted from 1.

    `clarity` is how clear it must be to the `reader`. Without one, or if it does not know the text, only the
    window is looked at. Text that was to be written only `partly`, or was not finished, is not read either.
    """
    in_text = target.spelling.faults_in_text
    seen = proofread(written, target, partly)
    faults, troubles = in_text(seen), [fault.place for fault in seen if in_text([fault])]
    if reader is None or partly or not written.finished or not reader.knows(target.text):
        return Draft(written, faults, float(len(faults)), attempt, troubles)
    ink, ignored = Ink.from_points(written.points, written.lifts), target.spelling.stand_ins
    try:
        verdict = read_back(reader, ink, target.text, clarity, ignored)
    except HwError:  # it is not a line of handwriting
        verdict = illegible(target.text, ignored)
    faults = [*faults, *in_text(verdict.faults)]
    doubt, troubles = -verdict.log_likelihood, [*troubles, *verdict.troubles]
    if reader.pictures is not None:
        looked = second_look(reader.pictures, ink, target.text, clarity, ignored)
        faults = _with_others(faults, in_text(looked.faults))
        if not faults:  # drafts with faults are compared by what the first reader makes of them
            doubt -= looked.log_likelihood
        troubles += looked.troubles
    return Draft(written, faults, doubt, attempt, sorted(set(troubles)))


def _with_others(faults: Sequence[Fault], others: Sequence[Fault]) -> list[Fault]:
    """Return `faults` and those `others` that are not in the same places, by place."""
    covered = {k for fault in faults for k in range(fault.place, fault.place + len(fault.character))}
    both = [*faults, *(fault for fault in others if fault.place not in covered)]
    return sorted(both, key=lambda fault: fault.place)
