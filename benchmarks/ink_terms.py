"""Databases of ink that bundled models learned from: where they are, who made them, and their terms."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ink:
    """A database of ink and its terms."""

    title: str
    source: str
    citation: str
    terms: str
    spdx: str  # of the terms, as model hubs know them
    free: bool  # whether anyone may use what is learned from it, for any purpose


INKS = {
    "iam-ondb": Ink(
        title="IAM On-Line Handwriting Database (IAM-OnDB)",
        source="https://fki.tic.heia-fr.ch/databases/iam-on-line-handwriting-database",
        citation=(
            "M. Liwicki and H. Bunke, IAM-OnDB: an on-line English sentence database acquired from "
            "handwritten text on a whiteboard, Proc. 8th Int. Conf. on Document Analysis and Recognition "
            "(ICDAR), 2005, pp. 956-961"
        ),
        terms="non-commercial research; publications cite the paper",
        spdx="other",
        free=False,
    ),
    "unipen": Ink(
        title="UNIPEN train_r01_v07",
        source="https://zenodo.org/records/1195803",
        citation=(
            "I. Guyon, L. Schomaker, R. Plamondon, M. Liberman and S. Janet, UNIPEN project of on-line data "
            "exchange and recognizer benchmarks, Proc. 12th Int. Conf. on Pattern Recognition (ICPR), 1994, "
            "pp. 29-33"
        ),
        terms="CC BY 4.0",
        spdx="cc-by-4.0",
        free=True,
    ),
}


def front_matter(inks: list[Ink], tags: list[str]) -> str:
    """Return the YAML with which a model card begins, as model hubs read it."""
    licence = (
        inks[0].spdx if len(inks) == 1 else next((one.spdx for one in inks if not one.free), inks[0].spdx)
    )
    lines = ["---", f"license: {licence}"]
    if licence == "other":
        lines += ["license_name: non-commercial-research", f"license_link: {inks[0].source}"]
    lines += ["library_name: hwcli", "tags:", *(f"- {tag}" for tag in ["handwriting", *tags]), "---"]
    return "\n".join(lines)


def terms(inks: list[Ink]) -> str:
    """Return the terms of weights learned from `inks`: the strictest of theirs."""
    bound = [one for one in inks if not one.free]
    return "; ".join(one.terms for one in bound or inks)


def described(inks: list[Ink]) -> str:
    """Return the sources and citations for a model card."""
    return "\n\n".join(f"{one.title}, <{one.source}>: {one.terms}.\n\n{one.citation}." for one in inks)
