"""How long PyTorch's OpenMP threads spin before they sleep.

The threads that share a product meet at a barrier, some ten times per time step. By default GNU's OpenMP
spins there for a long time. Where another program has taken a core, one thread is late at every barrier, and
the others burn the rest of the processor's time while they wait: training falls to a quarter of its pace and
less. Threads that sleep at once need a wake-up at every barrier, which halves the pace of a quiet machine.
SPINS lies between: about as long as a barrier takes if nobody is late.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

SPINS = "1000"  # see docs/results.md, "Beside another program"
CHOSEN_BY_USERS = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")


def limit_spinning(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set GOMP_SPINCOUNT, unless the environment says how to wait. Works only before torch is imported."""
    if not any(name in environ for name in CHOSEN_BY_USERS):
        environ["GOMP_SPINCOUNT"] = SPINS
