"""hw sample --text, as typed by a user."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest

from handmade import (
    environment,
    files_in,
    hw,
    hw_here,
    iam_xml,
    ink_line,
    inks_in,
    random_model,
    refused,
    tiny_model,
    wander,
)
from hwcli.ink_size import Size
from hwcli.model import file as model_file
from pdf_files import page_sizes, pdf_pages
from renderers.ink import Fault, Ink

ABC = "abcdeghilrstwo, ."
STROKES = wander(40, seed=3)
PRIME_TEXT = "ab ca bc"
WRITE = ["sample", "--model", "m.safetensors", "--seed", "1", "--text"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with synthesis models, a prediction model, and files of text and ink."""
    root = tmp_path_factory.mktemp("text")
    # handmade models scribble: only the window can say whether they wrote their text
    (root / "hw.toml").write_text("[sample]\nreader = 'none'\n")
    hand = asdict(Size.of(Ink(strokes=tuple(STROKES))))
    model_file.write(root / "m.safetensors", replace(random_model(alphabet=ABC), about={"hand": hand}))
    jumps = random_model(alphabet=ABC, window=(-1.0, -0.5, 1.1), wobble=0)  # skips two of three characters
    model_file.write(root / "jumps.safetensors", jumps)
    hasty = random_model(2, skip=True, alphabet=ABC, window=(0.0, 1.0, -0.8), wobble=1.0)
    model_file.write(root / "hasty.safetensors", hasty)
    tiny_model(root / "plain.safetensors")
    for name, content in {
        "said.txt": b"a cat, ", "bom.txt": b"\xef\xbb\xbfa cat\r\n", "two.txt": b"a cat\nsat\n",
        "empty.txt": b"", "blank.txt": b" \n\n", "latin.txt": b"caf\xe9\n", "nul.txt": b"a\0b",
        "good.xml": iam_xml(STROKES), "prime.ndjson": ink_line(STROKES, text=PRIME_TEXT),
        "bare.ndjson": ink_line(STROKES), "wrong.ndjson": ink_line(STROKES, text="a"),
        "dots.ndjson": ink_line([[[3, 4]]], text=PRIME_TEXT),
        "strange.ndjson": ink_line(STROKES, text="€uro"),
    }.items():  # fmt: skip
        (root / name).write_bytes(content)
    (root / "empty").mkdir()
    return root


def texts(outcome) -> list[str | None]:
    return [ink.text for ink in inks_in(outcome)]


def test_text_is_written_with_the_character_of_each_point(folder):
    done = hw(*WRITE, "a cat sat", cwd=folder)
    (ink,) = inks_in(done)
    assert done.err == ""
    assert (ink.text, ink.id, ink.seed, ink.model) == ("a cat sat", "1-0", 1, "m")
    assert len(ink.trace.characters.tolist()) == len(ink) == len(ink.prediction)
    assert ink.trace.characters.tolist()[-1] == 8
    assert ink.trace.tries == 1
    again = hw_here(*WRITE, "a cat sat", cwd=folder)
    assert again.out == done.out


def test_random_seed_is_printed(folder):
    done = hw_here("sample", "--model", "m.safetensors", "--text", "a", cwd=folder)
    (ink,) = inks_in(done)
    assert done.err == f"seed {ink.seed}\n"


def test_texts_from_arguments_files_and_stdin_are_written_in_order(folder):
    given = [*WRITE, "c", "--text", "@said.txt", "--text", "-", "--text", "@bom.txt", "--count", "2"]
    done = hw_here(*given, cwd=folder, stdin=b"\xef\xbb\xbfoe\n\n  its sea \r\ne")
    wanted = ["c", "a cat,", "oe", "its sea", "e", "a cat"]
    assert texts(done) == [text for text in wanted for _ in range(2)]
    assert [ink.id for ink in inks_in(done)] == [f"1-{k}" for k in range(12)]


