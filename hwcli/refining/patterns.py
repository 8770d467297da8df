"""Patterns for the parts of composed lines: what a part may look like, and how often.

What is in braces is a slot (hwcli.refining.grammar): {word}, {Word}, {WORD} and {words} are of the words that
a hand has, {9999} are four digits, {A} and {a} a letter, {1-28} a number, {01-28} one of two digits, {(} and
{)} the braces themselves.
"""

from __future__ import annotations

_TEXT = """
20  {words}|{words}|{words}|{words} {word}|{words} {words}|{words}, {words}|{words} {contracted}
    |{words}; {word}|{word} {hyphened} {word}|{words}:|{words},
10  {Word} {words}.|{Word} {words}.|{Word} {words}!|{Word} {words}?|{Word} I {word}.|I {word} {words}.
    |{Word}?|{Contracted} {words}.
 6  {Word}|{Word} {Word}|{Word} {Word} {Word}
 9  {WORD}|{WORD} {WORD}|{WORD} {WORD} {WORD}|{WORD} {WORD}!|{WORD} {WORD}.|{WORD}?|{WORD}: {WORD}
    |{WORD} {WORD} {WORD} {WORD}
 8  {title} {last}|{A}. {A}. {last}|{last}, {first}|{first} {A}. {last}|{first} {last}|{first} {last}
 6  {1-999},{999}|{1-9},{999},{999}|{0-99}.{9}|{0-99}.{999}|No. {1-400}|+{1-999}|-{1-99}
    |{1-99} {1-99} {1-99}|{10-99}|{100-9999}|{1000-99999}|{100000-999999}
 7  {1-28}.{1-12}.{1880-2040}|{01-28}/{01-12}/{99}|{1880-2040}-{01-12}-{01-28}|{1-28} {month} {1880-2040}
    |{month} {1-28}, {1880-2040}|{1-28} {mon} {99}|{weekday}, {1-28} {mon}|{1-12}/{1-28}/{1880-2040}
    |{month} '{99}|{1880-2040}-{99}|in {1880-2040}|{4-20}th of {month}|2nd {month}|21st {mon}
    |3rd of {month}
 4  {00-23}:{00-59}|{1-12}:{00-59} am|{1-12}:{00-59} p.m.|{1-12} o'clock|{8-11}:{00-59}-{12-23}:{00-59}
    |{1-23}.{00-59} h
 5  ${0-999}.{99}|${1-999}|{1-99}.{99} EUR|USD {1-99},{999}|${1-99}/{unit}|{2-99} @ ${1-99}.{99}
    |${1-9},{999}.{99}
 4  ({999}) {999}-{9999}|{999}-{9999}|+{1-99} {999} {999} {999}|0{999} {999999}|0{999}/{99999}-{99}
    |+{1-99} ({99}) {9999}|Tel. {99} {99} {99}
 6  {1-260} {last} {road}, {town}|{town} {99999}|{A}{A}{1-9} {9}{A}{A}|Flat {1-40}, {1-260} {last} {road}
    |{town}, {A}{A} {99999}|P.O. Box {999}|{9999} {town}|c/o {first} {last}|{1-260}{a} {last} {road}
 6  {lower}@{plain}.{domain}|{lower}.{lower}@{plain}.{domain}|{lower}_{1-99}@{plain}-{plain}.{domain}
    |www.{plain}{plain}.{domain}|http://{plain}.{domain}/{plain}|https://{plain}.{domain}|@{lower}_{lower}
    |{plain}.{domain}/{plain}?id={1-99}&p={1-9}|~/{plain}/{plain}.txt|#{plain}|C:\\{plain}\\{plain}
    |\\\\{plain}\\{plain}_{1-9}|{plain}_{plain}.pdf|{plain}.py
 6  {A}{9}-{A}{A} {9999}|{A}{A}-{999}|{A}{A}{A} {999}|#{9999}|{99}{A}{999}|{A}{99}/{99}|{A}{A}{A}{A}
    |[{99}]|{A}{A}_{99}|{A}.{9}.{9}|*{999}#|{A}{A}{99} {A}{A}{99}|{short}|{short} {99}
 5  {1-100}%|{0-9}.{9} %|{1-50}/{51-99}|{1-9}:{1-9}|+{1-99}%|{1-99} {unit}|~{1-99} {unit}|< {1-99}%
    |> {1-99} {unit}|{1-9}-{10-99} %|{2-99} x {2-99} {unit}|{1-99}*|~ {10-999}
 9  {1-99} + {1-20} = {1-99}|{1-99} - {1-20} = {1-99}|{a}^{2-9} + {b}^2 = {c}^2|({a} + {b}) / {1-20}
    |{a} < {b} < {c}|{a} > {1-20}|¦{a}¦ < {1-20}|{a} = {1-99}{b} - {1-20}|{a} ~ {b}|{(}{a}, {b}, {c}{)}
    |[{1-99}, {1-99}]|{a}_{0-9} + {a}_{0-9}|f({a}) = {a}^{2-9} + {1-99}|if ({a} >= {1-20}) {(} {b}++; {)}
    |{a}[{0-9}] = {b}[{0-9}];|{a} ¦ {b} ¦ {c}|2^{2-16} = {1-9999}|{a} <= {b} && !{c}|sin({a}) * cos({b})
    |{a} == {b}|<{a}> {1-99}|{a}{b} : {c}|{2-9}! / {1-99}|~({a} & {b}) ^ {c}|{1-99} x {2-9} = {10-999}
    |{a} = {0-9}.{99}|-{1-99} + {1-20}|{a} * {b} = {c}
 5  "{words}"|"{words},"|"{Word} {words}."|'{words}'|`{word}`|"{WORD} {WORD}"|``{words}''|"{Word}!"
 6  ({words})|- {words}|{1-30}) {words}|{a}) {word};|* {words}|[{words}]|{1-12}. {words}|{word} -> {word}
    |{word} & {word}|({abbreviation} {words})|{word}/{word}|{words}: {1-500}|{last} & Co.|{word} + {word}
    |{(}{words}{)}|{word} = {word}
 4  {Word} {1-9999} {words}|{Word} {Word} {1-99} {word}|{word} {10-999} {word}
"""


def _patterns(text: str) -> dict[tuple[str, ...], float]:
    """Return how often each group of patterns is drawn; ¦ stands for the bar that separates them."""
    groups: dict[tuple[str, ...], float] = {}
    for group in text.replace("\n    |", "|").strip().splitlines():
        share, patterns = group.split(maxsplit=1)
        groups[tuple(one.replace("¦", "|") for one in patterns.split("|"))] = float(share)
    return groups


PATTERNS = _patterns(_TEXT)
