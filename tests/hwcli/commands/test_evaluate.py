"""hw evaluate by protocol, as a user runs it."""

import json
import math

import numpy as np
import pytest

from handmade import dataset_of, hw_here, offsets_of, refused, tiny_dataset, tiny_model

ON_CPU = ("--device", "cpu", "--model", "m.safetensors")
COMMON = {
    "model", "split", "sigma_floor", "protocol", "quantity", "unit", "better", "value", "nats_per_sequence",
    "nats_per_point", "sse_per_point", "lines", "points", "sources", "lines_of_known_groups",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("evaluate")
    tiny_dataset(root / "data")
    lines = [(offsets_of(n, n) * [2, 2, 1]).astype(np.int16) for n in (30, 12, 25)]
    dataset_of(root / "iam-sized", lines, ["train", "valid", "valid"])
    dataset_of(root / "rescaled", [offsets_of(9, 1).astype(np.float32) / 3] * 2, ["train", "valid"])
    tiny_model(root / "m.safetensors", layers=2)
    return root


def row(folder, *how) -> dict:
    done = hw_here("evaluate", "iam-sized", *ON_CPU, "--json", *how, cwd=folder)
    assert (done.status, done.err) == (0, ""), done
    return json.loads(done.out)


def test_default_protocol_is_graves(folder):
    assert row(folder) == row(folder, "--protocol", "graves")


@pytest.mark.parametrize(
    ("protocol", "quantity", "better", "more"),
    [
        ("graves", "log-loss", "lower", set()),
        ("vrnn", "log-likelihood", "higher", set()),
        ("mass", "code length", "lower", {"bits_per_point"}),
    ],
)
def test_json_says_what_was_measured(folder, protocol, quantity, better, more):
    found = row(folder, "--protocol", protocol)
    assert found.keys() == COMMON | more
    assert (found["protocol"], found["quantity"], found["better"]) == (protocol, quantity, better)
    assert found["unit"] == "nats per sequence"
    assert found["value"] == found["nats_per_sequence"]
    assert found["nats_per_point"] == pytest.approx(found["value"] * 2 / 37)
    assert (found["lines"], found["points"]) == (2, 37)
    if more:
        assert found["bits_per_point"] == pytest.approx(found["nats_per_point"] / math.log(2))


def test_protocols_are_about_the_same_predictions(folder):
    graves, vrnn, mass = (row(folder, "--protocol", p) for p in ("graves", "vrnn", "mass"))
    assert graves["sse_per_point"] == vrnn["sse_per_point"] == mass["sse_per_point"]
    constant = math.log(56.04462**2 / (41 * 37))  # the model's own normalisation
    assert vrnn["value"] == pytest.approx(-graves["value"] + constant * 35 / 2)
    # wide components: the mass of a cell is nearly its density, in units, times its area of 1
    assert mass["value"] == pytest.approx(graves["value"] + math.log(41 * 37) * 35 / 2, abs=0.3)


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        ("graves", ["log-loss", "nats per sequence", "lower is better", "no component narrower than 0.0122"]),
        ("vrnn", ["log-likelihood", "higher is better", "divided by 56.04462 in both axes"]),
        ("mass", ["code length", "bits", "lower is better", "probability of whole coordinates"]),
    ],
)
def test_text_says_what_was_measured(folder, protocol, words):
    done = hw_here("evaluate", "iam-sized", *ON_CPU, "--protocol", protocol, cwd=folder)
    assert (done.status, done.err) == (0, ""), done
    text = done.out.decode()
    for word in [*words, f"protocol {protocol}:", "SSE", "on 2 lines, 37 points of iam-sized (valid)"]:
        assert word in text, (word, text)


def test_vrnn_in_units_unlike_iams_is_measured_with_a_warning(folder):
    done = hw_here("evaluate", "data", *ON_CPU, "--protocol", "vrnn", "--json", cwd=folder)
    assert done.status == 0, done
    assert "warning: data does not seem to be in the units of IAM-OnDB" in done.err.replace("\n", " ")
    assert json.loads(done.out)["protocol"] == "vrnn"


REFUSED = [
    ("iam-sized --protocol bits", 2, ["--protocol cannot be 'bits'", "graves, vrnn, mass"]),
    ("iam-sized --protocol ''", 2, ["--protocol cannot be ''"]),
    ("iam-sized --protocol Graves", 2, ["--protocol cannot be 'Graves'"]),
    ("rescaled --protocol mass", 1, ["rescaled", "not whole numbers", "--fit"]),
    ("rescaled --protocol vrnn", 1, ["rescaled", "not whole numbers"]),
    ("iam-sized --protocol mass --split test", 1, ["no lines in split 'test'"]),
]


@pytest.mark.parametrize(("arguments", "status", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_measured_is_refused(folder, arguments, status, words):
    given = [part.strip("'") for part in arguments.split()]
    refused(hw_here("evaluate", *given, *ON_CPU, cwd=folder), *words, status=status)


def test_graves_scores_coordinates_that_are_not_whole(folder):
    done = hw_here("evaluate", "rescaled", *ON_CPU, "--json", cwd=folder)
    assert (done.status, done.err) == (0, ""), done


def test_mass_does_not_depend_on_the_batch_size(folder):
    whole, single = row(folder, "--protocol", "mass"), row(folder, "--protocol", "mass", "--batch-size", "1")
    assert single["value"] == pytest.approx(whole["value"], rel=1e-6)
