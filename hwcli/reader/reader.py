"""A reader of ink: what a line says, how sure that is, and what it says in place of its text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from hwcli.alphabet import Alphabet
from hwcli.engine.threads import one_blas_thread
from hwcli.errors import HwError
from hwcli.model.reader_file import ReaderFile
from hwcli.reader import picture_engine
from hwcli.reader.belonging import points_of_characters
from hwcli.reader.ctc import ANYTHING, Edits, Lattice, best_path
from hwcli.reader.engine import ReaderWeights, classify
from hwcli.reader.ink_lines import split_lines
from hwcli.reader.pen_path import Features, PenPath
from hwcli.reader.picture import picture
from hwcli.reader.picture_engine import PictureWeights
from renderers.ink import Ink

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
LONGEST = 400  # characters of a line at most: what else it may say takes time and memory
KEPT = 10_000  # frames of lines that are remembered, some 10 MB: a page, as each line is asked about again

Classified = tuple[PenPath, Features, FloatArray]  # log-probabilities (frames, classes)


@dataclass(frozen=True, eq=False)
class Reading:
    """What a line of ink says."""

    text: str
    confidence: float  # from 0 to 1: geometric mean over the characters
    confidences: FloatArray  # (characters,): that no other character, or none, stands there
    characters: (
        IntArray  # (points,): position in `text` of the character that each point belongs to; -1: none
    )


@dataclass(frozen=True)
class Doubt:
    """A character of a text that the ink may not show."""

    place: int  # position in the text, from 0
    reads_as: str  # what stands there: another character, none, or one more `before` or `after` it
    gain: float  # how much more probable that makes the text, in nats
    before: bool = False
    after: bool = False  # only of the last character

    @property
    def replaces(self) -> bool:
        """Whether it replaces the character by another."""
        return bool(self.reads_as) and not (self.before or self.after)


@dataclass(frozen=True, eq=False)
class Comparison:
    """A line of ink beside the text that it should say."""

    log_likelihood: float  # of the text, in nats; -inf if the ink has no room for it
    doubts: tuple[Doubt, ...]  # every change that gains more than was asked for, in the text's order


class Reader:
    """A network that reads ink, line by line, in NumPy. A line is read alike whatever else is read.

    It follows the path of the pen or, if it `looks`, sees a picture of the line, as the second network in the
    files of some readers does.
    """

    def __init__(self, file: ReaderFile, name: str, looks: bool = False) -> None:
        self.file, self.name = file, name
        self._of_pictures = PictureWeights(file.pictures) if looks else None
        self._weights = None if looks else ReaderWeights.of(file.shape, file.tensors)
        self._kept: dict[tuple[bytes, bytes], Classified] = {}  # the last one asked for comes last
        self._lock = Lock()  # of these: samples are judged in several threads

    def __repr__(self) -> str:
        s, looks = self.file.shape, self._of_pictures is not None
        network = "pictures" if looks else f"{s.layers} x {s.hidden}"
        return f"<Reader {self.name}: {network}, {self.file.parameters:,} weights>"

    @cached_property
    def pictures(self) -> Reader | None:
        """The reader that looks at pictures, if the file has one: a second opinion."""
        if not self.file.pictures or self._of_pictures is not None:
            return None
        return Reader(self.file, self.name, looks=True)

    @property
    def alphabet(self) -> Alphabet:
        """The characters that it knows."""
        return self.file.alphabet

    def knows(self, text: str) -> bool:
        """Return whether it knows every character of `text`, or one that is near enough."""
        return all(self.alphabet.nearest(c) is not None for c in unicodedata.normalize("NFC", text))

    def read(self, ink: Ink) -> Reading:
        """Read one line of ink.

        Raises HwError for ink without a point or finite size, and for what is far too long to be a line.
        """
        path, features, logs = self._classified(ink)
        codes, text = self._spelt(logs)
        if len(codes) > LONGEST:
            raise HwError(f"this ink is not a line of handwriting: it reads as {len(codes):,} characters")
        lattice = Lattice.of(logs, codes)
        sure = _confidences(lattice)
        characters = points_of_characters(features, path, lattice.places(), text)
        # what a path spells may begin and end with spaces, or have several in a row
        kept = [
            k for k, c in enumerate(text) if c != " " or (text[:k].strip() and text[k + 1 : k + 2].strip())
        ]
        place = np.full(len(text) + 1, -1)
        place[kept] = np.arange(len(kept))
        confidence = float(np.exp(np.log(sure[kept]).mean())) if kept else 0.0
        return Reading("".join(text[k] for k in kept), confidence, sure[kept], place[characters])

    def text_of(self, ink: Ink) -> str:
        """Return the text that `read` reads, however long, and nothing that takes longer to know.

        Raises HwError for ink without a point or finite size.
        """
        return " ".join(self._spelt(self._classified(ink)[2])[1].split())

    def read_lines(self, ink: Ink) -> Reading:
        """Read ink of one or several lines, with a line feed between them. Raises HwError as `read` does."""
        parts = [self.read(line) for line in split_lines(ink)]
        if len(parts) == 1:
            return parts[0]
        starts = np.cumsum([0, *(len(part.text) + 1 for part in parts)])
        characters = [
            np.where(part.characters < 0, -1, part.characters + start)
            for part, start in zip(parts, starts, strict=False)
        ]
        sure = np.concatenate([part.confidences for part in parts])
        confidence = float(np.exp(np.log(sure).mean())) if len(sure) else 0.0
        text = "\n".join(part.text for part in parts)
        return Reading(text, confidence, sure, np.concatenate(characters))

    def compare(self, ink: Ink, text: str, gain: float = 0.0) -> Comparison:
        """Compare a line of ink with the `text` that it should say; list every change with more `gain`.

        Characters that the reader does not know count as their nearest (`Alphabet.nearest`), or as anything
        if that is several; those without any are passed over. Raises HwError as `read` does, and for text
        that is far too long for a line.
        """
        logs = self._classified(ink)[2]
        codes, places = self._encoded(text)
        if len(codes) > len(logs):
            return Comparison(-np.inf, ())
        if len(codes) > LONGEST:
            raise HwError(f"a line of {len(codes):,} characters is too long to be read")
        lattice = Lattice.of(logs, codes)
        if not np.isfinite(lattice.log_likelihood):
            return Comparison(-np.inf, ())
        return Comparison(lattice.log_likelihood, tuple(self._doubts(lattice, places, gain)))

    def log_likelihoods(self, ink: Ink, texts: Sequence[str]) -> list[float]:
        """Return how probable each of `texts` is in nats, as `compare` does; -inf also for an empty one.

        Raises HwError as `read` does.
        """
        logs = self._classified(ink)[2]
        return [
            Lattice.of(logs, self._encoded(text)[0]).log_likelihood if text.strip() else -np.inf
            for text in texts
        ]

    def align(self, ink: Ink, text: str) -> tuple[float, IntArray]:
        """Return how probable `text` is in nats, and each point's position in it (-1: none), (points,).

        A text that the ink has no room for is at -inf, and no point belongs to it. Raises HwError as `read`
        does.
        """
        path, features, logs = self._classified(ink)
        codes, places = self._encoded(text)
        lattice = Lattice.of(logs, codes) if len(codes) <= len(logs) else None
        if lattice is None or not np.isfinite(lattice.log_likelihood):
            return -np.inf, np.full(len(ink), -1)
        spelt = "".join(text[place] for place in places)
        found = points_of_characters(features, path, lattice.places(), spelt)
        return lattice.log_likelihood, np.append(places, -1)[found]

    def characters(self, ink: Ink, text: str) -> IntArray:
        """Return the position in `text` of the character that each point of a line belongs to; -1: none.

        Raises HwError as `compare` does, and if the ink has no room for the text.
        """
        log_likelihood, places = self.align(ink, text)
        if not np.isfinite(log_likelihood):
            raise HwError("there is less ink than the text needs")
        return places

    def _doubts(self, lattice: Lattice, places: IntArray, gain: float) -> list[Doubt]:
        edits = Edits.of(lattice)
        names = [self.alphabet.characters[code - 1] for code in edits.others]
        found = [
            Doubt(int(places[k]), "", float(edits.deleted[k])) for k in np.flatnonzero(edits.deleted > gain)
        ]
        for added, gains in ((False, edits.changed), (True, edits.inserted)):
            for k, m in zip(*np.nonzero(gains > gain), strict=True):
                after = bool(k == len(places))
                place, before = int(places[k - after]), added and not after
                found.append(Doubt(place, names[m], float(gains[k, m]), before, after))
        return sorted(found, key=lambda doubt: doubt.place)

    def _spelt(self, logs: FloatArray) -> tuple[IntArray, str]:
        """Return the classes and the characters of the most probable path, with all its spaces."""
        codes = best_path(logs)
        return codes, "".join(self.alphabet.characters[code - 1] for code in codes)

    def _classified(self, ink: Ink) -> Classified:
        """Return what the network makes of a line; lines of late are remembered (KEPT)."""
        key = ink.points.tobytes(), ink.ends.tobytes()
        with self._lock:
            known = self._kept.pop(key, None)
        if known is None:
            path = PenPath.of(ink)
            features = path.features()
            known = path, features, self._logs(path, features)
        with self._lock:
            self._kept[key] = known
            while len(self._kept) > 1 and sum(len(logs) for *_, logs in self._kept.values()) > KEPT:
                del self._kept[next(iter(self._kept))]
        return known

    def _logs(self, path: PenPath, features: Features) -> FloatArray:
        """Return the log-probabilities of a line, (frames, classes)."""
        with one_blas_thread():
            if self._of_pictures is not None:
                return picture_engine.classify(self._of_pictures, picture(path))
            assert self._weights is not None
            return classify(self._weights, features.rows)

    def _encoded(self, text: str) -> tuple[IntArray, IntArray]:
        """Return the classes of `text`, without needless spaces, and their positions in it."""
        codes, places = [], []
        for place, character in enumerate(text):
            if character.isspace() and (not text[:place].strip() or text[place - 1].isspace()):
                continue
            near = self.alphabet.nearest(unicodedata.normalize("NFC", character))
            if near:
                codes.append(1 + self.alphabet.numbers[near] if len(near) == 1 else ANYTHING)
                places.append(place)
        if not codes:
            raise HwError(f"the reader {self.name} knows none of the characters of {text!r}")
        return np.array(codes, np.int64), np.array(places, np.int64)


def _confidences(lattice: Lattice) -> FloatArray:
    """Return, for each character, its probability beside all texts that differ from it there."""
    edits = Edits.of(lattice)
    others = np.logaddexp(np.logaddexp.reduce(edits.changed, 1, initial=-np.inf), edits.deleted)
    sure: FloatArray = 1 / (1 + np.exp(np.clip(others, None, 500)))
    return sure
