"""The lines that a run trains and validates on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hwcli.alphabet import RARE, Alphabet
from hwcli.dataset.epochs.mixing import parse_weights
from hwcli.dataset.epochs.told_sources import ToldSources
from hwcli.dataset.line_texts import LineTexts, lines_to_write
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError


@dataclass(frozen=True)
class TrainingData:
    """Training and validation lines of a dataset; for synthesis, their texts and the alphabet."""

    dataset: Dataset
    train_lines: list[int]
    valid_lines: list[int]  # may be empty
    alphabet: Alphabet | None = None
    texts: LineTexts | None = None
    weights: Mapping[str, float] = field(default_factory=dict)  # of the sources of the training lines
    told: ToldSources | None = None  # for a network that is told the lines' sources

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        kind: str,
        alphabet: Alphabet | None = None,
        source_weight: str | None = None,
        sources: Sequence[str] | None = None,
    ) -> TrainingData:
        """Choose the lines for a network of this `kind`, prediction or synthesis.

        Sources whose weight in `source_weight` is 0 (see `parse_weights`) have no training lines.
        Synthesis leaves out the lines without text. Its alphabet is `alphabet`, if given, and the other
        characters that occur at least RARE times in the training lines. The network is told the `sources`
        and those of the training lines, unless they are None. HwError without lines or enough text.
        """
        train, valid = dataset.split("train"), dataset.split("valid")
        if not train:
            raise HwError(f"{dataset.path} has no training lines", f"its splits: {', '.join(dataset.splits)}")
        if kind == "synthesis":
            train, valid = lines_to_write(dataset)
        weights = parse_weights(source_weight, dataset, train)
        used = {name for name in dataset.by_source(train) if weights.get(name, 1.0) > 0}
        train = [line for line in train if dataset.sources[dataset.lines[line].source].name in used]
        told = None
        if sources is not None:
            told = ToldSources.of(dataset, list(dict.fromkeys([*sources, *dataset.by_source(train)])))
        if kind != "synthesis":
            return cls(dataset, train, valid, weights=weights, told=told)
        found = Alphabet.from_texts(dataset.lines[line].text or "" for line in train)
        alphabet = found if alphabet is None else alphabet.with_characters(found)
        if not alphabet:
            raise HwError(
                f"{dataset.path} has too little text for synthesis: no character occurs {RARE} times",
                "use more lines with text, or start from a synthesis model with --from",
            )
        texts = LineTexts.of(dataset, [*train, *valid], alphabet)
        return cls(dataset, train, valid, alphabet, texts, weights, told)

    def fingerprint(self) -> str:
        """Return a SHA-256 that changes with the units and the lines' splits, lengths, sources and texts."""
        parts: list[Any] = [
            self.dataset.normalisation, self.train_lines, self.valid_lines, self.dataset.starts.tolist()
        ]  # fmt: skip
        if len(self.dataset.sources) > 1:
            parts.append([self.dataset.sources[line.source].name for line in self.dataset.lines])
        if self.told is not None:
            parts.append(self.told.names)
        if self.texts is not None:
            parts.append([self.alphabet, [codes.tolist() for codes in self.texts.codes.values()]])
        return hashlib.sha256(repr(parts).encode()).hexdigest()
