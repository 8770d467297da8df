"""What a chart of runs can show, and what was asked for on the command line, checked."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from hwcli.errors import UsageError
from hwcli.plotting.history import LARGEST


@dataclass(frozen=True)
class Quantity:
    """Something that a run measures: in rows between (`steps`), at epochs' ends (`epochs`), or both."""

    label: str
    steps: str | None = None
    epochs: str | None = None
    noisy: bool = False  # the rows between are smoothed
    best: bool = False  # the least of the epochs' values is what one looks for
    digits: int = 4
    from_zero: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """Their names in metrics.jsonl."""
        return tuple(key for key in (self.steps, self.epochs) if key)


QUANTITIES = {
    "loss": Quantity("nats a point", "loss", "valid_nats_per_point", noisy=True, best=True),
    "sequence": Quantity("nats a sequence", epochs="valid_nats_per_sequence", best=True, digits=1),
    "sse": Quantity("squared error a point", epochs="valid_sse_per_point", best=True),
    "lr": Quantity("learning rate", "lr", from_zero=True),
    "gradient": Quantity("norm of the gradient", "gradient_norm", noisy=True, from_zero=True),
    "speed": Quantity("points a second", epochs="points_per_second", from_zero=True),
}
X_AXES = ("epochs", "steps")


@dataclass(frozen=True)
class Wanted:
    """What a chart is to show; None leaves a thing to what suits the runs."""

    what: str = "loss"
    x: str | None = None
    smooth: float | None = None  # steps
    references: tuple[tuple[str, float], ...] = ()  # names ("" for none) and values
    low: float | None = None
    high: float | None = None

    @property
    def quantity(self) -> Quantity:
        """What `what` stands for."""
        return QUANTITIES[self.what]


def asked(
    what: str, x: str | None, smooth: float | None, references: Iterable[str], ylim: str | None
) -> Wanted:
    """The flags of hw plot, as they were typed; UsageError for what makes no sense."""
    if what not in QUANTITIES:
        raise UsageError(f"--what {what}: no such quantity", f"there is: {', '.join(QUANTITIES)}")
    if x is not None and x not in X_AXES:
        raise UsageError(f"--x {x}: x counts {' or '.join(X_AXES)}")
    if smooth is not None and not 0 <= smooth <= LARGEST:
        raise UsageError(f"--smooth {smooth:g}: a mean is over a number of steps", "0 draws every row")
    low, high = _limits(ylim)
    return Wanted(what, x, smooth, tuple(map(_reference, references)), low, high)


def _reference(text: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    number = _number(value)
    if number is None:
        hint = "--reference -1057.7, or --reference Graves=-1057.7"
        raise UsageError(f"--reference {text}: {value!r} is no number", hint)
    return name.strip(), number


def _limits(text: str | None) -> tuple[float | None, float | None]:
    if text is None:
        return None, None
    low, colon, high = text.partition(":")
    ends = [_number(end) if end.strip() else None for end in (low, high)]
    wrong = any(end is None and given.strip() for end, given in zip(ends, (low, high), strict=True))
    if not colon or wrong or ends == [None, None]:
        hint = "--ylim -1.7:-1.2, or --ylim :-1 for one"
        raise UsageError(f"--ylim {text}: a range of y has two ends", hint)
    if ends[0] is not None and ends[1] is not None and ends[0] >= ends[1]:
        raise UsageError(f"--ylim {text}: the first end should be the lower one")
    return ends[0], ends[1]


def _number(text: str) -> float | None:
    """A number of a size that can be drawn; people paste real minus signs too."""
    try:
        number = float(text.strip().replace("−", "-"))
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) <= LARGEST else None
