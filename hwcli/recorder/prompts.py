"""The lines that people write on the page: those that come with hw, or their own."""

from __future__ import annotations

import string

from hwcli.errors import HwError

PROMPTS = (
    "My cat Felix naps by the window.",
    "Could we meet in Venice on June 24?",
    "Zoe put quince jam & figs in jars.",
    '"Yes!" said Kim; "so did Ruth."',
    "Train 387 to Oxford leaves at 9:15.",
    "Ask Gus or Ben to fix Uma's bike.",
    "Half of Lake Erie froze quite hard.",
    "Dear Quentin: the box is for Ida.",
    "Nora sold Sam 60 eggs (5 dozen).",
    "With love, Xavier J. Platt-Hay",
)
NEEDED = string.ascii_lowercase + string.ascii_uppercase + string.digits  # a hand is learned from all of them
MOST = 500  # lines of a page
LONGEST = 80  # characters of a line: the page gives each the room to be written large


def prompts_in(text: str, name: str) -> tuple[str, ...]:
    """Return the lines of `text` that are not blank, with single spaces.

    Raises HwError, which calls the text `name`, if there are none or too many, or one is too long or has
    characters that cannot be shown.
    """
    rows = [(number, " ".join(line.split())) for number, line in enumerate(text.splitlines(), 1)]
    prompts = tuple(_checked(line, f"{name}, line {number}") for number, line in rows if line)
    if not prompts:
        raise HwError(f"{name} contains no text", "write one prompt per line")
    if len(prompts) > MOST:
        raise HwError(f"{name} has {len(prompts):,} prompts, more than {MOST}", "split it into several pages")
    return prompts


def missing(prompts: tuple[str, ...]) -> str:
    """Return the letters and digits that no prompt has, in the order of the alphabet.

    >>> missing(("pack my box with five dozen liquor jugs", "0123456789 ABCDEFGHIJKLMNOPQRSTUVWXY"))
    'Z'
    """
    written = set("".join(prompts))
    return "".join(character for character in NEEDED if character not in written)


def unlearned(prompts: tuple[str, ...]) -> str:
    """Return the characters outside of printable ASCII, which the bundled models have not learned, sorted.

    >>> unlearned(("Voilà, 20 €",))
    'à€'
    """
    return "".join(sorted({character for line in prompts for character in line if not character.isascii()}))


def _checked(line: str, where: str) -> str:
    if len(line) > LONGEST:
        raise HwError(f"{where}: {len(line)} characters are too long for a prompt", f"use at most {LONGEST}")
    if not line.isprintable():
        raise HwError(f"{where}: a character cannot be shown", "use letters, digits and signs")
    return line
