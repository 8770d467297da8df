"""hw models: the bundled models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hwcli.model.file import ModelFile


def models(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """List bundled models.

    Shows the kind, weights, log-loss or error rate, data and licence of each.
    """
    from hwcli.cli.streams import write_json, write_line
    from hwcli.weights import bundled

    for row in map(_row, bundled.names()):
        if as_json:
            write_json(row)
        else:
            for line in _lines(row):
                write_line(line)


def _row(name: str) -> dict[str, Any]:
    """Return what is shown of a bundled model, from its file."""
    from hwcli.model import file, reader_file
    from hwcli.model.container import read_header
    from hwcli.model.shape import Shape
    from hwcli.weights import bundled

    path = bundled.path_of(name)
    assert path is not None  # listed by bundled.names()
    reads = read_header(path).get("kind") == file.READER
    model = reader_file.read(path) if reads else file.read(path)
    shape, about = model.shape, model.about
    mixtures = f", {shape.mixtures} mixtures" if isinstance(shape, Shape) else ""
    return {
        "name": name,
        "default": name in (bundled.DEFAULT, bundled.DEFAULT_SYNTHESIS, bundled.DEFAULT_READER),
        "kind": model.kind,
        "network": f"{shape.layers} x {shape.hidden}{mixtures}",
        "parameters": model.parameters,
        **(_writes(model) if isinstance(model, file.ModelFile) else {}),
        "log_loss": about.get("log_loss"),
        **({"error": about.get("error")} if reads else {}),
        "data": about.get("data"),
        "licence": about.get("licence"),
        "card": str(path.with_suffix(".md")),
    }


def _writes(model: ModelFile) -> dict[str, Any]:
    """Return what a model that writes knows: characters, and sources of ink."""
    found: dict[str, Any] = {}
    if model.alphabet is not None:
        found["characters"] = model.alphabet.characters
    if model.sources:
        found |= {"sources": list(model.sources), "source": model.about.get("source")}
    return found


DEFAULT_FOR = {"synthesis": "  (default for --text)", "reader": "  (default for hw read)"}


def _lines(row: dict[str, Any]) -> list[str]:
    """Return what is shown of a model, for people."""
    default = DEFAULT_FOR.get(row["kind"], "  (default)")
    lines = [
        f"{row['name']}{default if row['default'] else ''}",
        f"  {row['kind']}, {row['network']}, {row['parameters']:,} weights",
    ]
    if loss := row["log_loss"]:
        twin = f", of a twin trained on {loss['twin_lines']:,} lines" if "twin_lines" in loss else ""
        lines.append(
            f"  log-loss {loss['nats_per_sequence']:.1f} nats per sequence on {loss['lines']:,} lines by new "
            f"writers{twin} (protocol graves)"
        )
    if sources := row.get("sources"):
        manner = row["source"] or "of all together"
        lines.append(f"  sources: {', '.join(sources)} (default: {manner})")
    if error := row.get("error"):
        lines.append(
            f"  reads {error['rate']:.2%} of {error['characters']:,} characters wrongly, "
            f"in {error['lines']:,} lines by new writers"
        )
    return [
        *lines,
        f"  data: {(row['data'] or {}).get('title', 'unknown')}",
        f"  licence: {row['licence'] or 'unknown'}",
        f"  card: {row['card']}",
    ]
