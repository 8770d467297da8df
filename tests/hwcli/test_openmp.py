"""How long PyTorch's threads spin: set by every command before torch is loaded, unless the user chose it."""

import os
import subprocess
import sys

import pytest

from hwcli.openmp import SPINS, limit_spinning

# runs a command of hw, then prints what the environment of torch would be
PROGRAM = """
import os, sys
from hwcli.app import main
sys.argv = ["hw", "config"]
try:
    main()
except SystemExit:
    pass
assert "torch" not in sys.modules
print("spins", os.environ.get("GOMP_SPINCOUNT"))
"""


def spins(**variables) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1].removeprefix("spins ")


def test_commands_limit_spinning_before_torch_is_loaded():
    assert spins() == SPINS


@pytest.mark.parametrize(
    ("variables", "expected"),
    [({"OMP_WAIT_POLICY": "active"}, "None"), ({"GOMP_SPINCOUNT": "7"}, "7")],
    ids=["policy", "count"],
)
def test_the_users_choice_is_kept(variables, expected):
    assert spins(**variables) == expected


def test_limit_is_set_once():
    environment = {}
    limit_spinning(environment)
    limit_spinning(environment)
    assert environment == {"GOMP_SPINCOUNT": SPINS}
