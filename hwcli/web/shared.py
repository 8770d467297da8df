"""What the pages of hw share beside the builder: a style, and a module that hands files over."""

from pathlib import Path

FOLDER = Path(__file__).parent
BASE_STYLE = FOLDER / "base.css"
HAND_OVER = FOLDER / "hand_over.mjs"
