"""hw plot -o report.html: one page about training runs."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

import hwcli
from handmade import files_in, hw_here, refused, tiny_dataset

IMAGE = re.compile(r'<img alt="([^"]*)" src="data:image/svg\+xml;base64,([^"]*)">')
NAMES = {"layers": 1, "hidden": 4, "mixtures": 2}


def page_of(folder: Path, *words: str) -> str:
    done = hw_here("plot", *words, "-o", "report.html", cwd=folder)
    assert done.status == 0, done
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two epochs, as hw train writes it."""
    root: Path = tmp_path_factory.mktemp("report")
    tiny_dataset(root / "data")
    sizes = [word for name, value in NAMES.items() for word in (f"--{name}", str(value))]
    done = hw_here("train", "data", "-o", "run", "--epochs", "2", "--seed", "7", *sizes, cwd=root)
    assert done.status == 0, done
    return root


def epoch(number: int, step: int, **values: float) -> str:
    return json.dumps({"step": step, "epoch": number, **values})


def test_report_has_curves_epochs_samples_and_settings(folder):
    page = page_of(folder, "run")
    pictures = dict(IMAGE.findall(page))
    curves = {"nats per point", "nats per sequence", "squared error per point", "points per second"}
    assert curves <= set(pictures)
    for number in (1, 2):
        shown = base64.b64decode(pictures[f"sample after epoch {number}"])
        assert shown == (folder / "run" / "samples" / f"epoch-00{number}.svg").read_bytes()
    rows = [json.loads(line) for line in (folder / "run" / "metrics.jsonl").read_text().splitlines()]
    for row in (row for row in rows if "valid_nats_per_point" in row):
        assert f"<td>{row['valid_nats_per_point']:.4f}</td>".replace("-", "−") in page
    assert "seed = 7  # --seed" in page
    assert "hidden = 4" in page
    assert re.search(r"hw [\d.]+, Python 3\.\d+\.\d+, PyTorch", page)
    chosen = re.search(r"not the default</h3>\s*<pre>(.*?)</pre>", page, re.S)[1]
    assert "# default" not in chosen
    assert "lr = " not in chosen


def test_report_loads_nothing(folder):
    page = page_of(folder, "run")
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    assert not re.search(r'(?:src|href)="(?!data:|#)', page)
    assert "<script" not in page


def test_runs_are_compared_in_one_report(tmp_path):
    for name, level in (("a", 1.0), ("b", 0.5)):
        (tmp_path / name).mkdir()
        lines = [epoch(k, 10 * k, valid_nats_per_point=level / k, loss=1.0) for k in (1, 2)]
        (tmp_path / name / "metrics.jsonl").write_text("\n".join(lines) + "\n")
    page = page_of(tmp_path, "a", "b")
    assert "<h1>Training of a, b</h1>" in page
    assert "a: 20 steps, 2 epochs; the best was epoch 2: validation, nats per point 0.5000." in page
    assert "b: 20 steps, 2 epochs; the best was epoch 2: validation, nats per point 0.2500." in page
    assert len(re.findall('<tr class="best">', page)) == 2


def test_errors_of_a_reader_are_shown_by_class(tmp_path):
    (tmp_path / "run").mkdir()
    values = {"valid_error_rate": 0.125, "valid_digits": 0.5, "valid_capitals": 0.25}
    (tmp_path / "run" / "metrics.jsonl").write_text(
        epoch(1, 10, train_nats_per_character=1.5, **values) + "\n"
    )
    page = page_of(tmp_path, "run", "--what", "errors")
    assert "<td>12.50%</td><td>25.00%</td><td>50.00%</td>" in page
    assert "the best was epoch 1: characters misread 12.50%." in page


def test_markup_in_a_run_stays_text(tmp_path):
    run = tmp_path / "<b>&run"
    (run / "samples").mkdir(parents=True)
    (run / "metrics.jsonl").write_text(epoch(1, 10, valid_nats_per_point=1.0) + "\n")
    (run / "config.toml").write_text('seed = "</pre><script>alert(1)</script>"\n')
    for name in ("epoch-<i>.svg", "step-000030.svg"):
        (run / "samples" / name).write_text("<svg/>")
    page = page_of(tmp_path, run.name)
    assert "<script" not in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert re.findall("<figcaption>(.*?)</figcaption>", page) == ["step 30"]
    assert "Training of &lt;b&gt;&amp;run" in page


def test_many_samples_are_thinned_out_and_huge_ones_left_out(tmp_path):
    run = tmp_path / "run"
    (run / "samples").mkdir(parents=True)
    (run / "metrics.jsonl").write_text(epoch(1, 10, valid_nats_per_point=1.0) + "\n")
    for number in range(1, 101):
        (run / "samples" / f"epoch-{number:03}.svg").write_text("<svg/>")
    (run / "samples" / "epoch-101.svg").write_bytes(b" " * 2_000_001)
    shown = [
        int(number) for number in re.findall("<figcaption>epoch (.*?)</figcaption>", page_of(tmp_path, "run"))
    ]
    assert shown[0] == 1
    assert shown[-1] == 100
    assert 12 <= len(shown) <= 25


def test_nothing_is_written_where_nothing_was_measured(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "metrics.jsonl").write_text(epoch(1, 10, lr=0.5) + "\n")
    before = files_in(tmp_path)
    refused(hw_here("plot", "run", "-o", "report.html", cwd=tmp_path), "no finite loss")
    assert files_in(tmp_path) == before


def test_samples_of_text_are_read(tmp_path):
    """The first picture says its text, the second one another, and the third none that could be read."""
    samples = tmp_path / "run" / "samples"
    samples.mkdir(parents=True)
    (tmp_path / "run" / "metrics.jsonl").write_text(epoch(1, 10, valid_nats_per_point=1.0))
    ink = hwcli.load_model(kind="synthesis").sample(seed=3, bias=1, text="hello", predictions=False)
    dot = replace(ink, strokes=(ink.strokes[0][:1],), trace=None)
    for number, one in enumerate((ink, replace(ink, text="<hallo>"), dot), 1):
        one.draw().save(samples / f"epoch-00{number}.svg")
    page = page_of(tmp_path, "run")
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", page)
    assert captions[0] == "epoch 1: 0% misread<q>hello</q>"
    assert captions[1] == "epoch 2: 43% misread<q>hello</q>"
    assert captions[2].startswith("epoch 3")
    assert "The text:<q>" in page
    assert "<hallo>" not in page
