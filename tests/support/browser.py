"""Headless Chromium for tests of pages: pointers, sizes of screens, downloads, and what is requested."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

QUIET = (
    "headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync",
    "disable-background-networking", "disable-component-update", "disable-dev-shm-usage",
)  # fmt: skip
OWN = ("chrome:", "chrome-untrusted:")  # the page of a new tab, which may still load when a test begins
PATIENCE = 30  # seconds that something may take


class Browser:
    """A browser with an empty profile in `folder`."""

    def __init__(self, folder: Path, denied: bool = False) -> None:
        webdriver = pytest.importorskip("selenium.webdriver")
        from selenium.webdriver.chrome.service import Service

        browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
        if not browser or not driver:
            pytest.skip("Chromium is not installed (Debian: apt install chromium chromium-driver)")
        options = webdriver.ChromeOptions()
        options.binary_location = browser
        for flag in (*QUIET, f"user-data-dir={folder / 'profile'}"):
            options.add_argument(f"--{flag}")
        if denied:  # cookies and all else that pages keep
            options.add_experimental_option("prefs", {"profile.default_content_setting_values.cookies": 2})
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(driver))
        self.driver.set_page_load_timeout(30)

    def close(self) -> None:
        self.driver.quit()

    def command(self, name: str, **parameters: Any) -> Any:
        """Send a command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(name, parameters)

    def run(self, code: str, *arguments: Any) -> Any:
        return self.driver.execute_script(code, *arguments)

    def screen(self, width: int, height: int, density: float = 1, phone: bool = False) -> None:
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=density, mobile=phone,
        )  # fmt: skip
        self.command("Emulation.setTouchEmulationEnabled", enabled=phone)

    def download_to(self, folder: Path) -> None:
        self.downloads = folder
        self.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))

    def media(self, **features: str) -> None:
        """Set features of CSS media, with _ for -: prefers_color_scheme="dark"."""
        rows = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.command("Emulation.setEmulatedMedia", features=rows)

    def until(self, holds: Callable[[], Any]) -> Any:
        """Return what `holds` returns, once that is true."""
        deadline = time.monotonic() + PATIENCE
        while not (found := holds()):
            assert time.monotonic() < deadline, "it never came to hold"
            time.sleep(0.02)
        return found

    # ---- pointers, at points of the page

    def pen(self, points: Sequence[Sequence[float]], force: float = 0.5) -> None:
        self._mouse(points, pointerType="pen", force=force)

    def mouse(self, points: Sequence[Sequence[float]]) -> None:
        self._mouse(points)

    def hover(self, point: Sequence[float]) -> None:
        """Hold a pen above the page."""
        self._mouse_event("mouseMoved", point, pointerType="pen")

    def pen_down(self, point: Sequence[float]) -> None:
        self._mouse_event("mousePressed", point, pointerType="pen", force=0.5, buttons=1)

    def pen_up(self, point: Sequence[float]) -> None:
        self._mouse_event("mouseReleased", point, pointerType="pen")

    def touch(self, points: Sequence[Sequence[float]]) -> None:
        self.touch_down(points)
        self.touch_up()

    def touch_down(self, points: Sequence[Sequence[float]]) -> None:
        """Put a finger down at the first point and drag it along the others."""
        for k, (x, y) in enumerate(points):
            type_ = "touchMove" if k else "touchStart"
            self.command("Input.dispatchTouchEvent", type=type_, touchPoints=[{"x": x, "y": y}])

    def touch_up(self, type: str = "touchEnd") -> None:
        self.command("Input.dispatchTouchEvent", type=type, touchPoints=[])

    def _mouse(self, points: Sequence[Sequence[float]], **how: Any) -> None:
        self._mouse_event("mousePressed", points[0], buttons=1, **how)
        for point in points[1:]:
            self._mouse_event("mouseMoved", point, buttons=1, **how)
        self._mouse_event("mouseReleased", points[-1], **how)

    def _mouse_event(self, type: str, point: Sequence[float], **how: Any) -> None:
        button = "none" if type == "mouseMoved" and not how.get("buttons") else "left"
        self.command(
            "Input.dispatchMouseEvent", type=type, x=point[0], y=point[1], button=button, clickCount=1, **how
        )

    # ---- what came of it

    def requests(self) -> list[str]:
        """Return the addresses that pages requested since the last call, without the browser's own."""
        events = [json.loads(row["message"])["message"] for row in self.driver.get_log("performance")]
        sent = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [url for url in sent if not url.startswith(OWN)]

    def complaints(self) -> list[str]:
        """Return the errors that the browser's console showed since the last call."""
        return [row["message"] for row in self.driver.get_log("browser") if row["level"] == "SEVERE"]

    def downloaded(self) -> Path:
        """Return the one file that was downloaded, once it is whole."""
        self.until(lambda: self.downloads.is_dir() and any(self.downloads.iterdir()))
        self.until(lambda: all(p.suffix != ".crdownload" for p in self.downloads.iterdir()))
        (path,) = self.downloads.iterdir()
        return path
