"""hw config."""

from __future__ import annotations

import typer

from hwcli.cli.flags import settings


def show_config(context: typer.Context) -> None:
    """Print the settings in force.

    As TOML, each with where it came from.

    Settings come from flags, else from the environment (HW_TRAIN_BATCH_SIZE=64), else from --config FILE or
    ./hw.toml, else they are the defaults.

        hw config > hw.toml
    """
    typer.echo(settings(context).toml(), nl=False)
