"""hw doctor: what hw finds on this machine, and what it lacks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from hwcli import console

if TYPE_CHECKING:
    from hwcli.cli.doctor.finding import Finding

COLUMN = 24  # where explanations start


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Check what hw needs on this machine.

    Each line is a part of hw or of its surroundings: ok, missing (hw works without it, except for what the
    line says) or broken. Below what lacks is the command that mends it. Fails only if something is broken.

    Examples:
        hw doctor
        hw doctor --json | jq 'select(.state != "ok")'
    """
    from hwcli.cli.doctor.finding import BROKEN, MISSING
    from hwcli.cli.doctor.installed import (
        check_browser,
        check_cairo,
        check_cores,
        check_extras,
        check_fonts,
        check_hw,
        check_plugins,
        check_python,
        check_torch,
    )
    from hwcli.cli.doctor.surroundings import check_folders, check_settings, check_terminal
    from hwcli.cli.streams import write_json, write_line

    checks = (
        check_hw, check_python, check_cores, check_torch, check_cairo, check_fonts, check_browser,
        check_terminal, check_extras, check_plugins, check_folders, check_settings,
    )  # fmt: skip
    states: list[str] = []
    for check in checks:
        for finding in check():
            states.append(finding.state)
            if as_json:
                write_json(asdict(finding))
            else:
                for line in _lines(finding):
                    write_line(line)
    counts = {state: states.count(state) for state in (MISSING, BROKEN)}
    if broken := counts[BROKEN]:
        console.note(f"{broken} {'part is' if broken == 1 else 'parts are'} broken")
        raise typer.Exit(1)
    lacks = counts[MISSING]
    parts = f"{lacks} optional {'part is' if lacks == 1 else 'parts are'} missing"
    console.note(f"hw works; {parts}" if lacks else "hw works, and nothing is missing")


def _lines(finding: Finding) -> Iterator[str]:
    """Yield what is shown of a finding, for people."""
    from hwcli.cli.help import layout

    width = layout.width_of(shutil.get_terminal_size().columns)
    term = f"{finding.state:8}{finding.part}"
    yield from layout.entries([(term, finding.found)], width, COLUMN)
    if finding.remedy is not None:
        yield " " * (6 if width < layout.NARROW else COLUMN) + finding.remedy
