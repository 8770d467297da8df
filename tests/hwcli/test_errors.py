"""Errors keep their hint: in a traceback, and between processes."""

from __future__ import annotations

import pickle
import traceback

import pytest

from hwcli.errors import HwError, UsageError
from renderers.errors import RenderError


@pytest.mark.parametrize("kind", [HwError, UsageError, RenderError])
def test_a_traceback_shows_the_hint_once(kind):
    error = kind("it is broken", "mend it")
    shown = traceback.format_exception_only(error)
    assert shown[0].endswith(f"{kind.__name__}: it is broken\n")
    assert shown[1:] == ["hint: mend it\n"]
    assert str(error) == "it is broken"
    assert len(traceback.format_exception_only(kind("it is broken"))) == 1


@pytest.mark.parametrize("kind", [HwError, UsageError])
def test_the_hint_is_kept_between_processes(kind):
    error = pickle.loads(pickle.dumps(kind("it is broken", "mend it")))
    assert (type(error), error.message, error.hint) == (kind, "it is broken", "mend it")
    assert traceback.format_exception_only(error)[1:] == ["hint: mend it\n"]
