"""The bundled models: NAME.safetensors, each with its model card, NAME.md."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
DEFAULT = "iam-prediction"
DEFAULT_SYNTHESIS = "unipen-synthesis"
DEFAULT_READER = "unipen-reader"
DEFAULTS = {"synthesis": DEFAULT_SYNTHESIS, "reader": DEFAULT_READER}  # by kind; others: DEFAULT


def names() -> list[str]:
    """Return the names of the bundled models, sorted.

    >>> [name for name in names() if name.startswith("unipen")]
    ['unipen-prediction', 'unipen-reader', 'unipen-synthesis']
    """
    return sorted(path.stem for path in FOLDER.glob("*.safetensors"))


def path_of(name: str, kind: str = "prediction") -> Path | None:
    """Return the file of the bundled model `name`, or None; "default" is the default model of `kind`.

    >>> path_of("default", "synthesis").name
    'unipen-synthesis.safetensors'
    """
    default = DEFAULTS.get(kind, DEFAULT)
    path = FOLDER / f"{default if name == 'default' else name}.safetensors"
    return path if Path(name).name == name and path.is_file() else None
