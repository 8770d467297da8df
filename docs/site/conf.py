"""The site: the Markdown pages as HTML that needs no network.

Build it with `sphinx-build -W -c docs/site . build/site`. The pages are read as they are: the repository and
the site show one text. `-W` makes a link to a page or a heading that does not exist an error.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from math_core import LatexToMathML
from sphinx.application import Sphinx

project = "hw"
author = "hw contributors"
copyright = author

extensions = ["myst_parser"]
root_doc = "README"
include_patterns = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/**.md", "hwcli/weights/*.md"]
exclude_patterns = [".*", "build", "dist", "runs", "datasets"]

myst_enable_extensions = ["dollarmath"]
myst_dmath_allow_digits = False  # $5 and $6 are prices
myst_dmath_allow_space = False
myst_fence_as_directive = {"math"}  # as GitHub writes displayed formulas
myst_heading_anchors = 4  # GitHub's

html_theme = "furo"
html_title = "hw"
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False
html_show_search_summary = False  # a page opened from a file may not fetch others
html_static_path = ["style.css"]
html_css_files = ["style.css"]
pygments_style = "friendly"
highlight_language = "text"  # of blocks that name none

CARDS = sorted((Path(__file__).parents[2] / "hwcli" / "weights").glob("*.md"))
# Kinds of pages, and the pages of each with their names in the navigation.
NAVIGATION = {
    "Tutorials": {
        "docs/guide": "Guide",
        "docs/letter": "A letter, from text to paper",
        "docs/own-hand": "Your own hand",
    },
    "How to": {
        "docs/text": "Write text",
        "docs/drawing": "Draw ink, films, plots",
        "docs/pipelines": "Use pipes",
        "docs/sources": "Combine sources of ink",
        "docs/training": "Train",
        "docs/export": "Export a page or a graph",
        "docs/plugins": "Write plug-ins",
    },
    "Reference": {
        "docs/reference/commands": "Commands",
        "docs/reference/settings": "Settings",
        "docs/formats": "Files",
        "docs/api": "Python",
        "CHANGELOG": "Changes",
    },
    "Explanation": {
        "docs/explanation": "How it works",
        "docs/architecture": "Architecture",
        "docs/decisions": "Decisions",
        "CONTRIBUTING": "Contributing",
    },
    "Pictures and figures": {
        "docs/gallery": "Gallery",
        "docs/results": "Results",
        "docs/experiments": "Experiments",
        "docs/lab": "Superseded experiments",
    },
    "Models": {f"hwcli/weights/{card.stem}": card.stem for card in CARDS},
}

_formulas = LatexToMathML(annotation=True)  # a copied formula is its source


def setup(app: Sphinx) -> None:
    """Register what the pages need beside Sphinx and MyST."""
    app.add_html_math_renderer("mathml", (_inline_formula, None), (_displayed_formula, None))
    app.connect("source-read", _with_navigation)
    app.connect("build-finished", _write_index)


def _with_navigation(app: Sphinx, page: str, source: list[str]) -> None:
    """Add the navigation to the first page, which GitHub shows without."""
    if page == root_doc:
        for kind, pages in NAVIGATION.items():
            entries = "\n".join(f"{title} </{name}>" for name, title in pages.items())
            source[0] += f"\n\n```{{toctree}}\n:hidden:\n:caption: {kind}\n\n{entries}\n```\n"


def _write_index(app: Sphinx, error: Exception | None) -> None:
    """Copy the first page to where browsers and servers look for it."""
    if error is None and app.builder.name == "html":
        (app.outdir / "index.html").write_bytes((app.outdir / "README.html").read_bytes())


def _inline_formula(translator: Any, node: nodes.math) -> None:
    translator.body.append(_formulas.convert_with_local_state(node.astext(), displaystyle=False))
    raise nodes.SkipNode


def _displayed_formula(translator: Any, node: nodes.math_block) -> None:
    formula = _formulas.convert_with_local_state(node.astext(), displaystyle=True)
    translator.body.append(f'<div class="formula">{formula}</div>')
    raise nodes.SkipNode
