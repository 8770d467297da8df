"""hw sample --prime, --until and --score, as typed by a user."""

import json
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest

from handmade import environment, files_in, hw_here, iam_xml, ink_line, inks_in, random_model, refused, wander
from hwcli.ink_io.formats import parse
from hwcli.ink_size import Size
from hwcli.model import file as model_file
from renderers.ink import Ink

STROKES = wander(60, seed=3)
HAND = Size.of(Ink(strokes=tuple(STROKES)))
PLAIN = ["sample", "--model", "m.safetensors", "--seed", "1"]
SCORE = ["sample", "--model", "m.safetensors", "--score"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a model whose training lines have the size of good.xml, and valid and invalid ink."""
    root = tmp_path_factory.mktemp("steering")
    model_file.write(root / "m.safetensors", replace(random_model(), about={"hand": asdict(HAND)}))
    model_file.write(root / "hurt.safetensors", replace(random_model(), about={"hand": {"height": -1}}))
    bent = [[[x * 1e300, y * 1e300] for x, y in s] for s in STROKES]
    for name, content in {
        "good.xml": iam_xml(STROKES),
        "three.ndjson": ink_line(STROKES, id="a") + ink_line([[[0, 0], [9, 9]]]) * 2,
        "empty.xml": b"", "blank.ndjson": b"\n\n", "text.txt": b"no ink here\n",
        "nothing.ndjson": ink_line([]),
        "point.ndjson": ink_line([[[3, 4]]]), "dots.ndjson": ink_line([[[3, 4]], [[9, 9]], [[1, 0]]]),
        "level.ndjson": ink_line([[[0, 0.1], [0.7, 0.1], [3.3, 0.1]]]), "huge.ndjson": ink_line(bent),
        "nan.ndjson": b'{"hw":1,"strokes":[[[0,0],[NaN,1]]]}\n',
        "null.ndjson": ink_line([[[0, 0], [None, 1]]]),
        "far.ndjson": ink_line([*STROKES, [[1e17, 0]]]),
        "half.ndjson": ink_line(STROKES) + ink_line(STROKES)[:99],
    }.items():  # fmt: skip
        (root / name).write_bytes(content)
    (root / "empty").mkdir()
    return root


def test_primed_sample_starts_with_the_prime(folder):
    primed = inks_in(hw_here(*PLAIN, "--prime", "good.xml", "--points", "20", "--count", "3", cwd=folder))
    assert [ink.id for ink in primed] == ["1-0", "1-1", "1-2"]
    assert len({ink.points.tobytes() for ink in primed}) == 3
    for ink in primed:
        assert [stroke.tolist() for stroke in ink.strokes[: len(STROKES)]] == [
            [list(map(float, point)) for point in stroke] for stroke in STROKES
        ]
        assert ink.extra == {"prime_points": 60}
        assert len(ink) == len(ink.prediction) == 80


def test_drop_prime_removes_only_the_prime(folder):
    arguments = [*PLAIN, "--prime", "good.xml", "--points", "20"]
    (whole,), (rest,) = (inks_in(hw_here(*arguments, *more, cwd=folder)) for more in ([], ["--drop-prime"]))
    np.testing.assert_array_equal(rest.points, whole.points[60:])
    np.testing.assert_array_equal(rest.prediction.pi, whole.prediction.pi[60:])
    assert rest.extra == {}


def test_prime_from_stdin_equals_prime_from_file_and_is_the_first_ink(folder):
    piped = hw_here(
        *PLAIN, "--prime", "-", "--points", "9", cwd=folder, stdin=(folder / "three.ndjson").read_bytes()
    )
    named = hw_here(*PLAIN, "--prime", "good.xml", "--points", "9", cwd=folder)
    assert piped.out == named.out
    assert "-: the first of 3 inks is used" in piped.err
    assert named.err == ""
    quiet = hw_here("-q", *PLAIN, "--prime", "three.ndjson", "--points", "9", cwd=folder)
    assert (quiet.out, quiet.err) == (named.out, "")


def test_samples_can_prime_samples(folder):
    """Each sample primes the next."""
    done = hw_here(*PLAIN, "--points", "60", cwd=folder)
    for _ in range(2):
        (before,) = inks_in(done)
        done = hw_here(*PLAIN, "--prime", "-", "--points", "10", cwd=folder, stdin=done.out)
        (ink,) = inks_in(done)
        n = ink.extra["prime_points"]
        assert len(ink) == len(ink.prediction) == n + 10
        assert ink.points[0].tolist() == [0, 0]
        np.testing.assert_allclose(ink.points[n - 1], before.points[-1], rtol=1e-9)


@pytest.mark.parametrize("how", ["flag", "environment", "file"])
def test_until_ends_each_sample_at_that_pen_lift(folder, tmp_path, how):
    model = ["--model", folder / "m.safetensors"]
    more, env = (["--until", "3"] if how == "flag" else []), {}
    if how == "environment":
        env = {"HW_SAMPLE_UNTIL": "3"}
    if how == "file":
        (tmp_path / "hw.toml").write_text("[sample]\nuntil = 3\n")
    short = inks_in(hw_here("sample", *model, "--seed", "1", "--count", "4", *more, cwd=tmp_path, **env))
    (tmp_path / "hw.toml").unlink(missing_ok=True)
    long = inks_in(hw_here("sample", *model, "--seed", "1", "--count", "4", "--until", "0", cwd=tmp_path))
    for part, whole in zip(short, long, strict=True):
        assert (len(part.strokes), len(whole)) == (3, 700)
        np.testing.assert_array_equal(part.points, whole.points[: len(part)])
    assert len({len(ink) for ink in short}) > 1  # each ends at its own point


def test_primed_sample_is_rendered(folder, tmp_path):
    done = hw_here(*PLAIN, "--prime", "good.xml", "--points", "9", "--until", "2", "--render", "eos",
                   "-o", tmp_path / "x.svg", cwd=folder)  # fmt: skip
    assert (done.status, done.out) == (0, b""), done
    assert (tmp_path / "x.svg").read_bytes().startswith(b"<svg")


def test_score_equals_evaluate_on_a_dataset_of_that_line(folder, tmp_path):
    data = tmp_path / "d"
    made = hw_here("preprocess", "good.xml", "-o", data, "--valid-fraction", "0", "--jobs", "1", cwd=folder)
    assert made.status == 0, made
    evaluated = hw_here("evaluate", data, "--model", "m.safetensors", "--split", "train", "--json",
                   "--device", "cpu", cwd=folder)  # fmt: skip
    (ink,) = inks_in(hw_here(*SCORE, "good.xml", cwd=folder))
    expected, found = json.loads(evaluated.out), ink.extra["log_loss"]
    assert expected["points"] == 60
    assert found["nats"] == pytest.approx(expected["nats_per_sequence"], rel=1e-5)
    assert found["nats_per_point"] == pytest.approx(expected["nats_per_point"], rel=1e-5)
    assert found.keys() == {"nats", "nats_per_point"}
    assert (ink.id, ink.model, len(ink.prediction)) == ("good", "m", 60)


def test_stream_is_scored_in_order_and_keeps_its_metadata(folder):
    given = (
        ink_line(STROKES, id="a", text="one", writer=7)
        + ink_line(STROKES[:3], id="b", seed=5)
        + ink_line(STROKES[3:])
    )
    for more in ([], ["--no-prediction"]):
        done = hw_here(*SCORE, "-", *more, cwd=folder, stdin=given)
        a, b, c = inks_in(done)
        assert [(ink.id, ink.text, ink.seed) for ink in (a, b, c)] == [
            ("a", "one", None), ("b", None, 5), (None, None, None)
        ]  # fmt: skip
        assert a.extra["writer"] == 7
        assert [sum(map(len, ink.strokes)) for ink in (a, b, c)] == [60, 21, 39]
        assert len({ink.extra["log_loss"]["nats"] for ink in (a, b, c)}) == 3
        assert all((ink.prediction is None) is bool(more) for ink in (a, b, c))
    # an old score, prediction and model are replaced
    again = hw_here(*SCORE, "-", "--no-prediction", cwd=folder, stdin=done.out)
    assert again.out == done.out


def test_ink_is_scored_as_it_arrives(folder):
    """Each line is answered before the next is sent, so hw works as a filter in a dialogue."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hwcli", *SCORE, "-"],
        cwd=folder, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    for name in ("x", "y"):
        process.stdin.write(ink_line(STROKES, id=name))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == name
    rest, _ = process.communicate(timeout=240)
    assert (rest, process.returncode) == (b"", 0)


