"""The bundled models: NAME.safetensors, each with its card, NAME.md."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
DEFAULT = "iam-prediction"


def names() -> list[str]:
    """The names of the bundled models."""
    return sorted(path.stem for path in FOLDER.glob("*.safetensors"))


def path_of(name: str) -> Path | None:
    """The file of the bundled model `name` ("default": the one used unasked), None if there is none."""
    path = FOLDER / f"{DEFAULT if name == 'default' else name}.safetensors"
    return path if Path(name).name == name and path.is_file() else None
