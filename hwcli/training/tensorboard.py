"""TensorBoard events of a run (needs the extra `hwcli[tensorboard]`)."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from hwcli.errors import needs_extra
from renderers.drawing import Drawing

TAGS = {
    "loss": "loss/train step",
    "train_nats_per_point": "loss/train",
    "valid_nats_per_point": "loss/valid",
    "train_nats_per_character": "loss/train",
    "valid_error_rate": "errors/valid",
}


class EventWriter(Protocol):
    """Writes a run's metrics and pictures for TensorBoard."""

    def record(self, row: Mapping[str, Any]) -> None:
        """Write a row of metrics.jsonl."""

    def picture(self, drawing: Drawing, step: int) -> None:
        """Write the picture made after `step` steps."""


class _NullWriter:
    def record(self, row: Mapping[str, Any]) -> None:
        pass

    def picture(self, drawing: Drawing, step: int) -> None:
        pass


@contextmanager
def event_writer(folder: Path | None, step: int) -> Iterator[EventWriter]:
    """Open a writer of events after `step` into `folder` (None: nowhere); HwError without tensorboard."""
    if folder is None:
        yield _NullWriter()
        return
    with needs_extra("tensorboard", "--tensorboard cannot write events"):
        from torch.utils.tensorboard import SummaryWriter
    # hides events written after the checkpoint that a run resumes from, as Metrics.rewind does
    writer = SummaryWriter(str(folder), purge_step=step + 1 if step else None)

    class Events:
        def record(self, row: Mapping[str, Any]) -> None:
            for name, value in row.items():
                if name not in ("step", "epoch") and value is not None:
                    writer.add_scalar(TAGS.get(name, name), value, row["step"])

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
