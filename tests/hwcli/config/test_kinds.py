"""Settings that only some kinds of network have."""

import pytest

from hwcli.config.kinds import FOR_READERS, NOT_FOR_READERS, check_flags, in_use
from hwcli.config.load import load
from hwcli.config.sections import ModelConfig, TrainConfig
from hwcli.errors import UsageError


def given(environ=None, **flags):
    model = {key: flags.pop(key) for key in list(flags) if key in vars(ModelConfig())}
    return load(flags={"model": model, "train": flags}, environ=environ or {})


@pytest.mark.parametrize("flag", [{"mixtures": 3}, {"skip": True}, {"gaussians": 2}, {"window": 9}], ids=str)
def test_flags_without_meaning_for_a_reader_are_refused(flag):
    (key,) = flag
    with pytest.raises(UsageError, match=f"--{key} cannot be used with --kind reader"):
        check_flags(given(kind="reader", **flag))
    check_flags(given(kind="synthesis", **flag))


def test_several_flags_are_named_together():
    with pytest.raises(UsageError, match="--mixtures, --window cannot be used with") as caught:
        check_flags(given(kind="reader", mixtures=3, window=9))
    assert caught.value.hint == "leave them out"


def test_composed_is_for_readers_only():
    with pytest.raises(UsageError, match="--composed cannot be used without --kind reader"):
        check_flags(given(composed=2.0))
    check_flags(given(kind="reader", composed=2.0))


def test_a_reader_cannot_learn_in_bfloat16():
    with pytest.raises(UsageError, match="--precision cannot be bfloat16"):
        check_flags(given(kind="reader", precision="bfloat16"))
    check_flags(given(kind="reader", precision="float32"))


def test_presets_and_variables_for_other_kinds_are_ignored():
    check_flags(given(kind="reader", preset="best"))
    check_flags(given({"HW_TRAIN_WINDOW": "9", "HW_TRAIN_COMPOSED": "2"}, kind="reader"))
    check_flags(given({"HW_TRAIN_COMPOSED": "2"}))


def test_preset_reader_trains_a_reader():
    settings = given(preset="reader")
    check_flags(settings)
    model, train = settings.config.model, settings.config.train
    assert (model.kind, model.layers, model.hidden, model.dropout) == ("reader", 3, 128, 0.15)
    assert (train.optimiser, train.lr, train.batch_size, train.clip) == ("muon", 0.006, 48, 1.0)
    assert (train.augment, train.composed) == (1.0, 1.0)


@pytest.mark.parametrize(("kind", "unused"), [("reader", NOT_FOR_READERS), ("prediction", FOR_READERS)])
def test_settings_in_use_leave_out_those_of_other_kinds(kind, unused):
    config = given(kind=kind).config
    for section, own in (("model", ModelConfig()), ("train", TrainConfig())):
        used = in_use(config, section)
        assert not set(used) & set(unused.get(section, ()))
        assert set(used) | set(unused.get(section, ())) >= {k for k, v in vars(own).items() if v is not None}
