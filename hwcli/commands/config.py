"""hw config: the settings in force."""

from __future__ import annotations

import typer

from hwcli.cli.flags import settings
from hwcli.cli.streams import write_stdout


def show_config(context: typer.Context) -> None:
    """Print the settings in force.

    The output is TOML; each setting has its source as a comment.

    Flags override the environment (HW_TRAIN_BATCH_SIZE=64), which overrides --config FILE or ./hw.toml,
    which overrides the preset and the defaults.

        hw config > hw.toml

    A saved file sets every setting, so later presets have no effect. The shell empties an existing hw.toml
    before hw reads it: to keep its settings, write to another file first.
    """
    write_stdout(settings(context).toml().encode())
