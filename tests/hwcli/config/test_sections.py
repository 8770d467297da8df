"""The declarations of the settings: each has a rule that its default passes, and that every source obeys."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args, get_type_hints

import pytest

from hwcli.config import load as loading
from hwcli.config.presets import PRESETS
from hwcli.config.sections import SECTIONS, rule, type_of
from hwcli.errors import UsageError

EVERY = [(section, f.name) for section, kind in SECTIONS.items() for f in fields(kind)]
NAMES = [f"{section}.{key}" for section, key in EVERY]
NUMBERS = [(section, key) for section, key in EVERY if type_of(section, key) in (int, float)]
SWITCHES = [(section, key) for section, key in EVERY if type_of(section, key) is bool]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(**environ: str) -> loading.Settings:
    return loading.load(environ=environ)


def value(settings: loading.Settings, section: str, key: str) -> Any:
    return getattr(getattr(settings.config, section), key)


def fitting(section: str, key: str) -> int:
    """Return a whole number within the range of a setting."""
    its = rule(section, key)
    return next(n for n in (0, 1, 2) if its.least <= n <= its.most and n > its.above)


@pytest.mark.parametrize(("section", "key"), EVERY, ids=NAMES)
def test_default_passes_its_own_rule(section, key):
    default = getattr(SECTIONS[section](), key)
    assert rule(section, key).help
    if default is not None:  # None means unset, which no source can ask for
        checked = rule(section, key).check(key, default)
        assert (checked, type(checked)) == (default, type(default))


@pytest.mark.parametrize(("section", "key"), EVERY, ids=NAMES)
def test_kind_of_the_rule_agrees_with_the_annotation(section, key):
    annotated = get_type_hints(SECTIONS[section])[key]
    assert type_of(section, key) in (get_args(annotated) or (annotated,))


@pytest.mark.parametrize(("section", "key"), NUMBERS, ids=map(".".join, NUMBERS))
def test_numbers_are_parsed_from_the_environment_but_not_from_quoted_toml(folder, section, key):
    number = fitting(section, key)
    settings = load(**{f"HW_{section}_{key}".upper(): str(number)})
    assert value(settings, section, key) == number
    assert type(value(settings, section, key)) is type_of(section, key)
    (folder / "hw.toml").write_text(f"[{section}]\n{key} = {number}\n")
    assert value(load(), section, key) == number
    (folder / "hw.toml").write_text(f'[{section}]\n{key} = "{number}"\n')
    with pytest.raises(UsageError, match=rf"^hw\.toml, \[{section}\] {key} must be .*, not '{number}'$"):
        load()


@pytest.mark.parametrize(("section", "key"), SWITCHES, ids=map(".".join, SWITCHES))
def test_switches_are_parsed_from_the_environment_but_not_from_quoted_toml(folder, section, key):
    for text, on in (("yes", True), ("true", True), ("1", True), ("no", False), ("off", False), ("0", False)):
        assert value(load(**{f"HW_{section}_{key}".upper(): text}), section, key) is on
    (folder / "hw.toml").write_text(f"[{section}]\n{key} = true\n")
    assert value(load(), section, key) is True
    for wrong in ('"yes"', "1", "0"):
        (folder / "hw.toml").write_text(f"[{section}]\n{key} = {wrong}\n")
        with pytest.raises(UsageError, match=rf"^hw\.toml, \[{section}\] {key} must be true or false"):
            load()


@pytest.mark.parametrize(("section", "key"), NUMBERS, ids=map(".".join, NUMBERS))
def test_environment_text_that_is_not_a_number_names_the_variable(folder, section, key):
    variable = f"HW_{section}_{key}".upper()
    for wrong in ("many", "", "nan", "inf", "true"):
        with pytest.raises(UsageError, match=f"^{variable} must be .*, not '{wrong}'$"):
            load(**{variable: wrong})


def test_largest_seed_is_allowed(folder):
    for seed in (2**53 + 1, 2**63 - 1):
        assert load(HW_SAMPLE_SEED=str(seed)).config.sample.seed == seed
        (folder / "hw.toml").write_text(f"[sample]\nseed = {seed}\n")
        assert load().config.sample.seed == seed
    with pytest.raises(UsageError, match="from 0 to 9223372036854775807, not '9223372036854775808'"):
        load(HW_SAMPLE_SEED=str(2**63))


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_hold_settings_within_their_ranges(preset):
    config = loading.load(flags={"train": {"preset": preset}}, environ={}).config
    for name, number in PRESETS[preset].items():
        section, key = name.split(".")
        assert getattr(getattr(config, section), key) == number
