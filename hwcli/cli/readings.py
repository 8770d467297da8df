"""What hw read prints of an ink."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hwcli import console
from hwcli.cli.streams import write_stdout
from hwcli.errors import HwError

if TYPE_CHECKING:
    from hwcli.reader.reader import Reader, Reading
    from renderers.ink import Ink


def written_out(reader: Reader, ink: Ink, text: str | None, kind: str) -> bool | None:
    """Read `ink` and print the result, as `ndjson` or as `text`; return whether it says what it should.

    That is `text`, or else its own. An ink that cannot be read is reported; None is returned for it.
    """
    from hwcli.sampling.read_back import read_back_lines

    expected = (text or "").strip() or (ink.text or "").strip()
    try:
        reading = reader.read_lines(ink)
        verdict = read_back_lines(reader, ink, expected) if expected else None
    except HwError as error:
        console.error(f"{ink.id or 'ink'}: {error.message}", error.hint)
        return None
    row = _row(ink, reading)
    if verdict is not None:
        row |= {"expected": expected, "matches": not verdict.faults}
        row["faults"] = [
            {key: value for key, value in vars(fault).items() if value is not None}
            for fault in verdict.faults
        ]
    write_stdout(_encoded(row) if kind == "ndjson" else _shown(row).encode())
    return bool(row.get("matches", False))


def _row(ink: Ink, reading: Reading) -> dict[str, Any]:
    row: dict[str, Any] = {} if ink.id is None else {"id": ink.id}
    return row | {
        "text": reading.text,
        "confidence": round(reading.confidence, 4),
        "characters": reading.characters.tolist(),
    }


def _encoded(row: dict[str, Any]) -> bytes:
    return f"{json.dumps(row, ensure_ascii=False)}\n".encode()


def _shown(row: dict[str, Any]) -> str:
    """Return a reading for people: the text, and what is wrong with it."""
    text = row["text"] or "(nothing)"
    lines = [f"{text}  ({100 * row['confidence']:.0f} %)"]
    if not row.get("matches", True):
        lines.append(f"  expected: {row['expected']}")
    return "\n".join(lines) + "\n"
