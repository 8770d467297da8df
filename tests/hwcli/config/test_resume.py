"""The settings of a resumed run keep their values and their sources."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.config.load import Settings, load
from hwcli.config.resume import resumed_settings, stored_settings
from hwcli.config.sections import SECTIONS, as_dict
from hwcli.errors import UsageError

NAMES = [f"{section}.{key}" for section, kind in SECTIONS.items() for key in as_dict(kind())]


@given(
    st.dictionaries(st.sampled_from(NAMES), st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]))),
    st.text(),
)
def test_stored_settings_equal_those_that_were_written(tmp_path_factory, origins, model):
    settings = load(flags={"sample": {"model": model}, "train": {"lr": 0.0125, "seed": 3}}, environ={})
    settings = Settings(settings.config, {**settings.origins, **origins})
    path = tmp_path_factory.mktemp("stored") / "config.toml"
    path.write_text("# a head\n\n" + settings.toml(), encoding="utf-8")
    stored = stored_settings(path)
    assert stored.config == settings.config
    shown = {name: "".join(c if c.isprintable() else "?" for c in o) for name, o in settings.origins.items()}
    assert stored.origins == {name: origin for name, origin in shown.items() if origin != "default"}
    assert stored.toml() == settings.toml()


def test_source_with_odd_characters_leaves_the_file_valid():
    settings = Settings(load(environ={}).config, {"train.lr": "a\nb\r\t\udce9 # c.toml"})
    text = settings.toml()
    assert "lr = 0.005  # a?b??? # c.toml\n" in text
    tomllib.loads(text)


def test_source_of_an_edited_line_is_the_file(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(
        "[train]\nlr=0.25  # --lr\nepochs = 4\nwindow = 50  # hw.toml\n[sample]\nbias = 1.0 # --bias\n"
    )
    stored = stored_settings(path)
    assert (stored.config.train.lr, stored.config.train.epochs, stored.config.sample.bias) == (0.25, 4, 1)
    assert stored.origins == {
        "train.lr": str(path), "train.epochs": str(path), "train.window": "hw.toml", "sample.bias": str(path),
    }  # fmt: skip


def flags(**train) -> Settings:
    return load(flags={"train": train}, environ={})


def test_only_a_flag_that_changes_a_value_becomes_its_source(tmp_path):
    stored = Settings(flags(lr=0.01, epochs=3).config, {"train.lr": "hw.toml", "train.epochs": "preset best"})
    same = resumed_settings(stored, flags(lr=0.01, epochs=3), tmp_path)
    assert (same.config, same.origins) == (stored.config, stored.origins)
    more = resumed_settings(stored, flags(epochs=9), tmp_path)
    assert more.origins == {"train.lr": "hw.toml", "train.epochs": "--epochs"}
    smaller = resumed_settings(stored, flags(lr=0.005, clip=1.0), tmp_path)
    assert smaller.origins == {"train.lr": "--lr", "train.clip": "--clip", "train.epochs": "preset best"}
    assert (smaller.config.train.lr, smaller.config.train.clip) == (0.005, 1.0)
    with pytest.raises(UsageError, match=r"--weight-decay cannot change from 0\.0 to 0\.02"):
        resumed_settings(stored, flags(weight_decay=0.02), tmp_path)
