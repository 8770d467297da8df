"""What a run does that depends on the kind of network: those that write, and readers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sized
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from torch import Tensor

from hwcli.console import Reporter
from hwcli.training.display import Units
from hwcli.training.run.outcome import AnyBatch

if TYPE_CHECKING:
    from renderers.drawing import Drawing

B = TypeVar("B", bound=AnyBatch)
E = TypeVar("E", bound=Sized)


class Kind(ABC, Generic[B, E]):
    """What `Loop` leaves to subclasses. An epoch has a length, its number of batches."""

    units: ClassVar[Units]

    @property
    @abstractmethod
    def arithmetic(self) -> str:
        """What the LSTM computes in, in words."""

    @property
    @abstractmethod
    def lines(self) -> str:
        """How many lines of what kind there are, in words."""

    @property
    @abstractmethod
    def counts(self) -> Mapping[str, int]:
        """The number of lines in each epoch, by source."""

    @property
    @abstractmethod
    def valid_points(self) -> int:
        """The number of points or characters that a validation covers; 0 if there is none."""

    @abstractmethod
    def how_to_use(self, model: str) -> str:
        """Return what to do with the file `model`, quoted for a shell, in words."""

    @abstractmethod
    def _fingerprint(self) -> str:
        """Return a text that changes with the lines of the dataset, for checkpoints."""

    @abstractmethod
    def _epoch(self) -> E:
        """Return the current epoch."""

    @abstractmethod
    def _batches(self, epoch: E) -> Iterator[B]:
        """Yield the batches of an epoch that are still to come."""

    @abstractmethod
    def _learn(self, batch: B, rate: float) -> Tensor:
        """Queue one optimisation step; return the results of `Optimisation.descend`."""

    @abstractmethod
    def _nonfinite_lines(self, epoch: E) -> str:
        """Name the lines of the last batch whose loss was not finite."""

    @abstractmethod
    def _score(self, report: Reporter, share: float) -> tuple[float, Mapping[str, float]]:
        """Validate on a share of the lines; return the figure to minimise and the row's `valid_…`."""

    @abstractmethod
    def _write_model(self, path: Path) -> None:
        """Write the model as it is now."""

    @abstractmethod
    def _gather_state(self) -> Mapping[str, Tensor]:
        """Return what the next batch continues from besides the weights, for the lanes of all processes."""

    @abstractmethod
    def _restore_state(self, state: Mapping[str, Tensor]) -> None:
        """Continue, at `progress`, from what `_gather_state` returned; ValueError if it does not fit."""

    def _picture(self) -> Drawing | None:
        """Save a picture of what the model does and return it, if there is one of its kind."""
        return None
