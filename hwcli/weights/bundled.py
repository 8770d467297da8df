"""The bundled models: NAME.safetensors, each with its card, NAME.md."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
DEFAULT = "iam-prediction"
DEFAULT_SYNTHESIS = "iam-synthesis"


def names() -> list[str]:
    """The names of the bundled models."""
    return sorted(path.stem for path in FOLDER.glob("*.safetensors"))


def path_of(name: str, kind: str = "prediction") -> Path | None:
    """The file of the bundled model `name` ("default": that of a kind used unasked), None for none."""
    default = DEFAULT_SYNTHESIS if kind == "synthesis" else DEFAULT
    path = FOLDER / f"{default if name == 'default' else name}.safetensors"
    return path if Path(name).name == name and path.is_file() else None
