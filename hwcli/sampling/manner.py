"""In whose manner a model writes: how strongly its network is told each source of ink.

In training a network is told one source, with weight 1. More than 1 exaggerates what sets that source apart,
and several sources together give something between them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError

MOST = 10.0  # largest weight


def told_weights(manner: str, known: Sequence[str], model: str) -> NDArray[np.float64]:
    """Return the weight of each of the sources `known` for `manner`: NAME, or NAME=WEIGHT, joined by commas.

    Raises HwError for a source that the `model`, so called, does not know, and for a weight that is no number
    from -10 to 10.

    >>> told_weights("composed=1.4,unipen=0.5", ("unipen", "rough", "composed"), "open").tolist()
    [0.5, 0.0, 1.4]
    """
    told = np.zeros(len(known))
    for part in manner.split(","):
        name, equals, number = (word.strip() for word in part.partition("="))
        if name not in known:
            names = ", ".join(known)
            raise HwError(
                f"{model} knows no source {name!r}",
                f"it knows {names}; none is for all together" if known else "leave --source out",
            )
        try:
            weight = float(number) if equals else 1.0
        except ValueError:
            weight = np.nan
        if not abs(weight) <= MOST:
            raise HwError(
                f"--source {part.strip()!r}: expected NAME or NAME=WEIGHT, a number from -10 to 10",
                f"for example --source {name}=1.2",
            )
        told[list(known).index(name)] = weight
    return told
