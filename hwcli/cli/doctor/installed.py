"""Checks of what is installed: hw, Python, torch, Cairo, fonts, a browser, optional packages."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import hwcli
from hwcli.cli.doctor.finding import BROKEN, MISSING, OK, Finding
from hwcli.errors import HwError
from renderers.errors import RenderError

# optional packages by the extra of hw that installs them, and what needs them
EXTRAS = {
    "plot": (("matplotlib", "plotext"), "hw plot"),
    "onnx": (("onnx",), "hw export -o model.onnx"),
    "tensorboard": (("tensorboard",), "hw train --tensorboard"),
}
BROWSERS = ("firefox", "chromium", "chromium-browser", "google-chrome", "xdg-open", "open")


def check_hw() -> Iterator[Finding]:
    """Look at hw itself: its version, its command, its bundled models."""
    place = Path(hwcli.__file__).parent
    yield Finding("hw", OK, f"{hwcli.__version__}, in {place}")
    if shutil.which("hw") is None:
        folder = Path(sys.executable).parent
        what = "the command hw is not on the PATH; python -m hwcli is the same"
        yield Finding(
            "hw", MISSING, what, f'export PATH="{folder}:$PATH"' if (folder / "hw").exists() else None
        )
    from hwcli.model.container import read_header
    from hwcli.weights import bundled

    names = bundled.names()
    lost = {bundled.DEFAULT, *bundled.DEFAULTS.values()} - set(names)
    for name in names:
        try:
            read_header(bundled.FOLDER / f"{name}.safetensors")
        except HwError as error:
            yield Finding("models", BROKEN, error.message, "pip install --force-reinstall --no-deps hwcli")
    if lost:
        what = f"{', '.join(sorted(lost))} not found in {bundled.FOLDER}"
        yield Finding("models", BROKEN, what, "pip install --force-reinstall --no-deps hwcli")
    else:
        yield Finding("models", OK, f"{len(names)} bundled")


def check_python() -> Iterator[Finding]:
    """Look at Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", OK, f"{version}, {sys.executable}")


def check_cores() -> Iterator[Finding]:
    """Look at the processor: cores for this process, and limits on its threads."""
    from hwcli.engine.threads import cores

    usable, every = cores(), os.cpu_count() or 1
    limit = os.environ.get("OMP_NUM_THREADS")
    of = f" of {every}" if usable != every else ""
    yield Finding("cores", OK, f"{usable}{of}" + (f"; OMP_NUM_THREADS={limit}" if limit else ""))


def check_torch() -> Iterator[Finding]:
    """Look at PyTorch, which only training needs, and at CUDA. Imports torch only to ask for a GPU's name."""
    has_gpu = Path("/dev/nvidiactl").exists() or shutil.which("nvidia-smi") is not None
    if find_spec("torch") is None:
        what = "not installed: hw train and hw hand learn need it, all else works without it"
        yield Finding("torch", MISSING, what, 'pip install "hwcli[train]"')
        return
    version = _version("torch")
    yield Finding("torch", OK, version)
    if not has_gpu:
        yield Finding("CUDA", OK, "no NVIDIA GPU found: hw uses the processor")
    elif version.endswith("+cpu"):
        what = "there is an NVIDIA GPU, but this torch is the build for processors"
        yield Finding("CUDA", MISSING, what, "pip install --force-reinstall torch")
    else:
        from hwcli.network.device import choose_device

        device = choose_device("auto")
        if device.type == "cuda":
            yield Finding("CUDA", OK, f"torch finds a GPU: {device}")
        else:
            yield Finding("CUDA", MISSING, "there is an NVIDIA GPU, but torch cannot use it", "nvidia-smi")


def check_cairo() -> Iterator[Finding]:
    """Look at the system's Cairo library."""
    from renderers.formats.cairo import PDF_NEEDS, cairo_library, cairo_version

    try:
        cairo_library("PNG")
    except RenderError:
        what = "library not found: PNG, GIF and PDF need it, SVG and HTML do not"
        yield Finding("Cairo", MISSING, what, _cairo_command())
        return
    import cairocffi

    version = cairocffi.cairo_version_string()
    if cairo_version(cairocffi) < PDF_NEEDS:
        least = ".".join(map(str, PDF_NEEDS))
        yield Finding("Cairo", MISSING, f"{version} is old: PDF needs {least}", _cairo_command())
    else:
        yield Finding("Cairo", OK, version)


def check_fonts() -> Iterator[Finding]:
    """Look for the font of captions and labels in PNG, GIF and PDF."""
    folders = ["/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts"]
    folders += ["/Library/Fonts", "/System/Library/Fonts", "C:/Windows/Fonts"]
    for folder in map(os.path.expanduser, folders):
        for _, _, files in os.walk(folder):
            if any(name.lower().endswith((".ttf", ".otf", ".ttc", ".pfb")) for name in files):
                yield Finding("fonts", OK, f"for captions, in {folder}")
                return
    what = "none found: captions and labels of PNG, GIF and PDF stay empty"
    yield Finding("fonts", MISSING, what, "apt install fonts-dejavu-core")


def check_browser() -> Iterator[Finding]:
    """Look for a browser, for the pages that hw writes."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found or sys.platform == "win32":
        yield Finding("browser", OK, found or "the default one")
    else:
        what = "none found: open pages (hw export, hw hand record, .html) on another device"
        yield Finding("browser", MISSING, what, "apt install firefox")


def check_extras() -> Iterator[Finding]:
    """Look for the optional packages."""
    for extra, (packages, use) in EXTRAS.items():
        lost = [package for package in packages if find_spec(package) is None]
        if lost:
            what = f"{' and '.join(lost)} not installed: {use} needs it"
            yield Finding(extra, MISSING, what, f'pip install "hwcli[{extra}]"')
        else:
            yield Finding(extra, OK, ", ".join(f"{package} {_version(package)}" for package in packages))


def check_plugins() -> Iterator[Finding]:
    """Look for plug-ins that cannot be used."""
    from renderers.descriptions import describe, describe_formats

    infos = [*describe(), *describe_formats()]
    for info in infos:
        if info.trouble:
            yield Finding("plug-in", BROKEN, info.trouble)
    if origins := sorted({info.origin for info in infos if info.origin}):
        yield Finding("plug-ins", OK, ", ".join(origins))


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "of unknown version"


def _cairo_command() -> str:
    return {"darwin": "brew install cairo", "win32": "conda install cairo"}.get(
        sys.platform, "apt install libcairo2"
    )
