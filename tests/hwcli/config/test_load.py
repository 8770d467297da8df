"""Loading settings: the precedence of their sources, and errors that name the source."""

import tomllib
from dataclasses import FrozenInstanceError

import pytest

from hwcli.config import load as loading
from hwcli.config import sections
from hwcli.config.resume import stored_settings
from hwcli.errors import HwError, UsageError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(file=None, flags=None, **environ):
    return loading.load(file, flags, environ)


def test_flags_override_environment_overrides_file_overrides_defaults(folder):
    (folder / "hw.toml").write_text("[train]\nlr = 0.1\nepochs = 3\nwindow = 50\n")
    settings = load(
        flags={"train": {"lr": 0.3, "epochs": None}}, HW_TRAIN_LR="0.2", HW_TRAIN_EPOCHS="4", HOME="/"
    )
    train = settings.config.train
    assert (train.lr, train.epochs, train.window, train.batch_size) == (0.3, 4, 50, 50)
    assert settings.origins == {
        "train.lr": "--lr", "train.epochs": "HW_TRAIN_EPOCHS", "train.window": "hw.toml",
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_may_have_a_byte_order_mark(folder, encoding):
    text = "[sample]\r\nseed = 7\r\nreplace = { 'é' = 'e' }\r\n"
    (folder / "hw.toml").write_bytes(text.encode(encoding))
    sample = load().config.sample
    assert (sample.seed, dict(sample.replace)) == (7, {"é": "e"})
    assert stored_settings(folder / "hw.toml").config.sample == sample


def test_asked_returns_only_flags(folder):
    (folder / "hw.toml").write_text("[sample]\nseed = 7\n[train]\nlr = 0.1\n")
    settings = load(
        flags={"sample": {"count": 1, "points": None}, "train": {"lr": 0.2}}, HW_SAMPLE_BIAS="0.5"
    )
    assert settings.asked("sample") == {"count"}  # even at its default value
    assert settings.asked("train") == {"lr"}
    assert settings.asked("render") == set()


def test_named_file_replaces_hw_toml(folder):
    (folder / "hw.toml").write_text("[sample]\npoints = 1\nbias = 2.0\n")
    (folder / "other.toml").write_text("[sample]\npoints = 2\n")
    assert load(folder / "other.toml").config.sample.points == 2
    assert load(folder / "other.toml").config.sample.bias == 0


def test_settings_are_frozen(folder):
    with pytest.raises(FrozenInstanceError):
        load().config.train.lr = 1.0


@pytest.mark.parametrize(
    ("variable", "text", "where", "value"),
    [
        ("HW_TRAIN_BATCH_SIZE", "64", "train.batch_size", 64),
        ("HW_TRAIN_LR", "1e-3", "train.lr", 0.001),
        ("HW_MODEL_SKIP", "yes", "model.skip", True),
        ("HW_MODEL_SKIP", "0", "model.skip", False),
        ("HW_SAMPLE_MODEL", "m.safetensors", "sample.model", "m.safetensors"),
        ("HW_SAMPLE_SEED", "7", "sample.seed", 7),
    ],
)
def test_environment_text_becomes_the_type_of_the_setting(folder, variable, text, where, value):
    section, key = where.split(".")
    got = getattr(getattr(load(**{variable: text}).config, section), key)
    assert (got, type(got)) == (value, type(value))


BAD = [
    ("[trian]\nlr = 1.0\n", "unknown section [trian]", "train"),
    ("[train]\nlearning = 1\n", "unknown key 'learning'", ""),
    ("[train]\nbatchsize = 1\n", "unknown key 'batchsize'", "batch_size"),
    ("train = 3\n", "must be a section", None),
    ("[train]\nlr = 'fast'\n", "must be a number above 0 and at most 1, not 'fast'", None),
    ("[train]\nbatch_size = 2.5\n", "must be a whole number of at least 1, not 2.5", None),
    ("[train]\nbatch_size = true\n", "must be a whole number of at least 1, not True", None),
    ("[model]\nskip = 1\n", "must be true or false", None),
    ("[train]\nlr = 0\n", "must be a number above 0 and at most 1, not 0", None),
    ("[train]\nlr = nan\n", "must be a number above 0 and at most 1, not nan", None),
    ("[model]\ndropout = 1.0\n", "must be a number from 0 to 0.95, not 1.0", None),
    ("[sample]\npoints = 0\n", "must be a whole number of at least 1, not 0", None),
    ("[train]\nschedule = 'cosin'\n", "cannot be 'cosin'", "cosine"),
    ("[train\n", "not valid TOML", None),
    ("[sample]\nmodel = 'caf\udce9'\n", "not valid TOML", None),
]


@pytest.mark.parametrize(("text", "message", "hint"), BAD, ids=[row[1] for row in BAD])
def test_invalid_file_is_refused_with_place_and_nearest_name(folder, text, message, hint):
    (folder / "hw.toml").write_text(text, errors="surrogateescape")
    with pytest.raises(UsageError) as caught:
        load()
    assert caught.value.message.startswith("hw.toml")
    assert message in caught.value.message
    assert hint is None or hint in caught.value.hint


def test_unknown_variable_names_the_nearest(folder):
    with pytest.raises(UsageError) as caught:
        load(HW_TRAIN_BATCHSIZE="3")
    assert "HW_TRAIN_BATCHSIZE" in caught.value.message
    assert "HW_TRAIN_BATCH_SIZE" in caught.value.hint


def test_variables_of_other_programs_are_ignored(folder):
    assert load(HW_HOME="x", HWLOC="y", PATH="z").config == sections.Config()


def test_missing_file_is_named_in_the_error(folder):
    with pytest.raises(HwError, match=r"nowhere\.toml"):
        load(folder / "nowhere.toml")


def test_settings_round_trip_through_toml(folder):
    flags = {"train": {"lr": 0.0125, "seed": 3}, "model": {"skip": True}, "sample": {"model": 'a "b"\\c\n#'}}
    settings = load(flags=flags)
    text = settings.toml()
    (folder / "hw.toml").write_text(text, encoding="utf-8")
    assert load().config == settings.config
    assert tomllib.loads(text)["train"]["lr"] == 0.0125
    assert "lr = 0.0125  # --lr\n" in text
    assert "epochs = 30  # default\n" in text


def test_a_file_named_like_a_variable_is_still_a_file(folder):
    (folder / "HW_mine.toml").write_text("[sample]\npoints = '5'\n")
    with pytest.raises(UsageError, match=r"HW_mine\.toml, \[sample\] points must be a whole number"):
        load(folder / "HW_mine.toml")


def test_a_variable_that_is_not_utf_8_is_refused():
    with pytest.raises(UsageError, match="HW_SAMPLE_MODEL is not valid UTF-8"):
        load(HW_SAMPLE_MODEL="\udcff")


def test_a_training_window_has_a_limit():
    with pytest.raises(UsageError, match="HW_TRAIN_WINDOW must be a whole number from 2 to 1000000"):
        load(HW_TRAIN_WINDOW="1000001")
