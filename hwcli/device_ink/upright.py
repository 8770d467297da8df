"""Ink whose y grows upwards, turned over: in hw, y grows downwards."""

from __future__ import annotations

from dataclasses import replace

from renderers.ink import Ink


def turned_over(ink: Ink) -> Ink:
    """Return `ink` with y times -1, in its prediction and frame too.

    >>> turned_over(Ink(strokes=([(0, 0), (3, 4)],))).strokes[0].tolist()
    [[0.0, 0.0], [3.0, -4.0]]
    """
    prediction, frame = ink.prediction, ink.frame
    if prediction is not None:
        prediction = replace(prediction, mu=prediction.mu * (1, -1), rho=-prediction.rho)
    if frame is not None:
        baseline = None if frame.baseline is None else -frame.baseline
        frame = replace(frame, top=-(frame.top + frame.height), baseline=baseline)
    # plus 0: there is no -0
    strokes = tuple(stroke * (1, -1) + 0.0 for stroke in ink.strokes)
    return replace(ink, strokes=strokes, prediction=prediction, frame=frame)
