"""Hyphenation by language, with the dictionaries of pyphen."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from hwcli.errors import UsageError

OFF = "no"  # only words that are longer than a line are broken
USUAL = "en_GB"  # for those
BEFORE, AFTER = 2, 3  # letters of a word before a hyphen and after it, at least
_LETTERS = re.compile(r"[^\W\d_]+")
# a word of letters alone, with punctuation around it: addresses and numbers are not hyphenated
_PLAIN = re.compile(r"[^\w@/]*([^\W\d_]+(?:['’-][^\W\d_]+)*)[^\w@/]*")


def languages() -> list[str]:
    """Return the languages that there are dictionaries for, without their regions."""
    import pyphen

    return sorted({name.split("_")[0] for name in pyphen.LANGUAGES})


def checked_language(name: str, flag: str = "hyphenate") -> str | None:
    """Return the name of the dictionary for a language (`de`, `pt_BR`), None for "no".

    Raises UsageError, which names the setting `flag`, for a language without a dictionary.
    """
    if name.lower() == OFF:
        return None
    import pyphen

    found: str | None = pyphen.language_fallback(name)
    if found is None:
        raise UsageError(
            f"{flag} cannot be {name!r}: there is no dictionary for it",
            f"known: {OFF} (none), {', '.join(languages())}; some with a region, as en_US",
        )
    return found


def points(word: str, language: str) -> set[int]:
    """Return the places in `word` where a hyphen can be added, by the dictionary of `language`."""
    runs = _LETTERS.finditer(word)  # of letters: a full stop or bracket would hide the word's end
    found = ((run.start(), place) for run in runs for place in _positions(run.group(), language))
    return {start + place for start, place in found}


def good_points(word: str, language: str) -> list[int]:
    """Return the places where `word` is broken to fill a line, from the right: good ones only.

    There are none in words with digits, addresses and the like. A place after a hyphen in the word counts.

    >>> [good_points(word, "en_GB") for word in ("handwriting,", "well-known", "anna@handwriting.org")]
    [[8, 4], [5], []]
    """
    plain = _PLAIN.fullmatch(word)
    if plain is None:
        return []
    start, end = plain.span(1)
    inside = (start + BEFORE, end - AFTER)
    found = points(word, language) | {k + 1 for k, c in enumerate(word) if c == "-"}
    return sorted((k for k in found if inside[0] <= k <= inside[1]), reverse=True)


@lru_cache(maxsize=4096)
def _positions(letters: str, language: str) -> tuple[int, ...]:
    # places with data are those where the spelling changes, as in Hungarian
    return tuple(int(place) for place in _dictionary(language).positions(letters) if place.data is None)


@lru_cache(maxsize=4)
def _dictionary(language: str) -> Any:
    import pyphen  # only where words are broken

    return pyphen.Pyphen(lang=language)