@pytest.mark.parametrize("fold", [[], ["--fold"]], ids=["plain", "fold"])
def test_fold_writes_the_nearest_known_characters(folder, fold):
    done = hw_here(*WRITE, "Ça…\tLe Sœ", *fold, cwd=folder)
    if fold:
        assert texts(done) == ["ca… le sœ"]  # the network can write what … and œ are made of
    else:
        refused(done, "'Ç' (column 1), U+0009 (column 4), 'L' (column 5)")
        assert "--fold writes 'Ç' as 'c', U+0009 as ' ', 'L' as 'l', 'S' as 's'; --replace 'Ç=TO'" in done.err


def test_faults_are_warnings_and_with_strict_errors(folder):
    given = ["sample", "--model", "jumps.safetensors", "--seed", "1", "--text", "a cat sat", "--tries", "2"]
    warned = hw_here(*given, cwd=folder)
    (ink,) = inks_in(warned)
    assert ink.trace.faults[0] == Fault("skipped", 0, "a")
    assert "warning: sample 1-0 of 'a cat sat' has faults: skipped 'a' at position 1" in warned.err
    assert f"1 of 1 sample was retried, with up to {ink.trace.tries} tries" in warned.err
    assert ink.trace.tries >= 4  # two for each word
    strict = hw_here(*given, "--strict", cwd=folder)
    refused(strict, "sample 1-0 of 'a cat sat'", "skipped 'a' at position 1", "--tries")
    assert strict.out == b""
    quiet = hw_here("-q", *given, cwd=folder)
    assert (quiet.out, quiet.err) == (warned.out, "")
    refused(hw_here("-q", *given, "--strict", cwd=folder), "skipped")


def test_strict_writes_a_file_only_without_faults(folder, tmp_path):
    for name in ("x.ndjson", "x.svg"):
        (tmp_path / name).write_text("mine")
        given = ["--seed", "1", "--strict", "-o", tmp_path / name]
        faulty = hw_here("sample", "--model", "jumps.safetensors", "--text", "a cat", *given, cwd=folder)
        refused(faulty, "skipped")
        assert (tmp_path / name).read_text() == "mine"
        good = hw_here("sample", "--model", "m.safetensors", "--text", "a cat", *given, cwd=folder)
        assert good.status == 0, good
        assert (tmp_path / name).read_text() != "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.ndjson", "x.svg"]


def test_faulty_samples_are_retried(folder):
    given = [
        "sample",
        "--model",
        "hasty.safetensors",
        "--seed",
        "1",
        "--count",
        "20",
        "--no-prediction",
        "--text",
    ]
    one, many = (hw_here(*given, "abcde", "--tries", tries, cwd=folder) for tries in ("1", "50"))
    first, best = inks_in(one), inks_in(many)
    faulty = [k for k, ink in enumerate(first) if ink.trace.faults]
    assert 0 < len(faulty) < 20
    assert [k for k, ink in enumerate(best) if ink.trace.tries > 1] == faulty
    assert not any(ink.trace.faults for ink in best)
    assert one.err.count("warning: ") == len(faulty)
    assert f"{len(faulty)} of 20 samples w" in many.err
    for k in set(range(20)) - set(faulty):
        np.testing.assert_allclose(first[k].points, best[k].points, atol=1.0)


def test_text_is_written_in_every_format(folder, tmp_path):
    for name, begins in {"x.svg": b"<svg", "x.gif": b"GIF8", "x.ndjson": b'{"hw"'}.items():
        done = hw_here(*WRITE, "a cat", "-o", tmp_path / name, cwd=folder)
        assert (done.status, done.out) == (0, b""), done
        assert (tmp_path / name).read_bytes().startswith(begins)
    drawn = hw_here(*WRITE, "a", "--render", "eos", cwd=folder)
    assert drawn.out.startswith(b"<svg")
    piped = hw_here("render", "--style", "color", cwd=folder, stdin=hw_here(*WRITE, "a cat", cwd=folder).out)
    assert piped.out.startswith(b"<svg")


