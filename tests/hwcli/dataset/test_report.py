"""What hw preprocess says about the lines it found: who wrote them, and what validation on them can say."""

import json

import pytest

from handmade import handwriting_line, hw_here, iam_folder, iam_form_xml, iam_xml, refused, wander
from hwcli.dataset.store import open_dataset


def ink(folder, rows):
    """Write ink.ndjson with a line for each of `rows`, (writer, form)."""
    said = [{k: v for k, v in (("writer", w), ("form", f)) if v} for w, f in rows]
    lines = [
        {"hw": 1, "id": f"l{k}", "strokes": large(wander(9, k)), **about} for k, about in enumerate(said)
    ]
    (folder / "ink.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))


def large(strokes):
    """Return strokes so large that whole numbers are a fine grid."""
    return [[(50 * x, 50 * y) for x, y in stroke] for stroke in strokes]


def preprocess(folder, *arguments):
    for name, ids in {"named": "w0 f1 l5", "half": "w0\nf9\ngone\nlost\nmissing\naway", "l": "l0"}.items():
        (folder / f"{name}.txt").write_text(ids)
    return hw_here("preprocess", "ink.ndjson", "-o", "d", "--max-gap", "0", *arguments, cwd=folder)


WRITERS = [(f"w{k % 4}", f"f{k % 8}") for k in range(40)]
ONE_WRITER = [("me", f"f{k % 4}") for k in range(40)]
FORMS = [(None, f"f{k % 8}") for k in range(40)]
ALONE = [(None, None)] * 40
MIXED = WRITERS[:20] + [(None, f"g{k}") for k in range(20)]
SAID = [
    (WRITERS, [],
     ["training: 30 lines by 3 writers", "validation: 10 lines by 1 writer, who is not in training"], []),
    (ONE_WRITER, [], ["training: 30 lines by 1 writer", "validation: 10 lines by 1 writer"],
     ["validation on new writers is not possible, since every line is by one writer: it uses other forms"]),
    ([(f"w{k % 4}", "same name") for k in range(40)], [],
     ["validation: 10 lines by 1 writer, who is not in training"], []),
    ([("me", None)] * 40, [], ["validation: 2 lines by 1 writer"],
     ["every line is by one writer: it uses other lines"]),
    ([(None, "f")] * 40, [], ["validation: 2 lines of 1 form"],
     ["every line is of one form: it uses other lines"]),
    (FORMS, [], ["validation: 5 lines of 1 form, whose writers are unknown and may also be in training"], []),
    (ALONE, [], ["validation: 2 lines, whose writers are unknown and may also be in training"], []),
    (ALONE[:1], [], ["training: 1 line"],
     ["no validation: there is only one line, so hw train keeps the model of its last epoch"]),
    (ALONE[:1], ["--valid-fraction", "0"], ["training: 1 line"], []),
    (FORMS, ["--split", "valid=half.txt"], ["training: 40 lines of 8 forms"],
     ["--split valid: 6 ids not among the writers, forms and lines: away, f9, gone and 3 more",
      "no validation: --split valid names no line that is here"]),
    (FORMS, ["--split", "valid=named.txt"],
     ["validation: 6 lines of 2 forms"],
     ["--split valid: 1 id not among the writers, forms and lines: w0",
      "1 form of split valid also in train"]),
    (WRITERS, ["--split", "valid=named.txt"], ["training: 24 lines by 3 writers"],
     ["1 writer of split valid also in train: validation is not only on new writers"]),
    (MIXED, ["--split", "valid=half.txt"], ["validation: 5 lines by 1 writer, who is not in training"],
     ["--split valid: 5 ids not among"]),
    (FORMS, ["--split", "train=named.txt", "--split", "valid=l.txt"], ["split rest: 33 lines of 7 forms"],
     ["--split train: 1 id not among",
      "33 lines in split rest, which hw train does not use: --split train=… names others"]),
    (FORMS, ["--split", "test=l.txt"],
     ["split test: 1 line of 1 form; hw train does not use them, hw evaluate --split test scores them"], []),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "arguments", "summary", "warnings"), SAID)
