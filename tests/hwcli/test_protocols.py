"""What the protocols measure, each against its own definition."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from handmade import constant_model, dataset_of, offsets_of, random_model
from hwcli.dataset import store
from hwcli.dataset.store import BODY_UNITS, TABLET, LineInfo, Source, open_dataset
from hwcli.engine.lstm import Engine, Weights
from hwcli.engine.mixture import Mixture, eos_log_probability, mixture, offset_log_density
from hwcli.errors import HwError, UsageError
from hwcli.evaluation.scoring import score_lines
from hwcli.hw_warning import HwWarning
from hwcli.normalisation import START, Normalisation, normalise
from hwcli.protocols import GRAVES, MASS, PROTOCOLS, VRNN, VRNN_SCALE, protocol_of

LENGTHS = (12, 40, 7)


def scaled(points: int, factor: int) -> np.ndarray:
    """Rows of whole numbers; a factor of 2 makes them spread like IAM's."""
    return (offsets_of(points, points) * [factor, factor, 1]).astype(np.int16)


@pytest.fixture
def data(tmp_path):
    """Lines whose offsets spread over as many units as IAM's."""
    return dataset_of(tmp_path / "d", [scaled(n, 2) for n in LENGTHS])


def figures_of(protocol, file, data):
    return protocol.figures(score_lines(file, data, range(3), protocol=protocol).mean(), file.normalisation)


def predictions(file, data, line):
    """Return the outputs, in float64, and the rows in the source's units of all points of a line."""
    rows = data.line(line).astype(np.float64)
    engine = Engine(Weights.of(file, np.float64), 1)
    inputs = normalise(np.concatenate([[START], rows[:-1]]), file.normalisation)
    inputs[0] = normalise(np.array(START), file.normalisation)
    return np.stack([engine.step(row[:, None].astype(np.float64))[:, 0] for row in inputs]), rows


def rescaled(file, raw, scale: float, shift: float) -> Mixture:
    """Return the mixture of offsets (offset - shift) / scale, with one scale and shift for both axes."""
    norm = file.normalisation
    mix, std, mean = mixture(raw, np.array(norm.sigma_min)), np.array(norm.std), np.array(norm.mean)
    mu = (mix.mu * std[:, None] + mean[:, None] - shift) / scale
    return mix._replace(mu=mu, sigma=mix.sigma * std[:, None] / scale)


def test_vrnn_is_the_density_of_offsets_with_both_axes_divided_by_one_number(data):
    """Written out in the units of those papers; a shift changes nothing."""
    file = random_model(2)
    total = 0.0
    for line in range(3):
        raw, rows = predictions(file, data, line)
        mix = rescaled(file, raw, VRNN_SCALE, 8.0)
        total += offset_log_density(mix, (rows[:, :2] - 8.0) / VRNN_SCALE)[1:].sum()
        total += eos_log_probability(raw, rows[:, 2]).sum()
    figures = figures_of(VRNN, file, data)
    assert figures.nats_per_sequence == pytest.approx(total / 3, rel=1e-5)
    assert figures.nats_per_point == pytest.approx(total / sum(LENGTHS), rel=1e-5)
    graves = figures_of(GRAVES, file, data).nats_per_sequence
    constant = math.log(VRNN_SCALE**2 / (41.0 * 37.0))
    assert figures.nats_per_sequence == pytest.approx(-graves + constant * (59 - 3) / 3)


def test_the_normalisation_of_iam_adds_0_6996_nats_per_offset():
    assert math.log(VRNN_SCALE**2 / (42.0436 * 37.1134)) == pytest.approx(0.6996, abs=5e-5)


def test_mass_is_the_probability_of_the_whole_numbers(data):
    """By a fine sum over the density in the cells, in the tablet's units."""
    file = random_model(2)
    at = (np.arange(60) + 0.5) / 60 - 0.5
    inside = np.stack(np.meshgrid(at, at, indexing="ij"), -1).reshape(-1, 2)
    total = 0.0
    for line in range(3):
        raw, rows = predictions(file, data, line)
        mix = rescaled(file, raw, 1.0, 0.0)
        for t in range(1, len(rows)):
            one = Mixture(*(part[t] for part in mix))
            log_density = offset_log_density(one, rows[t, :2] + inside)
            top = log_density.max()
            total -= top + np.log(np.exp(log_density - top).mean())
        total -= eos_log_probability(raw, rows[:, 2]).sum()
    figures = figures_of(MASS, file, data)
    assert figures.nats_per_sequence == pytest.approx(total / 3, rel=1e-4)
    assert figures.bits_per_point == pytest.approx(total / sum(LENGTHS) / math.log(2), rel=1e-4)


