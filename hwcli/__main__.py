"""`python -m hwcli` runs `hw`."""

import os
import sys

from hwcli.app import main


def leave(status: int) -> None:
    """Flush the output and end this process without waiting for the interpreter to shut down.

    A process started by torchrun must not wait: PyTorch's communication threads may still be running, and
    would abort a run that has finished.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    try:
        main()
    except SystemExit as end:
        if os.environ.get("WORLD_SIZE", "1") != "1" and isinstance(end.code, int | None):
            leave(end.code or 0)
        raise