def test_ink_of_another_size_is_warned_of_and_fit_rescales_it(folder):
    large = ink_line([[[40 * x, 40 * y] for x, y in s] for s in STROKES], id="large")
    warned = hw_here(*SCORE, "-", cwd=folder, stdin=large)
    assert "warning: large is 40 times as large as m's lines; see hw sample --fit" in warned.err
    (far,) = inks_in(warned)
    fitted = hw_here(*SCORE, "-", "--fit", cwd=folder, stdin=large)
    (near,), (same,) = inks_in(fitted), inks_in(hw_here(*SCORE, "good.xml", cwd=folder))
    assert fitted.err == ""
    assert near.extra["log_loss"]["factor"] == pytest.approx(1 / 40)
    assert near.extra["log_loss"]["nats"] == pytest.approx(same.extra["log_loss"]["nats"], rel=1e-4)
    assert far.extra["log_loss"]["nats"] > 2 * abs(same.extra["log_loss"]["nats"])
    assert near.points.tolist() == far.points.tolist()
    assert hw_here("-q", *SCORE, "-", cwd=folder, stdin=large).err == ""


def test_score_ignores_sampling_settings_that_are_not_flags(folder):
    scored = hw_here(*SCORE, "good.xml", cwd=folder, HW_SAMPLE_SEED="3", HW_SAMPLE_COUNT="9")
    assert len(inks_in(scored)) == 1


