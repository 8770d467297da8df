"""The setting `replace`: FROM=TO on the command line and in the environment, a table in hw.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hwcli.errors import UsageError

EXAMPLE = "for example --replace '&=and'"


def checked_pairs(name: str, value: Any) -> dict[str, str]:
    """Return the pairs of FROM and TO in a table, a list of FROM=TO, or a text with one per line.

    `name` is the setting's, for the UsageError about a pair that is something else or has an empty FROM.
    """
    if isinstance(value, Mapping):
        pairs = list(value.items())
    else:
        parts = value.splitlines() if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise UsageError(f"{name} must be a table of texts, not {value!r}", '"FROM" = "TO" per line')
        pairs = [_split(name, part) for part in parts]
    for before, after in pairs:
        if not before:
            raise UsageError(f"{name}: FROM is empty in {before + '=' + str(after)!r}", EXAMPLE)
        if not isinstance(after, str):
            raise UsageError(f"{name}: TO must be a string, not {after!r}", '"FROM" = "TO"')
    return dict(pairs)


def _split(name: str, pair: str) -> tuple[str, str]:
    """Split FROM=TO at its first =, or at the second if FROM is = itself."""
    at = pair.find("=", 1)
    if at < 0:
        if pair.startswith("="):
            return "", pair[1:]
        raise UsageError(f"{name}: {pair!r} is not FROM=TO", EXAMPLE)
    return pair[:at], pair[at + 1 :]