def test_a_narrow_sigma_flatters_density_but_not_mass(tmp_path):
    """A network certain of what comes: the narrower it is, the higher its density; no mass is above 1."""
    still = dataset_of(tmp_path / "still", [np.zeros((5, 3), np.int16)])
    nats = {}
    for floor in (1.0, 0.1, 0.01):  # twice the smallest sigma, in units
        raw = [-30.0, 0.0, 0.0, 0.0, -30.0, -30.0, 0.0]
        file = constant_model(raw, Normalisation((0.0, 0.0), (1.0, 1.0), floor))
        for protocol in (GRAVES, MASS):
            found = score_lines(file, still, [0], protocol=protocol).mean()
            figures = protocol.figures(found, file.normalisation)
            nats[protocol.name, floor] = figures.nats_per_sequence
    assert nats["graves", 0.01] < nats["graves", 0.1] - 15 < nats["graves", 1.0] - 30
    assert nats["mass", 0.1] == pytest.approx(0, abs=1e-12)
    assert nats["mass", 0.01] == pytest.approx(0, abs=1e-12)
    assert nats["mass", 1.0] == pytest.approx(-8 * math.log(math.erf(math.sqrt(0.5))), rel=1e-5)


def test_directions_and_names():
    assert [(p.name, p.better) for p in PROTOCOLS.values()] == [
        ("graves", "lower"),
        ("vrnn", "higher"),
        ("mass", "lower"),
    ]
    with pytest.raises(UsageError, match="--protocol cannot be 'bits'") as error:
        protocol_of("bits")
    assert "graves, vrnn, mass" in error.value.hint
    with pytest.raises(UsageError, match="--protocol cannot be 'cer' here: it is for readers"):
        protocol_of("cer")


@pytest.mark.parametrize("protocol", [VRNN, MASS], ids=lambda p: p.name)
def test_coordinates_that_are_not_whole_are_refused(tmp_path, protocol):
    data = dataset_of(tmp_path / "d", [offsets_of(9, 1).astype(np.float32) * 1.5])
    with pytest.raises(HwError, match="not whole numbers"):
        protocol.check(data, [0])
    GRAVES.check(data, [0])


def test_of_mixed_ink_only_lines_of_whole_numbers_have_a_code_length(tmp_path, recwarn):
    """A source that was scaled has units too, but not whole ones."""
    warnings.simplefilter("always", HwWarning)
    lines = [scaled(200, 2), scaled(200, 2).astype(np.float32) * [0.9, 1.1, 1]]
    rows, starts = np.concatenate(lines).astype(np.float32), np.array([0, 200, 400])
    sources = [Source("iam", TABLET, 1.0), Source("phone", BODY_UNITS, 1.0)]
    infos = [LineInfo(f"l{k}", f"g{k}", "valid", source=k) for k in range(2)]
    (tmp_path / "d").mkdir()
    store.write(tmp_path / "d", rows, starts, infos, {"names": ["made by hand"]}, sources)
    data = open_dataset(tmp_path / "d")
    assert data.normalisation.resolution == 1
    MASS.check(data, [0])
    VRNN.check(data, [0])
    assert not recwarn
    for some in ([1], [0, 1]):
        with pytest.raises(HwError, match="not whole numbers"):
            MASS.check(data, some)
    VRNN.check(data, [0, 1])
    assert ["not all whole numbers" in str(one.message) for one in recwarn] == [True]


@pytest.mark.parametrize(("factor", "warned"), [(1, True), (2, False), (4, True)])
def test_vrnn_warns_about_units_unlike_iams(tmp_path, recwarn, factor, warned):
    warnings.simplefilter("always", HwWarning)
    data = dataset_of(tmp_path / "d", [scaled(200, factor)])
    MASS.check(data, [0])
    assert not recwarn
    VRNN.check(data, [0])
    assert ["not seem to be in the units of IAM-OnDB" in str(one.message) for one in recwarn] == [
        True
    ] * warned
