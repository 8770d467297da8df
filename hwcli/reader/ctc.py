"""Connectionist temporal classification: how probable a text is, where its characters are, what else fits.

Graves et al. 2006, "Connectionist temporal classification", section 4. A text of n characters is a row of
2 n + 1 states, blank c0 blank c1 … blank: state 2 k is the blank before character k, state 2 k + 1 the
character. A path visits them in order, stays as long as it likes, and may leave out a blank between two
different characters. All probabilities are logarithms.

ANYTHING is a character that no class stands for, such as a sign that the network has not learned: it shows
whatever is likeliest in a frame, so that the ink of such a sign is not taken for that of its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BLANK = 0
ANYTHING = -1
UNLIKELY = -9.0  # log-probability that an alternative must reach in a frame to be considered
ELSEWHERE = -14.0  # log-probability of a state in a frame below which it is not looked for there
BLOCK = 12  # characters whose alternatives are computed together


@dataclass(frozen=True)
class Lattice:
    """All paths of a text through the frames of a line.

    >>> logs = np.log([[0.6, 0.4], [0.4, 0.6]])  # two frames; blank and one character
    >>> lattice = Lattice.of(logs, np.array([1]))
    >>> round(float(np.exp(lattice.log_likelihood)), 4)  # 1 - P(blank twice)
    0.76
    """

    logs: FloatArray  # (frames, classes)
    codes: IntArray  # (n,) classes of the characters, or ANYTHING; none of them BLANK
    forward: FloatArray  # (frames, states): of all that leads to a state, its own frame included
    backward: FloatArray  # (frames, states): of all that follows it, its own frame excluded

    @classmethod
    def of(cls, logs: FloatArray, codes: IntArray) -> Lattice:
        """Sum over the paths of the text `codes`, forward and backward."""
        states = np.full(2 * len(codes) + 1, BLANK)
        states[1::2] = codes
        emitted = _emitted(logs, states)
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

    `others`, (m,), are the classes that were considered: those that are not unlikely in all frames.
    """

    others: IntArray
    changed: FloatArray  # (n, m): character k replaced; -inf for itself
    inserted: FloatArray  # (n + 1, m): a character inserted before k
    deleted: FloatArray  # (n,): character k left out

    @classmethod
    def of(cls, lattice: Lattice) -> Edits:
        """Sum over the paths of every text that differs by one character from that of `lattice`.

        A part of the text is only looked for in the frames where it may be at all (ELSEWHERE).
        """
        n = len(lattice.codes)
        others = 1 + np.flatnonzero((lattice.logs[:, 1:] > UNLIKELY).any(0))
        gaps = _Gaps.of(lattice)
        changed = np.full((n, len(others)), -np.inf)
        inserted = np.full((n + 1, len(others)), -np.inf)
        for first in range(0, n + 1, BLOCK):
            block = slice(first, min(first + BLOCK, n + 1))
            changed[first : min(first + BLOCK, n)], inserted[block] = gaps.replaced(block, others)
        total = lattice.log_likelihood
        changed[lattice.codes[:, None] == others] = -np.inf
        return cls(others, changed - total, inserted - total, gaps.deleted() - total)


