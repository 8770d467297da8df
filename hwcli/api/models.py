"""Models that write, for Python."""

from __future__ import annotations

from pathlib import Path

from hwcli.api.terms import warn_of_terms
from hwcli.sampling import load
from hwcli.sampling.model import Model


def load_model(name: str | Path = "default", kind: str = "prediction") -> Model:
    """Load the bundled model called `name`, or the model in the file or run folder `name`.

    "default" is the bundled model for its `kind`: "prediction", or "synthesis" of given text. In a run folder
    it is the best model so far, or else the last one, of which a warning tells.

    >>> load_model(), load_model(kind="synthesis")  # doctest: +ELLIPSIS
    (<Model iam-prediction: prediction, ...>, <Model unipen-synthesis: synthesis, ...>)

    Warns (HwWarning) at the first use of weights for non-commercial research only, once per user.

    Raises ValueError for an unknown `kind`; HwError if the model is not found, is a reader, or its file is
    damaged, of another format or another version.
    """
    model = load.load_model(name, kind)
    warn_of_terms(model)
    return model
