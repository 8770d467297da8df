"""The Typer app: global options, where the commands are, and the one place where errors become messages."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from hwcli import __version__, console, signals
from hwcli.cli.flags import Globals
from hwcli.cli.help.command import Command, Group, first_paragraph, is_typers
from hwcli.errors import HwError, UsageError, os_error
from hwcli.openmp import limit_spinning
from renderers.errors import RenderError

# where each command is, module:name; one that is not run is not imported, except for help and completion
VERBS = {
    "sample": "hwcli.commands.sample:sample",
    "render": "hwcli.commands.render:render",
    "read": "hwcli.commands.read:read",
    "preprocess": "hwcli.commands.preprocess:preprocess",
    "train": "hwcli.commands.train:train",
    "evaluate": "hwcli.commands.evaluate:evaluate",
    "plot": "hwcli.commands.plot:plot",
    "export": "hwcli.commands.export:export",
    "models": "hwcli.commands.models:models",
    "formats": "hwcli.commands.formats:formats",
    "config": "hwcli.commands.config:show_config",
    "doctor": "hwcli.commands.doctor:doctor",
    "hand": "hwcli.commands.hand:app",
}


def _verb(name: str) -> Any:
    """Return the function of a command, or the Typer app of a group of commands."""
    module, _, there = VERBS[name].partition(":")
    return getattr(import_module(module), there)


class _Group(Group):
    """Finds a command, runs it, and turns any exception into a message and an exit status."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command; None if there is none of that name."""
        if cmd_name in VERBS and cmd_name not in self.commands:
            verb = _verb(cmd_name)
            if not isinstance(verb, typer.Typer):
                command, verb = verb, typer.Typer(add_completion=False, rich_markup_mode=None)
                verb.command(cmd_name, cls=Command)(command)
            self.commands[cmd_name] = typer.main.get_command(verb)
        return self.commands.get(cmd_name)

    def summary(self, ctx: Any, name: str) -> str:
        """Return what a command does; its options are not needed for that, and take time to build."""
        verb = _verb(name)
        return first_paragraph(verb.info.help if isinstance(verb, typer.Typer) else inspect.getdoc(verb))

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with _ends_by_signal():
            try:
                return super().make_context(*args, **kwargs)
            except Exception as error:
                _explain_usage(error)
                raise

    def invoke(self, ctx: Any) -> Any:
        with _ends_by_signal(), console.shown_warnings():
            return self._invoke(ctx)

    def _invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            if sys.stdout is not None:  # None if the shell closed it: >&-
                sys.stdout.flush()
        except BrokenPipeError:
            # the reader of the pipe has left, which is not a failure
            _discard_stdout()
            raise typer.Exit(0) from None
        except Exception as error:
            _explain_usage(error)
            if is_typers(error) or (isinstance(ctx.obj, Globals) and ctx.obj.debug):
                raise
            known = _as_hw_error(error)
            console.error(known.message, known.hint)
            try:
                if sys.stdout is not None:
                    sys.stdout.flush()
            except OSError:
                _discard_stdout()
            raise typer.Exit(2 if isinstance(known, UsageError) else 1) from None
        return result


def _explain_usage(error: Exception) -> None:
    """Report what Typer found wrong with a command line, and exit; return if `error` is something else."""
    if not is_typers(error) or not hasattr(error, "message"):  # which exits lack
        return
    from hwcli.cli.help.misuse import as_usage_error

    if (wrong := as_usage_error(error)) is not None:
        console.error(wrong.message, wrong.hint)
        raise typer.Exit(2) from None


@contextmanager
def _ends_by_signal() -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM in the block into an exit status."""
    try:
        yield
    except KeyboardInterrupt as end:
        raise typer.Exit(_ended(end)) from None


def _ended(end: KeyboardInterrupt) -> int:
    """Say what is left of the work that `end` interrupted; return the exit status.

    If nobody knows, only SIGTERM is reported: who presses Ctrl-C knows.
    """
    terminated, kept = isinstance(end, signals.Terminated), signals.said(end)
    if kept is not None:
        console.note(f"{signals.of_end(terminated)}: {kept}")
    elif terminated:
        console.note(signals.TERMINATED)
    return signals.status_of(end)


def _discard_stdout() -> None:
    """Drop what stdout still holds: Python would try to write it at exit, fail, and change the status."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _as_hw_error(error: Exception) -> HwError:
    """Translate an exception into a message for the user; an unexpected one is reported as a bug in hw."""
    if isinstance(error, HwError):
        return error
    if isinstance(error, MemoryError):
        why = f" ({error})" if str(error) else ""
        return HwError(f"not enough memory{why}", "reduce --points, --count or the size of the picture")
    if isinstance(error, OSError):
        return os_error(error, f"access {error.filename}" if error.filename else "continue")
    if isinstance(error, UnicodeEncodeError) and error.encoding != "utf-8":  # the name of a file
        shown = "".join(c for c in error.object if c.isprintable())
        return HwError(
            f"the locale is not UTF-8, so no file can be called {shown!r}",
            "export LC_ALL=C.UTF-8, or set PYTHONUTF8=1",
        )
    if isinstance(error, RenderError):
        return HwError(error.message, error.hint)
    from renderers.ink import InkError  # imports NumPy: not at every start

    if isinstance(error, InkError):
        return HwError(str(error))
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    return HwError(
        f"internal error: {type(error).__name__}: {error} ({Path(last.filename).name}, line {last.lineno})",
        "please report this bug with the traceback that hw --debug prints",
    )


app = typer.Typer(
    name="hw",
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(requested: bool) -> None:
    if requested:
        typer.echo(f"hw {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Print a traceback for errors.")] = False,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Settings file (default: ./hw.toml, if any)."),
    ] = None,
) -> None:
    """Generative handwriting: learn pen trajectories, sample them, draw them.

    Examples:
        hw sample --text "Dear Anna"
        hw sample --text "Dear Anna" --hand brisk -o anna.svg
        hw COMMAND --help
    """
    console.set_quiet(quiet)
    context.obj = Globals(config, debug)
    limit_spinning()


def main() -> None:
    """Run hw with the arguments in `sys.argv`."""
    try:
        with signals.caught():
            app(prog_name="hw")  # also as python -m hwcli: hints name the same commands
    except KeyboardInterrupt as end:  # outside a command
        sys.exit(_ended(end))
    except OSError as error:  # from --help and --version, which run before any command
        known = os_error(error, "write to stdout")
        console.error(known.message, known.hint)
        _discard_stdout()  # drop the rest of the output
        sys.exit(1)
