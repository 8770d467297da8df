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

    from hwcli.api.datasets import evaluate as evaluate
    from hwcli.api.datasets import preprocess as preprocess
    from hwcli.api.exporting import export_model as export_model
    from hwcli.api.hands import learn_hand as learn_hand
    from hwcli.api.hands import mend as mend
    from hwcli.api.hands import save_hand as save_hand
    from hwcli.api.models import load_model as load_model
    from hwcli.api.reading import proofread as proofread
    from hwcli.api.reading import read as read
    from hwcli.dataset.store import Dataset as Dataset
    from hwcli.dataset.store import open_dataset as open_dataset
    from hwcli.errors import HwError as HwError
    from hwcli.evaluation.reader_errors import ReaderEvaluation as ReaderEvaluation
    from hwcli.hands.library import Hand as Hand
    from hwcli.hands.library import find as find_hand
    from hwcli.hands.library import names as list_hands
    from hwcli.hw_warning import HwWarning as HwWarning
    from hwcli.ink_io.files import read_ink as read_ink
    from hwcli.ink_io.files import read_inks as read_inks
    from hwcli.ink_io.files import write_ink as write_ink
    from hwcli.pages.layout import Layout as Layout
    from hwcli.pages.writing import write_pages as write_pages
    from hwcli.protocols import Figures as Figures
    from hwcli.reader.load import load_reader as load_reader
    from hwcli.reader.reader import Reader as Reader
    from hwcli.reader.reader import Reading as Reading
    from hwcli.sampling.model import Model as Model
    from hwcli.sampling.options import SampleOptions as SampleOptions
    from hwcli.weights.bundled import names as list_models
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
    "Hand": "hwcli.hands.library:Hand",
    "HwError": "hwcli.errors:HwError",
    "HwWarning": "hwcli.hw_warning:HwWarning",
    "Ink": "renderers.ink:Ink",
    "Layout": "hwcli.pages.layout:Layout",
    "Model": "hwcli.sampling.model:Model",
    "Page": "renderers.page.page:Page",
    "Prediction": "renderers.ink:Prediction",
    "Reader": "hwcli.reader.reader:Reader",
    "ReaderEvaluation": "hwcli.evaluation.reader_errors:ReaderEvaluation",
    "Reading": "hwcli.reader.reader:Reading",
    "SampleOptions": "hwcli.sampling.options:SampleOptions",
    "draw": "renderers.drawing:draw",
    "evaluate": "hwcli.api.datasets:evaluate",
    "export_model": "hwcli.api.exporting:export_model",
    "find_hand": "hwcli.hands.library:find",
    "learn_hand": "hwcli.api.hands:learn_hand",
    "list_hands": "hwcli.hands.library:names",
    "list_models": "hwcli.weights.bundled:names",
    "load_model": "hwcli.api.models:load_model",
    "load_reader": "hwcli.reader.load:load_reader",
    "mend": "hwcli.api.hands:mend",
    "open_dataset": "hwcli.dataset.store:open_dataset",
    "preprocess": "hwcli.api.datasets:preprocess",
    "proofread": "hwcli.api.reading:proofread",
    "read": "hwcli.api.reading:read",
    "read_ink": "hwcli.ink_io.files:read_ink",
    "read_inks": "hwcli.ink_io.files:read_inks",
    "save_hand": "hwcli.api.hands:save_hand",
    "save_pages": "renderers.drawing:save_pages",
    "write_ink": "hwcli.ink_io.files:write_ink",
    "write_pages": "hwcli.pages.writing:write_pages",
}
__all__ = [
    "Dataset",
    "Figures",
    "Hand",
    "HwError",
    "HwWarning",
    "Ink",
    "Layout",
    "Model",
    "Page",
    "Prediction",
    "Reader",
    "ReaderEvaluation",
    "Reading",
    "SampleOptions",
    "__version__",
    "draw",
    "evaluate",
    "export_model",
    "find_hand",
    "learn_hand",
    "list_hands",
    "list_models",
    "load_model",
    "load_reader",
    "mend",
    "open_dataset",
    "preprocess",
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
