"""The quantities that a chart can show, and its options."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quantity:
    """Something that a run measures."""

    label: str
    training: str | None = None  # key in metrics.jsonl of its values every few steps
    epochs: str | None = None  # key of its values at the ends of epochs
    noisy: bool = False  # training values are smoothed
    best: bool = False  # the epoch with the lowest value is marked
    digits: int = 4  # decimals of that value
    from_zero: bool = False  # the y axis starts at 0
    of_readers: str = ""  # the label for runs of readers, if it is another

    @property
    def keys(self) -> tuple[str, ...]:
        """Its keys in metrics.jsonl."""
        return tuple(key for key in (self.training, self.epochs) if key)


QUANTITIES = {
    "loss": Quantity(
        "nats per point",
        "loss",
        "valid_nats_per_point",
        noisy=True,
        best=True,
        of_readers="nats per character",
    ),
    "sequence": Quantity("nats per sequence", epochs="valid_nats_per_sequence", best=True, digits=1),
    "errors": Quantity("character error rate", epochs="valid_error_rate", best=True, from_zero=True),
    "sse": Quantity("squared error per point", epochs="valid_sse_per_point", best=True),
    "lr": Quantity("learning rate", "lr", from_zero=True),
    "gradient": Quantity("gradient norm", "gradient_norm", noisy=True, from_zero=True),
    "speed": Quantity("points per second", epochs="points_per_second", from_zero=True),
}
X_UNITS = ("epochs", "steps")


@dataclass(frozen=True)
class ChartOptions:
    """Options of a chart. None chooses what suits the runs."""

    what: str = "loss"
    x: str | None = None
    smooth: float | None = None  # width of the moving average in steps
    references: tuple[tuple[str, float], ...] = ()  # horizontal lines: name ("" for none) and value
    low: float | None = None  # ends of the y axis
    high: float | None = None

    @property
    def quantity(self) -> Quantity:
        """The quantity named by `what`."""
        return QUANTITIES[self.what]
