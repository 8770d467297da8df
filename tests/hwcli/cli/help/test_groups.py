"""The groups of options in help name the options that there are, each once."""

import pytest
import typer

from hwcli.app import app
from hwcli.cli.help.groups import COMMANDS, GROUPS, grouped

ROOT = typer.main.get_command(app)
CONTEXT = typer.Context(ROOT)


@pytest.mark.parametrize("verb", GROUPS)
def test_every_option_of_a_command_is_in_one_group(verb):
    listed = " ".join(GROUPS[verb].values()).split()
    options = [p for p in ROOT.get_command(CONTEXT, verb).params if p.param_type_name == "option"]
    assert len(listed) == len(set(listed))
    known = {name for p in options for name in p.opts}
    assert set(listed) - known == set(), "no such option"
    assert [p.opts for p in options if not set(p.opts) & set(listed)] == [], "in no group"


def test_every_command_is_listed_once():
    assert sorted(" ".join(COMMANDS.values()).split()) == sorted(ROOT.list_commands(CONTEXT))


def test_what_is_in_no_group_is_last():
    assert grouped([["-x"], ["-a"], ["-b"]], {"Z": "-b -a"}, "Others") == {"Z": [2, 1], "Others": [0]}
    assert grouped([["-a"]], {"Z": "-a", "Empty": "-b"}, "Others") == {"Z": [0]}
