"""hw hand record, as a user types it."""

from __future__ import annotations

from handmade import hw, hw_here, refused
from hwcli.recorder.page import page
from hwcli.recorder.prompts import PROMPTS


def test_a_page_is_written_and_what_to_do_next_is_said(tmp_path):
    done = hw("hand", "record", cwd=tmp_path)
    assert (done.status, done.out) == (0, b""), done
    assert (tmp_path / "record.html").read_bytes() == page(PROMPTS)
    assert done.err.splitlines() == [
        "wrote record.html",
        "open it in a browser, write the lines, and save them as mine.ndjson",
        "then: hw hand learn mine.ndjson --name mine",
    ]


def test_the_page_goes_to_stdout(tmp_path):
    done = hw_here("hand", "record", "-o", "-", cwd=tmp_path)
    assert done.out == page(PROMPTS)
    assert "wrote" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_own_prompts_are_asked_for(tmp_path):
    (tmp_path / "mine.txt").write_bytes(b"\xef\xbb\xbfThe first\r\n\r\nthe <second>\r\n")
    done = hw_here("hand", "record", "--prompts", "mine.txt", "-o", "mine.html", cwd=tmp_path)
    assert done.status == 0, done
    assert (tmp_path / "mine.html").read_bytes() == page(("The first", "the <second>"))
    assert "mine.txt lacks abgjklmpquvwxyzABC" in done.err
    assert "warning" not in done.err


def test_prompts_come_by_a_pipe(tmp_path):
    done = hw_here("hand", "record", "--prompts", "-", "-o", "-", cwd=tmp_path, stdin=b"One line\nand two\n")
    assert done.out == page(("One line", "and two"))
    assert "stdin lacks" in done.err
    refused(hw_here("hand", "record", "--prompts", "-", cwd=tmp_path), "stdin contains no text")


def test_prompts_that_no_bundled_model_has_learned_are_warned_of(tmp_path):
    (tmp_path / "mine.txt").write_text("déjà vu\n", encoding="utf-8")
    done = hw_here("hand", "record", "--prompts", "mine.txt", cwd=tmp_path)
    assert done.status == 0
    assert "warning: mine.txt: the bundled models have not learned àé" in done.err


def test_bad_prompts_are_refused_and_nothing_is_written(tmp_path):
    (tmp_path / "long.txt").write_text("ok\n" + "x" * 81)
    (tmp_path / "blank.txt").write_text("\n \n")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    before = set(tmp_path.iterdir())
    for name, words in {
        "long.txt": ["long.txt, line 2", "at most 80"], "blank.txt": ["blank.txt contains no text"],
        "latin.txt": ["latin.txt", "not UTF-8"], "none.txt": ["none.txt"], ".": ["cannot read the text ."],
    }.items():  # fmt: skip
        refused(hw_here("hand", "record", "--prompts", name, cwd=tmp_path), *words)
    assert set(tmp_path.iterdir()) == before


def test_a_page_never_takes_the_place_of_ink(tmp_path):
    (tmp_path / "mine.ndjson").write_bytes(b"ink")
    refused(hw_here("hand", "record", "-o", "mine.ndjson", cwd=tmp_path), "is not a page", status=2)
    assert (tmp_path / "mine.ndjson").read_bytes() == b"ink"
    refused(hw_here("hand", "record", "-o", "no/record.html", cwd=tmp_path), "does not exist")