def test_scored_ink_is_written_completely_or_not_at_all(folder, tmp_path):
    for more in (["--render", "eos", "-o", tmp_path / "x.svg"], ["-o", tmp_path / "x.ndjson"]):
        assert hw_here(*SCORE, "three.ndjson", *more, cwd=folder).out == b""
        assert more[-1].stat().st_size > 300
        more[-1].unlink()
        done = hw_here(*SCORE, "half.ndjson", *more, cwd=folder)
        refused(done, "half.ndjson, line 2")
    assert list(tmp_path.iterdir()) == []
    # into a pipe, the good lines before the bad one have already been written
    done = hw_here(*SCORE, "-", cwd=folder, stdin=(folder / "half.ndjson").read_bytes())
    refused(done, "stdin, line 2")
    assert len(parse(done.out, "stdout", "ndjson")) == 1


ROWS = [
    *((f"--prime {name}", 1, words) for name, words in [
        ("nowhere.xml", ["nowhere.xml", "no such file"]), ("empty", ["empty", "directory"]),
        ("empty.xml", ["empty.xml", "the file is empty"]), ("blank.ndjson", ["blank.ndjson"]),
        ("text.txt", ["text.txt", "unknown ink format"]), ("-", ["stdin", "no ink"]),
        ("nothing.ndjson", ["the size of the prime"]), ("point.ndjson", ["the size of the prime"]),
        ("dots.ndjson", ["the size of the prime"]), ("level.ndjson", ["the size of the prime"]),
        ("huge.ndjson", ["up to 1e+18"]), ("far.ndjson", ["too large", "far from all the others"]),
        ("nan.ndjson", ["nan.ndjson, line 1", "not JSON"]), ("null.ndjson", ["not a list of [x, y]"]),
        ("half.ndjson", ["half.ndjson, line 2"]), ("good.xml --model hurt.safetensors", ["hurt", "size"]),
    ]),
    *((f"--score {name}", 1, words) for name, words in [
        ("nowhere.xml", ["nowhere.xml", "no such file"]), ("empty", ["empty", "directory"]),
        ("empty.xml", ["empty.xml", "the file is empty"]), ("blank.ndjson", ["blank.ndjson"]),
        ("-", ["stdin", "no ink"]), ("- -f svg", ["stdin", "no ink"]), ("- --fit", ["stdin", "no ink"]),
        ("nothing.ndjson", ["no point"]), ("dots.ndjson --fit", ["the size of this ink"]),
        ("level.ndjson --fit", ["the size of this ink"]), ("huge.ndjson", ["up to 1e+18"]),
        ("far.ndjson", ["far too large"]), ("far.ndjson --fit", ["far too large", "far from all the others"]),
        ("nan.ndjson", ["nan.ndjson, line 1", "not JSON"]), ("null.ndjson", ["not a list of [x, y]"]),
        ("good.xml --fit --model hurt.safetensors", ["hurt", "size"]),
    ]),
    ("--score good.xml -n 2", 2, ["--score cannot be combined with --count", "use only --model, --fit"]),
    *((f"--score good.xml {more}", 2, [f"--score cannot be combined with {more.split()[0]}"]) for more in [
        "--seed 1", "--count 1", "--points 700", "--until 0", "--bias 0", "--temperature 1",
        "--prime good.xml", "--prime good.xml --drop-prime",
    ]),
    ("--fit", 2, ["--fit only applies to --score"]),
    ("--prime good.xml --fit", 2, ["--fit only applies to --score"]),
    ("--drop-prime", 2, ["--drop-prime only applies to --prime"]),
    ("--score good.xml --drop-prime", 2, ["--drop-prime only applies to --prime"]),
    ("--until -1", 2, ["--until must be a whole number of at least 0, not -1"]),
    ("--prime good.xml --points 0", 2, ["--points"]),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "status", "words"), ROWS, ids=[row[0] for row in ROWS])
def test_errors_are_one_line_and_leave_no_files(folder, typed, status, words):
    before = files_in(folder)
    model = [] if "--model" in typed else ["--model", "m.safetensors"]
    done = hw_here("-q", "sample", *typed.split(), *model, cwd=folder)
    refused(done, *words, status=status)
    assert done.out == b""
    assert files_in(folder) == before