@dataclass(frozen=True)
class _Gaps:
    """The places between the characters of a lattice's text, gap k before character k, and after the last.

    A new character is entered from a gap's blank or from the character before it, unless that is the same.
    """

    lattice: Lattice
    blanks: FloatArray  # (frames, n + 1): forward, of the gap's blank
    before: FloatArray  # (frames, n + 1): forward, of the character before it
    to_blank: FloatArray  # (frames, n + 1): what follows if the next frame is in the gap's blank
    to_character: FloatArray  # (frames, n + 1): if it is in the character behind it

    @classmethod
    def of(cls, lattice: Lattice) -> _Gaps:
        logs, codes, backward = lattice.logs, lattice.codes, lattice.backward
        frames, n = len(logs), len(codes)
        never = np.full((frames, 1), -np.inf)
        to_blank, to_character = np.full((2, frames, n + 1), -np.inf)
        to_blank[:-1] = logs[1:, BLANK, None] + backward[1:, ::2]
        to_blank[-1, n] = 0.0  # the text may end here
        to_character[:-1, :n] = _emitted(logs, codes)[1:] + backward[1:, 1::2]
        before = np.concatenate([never, lattice.forward[:, 1::2]], 1)
        return cls(lattice, lattice.forward[:, ::2], before, to_blank, to_character)

    def replaced(self, block: slice, others: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return log-probabilities with one of `others` for a character, and before it, in gaps `block`."""
        lattice, codes = self.lattice, self.lattice.codes
        here = self._frames(block)
        logs = lattice.logs[here][:, others]
        old = np.concatenate([[BLANK], codes, [BLANK]])
        left = old[:-1][block]
        entered = _joined(self.blanks[here, block], self.before[here, block], left, others)
        inside = np.empty_like(entered)
        inside[0] = logs[0]
        if here.start:
            last = slice(here.start - 1, here.start)
            inside[0] += _joined(self.blanks[last, block], self.before[last, block], left, others)[0]
        else:  # before the first frame, only the first gap is there
            inside[0, 0 if block.start else 1 :] = -np.inf
        for t in range(1, len(inside)):
            np.logaddexp(inside[t - 1], entered[t - 1], out=inside[t])
            inside[t] += logs[t]
        after = slice(block.start + 1, min(block.stop + 1, len(codes) + 1))
        behind = _joined(self.to_blank[here, after], self.to_character[here, after], old[1:][after], others)
        again = _joined(self.to_blank[here, block], self.to_character[here, block], old[1:][block], others)
        count = after.stop - after.start
        changed: FloatArray = np.logaddexp.reduce(inside[:, :count] + behind, 0)
        inserted: FloatArray = np.logaddexp.reduce(inside + again, 0)
        return changed, inserted

    def deleted(self) -> FloatArray:
        """Return the log-probabilities of the text without each of its characters, (n,)."""
        lattice, codes = self.lattice, self.lattice.codes
        n = len(codes)
        if not n:
            return np.zeros(0)
        same = np.concatenate([[BLANK], codes[:-1]]) == np.concatenate([codes[1:], [BLANK]])
        reached = np.where(same, self.blanks[:, :-1], np.logaddexp(self.blanks, self.before)[:, :-1])
        skipped = np.full_like(reached, -np.inf)
        skipped[:, :-1] = self.to_character[:, 1:n]
        reached[-1, -1] = np.logaddexp(self.blanks[-1, n - 1], self.before[-1, n - 1])
        skipped[-1, -1] = 0.0
        sums: FloatArray = np.logaddexp.reduce(reached + skipped, 0)
        if n > 1:  # the second character may be there from the first frame on
            second = _emitted(lattice.logs[:1], codes[1:2])[0, 0]
            sums[0] = np.logaddexp(sums[0], second + lattice.backward[0, 3])
        return sums

    def _frames(self, block: slice) -> slice:
        """Return the frames in which the characters around the gaps `block` may be."""
        lattice = self.lattice
        states = slice(max(2 * block.start - 2, 0), 2 * block.stop + 2)
        posterior = lattice.forward[:, states] + lattice.backward[:, states] - lattice.log_likelihood
        likely = np.flatnonzero((posterior > ELSEWHERE).any(1))
        return slice(int(likely[0]), int(likely[-1]) + 1)


def _joined(always: FloatArray, unless_same: FloatArray, old: IntArray, others: IntArray) -> FloatArray:
    """Return (frames, gaps, others): the sum of both ways (frames, gaps), but not `unless_same` to itself."""
    either = np.logaddexp(always, unless_same)
    return np.where(old[:, None] == others, always[:, :, None], either[:, :, None])


def _emitted(logs: FloatArray, states: IntArray) -> FloatArray:
    """Return the log-probability of each of `states` in each frame, (frames, states)."""
    emitted = logs[:, states]
    emitted[:, states == ANYTHING] = logs.max(1, keepdims=True)
    return emitted


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
