"""The Typer app: global options, the commands, and the one place where errors meet the user."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from hwcli import __version__, console
from hwcli.cli.flags import Globals
from hwcli.commands.config import show_config
from hwcli.commands.evaluate import evaluate
from hwcli.commands.hand import app as hand
from hwcli.commands.models import models
from hwcli.commands.plot import plot
from hwcli.commands.preprocess import preprocess
from hwcli.commands.render import render
from hwcli.commands.sample import sample
from hwcli.commands.train import train
from hwcli.errors import HwError, UsageError, os_error

INTERRUPTED = 130  # as a shell reports a program ended by Ctrl-C
_debug = False


class _Group(TyperGroup):
    """Runs a command and turns whatever it raises into a line and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            if sys.stdout is not None:  # closed by the shell: >&-
                sys.stdout.flush()
        except KeyboardInterrupt:
            self._leave(INTERRUPTED)
        except BrokenPipeError:
            # the reader has seen enough, and that is no failure; nothing more must try to reach it
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self._leave(0)
        except Exception as error:
            if _debug or type(error).__module__.partition(".")[0] == "typer":  # its own ways to leave
                raise
            known = _for_a_person(error)
            console.error(known.message, known.hint)
            self._leave(2 if isinstance(known, UsageError) else 1)
        return result

    def _leave(self, status: int) -> NoReturn:
        raise typer.Exit(status)


def _for_a_person(error: Exception) -> HwError:
    """What a user is told: what to do about it, or that it is a fault of hw."""
    if isinstance(error, HwError):
        return error
    if isinstance(error, MemoryError):
        return HwError(f"not enough memory ({error})", "ask for fewer --points, or for smaller things")
    if isinstance(error, OSError):
        return os_error(error, f"go on with {error.filename}" if error.filename else "go on")
    if type(error).__name__ == "RenderError":  # renderers know nothing of hwcli
        return HwError(getattr(error, "message", str(error)), getattr(error, "hint", None))
    if type(error).__name__ == "InkError":
        return HwError(str(error))
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    return HwError(
        f"a fault of hw: {type(error).__name__}: {error} ({Path(last.filename).name}, line {last.lineno})",
        "hw --debug … shows all of it; please report it",
    )


app = typer.Typer(
    name="hw",
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hw {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Settings (default: ./hw.toml if there).")
    ] = None,
) -> None:
    """Generative handwriting: learn pen trajectories, sample them, draw them.

    Try it with nothing at all:  hw sample --render eos -o sample.svg
    """
    global _debug
    _debug = debug
    console.set_quiet(quiet)
    context.obj = Globals(config)


app.command("preprocess")(preprocess)
app.command("train")(train)
app.command("sample")(sample)
app.command("render")(render)
app.command("evaluate")(evaluate)
app.command("plot")(plot)
app.add_typer(hand, name="hand")
app.command("models")(models)
app.command("config")(show_config)


def main() -> None:
    """The console script `hw`."""
    try:
        app()
    except KeyboardInterrupt:  # before or after a command's own handling
        sys.exit(INTERRUPTED)
    except OSError as error:  # from --help and --version, which run before any command
        known = os_error(error, "write to stdout")
        console.error(known.message, known.hint)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left has nowhere to go
        sys.exit(1)
