"""The seed of samples: drawn at random if none is given."""

from __future__ import annotations

import secrets


def fresh_seed() -> int:
    """Draw a seed, short enough to type."""
    return secrets.randbelow(2**32)


def checked_seed(seed: int | None, count: int, first_number: int) -> int:
    """Return `seed`, or a fresh one for None; ValueError if one of the numbers is out of range."""
    seed = fresh_seed() if seed is None else seed
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed must be from 0 to 2^63 - 1, not {seed}")
    for name, number, least in (("count", count, 1), ("first_number", first_number, 0)):
        if number < least:
            raise ValueError(f"{name} must be at least {least}, not {number}")
    return seed
