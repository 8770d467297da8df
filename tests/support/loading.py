"""The top-level packages that a command imports."""

from __future__ import annotations

import json
import subprocess
import sys

from handmade import environment

RUN = """
import json, sys
sys.argv = ["hw", *sys.argv[1:]]
from hwcli.app import main
try:
    main()
finally:
    print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})), file=sys.stderr)
"""


def loaded_by(*arguments, cwd, stdin=b"") -> set[str]:
    """Run the command in a new process and return the packages imported by its end."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *map(str, arguments)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env=environment(),
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return set(json.loads(done.stderr.decode().splitlines()[-1]))
