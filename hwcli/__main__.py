"""`python -m hwcli` is `hw`."""

import os
import sys

from hwcli.app import main


def leave(status: int) -> None:
    """End this process at once, what it has said flushed.

    One of several that torchrun started must not wait for the interpreter to take itself down: torch's
    threads for talking to the others can still be there then, and end a run that is done with an abort.
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
