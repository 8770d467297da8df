"""The prompts of a page that records handwriting, chosen on the command line."""

from __future__ import annotations

from pathlib import Path

from hwcli import console
from hwcli.cli.given_text import GivenText
from hwcli.recorder.prompts import PROMPTS, missing, prompts_in, unlearned


def chosen_prompts(path: Path | None) -> tuple[str, ...]:
    """Return the prompts in a file, or hw's own for None; note what they lack and warn of what is too much.

    Raises HwError if the file cannot be read or has lines that cannot be prompts.
    """
    if path is None:
        return PROMPTS
    given = GivenText.read(path)
    if given.error is not None:
        raise given.error
    prompts = prompts_in(given.text, str(path))
    if lacking := missing(prompts):
        console.note(f"{path} lacks {lacking}: a hand is learned best from every letter and digit")
    if unknown := unlearned(prompts):
        console.warn(f"{path}: the bundled models have not learned {unknown}")
    return prompts
