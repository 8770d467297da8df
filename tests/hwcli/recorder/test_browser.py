"""The page in headless Chromium, with synthetic pens, fingers, mice and keys."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from browser import Browser
from handmade import hw_here
from hwcli.ink_io.files import read_inks
from hwcli.recorder.page import page
from hwcli.recorder.prompts import PROMPTS

LAPTOP, PHONE = (1280, 800), (360, 640)
# strokes in pixels of the canvas
TICK = [(60, 60), (70.5, 75.25), (90.25, 30.5)]
BAR = [(100, 50), (140.5, 52.5)]
DOT = [(120, 30)]


# Waits until the browser has kept all that it was given: transactions end in the order in which they begin.
KEPT = """
const done = arguments[0];
try {
  const request = indexedDB.open("hw-hand-record");
  request.onerror = () => done();
  request.onsuccess = () => {
    const names = [...request.result.objectStoreNames];
    const close = () => { request.result.close(); done(); };
    if (names.length) request.result.transaction(names).objectStore(names[0]).count().onsuccess = close;
    else close();
  };
} catch { done(); }
"""


class Recorder:
    """A page of its own prompts, so that it shares no ink with those of other tests."""

    def __init__(self, browser: Browser, folder: Path, prompts: Sequence[str] = PROMPTS) -> None:
        self.browser, self.path = browser, folder / "record.html"
        self.prompts = (f"For {folder.name}", *prompts[1:])
        self.path.write_bytes(page(self.prompts))

    def open(self, width: int, height: int, phone: bool = False) -> Recorder:
        self.browser.media()
        self.browser.screen(width, height, density=2 if phone else 1, phone=phone)
        self.browser.download_to(self.path.parent / "saved")
        self.browser.driver.get(self.path.as_uri())
        return self.ready()

    def reload(self) -> Recorder:
        self.browser.driver.execute_async_script(KEPT)
        self.browser.driver.refresh()
        return self.ready()

    def ready(self) -> Recorder:
        self.browser.until(lambda: self.browser.run("return document.body?.dataset.ready"))
        return self

    def on_page(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """Return points of the canvas as points of the page."""
        left, top, *_ = self.box()
        return [(left + x, top + y) for x, y in points]

    def box(self) -> list[float]:
        """Left, top, width and height of the canvas on the page."""
        return self.browser.run(
            "const b = document.getElementById('canvas').getBoundingClientRect();"
            "return [b.left, b.top, b.width, b.height]"
        )

    def press(self, name: str) -> None:
        self.browser.driver.find_element("id", name).click()

    def read(self, name: str) -> str:
        """Return the text of an element, shown or not."""
        return self.browser.run("return document.getElementById(arguments[0]).textContent", name)

    def shown(self, name: str) -> bool:
        return self.browser.driver.find_element("id", name).is_displayed()

    def writing(self) -> str:
        return self.browser.run("return document.getElementById('canvas').getAttribute('aria-label')")

    def ink_pixels(self) -> int:
        """Return how many pixels of the canvas have the colour of ink."""
        return self.browser.run(
            "const c = document.getElementById('canvas');"
            "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
            "const hex = getComputedStyle(c).getPropertyValue('--ink').trim();"
            "const ink = [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));"
            "const isInk = (k) => d[k + 3] === 255 && ink.every((value, j) => value === d[k + j]);"
            "return [...Array(d.length / 4).keys()].filter((k) => isInk(4 * k)).length"
        )

    def picture(self) -> str:
        return self.browser.run("return document.getElementById('canvas').toDataURL()")

    def slide(self) -> float:
        return float(self.browser.run("return document.getElementById('canvas').dataset.slide"))

    def saved(self) -> Path:
        """Save the ink, and return the file."""
        self.press("save")
        return self.browser.downloaded()


@pytest.fixture
def recorder(chromium, tmp_path) -> Recorder:
    chromium.requests(), chromium.complaints()  # those of other tests
    return Recorder(chromium, tmp_path)


def test_two_lines_are_written_kept_saved_and_read_by_hw(recorder, chromium, tmp_path):
    recorder.open(*LAPTOP)
    assert recorder.ink_pixels() == 0
    chromium.pen(recorder.on_page(TICK), force=0.25)
    chromium.pen(recorder.on_page(DOT))
    assert recorder.ink_pixels() > 10
    recorder.press("next")
    assert recorder.ink_pixels() == 0
    chromium.mouse(recorder.on_page(BAR))
    chromium.driver.find_element("id", "writer").send_keys("Anna B.")
    recorder.reload()
    assert recorder.read("which") == "Line 2 of 10"
    assert recorder.read("count") == "2 of 10 lines written."
    path = recorder.saved()
    assert path.name == "anna-b.ndjson"
    assert recorder.read("handed") == "Saved 2 lines as anna-b.ndjson"
    first, second = read_inks(path)
    assert [ink.text for ink in (first, second)] == list(recorder.prompts[:2])
    assert [ink.id for ink in (first, second)] == ["anna-b-01", "anna-b-02"]
    assert first.extra["writer"] == "Anna B."
    np.testing.assert_allclose(first.points, np.array(TICK + DOT), atol=0.002)
    assert first.extra["pressure"] == [0.25, 0.25, 0.25, 0.5]
    assert first.extra["t"][0] == 0
    assert np.all(np.diff(first.extra["t"]) >= 0)
    assert first.extra["t"][-1] > 0
    np.testing.assert_allclose(second.points, np.array(BAR), atol=0.002)
    done = hw_here("preprocess", path, "-o", "ink", "--min-points", "2", cwd=tmp_path)
    assert done.status == 0, done
    rows = [json.loads(line) for line in hw_here("read", path, cwd=tmp_path).out.splitlines()]
    assert [row["id"] for row in rows] == ["anna-b-01", "anna-b-02"]
    assert chromium.complaints() == []


def test_undo_and_write_again_take_back_what_was_written(recorder, chromium):
    recorder.open(*LAPTOP)
    undo = chromium.driver.find_element("id", "undo")
    assert undo.get_attribute("aria-disabled") == "true"
    chromium.pen(recorder.on_page(TICK))
    one = recorder.ink_pixels()
    chromium.pen(recorder.on_page(BAR))
    assert recorder.writing() == "Your writing: 2 strokes"
    recorder.press("undo")
    assert (recorder.writing(), recorder.ink_pixels()) == ("Your writing: 1 stroke", one)
    recorder.press("again")
    assert (recorder.writing(), recorder.ink_pixels()) == ("Your writing: nothing yet", 0)
    recorder.press("undo")
    assert (recorder.writing(), recorder.ink_pixels()) == ("Your writing: 1 stroke", one)
    recorder.press("again")
    chromium.pen(recorder.on_page(BAR))
    recorder.reload()
    (ink,) = read_inks(recorder.saved())
    np.testing.assert_allclose(ink.points, np.array(BAR), atol=0.002)


def test_a_phone_writes_a_whole_line_on_a_sheet_that_slides(recorder, chromium):
    recorder.open(*PHONE, phone=True)
    width = recorder.box()[2]
    assert width == PHONE[0]
    assert chromium.run("return document.documentElement.scrollWidth") == width, "the page scrolls sideways"
    chromium.touch(recorder.on_page([(50, 70), (60.5, 90), (70, 60)]))
    recorder.press("on")
    chromium.until(lambda: recorder.slide() == pytest.approx(0.6 * width))
    chromium.touch(recorder.on_page([(20, 130), (20, 20), (width - 10, 72)]))
    chromium.until(lambda: recorder.slide() == pytest.approx(1.35 * width - 10))  # by itself
    assert chromium.run("return scrollY") == 0, "writing scrolls the page"
    chromium.touch(recorder.on_page([(100, 70)]))
    (ink,) = read_inks(recorder.saved())
    first, second, third = ink.strokes
    np.testing.assert_allclose(first, [(50, 70), (60.5, 90), (70, 60)], atol=0.01)
    np.testing.assert_allclose(
        second, [(0.6 * width + 20, 130), (0.6 * width + 20, 20), (1.6 * width - 10, 72)], atol=0.01
    )
    np.testing.assert_allclose(third, [(1.35 * width - 10 + 100, 70)], atol=0.01)


def test_sheets_do_not_glide_for_people_who_want_no_motion(recorder, chromium):
    recorder.open(*PHONE, phone=True)
    chromium.media(prefers_reduced_motion="reduce")
    before = recorder.picture()
    after = chromium.run(
        "document.getElementById('on').click(); return document.getElementById('canvas').toDataURL()"
    )
    assert after != before
    time.sleep(0.2)
    assert recorder.picture() == after
    recorder.press("back")
    assert recorder.picture() == before, "the sheet looks otherwise after it was slid"


def test_touches_do_not_draw_once_a_pen_is_seen(recorder, chromium):
    recorder.open(*PHONE, phone=True)
    assert not recorder.shown("fingers")
    start, end = recorder.on_page([(50, 70), (90, 80)])
    chromium.touch_down(recorder.on_page([(200, 100), (202, 101)]))  # a palm comes first
    chromium.pen_down(start)
    chromium.touch_up()
    chromium.pen_up(start)
    assert recorder.writing() == "Your writing: 1 stroke"
    assert recorder.read("status") == "A pen writes, so touches do not draw."
    chromium.touch([end, start])
    assert recorder.writing() == "Your writing: 1 stroke"
    recorder.press("touch")
    chromium.touch([end, start])
    assert recorder.writing() == "Your writing: 2 strokes"
    (ink,) = read_inks(recorder.saved())
    np.testing.assert_allclose(ink.strokes[0], [(50, 70)], atol=0.01)


def test_a_hovering_pen_and_cancelled_touches_draw_nothing(recorder, chromium):
    recorder.open(*PHONE, phone=True)
    chromium.touch_down(recorder.on_page([(50, 70), (60, 80)]))
    chromium.touch_up("touchCancel")
    assert recorder.writing() == "Your writing: nothing yet"
    chromium.hover(recorder.on_page(DOT)[0])
    chromium.touch(recorder.on_page(TICK))
    assert recorder.writing() == "Your writing: nothing yet"
    assert recorder.shown("fingers")


def test_keys_alone_reach_and_work_everything(recorder, chromium):
    from selenium.webdriver import ActionChains, Keys

    recorder.open(*LAPTOP)
    chromium.pen(recorder.on_page(TICK))
    recorder.reload()

    def press(*keys: str) -> None:
        ActionChains(chromium.driver).send_keys(*keys).perform()

    def focused() -> str:
        return chromium.run("return document.activeElement.id || document.activeElement.textContent")

    order = []
    while len(order) < 40 and "forget" not in order:
        press(Keys.TAB)
        order.append(focused())
    wanted = ["1", "10", "sheet", "undo", "again", "previous", "next", "writer", "save", "copy", "forget"]
    assert [name for name in order if name in wanted] == wanted
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    chromium.run("document.getElementById('sheet').focus()")
    assert chromium.run(outline) == "solid"
    press(Keys.ENTER)
    assert (recorder.read("which"), focused()) == ("Line 2 of 10", "sheet")
    assert recorder.read("status") == f"Line 2 of 10: {recorder.prompts[1]}"
    chromium.run("document.getElementById('previous').focus()")
    press(Keys.SPACE)
    assert recorder.read("which") == "Line 1 of 10"
    assert focused() == "previous", "the focus is lost on a button that is off"
    ActionChains(chromium.driver).key_down(Keys.CONTROL).send_keys("z").key_up(Keys.CONTROL).perform()
    assert recorder.writing() == "Your writing: nothing yet"
    assert recorder.read("status") == "Stroke removed; 0 strokes left"
    for _ in range(10):
        chromium.run("document.getElementById('next').focus()")
        press(Keys.ENTER)
    assert (recorder.read("next"), focused()) == ("Finish", "save-title")
    assert recorder.read("status") == "Still empty: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"


def test_every_control_has_a_name_and_a_large_target(recorder, chromium):
    recorder.open(*PHONE, phone=True)
    controls = chromium.driver.find_elements("css selector", "button, input, #sheet, #canvas")
    for control in controls:
        if control.is_displayed():
            assert control.accessible_name.strip(), control.get_attribute("outerHTML")
    small = (
        "return [...document.querySelectorAll('button')].filter((b) => b.offsetParent && b.offsetHeight < 32)"
    )
    assert chromium.run(small) == []


@pytest.mark.parametrize("clipboard", [True, False])
def test_ink_is_copied_also_where_a_page_has_no_clipboard(recorder, chromium, clipboard):
    from selenium.webdriver import ActionChains, Keys

    recorder.open(*LAPTOP)
    chromium.command("Browser.grantPermissions", permissions=["clipboardSanitizedWrite"])
    if not clipboard:
        chromium.run("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    chromium.mouse(recorder.on_page(TICK))
    recorder.press("copy")
    chromium.until(lambda: recorder.read("handed") == "Copied 1 line. Paste into a file named mine.ndjson.")
    chromium.driver.find_element("id", "writer").click()
    ActionChains(chromium.driver).key_down(Keys.CONTROL).send_keys("v").key_up(Keys.CONTROL).perform()
    pasted = chromium.run("return document.getElementById('writer').value")
    assert pasted == recorder.saved().read_text()[:60]


def test_nothing_is_requested_but_the_page(recorder, chromium):
    recorder.open(*LAPTOP)
    chromium.mouse(recorder.on_page(TICK))
    recorder.press("copy")
    recorder.saved()
    asked = [url for url in chromium.requests() if not url.startswith(("data:", "blob:"))]
    assert asked == [recorder.path.as_uri()]
    refused = chromium.driver.execute_async_script(
        "fetch('https://example.org').then(() => arguments[0](false), () => arguments[0](true))"
    )
    assert refused
    assert any("Content Security Policy" in line for line in chromium.complaints())


def test_ink_scales_with_the_guides(recorder, chromium):
    recorder.open(*LAPTOP)
    chromium.pen(recorder.on_page(TICK))
    height = recorder.box()[3]
    chromium.driver.find_element("css selector", "[name=size][value='1.35']").click()
    assert recorder.box()[3] == pytest.approx(1.35 * height, abs=0.5)
    chromium.pen(recorder.on_page([(1.35 * x, 1.35 * y) for x, y in BAR]))
    recorder.reload()
    assert recorder.box()[3] == pytest.approx(1.35 * height, abs=0.5)
    (ink,) = read_inks(recorder.saved())
    np.testing.assert_allclose(ink.points, np.array(TICK + BAR), atol=0.002)


def test_all_ink_is_deleted_only_if_the_writer_agrees(recorder, chromium):
    recorder.open(*LAPTOP)
    chromium.mouse(recorder.on_page(TICK))
    recorder.press("forget")
    chromium.driver.switch_to.alert.dismiss()
    recorder.reload()
    assert recorder.read("count") == "1 of 10 lines written."
    recorder.press("forget")
    chromium.driver.switch_to.alert.accept()
    chromium.until(lambda: recorder.read("handed") == "All ink is deleted.")
    recorder.reload()
    assert recorder.read("count") == "0 of 10 lines written."


def test_dark_pages_have_light_ink_and_other_colours_of_the_guides(recorder, chromium):
    recorder.open(*LAPTOP)
    chromium.pen(recorder.on_page(TICK))
    colour = "return getComputedStyle(document.getElementById('canvas')).getPropertyValue('--ink').trim()"
    light = chromium.run(colour)
    chromium.media(prefers_color_scheme="dark")
    assert chromium.run(colour) != light
    chromium.until(lambda: recorder.ink_pixels() > 10)


def test_a_page_that_may_keep_nothing_says_so_and_still_saves(tmp_path):
    browser = Browser(tmp_path / "browser", denied=True)
    try:
        recorder = Recorder(browser, tmp_path).open(*LAPTOP)
        assert recorder.shown("denied")
        assert not recorder.shown("kept")
        browser.pen(recorder.on_page(TICK))
        (ink,) = read_inks(recorder.saved())
        np.testing.assert_allclose(ink.points, np.array(TICK), atol=0.002)
    finally:
        browser.close()
