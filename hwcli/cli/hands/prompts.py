"""The prompts of a page that records handwriting, chosen on the command line."""

from __future__ import annotations

from hwcli import console
from hwcli.cli.given_text import GivenText
from hwcli.recorder.prompts import PROMPTS, missing, prompts_in, unlearned


def chosen_prompts(source: str | None) -> tuple[str, ...]:
    """Return the prompts in a file, on stdin for "-", or hw's own for None.

    Notes which letters and digits they lack, and warns of characters that no bundled model has learned.
    Raises HwError if they cannot be read, or a line cannot be a prompt.
    """
    if source is None:
        return PROMPTS
    given = GivenText.of_source(source, "--prompts")
    if given.error is not None:
        raise given.error
    name = given.origin
    prompts = prompts_in(given.text, name)
    if lacking := missing(prompts):
        console.note(f"{name} lacks {lacking}: a hand is learned best from every letter and digit")
    if unknown := unlearned(prompts):
        console.warn(f"{name}: the bundled models have not learned {unknown}")
    return prompts