def test_the_summary_says_who_wrote_and_warnings_what_that_means(
    tmp_path, rows, arguments, summary, warnings
):
    ink(tmp_path, rows)
    done = preprocess(tmp_path, *arguments)
    assert done.status == 0, done
    assert all(row in done.err for row in summary), done
    warned = [row.removeprefix("warning: ") for row in done.err.splitlines() if row.startswith("warning: ")]
    assert len(warned) == len(warnings), done
    assert all(expected in row for row, expected in zip(warned, warnings, strict=True)), done
    assert len(open_dataset(tmp_path / "d")) == len(rows)


def test_merged_folders_keep_their_forms(tmp_path):
    ink(tmp_path, FORMS)
    assert preprocess(tmp_path).status == 0
    done = hw_here("preprocess", "d", "-o", "again", "--max-gap", "0", cwd=tmp_path)
    assert "validation: 5 lines of 1 form, whose writers are unknown" in done.err, done
    one, two = (json.loads((tmp_path / f"{name}/report.json").read_bytes()) for name in ("d", "again"))
    assert two["splits"] == one["splits"]


@pytest.mark.parametrize(("rows", "who"), [(WRITERS, "2 writers"), (FORMS, "2 forms")])
def test_merged_folders_whose_splits_share_writers_are_said_to(tmp_path, rows, who):
    """Each part keeps its split; the one writer of each for validation is in training in the other."""
    names = [writer or form for writer, form in rows]
    for part, held in (("one", names[0]), ("two", names[1])):
        (tmp_path / part).mkdir()
        ink(tmp_path / part, rows)
        text = (tmp_path / part / "ink.ndjson").read_text()
        (tmp_path / part / "ink.ndjson").write_text(text.replace('"id": "', f'"id": "{part}'))
        (tmp_path / part / "held.txt").write_text(held)
        how = ["--max-gap", "0", "--split", "valid=held.txt"]
        done = hw_here("preprocess", "ink.ndjson", "-o", "d", *how, cwd=tmp_path / part)
        assert (done.status, "warning" in done.err) == (0, False), done
    done = hw_here("preprocess", "one/d", "two/d", "-o", "both", "--max-gap", "0", cwd=tmp_path)
    assert f"warning: {who} of split valid also in train: validation is not only on new" in done.err, done
    assert "every line" not in done.err


def test_forms_named_by_a_file_say_that_it_must_keep_writers_apart(tmp_path):
    ink(tmp_path, FORMS)
    (tmp_path / "ids.txt").write_text("f1\nf2")
    done = preprocess(tmp_path, "--split", "valid=ids.txt")
    assert (
        "validation: 10 lines of 2 forms; the ink does not say who wrote them, so the split file must "
        "keep writers apart" in done.err
    )
    assert "warning" not in done.err


def test_splits_and_ids_that_were_not_found_are_in_the_report(tmp_path):
    ink(tmp_path, MIXED)
    preprocess(tmp_path, "--split", "valid=half.txt")
    report = json.loads((tmp_path / "d" / "report.json").read_text())
    assert report["split_ids_not_found"] == {"valid": ["away", "f9", "gone", "lost", "missing"]}
    assert report["splits"]["train"] == {
        "lines": 35, "writers": 3, "forms": 20, "lines_alone": 0, "forms_in_all": 26,
        "writers_in_training": 0, "forms_in_training": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--split", "valid=all.txt"], ["no line is left for training", "check the ids"]),
        (["--split", "train=none.txt"], ["no line is left for training"]),
        (["--split", "valid=empty.txt"], ["--split valid: empty.txt is empty", "one id per line"]),
    ],
)
def test_a_split_that_leaves_nothing_to_learn_from_is_an_error(tmp_path, arguments, words):
    ink(tmp_path, FORMS)
    for name, ids in {"all": "\n".join(f"f{k}" for k in range(8)), "none": "x", "empty": "\n"}.items():
        (tmp_path / f"{name}.txt").write_text(ids)
    refused(preprocess(tmp_path, *arguments), *words)
    assert not (tmp_path / "d").exists()


