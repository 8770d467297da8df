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

    from hwcli.dataset.store import Dataset as Dataset
    from hwcli.dataset.store import open_dataset as open_dataset
    from hwcli.errors import HwError as HwError
    from hwcli.evaluation.measuring import evaluate as evaluate
    from hwcli.evaluation.reading import proofread as proofread
    from hwcli.evaluation.reading import read as read
    from hwcli.hands.library import find as find_hand
    from hwcli.hands.library import save as save_hand
    from hwcli.ink_io.files import read_ink as read_ink
    from hwcli.ink_io.files import read_inks as read_inks
    from hwcli.ink_io.files import write_ink as write_ink
    from hwcli.pages.layout import Layout as Layout
    from hwcli.pages.writing import write_pages as write_pages
    from hwcli.protocols import Figures as Figures
    from hwcli.reader.load import load_reader as load_reader
    from hwcli.reader.reader import Reader as Reader
    from hwcli.reader.reader import Reading as Reading
    from hwcli.sampling.load import load_model as load_model
    from hwcli.sampling.model import Model as Model
    from hwcli.sampling.options import SampleOptions as SampleOptions
    from renderers.drawing import draw as draw
    from renderers.drawing import save_pages as save_pages
    from renderers.ink import Ink as Ink
    from renderers.ink import Prediction as Prediction
    from renderers.page.page import Page as Page

__version__ = "0.1.0"

# where each name comes from: module:name
_HOMES = {
    "Dataset": "hwcli.dataset.store:Dataset",
    "Figures": "hwcli.protocols:Figures",
    "HwError": "hwcli.errors:HwError",
    "Ink": "renderers.ink:Ink",
    "Layout": "hwcli.pages.layout:Layout",
    "Model": "hwcli.sampling.model:Model",
    "Page": "renderers.page.page:Page",
    "Prediction": "renderers.ink:Prediction",
    "Reader": "hwcli.reader.reader:Reader",
    "Reading": "hwcli.reader.reader:Reading",
    "SampleOptions": "hwcli.sampling.options:SampleOptions",
    "draw": "renderers.drawing:draw",
    "evaluate": "hwcli.evaluation.measuring:evaluate",
    "find_hand": "hwcli.hands.library:find",
    "load_model": "hwcli.sampling.load:load_model",
    "load_reader": "hwcli.reader.load:load_reader",
    "open_dataset": "hwcli.dataset.store:open_dataset",
    "proofread": "hwcli.evaluation.reading:proofread",
    "read": "hwcli.evaluation.reading:read",
    "read_ink": "hwcli.ink_io.files:read_ink",
    "read_inks": "hwcli.ink_io.files:read_inks",
    "save_hand": "hwcli.hands.library:save",
    "save_pages": "renderers.drawing:save_pages",
    "write_ink": "hwcli.ink_io.files:write_ink",
    "write_pages": "hwcli.pages.writing:write_pages",
}
__all__ = [
    "Dataset",
    "Figures",
    "HwError",
    "Ink",
    "Layout",
    "Model",
    "Page",
    "Prediction",
    "Reader",
    "Reading",
    "SampleOptions",
    "__version__",
    "draw",
    "evaluate",
    "find_hand",
    "load_model",
    "load_reader",
    "open_dataset",
    "proofread",
    "read",
    "read_ink",
    "read_inks",
    "save_hand",
    "save_pages",
    "write_ink",
    "write_pages",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'hwcli' has no attribute {name!r}")
    module, _, there = _HOMES[name].partition(":")
    return getattr(import_module(module), there)


def __dir__() -> list[str]:
    return __all__
