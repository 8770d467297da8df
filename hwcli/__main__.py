"""`hw`, and `python -m hwcli`: catches signals before anything that takes time is imported."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # built in; `signal` takes time to import

if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    # Until hw catches it, Ctrl-C ends the process without a traceback. Python's own start cannot be covered.
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - pip refuses it, but a clone can be run without pip
    sys.exit(f"error: hw needs Python 3.11 or newer; this is Python {sys.version.split()[0]}")

from hwcli import signals


def leave(status: int) -> None:
    """Flush the output and end this process without waiting for the interpreter to shut down.

    A process started by torchrun must not wait: PyTorch's communication threads may still be running, and
    would abort a run that has finished.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(status)


def run() -> None:
    """Run hw and end this process."""
    if sys.stderr is None:  # closed by the shell; its number would go to the next file that is opened
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for as long as the process lives
    signals.catch()
    try:
        from hwcli.app import main

        main()
    except SystemExit as end:
        if os.environ.get("WORLD_SIZE", "1") != "1" and isinstance(end.code, int | None):
            leave(end.code or 0)
        raise
    finally:
        signals.release()


if __name__ == "__main__":
    run()
