"""From a drawn trajectory to the ink that a caller gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hwcli.model.file import ModelFile
from hwcli.reader.reader import Reader
from hwcli.sampling.completion import completed
from hwcli.sampling.drafting.draft import Draft
from hwcli.sampling.jobs import Job
from hwcli.sampling.options import SampleOptions
from hwcli.sampling.prime import Primed
from hwcli.sampling.scoring import prediction
from renderers.ink import Ink


def sample_ink(
    file: ModelFile,
    draft: Draft,
    job: Job,
    primed: Primed | None,
    options: SampleOptions,
    reader: Callable[[], Reader | None],
    **about: Any,
) -> Ink:
    """Return the ink of the `draft` of `job` in the units of its prime, with what `options` ask for.

    `about` are the seed and the model's name; the ink's id is made of the seed and the job's number. The
    `reader` says where marks go that the network lacks.
    """
    target, written, text, trace, before = job.target, draft.written, None, None, ""
    about = {"id": f"{about['seed']}-{job.number}", **about}
    if target is not None:
        before = target.before if primed and options.keep_prime else ""
        text = before + target.spelling.text
        trace = draft.trace(target, options.keep_prime, primed.trouble if primed else None)
    if written.raws is not None:
        factor = primed.factor if primed else 1.0
        about["prediction"] = prediction(
            file, written.raws, options.steering, factor, from_origin=primed is None
        )
    pen, places = None, written.points
    if primed is not None:
        pen = primed.ink.points[-1]
        places = pen + places / primed.factor
    ink = Ink.from_points(places, written.lifts, text=text, trace=trace, **about)
    if target is not None and options.draw and not target.spelling.is_plain:
        seeds = [about["seed"], job.number]
        known = reader() if written.finished else None
        ink = completed(ink, target.spelling, known, seeds, pen, len(before))
    return primed.then(ink) if primed and options.keep_prime else ink
