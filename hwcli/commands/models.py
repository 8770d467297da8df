"""hw models."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer


def models(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a line.")] = False,
) -> None:
    """Name the bundled models.

    With kind, weights, log-loss, data and licence of each.
    """
    from hwcli.model.file import read
    from hwcli.weights import bundled as weights

    rows: list[dict[str, Any]] = []
    for name in weights.names():
        path = weights.path_of(name)
        assert path is not None  # names() has just found it
        model = read(path)
        shape, about = model.shape, model.about
        rows.append(
            {
                "name": name,
                "default": name in (weights.DEFAULT, weights.DEFAULT_SYNTHESIS),
                "kind": model.kind,
                "network": f"{shape.layers} x {shape.hidden}, {shape.mixtures} mixtures",
                "parameters": model.parameters,
                "log_loss": about.get("log_loss"),
                "data": about.get("data"),
                "licence": about.get("licence"),
                "card": str(path.with_suffix(".md")),
            }
        )
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False))
        return
    for row in rows:
        loss = row["log_loss"] or {}
        used = "  (default for --text)" if row["kind"] == "synthesis" else "  (default)"
        typer.echo(f"{row['name']}{used if row['default'] else ''}")
        typer.echo(f"  {row['kind']}, {row['network']}, {row['parameters']:,} weights")
        if loss:
            nats, lines = loss["nats_per_sequence"], loss["lines"]
            typer.echo(f"  log-loss {nats:.1f} nats a sequence on {lines} lines held back (protocol graves)")
        typer.echo(f"  data: {(row['data'] or {}).get('title', 'unknown')}")
        typer.echo(f"  licence: {row['licence'] or 'unknown'}")
        typer.echo(f"  card: {row['card']}")
