"""What `hw evaluate` can measure: protocols, with their formulas, units and conditions.

All score whole lines, teacher-forced, in float32: the offsets of points 2…T, each given all points before it,
and all end-of-stroke values. They are sums over a line, averaged over lines.

- `graves`: minus the log-density (Graves 2013, equation 26) of offsets normalised per axis to mean 0 and
  standard deviation 1.
- `vrnn`: the log-density of offsets of which both axes were divided by one number, as VRNN (Chung et al.
  2015, arXiv 1506.02216) and papers that compare themselves with it do. Scaling x by a and y by b divides
  their joint density by a b; so it is minus `graves` plus log(VRNN_SCALE^2 / (std x · std y)) per offset.
- `mass`: minus the log-probability of the whole number that every coordinate is, the density integrated over
  half a unit to each side: a code length, which narrow components cannot make arbitrarily small.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hwcli.dataset.store import Dataset
from hwcli.errors import HwError, UsageError
from hwcli.evaluation.scores import Evaluation
from hwcli.hw_warning import warn
from hwcli.normalisation import Normalisation

# their normaliser (SequentialPrepMixin.global_normalize of github.com/jych/cle) divides the sums over both
# axes by the number of points; its value for IAM-OnDB's training lines is a constant in the code of
# arXiv 1902.01388 (handwriting/options.py of github.com/zihangdai/reexamine-srnn)
VRNN_SCALE = 56.04462
UNLIKE_IAM = 1.25  # ratio of spreads, either way, from which on a dataset is hardly in IAM's units


@dataclass(frozen=True)
class Protocol:
    """One way of measuring a model."""

    name: str
    quantity: str
    better: str  # "lower" or "higher"
    figure: str  # what the figure is a figure of, for the output
    by_mass: bool = False  # scored by the probability of cells rather than by density

    def check(self, dataset: Dataset, lines: Iterable[int]) -> None:
        """Raise HwError if `lines` cannot be measured in this way; warn if the figure would mislead."""
        if self is GRAVES:
            return
        norm, whole = dataset.normalisation, dataset.is_whole(lines)
        if norm.resolution != 1 or (self is MASS and not whole):
            raise HwError(
                f"--protocol {self.name} cannot score {dataset.path}: its coordinates are not whole numbers",
                "use --protocol graves, or make the dataset from the tablet's own units, "
                "without --normalise and --fit",
            )
        if self is MASS:
            return
        spread = math.hypot(*norm.std)
        if not 1 / UNLIKE_IAM <= spread / VRNN_SCALE <= UNLIKE_IAM:
            warn(
                f"{dataset.path} does not seem to be in the units of IAM-OnDB (its offsets spread over "
                f"{spread:.1f} units, IAM's over {VRNN_SCALE:.1f}): do not compare this figure with others"
            )
        elif not whole:
            warn(
                f"the coordinates of {dataset.path} are not all whole numbers, as those of IAM-OnDB are: "
                "do not compare this figure with others"
            )

    def figures(self, result: Evaluation, norm: Normalisation) -> Figures:
        """Return the figures for `result`, of a network with the normalisation `norm`."""
        nats = result.nats_per_sequence
        if self is VRNN:
            offsets = (result.points - result.lines) / result.lines  # those predicted per line
            nats = offsets * math.log(VRNN_SCALE**2 / math.prod(norm.std)) - nats
        return Figures(self, nats, nats * result.lines / result.points, result)


@dataclass(frozen=True)
class Figures:
    """The figures of one evaluation by one protocol."""

    protocol: Protocol
    nats_per_sequence: float
    nats_per_point: float
    result: Evaluation
    by_source: Mapping[str, Figures] = field(default_factory=dict)  # of lines of several sources

    @property
    def bits_per_point(self) -> float:
        """The nats per point in bits."""
        return self.nats_per_point / math.log(2)

    def as_row(self) -> dict[str, Any]:
        """Return them as a JSON object."""
        protocol, result = self.protocol, self.result
        row = {
            "protocol": protocol.name,
            "quantity": protocol.quantity,
            "unit": "nats per sequence",
            "better": protocol.better,
            "value": self.nats_per_sequence,
            "nats_per_sequence": self.nats_per_sequence,
            "nats_per_point": self.nats_per_point,
        }
        if protocol.by_mass:
            row["bits_per_point"] = self.bits_per_point
        return {
            **row,
            "sse_per_point": result.sse_per_point,
            "lines": result.lines,
            "points": result.points,
        }

    def as_text(self) -> str:
        """Return them as lines of text."""
        protocol = self.protocol
        bits = f" ({self.bits_per_point:.4f} bits)" if protocol.by_mass else ""
        width = len(protocol.quantity)
        return (
            f"  {protocol.quantity}  {self.nats_per_sequence:.1f} nats per sequence, "
            f"{self.nats_per_point:.4f} per point{bits}; {protocol.better} is better\n"
            f"  {'SSE':{width}}  {self.result.sse_per_point:.4f} per point\n"
            f"  protocol {protocol.name}: whole lines, {protocol.figure}"
        )


GRAVES = Protocol(
    "graves",
    "log-loss",
    "lower",
    "offsets normalised per axis to mean 0 and standard deviation 1",
)
VRNN = Protocol(
    "vrnn",
    "log-likelihood",
    "higher",
    f"offsets divided by {VRNN_SCALE} in both axes",
)
MASS = Protocol(
    "mass",
    "code length",
    "lower",
    "probability of whole coordinates",
    by_mass=True,
)
PROTOCOLS = {protocol.name: protocol for protocol in (GRAVES, VRNN, MASS)}


def protocol_of(name: str) -> Protocol:
    """Return the protocol `name`; UsageError if there is none."""
    if name not in PROTOCOLS:
        why = " here: it is for readers" if name == "cer" else ""
        raise UsageError(f"--protocol cannot be {name!r}{why}", f"use one of {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]
