"""Connectionist temporal classification: how probable a text is, where its characters are, what else fits.

Graves et al. 2006, "Connectionist temporal classification", section 4. A text of n characters is a row of
2 n + 1 states, blank c0 blank c1 … blank: state 2 k is the blank before character k, state 2 k + 1 the
character. A path visits them in order, stays as long as it likes, and may leave out a blank between two
different characters. All probabilities are logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BLANK = 0
UNLIKELY = -9.0  # log-probability that an alternative must reach in a frame to be considered


@dataclass(frozen=True)
class Lattice:
    """All paths of a text through the frames of a line.

    >>> logs = np.log([[0.6, 0.4], [0.4, 0.6]])  # two frames; blank and one character
    >>> lattice = Lattice.of(logs, np.array([1]))
    >>> round(float(np.exp(lattice.log_likelihood)), 4)  # 1 - P(blank twice)
    0.76
    """

    logs: FloatArray  # (frames, classes)
    codes: IntArray  # (n,) classes of the characters, none of them BLANK
    forward: FloatArray  # (frames, states): of all that leads to a state, its own frame included
    backward: FloatArray  # (frames, states): of all that follows it, its own frame excluded

    @classmethod
    def of(cls, logs: FloatArray, codes: IntArray) -> Lattice:
        """Sum over the paths of the text `codes`, forward and backward."""
        states = np.full(2 * len(codes) + 1, BLANK)
        states[1::2] = codes
        emitted = logs[:, states]
        with np.errstate(invalid="ignore"):  # of two impossible paths
            forward = _sums(emitted, states)
            backward = _sums(emitted[::-1, ::-1], states[::-1])[::-1, ::-1] - emitted
        return cls(logs, codes, forward, backward)

    @property
    def log_likelihood(self) -> float:
        """The log-probability of the text; -inf if it has more characters than there are frames."""
        return float(np.logaddexp.reduce(self.forward[-1, -2:]))

    def places(self) -> IntArray:
        """Return, for each character, the frame in which it is most probably, (n,)."""
        posterior = (self.forward + self.backward)[:, 1::2]
        places: IntArray = posterior.argmax(0)
        return places


def best_path(logs: FloatArray) -> IntArray:
    """Return the classes of the most probable path, without blanks and repetitions."""
    best = logs.argmax(1)
    kept: IntArray = best[(best != BLANK) & (np.diff(best, prepend=BLANK) != 0)]
    return kept


@dataclass(frozen=True)
class Edits:
    """How much more probable a text becomes by one change, as differences of log-probabilities.

    `others`, (m,), are the classes that were considered.
    """

    others: IntArray
    changed: FloatArray  # (n, m): character k replaced; -inf for itself
    inserted: FloatArray  # (n + 1, m): a character inserted before k
    deleted: FloatArray  # (n,): character k left out

    @classmethod
    def of(cls, lattice: Lattice) -> Edits:
        """Sum over the paths of every text that differs by one character from that of `lattice`."""
        logs, codes, forward, backward = lattice.logs, lattice.codes, lattice.forward, lattice.backward
        n, frames = len(codes), len(logs)
        others = 1 + np.flatnonzero((logs[:, 1:] > UNLIKELY).any(0))
        total = lattice.log_likelihood
        before = np.concatenate([[BLANK], codes])  # the character before each gap
        after = np.concatenate([codes, [BLANK]])
        blanks, characters = forward[:, ::2], forward[:, 1::2]  # (frames, n + 1), (frames, n)
        from_character = np.concatenate([np.full((frames, 1), -np.inf), characters], 1)
        # what follows if the next frame is in a gap's blank, or in the character behind it
        ahead = np.full((2, frames, n + 1), -np.inf)
        ahead[0, :-1] = logs[1:, BLANK, None] + backward[1:, ::2]
        ahead[1, :-1, :n] = logs[1:, codes] + backward[1:, 1::2]
        new_after = after[:, None] == others
        new_before = before[:, None] == others

        entered = np.where(
            new_before, blanks[:, :, None], np.logaddexp(blanks, from_character)[:, :, None]
        )  # (frames, n + 1, m)
        inside = np.full((frames, n + 1, len(others)), -np.inf)
        inside[0, 0] = logs[0, others]
        for t in range(1, frames):
            np.logaddexp(inside[t - 1], entered[t - 1], out=inside[t])
            inside[t] += logs[t, others]
        left = np.where(new_after, ahead[0][:, :, None], np.logaddexp(ahead[0], ahead[1])[:, :, None])
        left[-1, n] = 0.0  # the text may end here
        changed = np.logaddexp.reduce(inside[:, :-1] + left[:, 1:], 0) - total
        changed[codes[:, None] == others] = -np.inf
        inserted = np.logaddexp.reduce(inside + left, 0) - total
        same = before[:-1] == np.concatenate([codes[1:], [BLANK]]) if n else np.zeros(0, bool)
        reached = np.where(same, blanks[:, :-1], np.logaddexp(blanks, from_character)[:, :-1])
        skipping = np.concatenate([ahead[1][:, 1:n], np.full((frames, 1), -np.inf)], 1)
        if n:
            reached[-1, -1] = np.logaddexp(blanks[-1, n - 1], from_character[-1, n - 1])
            skipping[-1, -1] = 0.0
        deleted = np.logaddexp.reduce(reached + skipping, 0)
        if n > 1:  # the second character may be there from the first frame on
            deleted[0] = np.logaddexp(deleted[0], logs[0, codes[1]] + backward[0, 3])
        deleted -= total
        return cls(others, changed, inserted, deleted)


def _sums(emitted: FloatArray, states: IntArray) -> FloatArray:
    """Return the forward sums (frames, states) of what the states emit, (frames, states)."""
    sums = np.full(emitted.shape, -np.inf)
    sums[0, :2] = emitted[0, :2]
    may_skip = np.zeros(len(states), bool)
    may_skip[2:] = (states[2:] != BLANK) & (states[2:] != states[:-2])
    never = np.where(may_skip, 0.0, -np.inf)
    moved = np.full((2, len(states)), -np.inf)
    for t in range(1, len(emitted)):
        last = sums[t - 1]
        moved[0, 1:], moved[1, 2:] = last[:-1], last[:-2]
        moved[1] += never
        sums[t] = np.logaddexp(np.logaddexp(last, moved[0]), moved[1]) + emitted[t]
    return sums
