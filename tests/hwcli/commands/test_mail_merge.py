"""hw sample --fields: one letter per row of a table, in files named after its columns."""

from __future__ import annotations

import re

import numpy as np
import pytest

from handmade import files_in, hw_here, inks_in, random_model, refused
from hwcli.model import file as model_file
from pdf_files import poppler
from stub_model import lines_in

ABC = "abcdefghilmnorstuw, .{}"
WRITE = ["sample", "--model", "m.safetensors", "--seed", "1", "--no-prediction"]
GUESTS = "name,place\nada,leeds\nbo,slough\nida,leeds\n"


@pytest.fixture
def folder(tmp_path):
    """An empty folder but for a model, a letter and a table."""
    (tmp_path / "hw.toml").write_text("[sample]\nreader = 'none'\n")
    model_file.write(tmp_path / "m.safetensors", random_model(alphabet=ABC))
    (tmp_path / "letter.txt").write_text("{name} of {place}\n")
    (tmp_path / "guests.csv").write_text(GUESTS)
    return tmp_path


def merge(folder, *more, stdin=b""):
    return hw_here(*WRITE, "--text", "@letter.txt", "--fields", "guests.csv", *more, cwd=folder, stdin=stdin)


def letters(folder):
    return {
        name: data for name, data in files_in(folder).items() if name.endswith((".svg", ".pdf", ".ndjson"))
    }


def table(folder, text, encoding="utf-8"):
    (folder / "guests.csv").write_bytes(text.encode(encoding))


def test_without_files_the_ink_of_every_row_is_written(folder):
    inks = inks_in(merge(folder))
    assert [ink.text for ink in inks] == ["ada of leeds", "bo of slough", "ida of leeds"]
    assert [ink.id for ink in inks] == ["1-0", "1-1", "1-2"]


@pytest.mark.parametrize("suffix", ["svg", "ndjson", pytest.param("pdf", marks=pytest.mark.cairo)])
def test_each_row_gets_the_file_that_its_columns_name(folder, suffix):
    done = merge(folder, "-o", f"to {{name}}.{suffix}")
    assert done.status == 0, done
    assert sorted(letters(folder)) == [f"to {name}.{suffix}" for name in ("ada", "bo", "ida")]


@pytest.mark.cairo
def test_without_files_each_row_is_a_page_of_a_pdf(folder):
    done = merge(folder, "-f", "pdf")
    assert poppler("pdfinfo", done.out).count(b"Pages:           3") == 1


def test_a_letter_has_the_ink_of_its_row(folder):
    rows = inks_in(merge(folder))
    merge(folder, "-o", "{name}.ndjson")
    for ink in rows:
        (alone,) = inks_in(hw_here("render", f"{ink.text.split()[0]}.ndjson", "-f", "ndjson", cwd=folder))
        assert (alone.text, alone.points.tolist()) == (ink.text, ink.points.tolist())


