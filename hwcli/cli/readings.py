"""What hw read prints of an ink."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hwcli import console, signals
from hwcli.cli.series import Tally
from hwcli.cli.streams import write_json, write_line
from hwcli.errors import HwError
from hwcli.sampling.messages import fault_list

if TYPE_CHECKING:
    from hwcli.reader.reader import Reader, Reading
    from renderers.ink import Fault, Ink

LISTED = 8  # faults in a warning: ink of quite another text has one at nearly every character


def written_out(reader: Reader, ink: Ink, text: str | None, kind: str, printed: Tally) -> bool | None:
    """Read `ink` and print the result, as `ndjson` or as `text`; return whether it says what it should.

    That is `text`, or else its own. An ink that cannot be read is reported; None is returned for it. What is
    printed is counted.
    """
    from hwcli.sampling.drafting.read_back import read_back_lines

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
    with signals.held():  # so that no line is cut
        if kind == "ndjson":
            write_json(row)
        else:
            _show(row)
        printed.done += 1
    if kind == "text" and verdict is not None and verdict.faults:
        console.warn(f"{ink.id or 'ink'} does not say its text: {_listed(verdict.faults, expected)}")
    return bool(row.get("matches", False))


def _listed(faults: Sequence[Fault], text: str) -> str:
    """Return the first faults of `text` for people, and how many more there are."""
    listed = fault_list(faults[:LISTED], text, 1 if "\n" in text else None)
    more = len(faults) - LISTED
    return f"{listed}, and {more:,} more" if more > 0 else listed


def _row(ink: Ink, reading: Reading) -> dict[str, Any]:
    row: dict[str, Any] = {} if ink.id is None else {"id": ink.id}
    return row | {
        "text": reading.text,
        "confidence": round(reading.confidence, 4),
        "characters": reading.characters.tolist(),
    }


def _show(row: dict[str, Any]) -> None:
    """Print a reading for people: the text, and what is wrong with it."""
    *lines, last = (row["text"] or "(nothing)").split("\n")
    for line in (*lines, f"{last}  ({100 * row['confidence']:.0f} %)"):
        write_line(line)
    if not row.get("matches", True):
        write_line(f"  expected: {row['expected']}")
