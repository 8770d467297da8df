"""Relative links and file names in the documentation: files and headings exist."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("hwcli/weights/*.md")])
CODE = re.compile(r"^```.*?^```", re.M | re.S)


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", page.read_text("utf-8")), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_exist(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", CODE.sub("", page.read_text("utf-8")))
    assert [link for link in links if "://" not in link and not leads_somewhere(page, link)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_files_exist(page: Path) -> None:
    named = re.findall(r"\b(?:hwcli|renderers|benchmarks|tests)/[a-z_./-]+\.\w+", page.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def is_address(link: str) -> bool:
    """Whether an external link is well formed. No test asks the network whether it leads somewhere."""
    url = urlsplit(link)
    return (
        url.scheme in ("https", "http") and re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", url.netloc) is not None
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_external_links_are_addresses(page: Path) -> None:
    text = CODE.sub("", page.read_text("utf-8"))
    links = re.findall(r"\]\((\w+://[^)]*)\)|<(\w+://[^>]*)>", text)
    assert [link for pair in links for link in pair if link and not is_address(link)] == []


@pytest.mark.parametrize(
    "link", ["https://arxiv", "htps://arxiv.org", "https:///arxiv.org", "https://a b.org"]
)
def test_broken_addresses_are_found(link: str) -> None:
    assert not is_address(link)


@pytest.mark.parametrize("link", ["missing.md", "README.md#missing"])
def test_broken_links_are_found(link: str) -> None:
    assert not leads_somewhere(ROOT / "README.md", link)


def test_readme_links_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    pages = [*ROOT.glob("docs/**/*.md"), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    assert [page.name for page in pages if f"({page.relative_to(ROOT).as_posix()})" not in readme] == []