def test_a_long_letter_is_a_page_of_its_own(folder):
    (folder / "letter.txt").write_text("dear {name},\n\n" + "the cat sat. " * 10)
    assert merge(folder, "-o", "{name}.svg", "--paper", "a6").status == 0
    for data in letters(folder).values():
        width, height = map(float, re.search(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"', data).groups())
        assert height / width == pytest.approx(148 / 105, rel=1e-3)
    assert len({*letters(folder).values()}) == 3


LONG = "dear {name},\nthe cat sat on the mat\nin {place} all the time\nand so did the cow\n"


def test_long_letters_are_in_one_hand_and_have_the_same_lines_in_common(folder):
    (folder / "letter.txt").write_text(LONG)
    first, second, third = inks_in(merge(folder, "--paper", "a6"))
    assert first.frame == second.frame == third.frame
    salutation, second_line, _, last = (
        [shape(lines_in(ink)[k]) for ink in (first, second, third)] for k in range(4)
    )
    for same in (second_line, last):
        np.testing.assert_allclose(same[1], same[0], atol=1e-3)
        np.testing.assert_allclose(same[2], same[0], atol=1e-3)
    assert salutation[0].shape != salutation[1].shape


def shape(points):
    """The points of a line, whatever its size."""
    return (points - points[0]) / np.ptp(points[:, 0])


@pytest.mark.parametrize("letter", ["{name} of {place}\n", LONG], ids=["line", "page"])
def test_files_that_exist_are_left_alone_and_the_others_are_the_same(folder, letter):
    (folder / "letter.txt").write_text(letter)
    merge(folder, "-o", "{name}.svg")
    whole = letters(folder)
    (folder / "ida.svg").unlink()
    (folder / "bo.svg").write_text("mine")
    done = merge(folder, "-o", "{name}.svg")
    assert done.status == 0
    assert "2 of 3 files exist already" in done.err
    assert letters(folder) == whole | {"bo.svg": b"mine"}
    assert "3 of 3 files exist already" in merge(folder, "-o", "{name}.svg").err


@pytest.mark.parametrize(
    ("more", "first"),
    [
        (["--height", "30mm", "--line-height", "10mm"], ["ada.p1.svg", "ada.p2.svg"]),
        (["--render", "plain,color"], ["ada.color.svg", "ada.plain.svg"]),
        (
            ["--height", "30mm", "--line-height", "10mm", "--render", "plain,color"],
            ["ada.p1.color.svg", "ada.p1.plain.svg", "ada.p2.color.svg", "ada.p2.plain.svg"],
        ),
    ],
)
def test_letters_in_several_files_are_left_alone_too(folder, more, first):
    if "--height" in more:
        (folder / "letter.txt").write_text("{name}\n{name}\n")
    merge(folder, "-o", "{name}.svg", *more)
    whole = letters(folder)
    assert [name for name in whole if name.startswith("ada.")] == first
    for name in whole:
        (folder / name).write_text("mine")
    assert "3 of 3 files exist already" in merge(folder, "-o", "{name}.svg", *more).err
    assert {*letters(folder).values()} == {b"mine"}


def test_a_row_that_cannot_be_written_is_named_and_the_others_are_written(folder):
    table(folder, "name,place\nada,leeds\nx,leeds\nbo,leeds,york\nida,leeds\n")
    done = merge(folder, "-o", "{name}.svg")
    assert done.status == 1
    assert sorted(letters(folder)) == ["ada.svg", "ida.svg"]
    assert done.errors[0].startswith("error: guests.csv, row 3: the model cannot write 'x'")
    assert "guests.csv, row 4: 3 fields, but the header has 2" in done.errors[1]
    assert "2 of 4 texts could not be written: guests.csv, row 3; guests.csv, row 4" in done.errors[2]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GUESTS, "utf-16"),
        (GUESTS.replace(",", ";"), "utf-8-sig"),
        (GUESTS.replace(",", "\t"), "utf-8"),
        (GUESTS.replace("\n", "\r\n") + "\r\n,\r\n", "utf-8"),
        ('"name","place"\n"ada","leeds"\n"bo","slough"\n"ida","leeds"\n', "utf-8"),
        (" name , place ,\nada,leeds,\nbo,slough,\nida,leeds\n", "utf-8"),
    ],
    ids=["utf-16", "semicolons", "tabs", "windows", "quoted", "blanks"],
)
def test_tables_as_spreadsheets_write_them(folder, text, encoding):
    table(folder, text, encoding)
    assert [ink.text for ink in inks_in(merge(folder))] == ["ada of leeds", "bo of slough", "ida of leeds"]


def test_a_quoted_value_may_contain_commas_and_quotes(folder):
    table(folder, 'name,place\n"ada, bo",leeds\n')
    assert inks_in(merge(folder))[0].text == "ada, bo of leeds"
    merge(folder, "-o", "{name}.svg")
    assert sorted(letters(folder)) == ["ada, bo.svg"]


def test_the_table_can_come_from_stdin(folder):
    done = hw_here(*WRITE, "--text", "{name}", "--fields", "-", cwd=folder, stdin=GUESTS.encode())
    assert [ink.text for ink in inks_in(done)] == ["ada", "bo", "ida"]


def test_a_value_does_not_align_its_paragraph(folder):
    (folder / "letter.txt").write_text("{name}\nthe cat sat\n")
    table(folder, "name,place\n> ada,leeds\n")
    (folder / "hw.toml").write_text("[sample]\nreader = 'none'\n[sample.replace]\n'>' = 'o'\n")
    (ink,) = inks_in(merge(folder, "--paper", "a6"))
    assert ink.text == "o ada\nthe cat sat"


