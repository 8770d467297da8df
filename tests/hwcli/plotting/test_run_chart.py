"""Charts of runs: what is shown, in which units, and how it is labelled."""

from __future__ import annotations

import numpy as np
import pytest

from hwcli.errors import HwError
from hwcli.plotting.quantities import QUANTITIES, ChartOptions
from hwcli.plotting.run_chart import build_chart
from metrics_rows import history, history_of


def test_first_losses_do_not_flatten_the_rest() -> None:
    losses = [1e4, 500.0, 40.0, 8.0, *np.linspace(-1.0, -1.5, 296)]
    low, high = build_chart([history_of(list(losses), [])], ChartOptions()).y_range
    assert low < -1.45
    assert high < 1.5


def test_best_and_last_value_are_shown() -> None:
    valid: list[float | None] = [-1.0, -1.2, -1.9, None, -1.1, -0.2]
    chart = build_chart([history_of([-1.0] * 60, valid)], ChartOptions())
    assert chart.y_range[0] < -1.9
    assert chart.y_range[1] > -0.2
    (curve,) = chart.curves
    assert curve.best is not None
    assert (curve.best.x, curve.best.y, curve.best.text) == (3.0, -1.9, "−1.9000")
    assert curve.label == "run: best −1.9000 (epoch 3)"


def test_diverged_run_does_not_flatten_the_others() -> None:
    good = history_of(list(np.linspace(-1, -1.5, 200)), [-1.0 - 0.02 * k for k in range(20)], name="good")
    bad = history_of([*np.linspace(-1, -1.2, 60), *[1e30] * 20], [-1.0, -1.1, -1.1, 1e30], name="bad")
    low, high = build_chart([good, bad], ChartOptions()).y_range
    assert low < -1.5
    assert high < 2


def test_reference_is_shown_however_far_it_is() -> None:
    options = ChartOptions(references=(("Graves", -1057.7), ("", 3.0)))
    chart = build_chart([history_of([-1.0] * 20, [-1.0, -1.1])], options)
    assert chart.y_range[0] < -1057.7
    assert [reference.label for reference in chart.references] == ["Graves −1057.7", "3"]


def test_x_counts_steps_if_a_run_has_not_completed_an_epoch() -> None:
    old, young = history_of([-1.0] * 20, [-1.0, -1.1], name="old"), history_of([1.0] * 5, [], name="young")
    assert build_chart([old], ChartOptions()).x_label == "epochs"
    chart = build_chart([old, young], ChartOptions())
    assert (chart.x_label, chart.x_end) == ("steps", 200)
    with pytest.raises(HwError, match="young"):
        build_chart([old, young], ChartOptions(x="epochs"))


@pytest.mark.parametrize("what", QUANTITIES)
def test_every_quantity_is_drawn_from_its_rows(what: str) -> None:
    quantity = QUANTITIES[what]
    rows = [{"step": 10 * k, "epoch": k, **dict.fromkeys(quantity.keys, 1.0 * k)} for k in range(1, 9)]
    chart = build_chart([history(*rows, name=name) for name in ("a", "b")], ChartOptions(what=what))
    assert len(chart.curves) == 2
    for curve in chart.curves:
        assert (curve.training is not None) == bool(quantity.training)
        assert (curve.epochs is not None) == bool(quantity.epochs)
        assert (curve.best is not None) == quantity.best
    assert (chart.y_range[0] == 0) == quantity.from_zero


def test_legend_states_the_smoothing() -> None:
    run = history_of(list(np.linspace(-1, -2, 200)), [-1.0, -1.1])
    assert build_chart([run], ChartOptions()).training_label == "training, mean over 50 steps"
    raw = build_chart([run], ChartOptions(smooth=0))
    assert raw.training_label == "training, every value"
    assert raw.curves[0].training is not None
    assert np.array_equal(raw.curves[0].training.y, np.linspace(-1, -2, 200))


def test_readers_count_characters() -> None:
    rows = [
        {"step": 10, "epoch": 1, "loss": 2.0, "lr": 0.1},
        {"step": 12, "epoch": 1, "train_nats_per_character": 2.1, "valid_error_rate": 0.5},
        {"step": 24, "epoch": 2, "train_nats_per_character": 1.1, "valid_error_rate": 0.25},
    ]
    reader, writer = history(*rows), history_of([-1.0] * 20, [-1.2, -1.3])
    assert build_chart([reader], ChartOptions()).y_label == "nats per character"
    assert build_chart([writer], ChartOptions()).y_label == "nats per point"
    assert build_chart([reader, writer], ChartOptions()).y_label == "nats per point or nats per character"
    chart = build_chart([reader], ChartOptions("errors"))
    assert (chart.y_label, chart.curves[0].best.y) == ("character error rate", 0.25)
