"""TensorBoard events of a run, with the extra `hwcli[tensorboard]`."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from hwcli.errors import HwError
from renderers.drawing import Drawing

NAMES = {
    "loss": "loss/train step",
    "train_nats_per_point": "loss/train",
    "valid_nats_per_point": "loss/valid",
}


class Board(Protocol):
    """Where a run's numbers and pictures go beside its own files."""

    def record(self, row: Mapping[str, Any]) -> None:
        """A row of metrics.jsonl."""

    def picture(self, drawing: Drawing, step: int) -> None:
        """What the hand looks like after `step` steps."""


class _Nothing:
    def record(self, row: Mapping[str, Any]) -> None:
        pass

    def picture(self, drawing: Drawing, step: int) -> None:
        pass


@contextmanager
def board(folder: Path | None, step: int) -> Iterator[Board]:
    """A board that writes events into `folder` from `step` on; for None, one that writes nothing.

    HwError where the extra is not installed.
    """
    if folder is None:
        yield _Nothing()
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise HwError("--tensorboard needs the package tensorboard", "pip install tensorboard") from None
    # what was written after the checkpoint that a run goes on from is hidden, as in metrics.jsonl
    writer = SummaryWriter(str(folder), purge_step=step + 1 if step else None)

    class Events:
        def record(self, row: Mapping[str, Any]) -> None:
            for name, value in row.items():
                if name not in ("step", "epoch") and value is not None:
                    writer.add_scalar(NAMES.get(name, name), value, row["step"])

        def picture(self, drawing: Drawing, step: int) -> None:
            from PIL import Image

            with io.BytesIO() as file:
                file.write(drawing.png())
                pixels = np.asarray(Image.open(file).convert("RGB"))
            writer.add_image("samples", pixels, step, dataformats="HWC")

    try:
        yield Events()
    finally:
        writer.close()
