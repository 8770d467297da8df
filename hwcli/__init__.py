"""hw: generative handwriting. The Python API; each name is imported on first use.

>>> import hwcli as hw
>>> ink = hw.load_model().sample(points=20, seed=1)
>>> ink.offsets.shape
(20, 3)
>>> ink.draw("eos").svg()[:4]
'<svg'
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as type checkers read it; importing typing would delay the first moment of hw
if TYPE_CHECKING:
    from typing import Any

    from hwcli.errors import HwError as HwError
    from hwcli.ink_io.files import read_ink as read_ink
    from hwcli.ink_io.files import read_inks as read_inks
    from hwcli.ink_io.files import write_ink as write_ink
    from hwcli.sampling.load import load_model as load_model
    from hwcli.sampling.model import Model as Model
    from hwcli.sampling.options import SampleOptions as SampleOptions
    from renderers.ink import Ink as Ink
    from renderers.ink import Prediction as Prediction

__version__ = "0.1.0"

_MODULES = {
    "HwError": "hwcli.errors",
    "Ink": "renderers.ink",
    "Model": "hwcli.sampling.model",
    "Prediction": "renderers.ink",
    "SampleOptions": "hwcli.sampling.options",
    "load_model": "hwcli.sampling.load",
    "read_ink": "hwcli.ink_io.files",
    "read_inks": "hwcli.ink_io.files",
    "write_ink": "hwcli.ink_io.files",
}
__all__ = [
    "HwError",
    "Ink",
    "Model",
    "Prediction",
    "SampleOptions",
    "__version__",
    "load_model",
    "read_ink",
    "read_inks",
    "write_ink",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'hwcli' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return __all__