def test_text_continues_in_the_hand_of_the_prime(folder):
    (own,) = inks_in(hw_here(*WRITE, "sat", "--prime", "prime.ndjson", cwd=folder))
    assert own.text == f"{PRIME_TEXT} sat"
    assert own.extra["prime_points"] == 40
    assert len(own.trace.characters.tolist()) == len(own)
    assert max(own.trace.characters.tolist()) == len(own.text) - 1
    (given,) = inks_in(hw_here(*WRITE, "sat", "--prime", "good.xml", "--prime-text", PRIME_TEXT, cwd=folder))
    assert given.points.tolist() == own.points.tolist()
    dropped = hw_here(*WRITE, "sat", "--prime", "prime.ndjson", "--drop-prime", cwd=folder)
    (rest,) = inks_in(dropped)
    assert (rest.text, len(rest)) == ("sat", len(own) - 40)
    piped = hw_here(*WRITE, "sat", "--prime", "-", cwd=folder, stdin=(folder / "prime.ndjson").read_bytes())
    assert inks_in(piped)[0].points.tolist() == own.points.tolist()


@pytest.mark.parametrize(
    ("reader", "warning"),
    [
        ("default", "warning: wrong.ndjson does not seem to say its text 'a': it reads as "),
        ("none", "warning: the prime does not seem to match its text 'a'"),
    ],
)
def test_prime_that_does_not_match_its_text_is_warned_of_once(folder, reader, warning):
    given = ["--prime", "wrong.ndjson", "--count", "3", "--tries", "1", "--reader", reader]
    done = hw_here(*WRITE, "sat", *given, cwd=folder)
    assert len(inks_in(done)) == 3
    assert all(ink.trace.prime_trouble for ink in inks_in(done))
    assert done.err.count(warning) == 1
    assert done.err.count(" its text 'a'") == 1


def test_samples_of_text_can_prime_samples_of_text(folder):
    done = hw_here(*WRITE, "a cat sat", cwd=folder)
    for word in ("here", "oil"):
        done = hw_here(*WRITE, word, "--prime", "-", "--tries", "1", cwd=folder, stdin=done.out)
        (ink,) = inks_in(done)
        assert len(ink.trace.characters.tolist()) == len(ink)
    assert ink.text == "a cat sat here oil"


@pytest.mark.parametrize("more", [["--points", "9"], ["--until", "1"]], ids=["points", "until"])
def test_points_and_until_end_a_text_early(folder, more):
    whole, part = (
        inks_in(hw_here(*WRITE, "its a cat", "--tries", "1", *m, cwd=folder))[0] for m in ([], more)
    )
    assert len(part) < len(whole)
    np.testing.assert_array_equal(part.points, whole.points[: len(part)])


def test_points_setting_does_not_limit_text(folder):
    done = hw_here(*WRITE, "its a cat", cwd=folder, HW_SAMPLE_POINTS="5")
    assert done.out == hw_here(*WRITE, "its a cat", cwd=folder).out
    assert len(inks_in(done)[0]) > 5


def test_bias_and_temperature_change_the_sample(folder):
    steered = ([], ["--bias", "1"], ["--temperature", "2"])
    outs = [hw_here(*WRITE, "a cat", *m, cwd=folder).out for m in steered]
    assert len(set(outs)) == 3


def test_synthesis_model_scores_ink_with_text(folder):
    sampled = hw_here(*WRITE, "a cat", cwd=folder).out
    score = ["sample", "--model", "m.safetensors", "--score", "-"]
    (scored,) = inks_in(hw_here(*score, cwd=folder, stdin=sampled))
    assert np.isfinite(scored.extra["log_loss"]["nats"])
    assert scored.text == "a cat"
    refused(hw_here(*score, cwd=folder, stdin=ink_line(STROKES)), "m cannot score this ink without its text")


