"""Random rows for a network to read."""

import numpy as np


def some_rows(time: int = 40, batch: int = 3) -> np.ndarray:
    """Return normalised rows (dx, dy, eos), (time, batch, 3), always the same."""
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((time, batch, 3))
    rows[..., 2] = rng.integers(0, 2, (time, batch))
    return rows
