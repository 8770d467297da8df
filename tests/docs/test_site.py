"""docs/site/conf.py: the site builds without a warning, its links hold, and it needs no network."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from browser import Browser

ROOT = Path(__file__).parents[2]
for module in ("sphinx", "myst_parser", "furo", "math_core"):
    pytest.importorskip(module, reason="the extra docs is not installed")


def build(source: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sphinx", "-q", *options, "-c", str(ROOT / "docs" / "site")]
    return subprocess.run([*command, str(source), str(out)], capture_output=True, text=True, check=False)


class Page(HTMLParser):
    """The links, anchors and loaded files of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.loaded: list[str] = []
        self.formulas = 0
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {given["id"] or ""} if "id" in given else set()
        self.formulas += tag == "math"
        if tag == "a" and given.get("href"):
            self.links.append(given["href"] or "")
        elif tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.loaded.append(given.get("href") or "")
        elif given.get("src"):
            self.loaded.append(given["src"] or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    done = build(ROOT, out, "-W", "--keep-going")
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html")}


def test_every_page_is_built_and_reached_from_the_first(pages: dict[Path, Page], site: Path) -> None:
    sources = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("hwcli/weights/*.md")]
    wanted = {site / path.relative_to(ROOT).with_suffix(".html") for path in sources}
    assert wanted <= set(pages)
    linked = {(site / urlsplit(link).path).resolve() for link in pages[site / "index.html"].links}
    assert wanted - linked - {site / "README.html"} == set()


def test_every_link_leads_somewhere(pages: dict[Path, Page]) -> None:
    broken = []
    for path, page in pages.items():
        for link in page.links:
            url = urlsplit(link)
            if url.scheme:
                continue
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            held = not url.fragment or target.suffix != ".html" or url.fragment in pages[target].anchors
            if not target.is_file() or not held:
                broken.append((path.name, link))
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(pages: dict[Path, Page], site: Path) -> None:
    for path, page in pages.items():
        assert page.loaded
        for name in page.loaded:
            url = urlsplit(name)
            assert not url.scheme, name
            assert not url.netloc, name
            assert (path.parent / unquote(url.path)).is_file(), name
    for sheet in site.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//[^)]*", sheet.read_text("utf-8")) == []


def test_formulas_are_mathml(pages: dict[Path, Page], site: Path) -> None:
    path = site / "docs" / "explanation.html"
    assert pages[path].formulas > 50
    assert "<mtable" in path.read_text("utf-8")  # aligned lines
    assert pages[site / "docs" / "drawing.html"].formulas == 0


def test_pages_from_a_file_fit_every_screen_and_request_nothing_else(chromium: Browser, site: Path) -> None:
    for width in (400, 1280):
        chromium.screen(width, 900)
        for name in ("index", "docs/explanation", "docs/results", "docs/reference/settings"):
            chromium.driver.get((site / f"{name}.html").as_uri())
            root = "document.documentElement"
            assert chromium.run(f"return {root}.scrollWidth <= {root}.clientWidth"), (name, width)
    assert [url for url in chromium.requests() if not url.startswith(("file://", "data:", "chrome"))] == []
    assert chromium.complaints() == []


def test_search_works_from_a_file(chromium: Browser, site: Path) -> None:
    chromium.driver.get(f"{(site / 'search.html').as_uri()}?q=torchrun")
    results = "return [...document.querySelectorAll('#search-results li a')].map(a => a.href)"
    found = chromium.until(lambda: chromium.run(results))
    chromium.until(lambda: any("docs/training.html" in url for url in chromium.run(results)))
    assert all(url.startswith("file://") for url in found)
    assert chromium.complaints() == []


@pytest.mark.parametrize("link", ["missing.md", "CHANGELOG.md#missing"])
def test_a_broken_link_is_found(tmp_path: Path, link: str) -> None:
    (tmp_path / "README.md").write_text(f"# A page\n\n[A link]({link})\n")
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n")
    done = build(tmp_path, tmp_path / "out")
    assert re.search(r"README.md.*WARNING.*missing", done.stderr), done.stderr


def test_a_formula_with_an_unknown_command_is_found(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# A page\n\nWhat is $\\sigmo$?\n")
    done = build(tmp_path, tmp_path / "out")
    assert done.returncode != 0
    assert "sigmo" in done.stderr
