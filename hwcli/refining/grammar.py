"""Texts for composed lines: words, names, numbers, dates, prices, addresses, codes, formulas and the like."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from hwcli.refining import vocabulary as v
from hwcli.refining.patterns import PATTERNS

LENGTH, DEVIATION, SHORTEST, LONGEST = 29.0, 8.0, 10, 50  # of a line, as IAM-OnDB's
ALIKE = 0.3  # share of the lines whose parts are all of one group of patterns
SPARE = 4  # characters by which a line may be longer or shorter than it should be
TRIES = 40  # parts that are drawn for a line
WORDS = 3  # words of {words} at most
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SMALL = "abcdfghkmnpqrstuvwxyz"  # as a formula has them
_SLOT = re.compile(r"\{([^{}]+)\}")
_RANGE = re.compile(r"(\d+)-(\d+)")
_LISTS = {
    "first": v.FIRST, "last": v.LAST, "town": v.TOWNS, "road": v.ROADS, "month": v.MONTHS, "weekday": v.DAYS,
    "domain": v.DOMAINS, "unit": v.UNITS, "title": v.TITLES, "abbreviation": v.ABBREVIATIONS,
    "plain": v.WORDS, "short": v.SHORT_FORMS, "contracted": v.CONTRACTED, "hyphened": v.HYPHENED,
    "(": "{", ")": "}", "A": CAPITALS, "a": SMALL, "b": SMALL, "c": SMALL,
}  # fmt: skip


def _anything(text: str) -> bool:
    return True


@dataclass(frozen=True)
class Grammar:
    """Draws texts.

    `words` are those that most parts consist of, and `possible` says whether a part can be written.
    """

    random: Random
    words: Sequence[str] = v.WORDS
    possible: Callable[[str], bool] = _anything

    def line(self) -> str | None:
        """Return the text of a line; None if too little of what was drawn can be written."""
        wanted = min(max(round(self.random.gauss(LENGTH, DEVIATION)), SHORTEST), LONGEST)
        group = self._group() if self.random.random() < ALIKE else None
        text = ""
        for _ in range(TRIES):
            part = _SLOT.sub(self._filled, self._pick(group or self._group()))
            longer = f"{text} {part}" if text else part
            if len(longer) <= min(wanted + SPARE, LONGEST) and self.possible(part):
                text = longer
                if len(text) >= max(wanted - SPARE, SHORTEST):
                    return text
        return text if len(text) >= SHORTEST else None

    def _filled(self, match: re.Match[str]) -> str:
        return self.fill(match[1])

    def fill(self, slot: str) -> str:
        """Return something for a slot of a pattern (hwcli.refining.patterns)."""
        if slot in _LISTS:
            return self._pick(_LISTS[slot])
        if slot.lower() == "word":
            word = self._pick(self.words)
            return {"word": word, "Word": _capitalised(word), "WORD": word.upper()}[slot]
        if slot == "words":
            return " ".join(self._pick(self.words) for _ in range(1 + int(WORDS * self.random.random())))
        if slot == "Contracted":
            return _capitalised(self.fill("contracted"))
        if slot == "lower":
            return self._pick(v.FIRST if self.random.random() < 0.5 else v.LAST).lower()
        if slot == "mon":
            return self.fill("month")[:3]
        if limits := _RANGE.fullmatch(slot):
            number = self.random.randint(int(limits[1]), int(limits[2]))
            return f"{number:0{len(limits[1])}}" if limits[1][0] == "0" and limits[1] != "0" else str(number)
        return "".join(self._pick("0123456789") for _ in slot)

    def _group(self) -> Sequence[str]:
        return self.random.choices(_GROUPS, _SHARES)[0]

    def _pick(self, items: Sequence[str]) -> str:
        return items[int(self.random.random() * len(items))]


_GROUPS, _SHARES = [*PATTERNS], [*PATTERNS.values()]


def _capitalised(word: str) -> str:
    return word[:1].upper() + word[1:]
