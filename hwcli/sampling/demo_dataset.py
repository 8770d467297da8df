"""A small dataset for whoever has none yet: ink sampled from the bundled model."""

from __future__ import annotations

from pathlib import Path

from hwcli.config.sections import PreprocessConfig
from hwcli.dataset.build import Report, check_output, write
from hwcli.dataset.packing import pack

LINES, POINTS, SEED = 100, 600, 1


def demo_dataset(output: Path, overwrite: bool = False) -> Report:
    """Write a dataset of LINES sampled lines to `output`; the same bytes every time."""
    from hwcli.sampling.load import load_model

    check_output(output, overwrite)
    model = load_model()
    rules = PreprocessConfig(valid_fraction=0.1)
    name = f"sampled from the model {model.name}"
    found = [
        pack(ink, f"demo-{k:03d}", name, rules) for k, ink in enumerate(model.samples(LINES, POINTS, SEED), 1)
    ]
    return write(found, output, rules, names=[name], overwrite=overwrite, about={"demo": True})
