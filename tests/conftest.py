"""Fixtures and settings that several folders of tests share."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest
from hypothesis import settings

from handmade import SHARED_DATA

# CI always tries the same examples, so no unrelated change fails there; elsewhere seeds are random.
settings.register_profile("ci", deadline=None, max_examples=40, derandomize=True)
settings.register_profile("dev", deadline=None, max_examples=40)
settings.register_profile("explore", deadline=None, max_examples=300)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_addoption(parser):
    """Add `--bless`, which rewrites the golden pictures: look at them before committing them."""
    parser.addoption("--bless", action="store_true", help="rewrite the golden pictures")


def pytest_collection_modifyitems(items):
    """Skip tests marked `cairo` where the system's cairo library, which pip cannot install, is missing."""
    try:
        import cairosvg  # noqa: F401 - tests whether it can be imported
    except (ImportError, OSError):
        skip = pytest.mark.skip(reason="cairo is not installed (Debian: apt install libcairo2)")
        for item in items:
            if item.get_closest_marker("cairo"):
                item.add_marker(skip)


WITHOUT_TORCH = "PyTorch is not installed"
LACKS_TORCH = ("No module named 'torch'", "import of torch halted", "torch is not installed")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Skip a file of tests that imports PyTorch where it is not installed; no file need say so itself."""
    report = yield
    if report.failed and lacks_torch(str(report.longrepr)):
        report.outcome, report.longrepr = "skipped", (str(collector.path), None, f"Skipped: {WITHOUT_TORCH}")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Skip a test that comes to need PyTorch where it is not installed: in an import, or in a command."""
    report = yield
    if report.failed and lacks_torch(str(call.excinfo.value)):
        path, line, _ = item.location
        report.outcome, report.longrepr = "skipped", (path, line, f"Skipped: {WITHOUT_TORCH}")
    return report


def lacks_torch(why: str) -> bool:
    """Whether something failed because PyTorch is not installed."""
    return find_spec("torch") is None and any(words in why for words in LACKS_TORCH)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """A headless Chromium, if it is installed, for all tests of a module."""
    from browser import Browser

    browser = Browser(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def iam():
    """The folder of the real IAM-OnDB, if it lies beside the repository."""
    folder = SHARED_DATA / "iam-ondb"
    if not folder.is_dir():
        pytest.skip("IAM-OnDB not found (expected at shared/data/iam-ondb beside the repository)")
    return folder
