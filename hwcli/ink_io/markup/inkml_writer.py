"""Writes InkML: one document for any number of inks, each a group of traces.

Text and id are annotations that other programs understand. All else about an ink, its prediction included, is
JSON in an annotation of type `hw`, with the keys of hw ink NDJSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from xml.sax.saxutils import escape

import orjson

from hwcli.ink_io import ndjson
from hwcli.ink_io.markup.inkml import OWN
from renderers.ink import Ink

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ink xmlns="http://www.w3.org/2003/InkML">
<definitions><context xml:id="hw"><traceFormat>
<channel name="X" type="decimal"/><channel name="Y" type="decimal" orientation="+ve"/>
</traceFormat></context></definitions>
"""
_TYPES = {"text": "transcription", "id": "id"}


def dump(inks: Iterable[Ink], prediction: bool = True) -> Iterator[bytes]:
    """Yield the parts of one document that holds `inks`, with their predictions unless `prediction` is False.

    >>> b"".join(dump([Ink(strokes=([[0, 0], [3, 4]],), text="hi")])).decode().splitlines()[-5:-2]
    ['<annotation type="transcription">hi</annotation>', '<annotation type="hw">{}</annotation>', \
'<trace>0.0 0.0,3.0 4.0</trace>']
    """
    yield _HEAD.encode()
    for ink in inks:
        yield _group(orjson.loads(ndjson.dump(ink, prediction)))
    yield b"</ink>\n"


def _group(row: dict[str, Any]) -> bytes:
    """Return a line of NDJSON as a group of traces."""
    lines = ['<traceGroup contextRef="#hw">']
    del row["hw"]
    strokes = row.pop("strokes")
    for key, kind in _TYPES.items():
        text = row.get(key)
        if isinstance(text, str) and _survives(text):
            del row[key]
            lines.append(f'<annotation type="{kind}">{escape(text)}</annotation>')
    lines.append(f'<annotation type="{OWN}">{escape(_ascii(row))}</annotation>')
    lines += (f"<trace>{_points(stroke)}</trace>" for stroke in strokes)
    return "\n".join([*lines, "</traceGroup>\n"]).encode()


def _survives(text: str) -> bool:
    """Return whether XML can hold a text, and blanks at its ends do not matter."""
    return bool(text) and text == text.strip() and text.isprintable()


def _ascii(row: dict[str, Any]) -> str:
    """Return an object as JSON without any character that XML cannot hold."""
    text = orjson.dumps(row).decode()
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[k]:02x}{units[k + 1]:02x}" for k in range(0, len(units), 2))


def _points(stroke: list[list[float]]) -> str:
    """Return a stroke as the values of a trace: `0.0 0.0,3.0 4.0`."""
    numbers = orjson.dumps(stroke).decode()[2:-2]
    return numbers.replace("],[", ";").replace(",", " ").replace(";", ",")
