"""A small dataset for a first try: lines sampled from iam-prediction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from hwcli.config.sections import PreprocessConfig
from hwcli.console import Reporter
from hwcli.dataset.build import Provenance, check_output, write
from hwcli.dataset.packing import pack
from hwcli.dataset.report import Report
from hwcli.ink_io.found_ink import FoundInk
from hwcli.sampling.options import SampleOptions
from renderers.ink import Ink

LINES, POINTS, SEED = 100, 600, 1


def demo_dataset(output: Path, overwrite: bool = False, report: Reporter | None = None) -> Report:
    """Write a dataset of LINES sampled lines, always the same bytes, to `output`; return its report.

    `report` receives how many lines are sampled. Raises HwError if `output` exists and is not to be
    overwritten.
    """
    from hwcli.sampling.load import load_model

    check_output(output, overwrite)
    model = load_model()
    rules = PreprocessConfig(valid_fraction=0.1)
    source = f"sampled from the model {model.name}"
    inks = _reported(model.samples(LINES, SEED, SampleOptions(points=POINTS)), report)
    found = [pack(FoundInk(ink), f"demo-{k:03d}", source, rules) for k, ink in enumerate(inks, 1)]
    return write(found, output, rules, Provenance([source], {"demo": True}), overwrite=overwrite)


def _reported(inks: Iterable[Ink], report: Reporter | None) -> Iterator[Ink]:
    for done, ink in enumerate(inks, 1):
        if report is not None:
            report(done, LINES)
        yield ink
