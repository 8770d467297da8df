"""The lines that a run trains and validates on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hwcli.alphabet import RARE, Alphabet
from hwcli.dataset.epochs.mixing import parse_weights
from hwcli.dataset.epochs.told_sources import ToldSources
from hwcli.dataset.folder.lines import SOURCE
from hwcli.dataset.line_texts import LineTexts, lines_to_write
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError
from hwcli.training.run.fingerprint import Listed, fingerprint


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
        train = [line for name, part in dataset.by_source(train).items() if name in used for line in part]
        train.sort()
        told = None
        if sources is not None:
            told = ToldSources.of(dataset, list(dict.fromkeys([*sources, *dataset.by_source(train)])))
        if kind != "synthesis":
            return cls(dataset, train, valid, weights=weights, told=told)
        found = Alphabet.from_texts(dataset.lines.texts(train))
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
        data, names = self.dataset, [one.name for one in self.dataset.sources]
        parts: list[Any] = [
            data.normalisation, Listed(self.train_lines), Listed(self.valid_lines),
            Listed(map(int, data.starts)),
        ]  # fmt: skip
        if len(names) > 1:
            parts.append(Listed(names[source] for source in data.lines.about[:, SOURCE]))
        if self.told is not None:
            parts.append(self.told.names)
        if self.texts is not None:
            codes = Listed(codes.tolist() for codes in self.texts)
            parts.append(Listed([self.alphabet, codes]))
        return fingerprint(parts)