def two_ways(folder, lines_alone=(1, 2)):
    """Write a form of two lines, whole and in files of their own (`lines_alone`); return their strokes."""
    lines = {k: handwriting_line(500 * k, seed=k) for k in (1, 2)}
    texts = {f"a01-000z-{k:02d}": f"line {k}" for k in (1, 2)}
    for name in ("zoriginal", "lineStrokes"):
        (folder / "iam" / name / "a01" / "a01-000").mkdir(parents=True)
    whole = iam_form_xml([stroke for line in lines.values() for stroke in line], texts, "a01-000z", "10001")
    (folder / "iam" / "zoriginal" / "a01" / "a01-000" / "strokesz.xml").write_bytes(whole)
    for k in lines_alone:
        alone = iam_xml(lines[k][:-1])  # one stroke less, to tell them apart
        (folder / "iam" / "lineStrokes" / "a01" / "a01-000" / f"a01-000z-{k:02d}.xml").write_bytes(alone)
    return lines


@pytest.mark.parametrize("first", ["zoriginal", "original"])
def test_a_line_that_comes_both_ways_is_kept_once(tmp_path, first):
    lines = two_ways(tmp_path)
    (tmp_path / "iam" / "zoriginal").rename(tmp_path / "iam" / first)
    (tmp_path / "iam" / "lineStrokes").rename(
        tmp_path / "iam" / "plineStrokes"
    )  # sorts between the two names
    done = hw_here("preprocess", "iam", "-o", "d", "--max-gap", "0", cwd=tmp_path)
    data = open_dataset(tmp_path / "d")
    assert [(x.id, x.group, x.writer, x.form, x.text) for x in data.lines] == [
        (f"a01-000z-{k:02d}", "10001", "10001", "a01-000z", f"line {k}") for k in (1, 2)
    ]
    assert data.lengths.tolist() == [sum(map(len, line[:-1])) for line in lines.values()]
    assert "left out 2:\n        2 also read as a file of its own" in done.err


def test_a_form_with_other_lines_than_the_files_gives_them_its_writer_but_no_text(tmp_path):
    two_ways(tmp_path, lines_alone=(2,))
    assert hw_here("preprocess", "iam", "-o", "d", "--max-gap", "0", cwd=tmp_path).status == 0
    assert [(x.id, x.writer, x.text) for x in open_dataset(tmp_path / "d").lines] == [
        ("a01-000z-01", "10001", "line 1"), ("a01-000z-02", "10001", None),
    ]  # fmt: skip


def test_transcripts_fit_forms_whose_writers_are_known(tmp_path):
    two_ways(tmp_path)
    (tmp_path / "ascii").mkdir()
    (tmp_path / "ascii" / "a01-000z.txt").write_text("CSR:\n\nfirst\nsecond\n")
    done = hw_here("preprocess", "iam", "-o", "d", "--max-gap", "0", "--transcripts", "ascii", cwd=tmp_path)
    assert done.status == 0, done
    assert [x.text for x in open_dataset(tmp_path / "d").lines] == ["first", "second"]


def test_a_split_of_forms_applies_to_lines_whose_writers_are_known(tmp_path):
    two_ways(tmp_path)
    iam_folder(tmp_path / "iam" / "lineStrokes", {"b01-000": 2})
    (tmp_path / "ids.txt").write_text("a01-000z")
    done = hw_here("preprocess", "iam", "-o", "d", "--max-gap", "0", "--split", "valid=ids.txt", cwd=tmp_path)
    assert "validation: 2 lines by 1 writer, who is not in training" in done.err
    assert {x.group: x.split for x in open_dataset(tmp_path / "d").lines} == {
        "10001": "valid",
        "b01-000": "train",
    }
