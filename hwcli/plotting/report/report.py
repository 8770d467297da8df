"""A report of training runs, one HTML file that loads nothing: curves, epochs, samples, settings."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import NamedTuple

from hwcli.plotting.history import History, as_number
from hwcli.plotting.matplotlib_chart import WIDTH, encode_chart
from hwcli.plotting.quantities import QUANTITIES, ChartOptions
from hwcli.plotting.run_chart import build_chart
from renderers.web.single_page import BASE_STYLE, document, source

FOLDER = Path(__file__).parent
SETTINGS, SAMPLES = "config.toml", "samples"
MOST_SAMPLES = 24  # pictures of a run; of more, every second, third, …
BESIDE = 0.47  # width of a chart that stands beside another
LARGEST = 2_000_000  # bytes of a picture that is shown
_PICTURE = re.compile(r"(epoch|step)-\d+\.svg")  # step: of runs of limited time
DEFAULT = "# default"
# what a table of epochs shows, if the run measured it: key in metrics.jsonl, heading, format
COLUMNS = (
    ("train_nats_per_point", "training, nats per point", ".4f"),
    ("valid_nats_per_point", "validation, nats per point", ".4f"),
    ("valid_nats_per_sequence", "nats per sequence", ",.1f"),
    ("valid_sse_per_point", "squared error per point", ".4f"),
    ("train_nats_per_character", "training, nats per character", ".4f"),
    ("valid_nats_per_character", "validation, nats per character", ".4f"),
    ("valid_error_rate", "characters misread", ".2%"),
    ("valid_small", "small letters", ".2%"),
    ("valid_capitals", "capitals", ".2%"),
    ("valid_digits", "digits", ".2%"),
    ("valid_punctuation", "punctuation", ".2%"),
    ("valid_spaces", "spaces", ".2%"),
    ("points_per_second", "points per second", ",.0f"),
)
DECIDING = ("valid_error_rate", "valid_nats_per_point")  # the first that a run has says which epoch is best


class Reading(NamedTuple):
    """What a reader makes of samples."""

    expected: str  # their text, a line each
    text: str  # what is read instead
    misread: float  # share of the characters of their text


def report(
    histories: Sequence[History],
    options: ChartOptions,
    width: float | None,
    height: float | None,
    reading: Callable[[bytes], Reading | None] = lambda svg: None,
) -> bytes:
    """Return the page, as UTF-8, with charts of `width` and `height` in px, one per measured quantity.

    The quantity of `options` comes first, and its limits and reference lines are those given. `reading` says
    what a picture of samples reads as, if these are of given text. Raises HwError if no run measured that
    quantity, and as `encode_chart` does.
    """
    first = options.what
    others = [what for what in QUANTITIES if what != first and any(_measures(h, what) for h in histories)]
    plain = replace(options, references=(), low=None, high=None)
    body = ["<h2>Curves</h2>", '<div class="charts">']
    for chosen in (options, *(replace(plain, what=what) for what in others)):
        # the first is as wide as the page, two others stand side by side: their text is as large
        part = 1.0 if chosen is options else BESIDE
        sides = (part * (width or WIDTH), None if height is None else part * height)
        picture = encode_chart(build_chart(histories, chosen), "svg", *sides)
        body.append(f'<figure class="chart">{_image(picture, chosen.quantity.label)}</figure>')
    body.append("</div>")
    for history in histories:
        body += _run(history, reading)
    names = ", ".join(history.name for history in histories)
    data = {
        "TITLE": escape(f"Training of {names}"),
        "SUMMARY": "<br>".join(escape(_summary(history)) for history in histories),
        "BODY": "\n".join(body),
    }
    style = source(BASE_STYLE) + source(FOLDER / "style.css")
    return document(FOLDER / "page.html", style, "", data, {"img-src": "data:"})


def _measures(history: History, what: str) -> bool:
    return any(history.series(key).measured for key in QUANTITIES[what].keys)


def _run(history: History, reading: Callable[[bytes], Reading | None]) -> list[str]:
    """Return the part of the page about one run: its epochs, its samples and its settings."""
    folder = history.path.parent
    parts = [f"<h2>{escape(history.name)}</h2>"]
    if rows := _epochs(history):
        parts += ["<h3>Epochs</h3>", _table(rows)]
    if pictures := _pictures(folder):
        parts += ["<h3>Samples, by epoch</h3>", *_samples(pictures, reading)]
    try:
        settings = (folder / SETTINGS).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return parts
    chosen = _chosen(settings)
    parts += ["<h3>Settings that are not the default</h3>", f"<pre>{escape(chosen) or 'none'}</pre>"]
    parts.append(f"<details><summary>All settings</summary><pre>{escape(settings)}</pre></details>")
    return parts


def _summary(history: History) -> str:
    """Return how far a run came, and its best epoch, as a sentence."""
    last = max(int(row["step"]) for row in history.rows)
    said = f"{history.name}: {last:,} steps"
    rows = _epochs(history)
    if not rows:
        return f"{said}, no epoch has ended."
    said += f", {rows[-1]['epoch']:g} epochs"
    best = _best(rows)
    if best is None:
        return f"{said}, not validated."
    label, kind = {key: (label, kind) for key, label, kind in COLUMNS}[best[0]]
    value = format(rows[best[1]][best[0]], kind).replace("-", "−")
    return f"{said}; the best was epoch {rows[best[1]]['epoch']:g}: {label} {value}."


def _epochs(history: History) -> list[Mapping[str, float]]:
    """Return what was measured at the end of each epoch, in order; of several rows of one, the last."""
    found: dict[float, dict[str, float]] = {}
    for row in history.rows:
        numbers = {key: y for key, value in row.items() if math.isfinite(y := as_number(value))}
        if "epoch" in numbers and any(key in numbers for key, _, _ in COLUMNS):
            found[numbers["epoch"]] = numbers
    return [found[epoch] for epoch in sorted(found)]


def _best(rows: Sequence[Mapping[str, float]]) -> tuple[str, int] | None:
    """Return the quantity that says which epoch is best, and the place of that; None without validation."""
    for key in DECIDING:
        values = [row.get(key, math.inf) for row in rows]
        if min(values) < math.inf:
            return key, values.index(min(values))
    return None


def _table(rows: Sequence[Mapping[str, float]]) -> str:
    columns = [column for column in COLUMNS if any(column[0] in row for row in rows)]
    best = _best(rows)
    head = "".join(f'<th scope="col">{label}</th>' for _, label, _ in columns)
    lines = []
    for place, row in enumerate(rows):
        cells = (format(row[key], kind).replace("-", "−") if key in row else "" for key, _, kind in columns)
        mark = ' class="best"' if best and place == best[1] else ""
        body = "".join(f"<td>{cell}</td>" for cell in cells)
        lines.append(f'<tr{mark}><th scope="row">{row["epoch"]:g}</th>{body}</tr>')
    table = f'<thead><tr><th scope="col">epoch</th>{head}</tr></thead><tbody>{"".join(lines)}</tbody>'
    return f'<div class="scroll" tabindex="0"><table>{table}</table></div>'


def _pictures(folder: Path) -> list[Path]:
    """Return the run's pictures of samples: the first, the last, and others evenly between them."""
    found = (path for path in folder.glob(f"{SAMPLES}/*.svg") if _PICTURE.fullmatch(path.name))
    paths = sorted(path for path in found if _is_shown(path))
    apart = max(-(-len(paths) // MOST_SAMPLES), 1)
    return sorted({*paths[::-apart]} | {*paths[:1]})


def _samples(paths: Sequence[Path], reading: Callable[[bytes], Reading | None]) -> Iterator[str]:
    """Yield the pictures as figures, and what they read as if they are of given text."""
    figures, text = [], ""
    for path in paths:
        unit, number = path.stem.split("-")
        after, picture = f"{unit} {int(number)}", path.read_bytes()
        shown, said = _image(picture, f"sample after {after}"), reading(picture)
        read = ""
        if said is not None:
            text = said.expected
            read = f": {said.misread:.0%} misread<q>{escape(said.text) or '…'}</q>"
        figures.append(f'<figure class="sample">{shown}<figcaption>{after}{read}</figcaption></figure>')
    if text:
        yield (
            "<p>Below each: what hw's reader reads, and how many characters of the text it misreads. "
            f"The text:<q>{escape(text)}</q></p>"
        )
    yield f'<div class="samples">{"".join(figures)}</div>'


def _is_shown(path: Path) -> bool:
    return path.is_file() and path.stat().st_size <= LARGEST


def _chosen(settings: str) -> str:
    """Return the lines of config.toml that are not marked as the default, below their tables' names."""
    kept: list[str] = []
    for line in settings.splitlines():
        if line.startswith("["):
            if kept and kept[-1].startswith("["):
                kept.pop()
            kept.append(line)
        elif line.strip() and not line.endswith(DEFAULT) and not line.startswith("# hw train; resume"):
            kept.append(line)
    return "\n".join(kept[:-1] if kept and kept[-1].startswith("[") else kept)


def _image(svg: bytes, label: str) -> str:
    """Return a picture that cannot run or load anything, since it is an image."""
    data = base64.b64encode(svg).decode()
    return f'<img alt="{escape(label)}" src="data:image/svg+xml;base64,{data}">'