def test_doubled_braces_are_braces(folder):
    (folder / "letter.txt").write_text("{{name}} {name}\n")
    assert [ink.text for ink in inks_in(merge(folder))] == ["{name} ada", "{name} bo", "{name} ida"]


@pytest.mark.parametrize("name", ["../bo", "..", "/bo", "a/../../bo", "bo\\..\\a", "c:bo", ".bo", "a\nbo"])
def test_no_value_leads_out_of_the_folder(folder, name):
    (folder / "to").mkdir()
    (folder / "letter.txt").write_text("{place}\n")
    table(folder, f'name,place\n"{name}",leeds\n')
    merge(folder, "-o", "to/{name}!.svg")
    (written,) = letters(folder)
    assert written.startswith("to/")
    assert written.count("/") == 1


@pytest.mark.parametrize(
    ("rows", "output", "words", "status"),
    [
        ("name,place\nada,leeds\nAda,hull\n", "{name}.svg", ["guests.csv, row 3", "'Ada.svg'", "row 2"], 1),
        ("name,place\na/b,leeds\na:b,hull\n", "{name}.svg", ["row 3", "'a-b.svg'"], 1),
        ("name,place\n,leeds\n", "{name}.svg", ["row 2", "cannot be the name of a file"], 1),
        (f"name,place\n{'a' * 300},leeds\n", "{name}.svg", ["row 2", "cannot be the name of a file"], 1),
        (GUESTS, "{guest}.svg", ["{guest} is not a column of guests.csv", "name, place"], 2),
        (GUESTS, "{}.svg", ["{} is not a column"], 2),
        (GUESTS, "letter.svg", ["the same file for every row", "-o 'letter-{name}.svg'"], 2),
        (GUESTS, "ann's.svg", ["""-o 'ann'"'"'s-{name}.svg'"""], 2),
        (GUESTS, "{place}/{name}.svg", ["not its folder"], 2),
        (GUESTS, "none/{name}.svg", ["none does not exist"], 1),
        (GUESTS, "{name}.tiff", ["tiff"], 2),
        ("name,town\nada,leeds\n", "{name}.svg", ["letter.txt: {place} is not a column", "name, town"], 2),
        ("name,place\n", "{name}.svg", ["guests.csv has no row below a header"], 1),
        ("", "{name}.svg", ["guests.csv contains no text"], 1),
        ("name,name\na,b\n", "{name}.svg", ["each differently"], 1),
        ("name,,place\na,b,c\n", "{name}.svg", ["each differently"], 1),
        ('name,place\n"ada,leeds\n', "{name}.svg", ["guests.csv, line 2: not CSV"], 1),
    ],
)
def test_what_cannot_be_merged_is_refused_before_anything_is_written(folder, rows, output, words, status):
    table(folder, rows)
    refused(merge(folder, "-o", output), *words, status=status)
    assert not letters(folder)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--fields", "guests.csv"], ["--fields only applies to --text"]),
        (["--fields", "guests.csv", "--text", "-"], ["--fields does not apply to --text -"]),
        (
            ["--fields", "guests.csv", "--text", "{name}", "--redo", "1"],
            ["--redo does not apply to --fields"],
        ),
        (["--fields", "guests.csv", "--text", "{name}", "-n", "2", "-o", "{name}.svg"], ["--count"]),
        (["--fields", "-", "--text", "{name}", "--prime", "-"], ["--fields - and --prime -"]),
    ],
)
def test_flags_that_contradict_fields_are_refused(folder, more, words):
    refused(hw_here(*WRITE, *more, cwd=folder), *words, status=2)


def test_a_table_that_is_not_there_is_named(folder):
    refused(hw_here(*WRITE, "--text", "{name}", "--fields", "none.csv", cwd=folder), "none.csv")
    (folder / "latin.csv").write_bytes(b"name\ncaf\xe9\n")
    refused(hw_here(*WRITE, "--text", "{name}", "--fields", "latin.csv", cwd=folder), "latin.csv: not UTF-8")
