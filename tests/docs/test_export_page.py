"""docs/export.md: its commands run in order in one folder, and make pages of the sizes that it tells."""

from __future__ import annotations

import json
from pathlib import Path

from doc_blocks import run_blocks
from web_pages import Elements

PAGE = Path(__file__).parents[2] / "docs" / "export.md"


def test_commands_make_pages(tmp_path: Path) -> None:
    assert run_blocks(PAGE, tmp_path) == 3
    sizes = {path.name: round(path.stat().st_size / 1e6, 1) for path in tmp_path.glob("*.html")}
    assert (round(sizes["page.html"]), sizes["small.html"]) == (11, 5.4)
    about = json.loads(Elements((tmp_path / "hands.html").read_text()).raw["application/json"])
    assert [hand["name"] for hand in about["hands"]] == ["clear", "nobody"]