ROWS = [
    # unwritable text
    ("", 1, ["no text to write"]), ("   ", 1, ["no text to write"]),
    ("\n\t ", 1, ["no text to write"]), ("a\tc", 1, ["U+0009 (column 2)"]),
    ("a\x1b[31mc", 1, ["U+001B (column 2)"]), ("a\u202ec", 1, ["U+202E (column 2)"]),
    ("👍🏽", 1, ["'👍' (column 1), '🏽' (column 2)", "--replace 'FROM=TO'"]),
    ("שלום", 1, ["'ם' (column 4)"]),
    ("漢字", 1, ["'漢' (column 1)", "--replace 'FROM=TO'"]),
    ("a\udce9c", 2, ["--text is not valid UTF-8 (column 2)"]), (":red:a", 1, ["':' (column 1)"]),
    ("ж" * 9, 1, ["the model cannot write 'ж' (column 1)"]), ("a" * 9999 + "ж", 1, ["(column 10000)"]),
    ("a\nb\nc ж\nж", 1, ["'ж' (line 3, column 3)"]),
    # files
    ("@nowhere.txt", 1, ["nowhere.txt", "no such file"]), ("@empty", 1, ["empty", "directory"]), ("@", 1, []),
    ("@empty.txt", 1, ["empty.txt", "no text"]), ("@blank.txt", 1, ["blank.txt", "no text"]),
    ("@latin.txt", 1, ["latin.txt", "UTF-8"]), ("@nul.txt", 1, ["U+0000 (column 2)"]),
    ("-", 1, ["no text", "stdin is empty"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "status", "words"), ROWS, ids=[ascii(row[0][:20]) for row in ROWS])
def test_unwritable_text_is_one_error_line(folder, text, status, words):
    done = hw_here("-q", *WRITE, text, cwd=folder)
    refused(done, *words, status=status)
    assert done.out == b""
    assert "\x1b" not in done.err


@pytest.mark.parametrize("text", ["a cat\nsat", "@two.txt", " ".join(["a cat"] * 11)])
def test_text_longer_than_a_line_becomes_a_page(folder, text):
    """A short text becomes one if --line-height is given."""
    (page,) = inks_in(hw_here("-q", *WRITE, text, cwd=folder))
    assert len(page.trace.characters.tolist()) == len(page)
    assert page.frame is not None
    assert "\n" in page.text
    assert " ".join(page.text.split()) in (" ".join(["a cat"] * 11), "a cat sat")
    (short,) = inks_in(hw_here("-q", *WRITE, "a cat", "--line-height", "5mm", cwd=folder))
    assert short.frame is not None
    (line,) = inks_in(hw_here("-q", *WRITE, "a cat", cwd=folder))
    assert line.frame is None


def test_each_page_is_a_file(folder, tmp_path):
    text = "\n".join(["a cat"] * 9)
    size = ["--width", "60mm", "--height", "40mm", "--line-height", "9mm", "--margin", "3mm"]
    hw_here("-q", *WRITE, text, *size, "-o", tmp_path / "cat.svg", cwd=folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cat.p1.svg", "cat.p2.svg", "cat.p3.svg"]
    assert 'width="226.77px"' in (tmp_path / "cat.p2.svg").read_text(encoding="utf-8")
    refused(hw_here(*WRITE, text, *size, "--render", "plain", cwd=folder), "3 pages", status=2)
    refused(hw_here(*WRITE, text, "--points", "9", cwd=folder), "--points", status=2)


@pytest.mark.cairo
def test_pages_share_a_pdf(folder, tmp_path):
    size = ["--width", "60mm", "--height", "40mm", "--line-height", "9mm", "--margin", "3mm"]
    text = "\n".join(["a cat"] * 9)
    hw_here("-q", *WRITE, text, *size, "-o", tmp_path / "cat.pdf", cwd=folder)
    data = hw_here("-q", *WRITE, text, *size, "-f", "pdf", cwd=folder).out
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [data]
    assert page_sizes(data) == 3 * [pytest.approx((60, 40), rel=1e-4)]
    assert len({page.tobytes() for page in pdf_pages(data)}) == 3


@pytest.mark.parametrize(
    "stdin", [b"caf\xe9\n", b"\xff\xfea\0\n", b"\n \n"], ids=["latin", "utf-16", "blank"]
)
def test_invalid_stdin_is_one_error_line(folder, stdin):
    refused(hw_here(*WRITE, "-", cwd=folder, stdin=stdin), "stdin")


def test_closed_stdin_is_one_error_line(folder):
    command = f"{sys.executable} -m hwcli {' '.join(WRITE)} - <&-"
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment(), capture_output=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.decode().startswith("error: stdin is closed: no text to read")


TOGETHER = [
    # options that exclude each other: status 2
    ("--text - --text -", 2, ["--text - can only be given once"]),
    ("--text - --prime -", 2, ["cannot both read stdin"]),
    ("--hand x", 2, ["--hand only applies to --text"]),
    ("--fold", 2, ["--fold only applies to --text"]),
    ("--strict", 2, ["--strict only applies to --text"]),
    ("--text a --prime-text b", 2, ["--prime-text"]),
    ("--prime-text b", 2, ["--prime-text"]),
    ("--prime prime.ndjson --prime-text b", 2, ["--prime-text"]),
    ("--text a --hand x --prime-text b", 2, ["--prime-text"]),
    ("--text a --drop-prime", 2, ["--drop-prime only applies to --prime"]),
    ("--text a --hand x --drop-prime", 2, ["--drop-prime only applies to --prime"]),
    ("--text a --explain --render eos", 2, ["--explain", "--render"]),
    ("--text a --fit", 2, ["--fit only applies to --score"]),
    ("--text a --score prime.ndjson", 2, ["--score cannot be combined with --text"]),
    ("--hand x --text a --score prime.ndjson", 2, ["--score cannot be combined with --text"]),
    ("--text a --points 0", 2, ["--points"]),
    # valid options that cannot be carried out: status 1
    ("--text a --model plain.safetensors", 1, ["plain cannot write text"]),
    ("", 1, ["m cannot sample without text: it is a synthesis model", "--text TEXT"]),
    ("--prime prime.ndjson", 1, ["m cannot sample without text: it is a synthesis model"]),
    ("--text a --prime bare.ndjson", 1, ["cannot continue the prime with text: the prime has no text"]),
    ("--text a --prime good.xml", 1, ["cannot continue the prime with text: the prime has no text"]),
    ("--text a --prime dots.ndjson", 1, ["cannot measure the size of the prime"]),
    ("--text a --prime strange.ndjson", 1, ["the model cannot write '€'"]),
    ("--text a --prime nowhere.ndjson", 1, ["nowhere.ndjson"]),
    ("--text a --hand nobody", 1, ["hand 'nobody' not found"]),
    ("--text a --hand bare.ndjson", 1, ["bare.ndjson cannot be a hand"]),
    ("--text a -o nowhere/x.svg", 1, ["nowhere", "does not exist"]),
    ("--text a --points 1000000000000", 1, ["points"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "status", "words"), TOGETHER, ids=[row[0] or "nothing" for row in TOGETHER]
)
def test_errors_are_one_line_and_leave_no_files(folder, tmp_path, typed, status, words):
    before = files_in(folder)
    model = [] if "--model" in typed else ["--model", "m.safetensors"]
    done = hw_here("-q", "sample", *typed.split(), *model, cwd=folder, HW_HANDS=str(tmp_path / "hands"))
    refused(done, *words, status=status)
    assert done.out == b""
    assert files_in(folder) == before
    assert not (tmp_path / "hands").exists()


@pytest.mark.parametrize("tries", ["0", "-1", "1001", "many"])
def test_tries_must_be_1_to_1000(folder, tries):
    done = hw_here(*WRITE, "a", "--tries", tries, cwd=folder)
    assert (done.status, done.out) == (2, b"")
    assert "--tries" in done.err
    assert "Traceback" not in done.err


def test_argument_that_is_not_utf_8_is_one_error_line(folder):
    done = hw(*WRITE, os.fsdecode(b"caf\xe9"), cwd=folder)
    refused(done, "--text is not valid UTF-8 (column 4)", status=2)


def test_form_feeds_and_indents_of_a_text_are_laid_out(folder):
    flat, page = inks_in(hw_here(*WRITE, "a cat\f  sat\n\tsat", cwd=folder))
    assert [flat.text, page.text] == ["a cat", "sat\nsat"]
    whole = inks_in(hw_here(*WRITE, "sat\nsat", cwd=folder))[0]
    assert page.points[:, 0].min() > whole.points[:, 0].min()
