"""A user without a home, a home that cannot be written, no Cairo: hw works, or says in a line what to do."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from handmade import environment, files_in, hw_here

NO_USER = (
    "import pwd\ndef unknown(*_): raise KeyError('uid not found')\npwd.getpwuid = pwd.getpwnam = unknown\n"
)
NO_CAIRO = (
    "import sys\nclass Missing:\n    def find_spec(self, name, *_):\n"
    "        if name == 'cairocffi': raise OSError('no library called \"cairo-2\" was found')\n"
    "sys.meta_path.insert(0, Missing())\n"
)


OLD_CAIRO = (
    "import cairocffi\n"
    "class Old:\n    def __getattr__(self, name, new=cairocffi.cairo):\n"
    "        if name == 'cairo_pdf_surface_set_metadata': raise AttributeError(name)\n"
    "        return getattr(new, name)\n"
    "cairocffi.cairo = Old()\ncairocffi.cairo_version_string = lambda: '1.14.8'\n"
)
C_LOCALE = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare")
    line = hw_here("sample", "--text", "Dear Anna", "--seed", "1", "-o", "line.ndjson", cwd=folder)
    assert line.status == 0
    return folder


def run(folder, start: str, *command: str, **env: str) -> tuple[int, list[str]]:
    """Run hw in a Python that begins with the lines `start`; return its status and its lines on stderr."""
    (folder / "sitecustomize.py").write_text(start)
    variables = environment(**env)
    variables["PYTHONPATH"] = os.pathsep.join([str(folder), variables.get("PYTHONPATH", "")])
    for name in {"HOME", "HW_HANDS", "XDG_DATA_HOME", "XDG_STATE_HOME"} - {*env}:
        variables.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", "hwcli", *command], cwd=folder, env=variables, capture_output=True, timeout=120
    )
    return done.returncode, done.stderr.decode().splitlines()


@pytest.mark.parametrize(
    "command",
    [
        ["hand", "list"],
        ["sample", "--text", "hi", "--hand", "brisk", "--seed", "1", "-o", "a.svg"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_without_a_home_it_works(folder, command):
    status, err = run(folder, NO_USER, *command)
    assert status == 0
    assert not any(line.startswith("error") for line in err)


def test_without_a_home_a_hand_has_no_place(folder):
    status, err = run(folder, NO_USER, "hand", "save", "mine", "line.ndjson")
    assert (status, err) == (
        1,
        [
            "error: there is no place for hands: this user has no home folder",
            "hint: set HW_HANDS to a folder that can be written",
        ],
    )
    own = str(folder / "own")
    assert run(folder, NO_USER, "hand", "save", "mine", "line.ndjson", HW_HANDS=own)[0] == 0


def test_a_hand_in_a_home_that_cannot_be_written_names_the_way_out(folder):
    (folder / "home").write_text("a file, in which even root cannot make a folder")
    home = str(folder / "home")
    status, err = run(folder, "", "hand", "save", "mine", "line.ndjson", HOME=home)
    assert status == 1
    assert err == [
        f"error: cannot create the folder {home}/.local/share/hw/hands: not a directory",
        "hint: set HW_HANDS to a folder that can be written",
    ]


@pytest.mark.parametrize("output", [["-o", "a.svg"], ["-f", "term"]], ids=" ".join)
def test_charts_need_no_home(folder, output):
    (folder / "home").write_text("a file, in which even root cannot make a folder")
    (folder / "run").mkdir(exist_ok=True)
    row = {"step": 10, "epoch": 1, "train_nats_per_point": 1.0, "valid_nats_per_point": 1.0}
    (folder / "run" / "metrics.jsonl").write_text(json.dumps(row) + "\n")
    status, err = run(folder, "", "plot", "run", *output, HOME=str(folder / "home"))
    assert (status, err) == (0, ["wrote a.svg"] if "-o" in output else [])


@pytest.mark.parametrize("suffix", ["svg", "html", "txt"])
def test_without_cairo_vectors_and_text_are_drawn(folder, suffix):
    format_ = {"txt": "term"}.get(suffix, suffix)
    assert run(folder, NO_CAIRO, "render", "line.ndjson", "-f", format_, "-o", f"a.{suffix}")[0] == 0


@pytest.mark.parametrize("format_", ["png", "gif", "pdf"])
def test_without_cairo_pixels_name_what_to_install(folder, format_):
    status, err = run(folder, NO_CAIRO, "render", "line.ndjson", "-o", f"a.{format_}")
    assert status == 1
    assert len(err) == 2
    assert "apt install libcairo2" in err[1]


@pytest.mark.cairo
@pytest.mark.parametrize("format_", ["png", "gif", "pdf"])
def test_with_an_old_cairo_only_pdf_names_what_to_install(folder, format_):
    status, err = run(folder, OLD_CAIRO, "render", "line.ndjson", "-o", f"old.{format_}")
    if format_ != "pdf":
        assert (status, err) == (0, [f"wrote old.{format_}"])
    else:
        assert status == 1
        assert err[0] == "error: PDF needs Cairo 1.16, and this is 1.14"
        assert err[1].startswith("hint: install a newer one (apt install libcairo2")
        assert len(err) == 2


def test_texts_of_a_command_line_are_utf8_in_any_locale(folder):
    commands = [
        ["sample", "--text", "Zoë", "--seed", "1", "-o"],
        ["sample", "--text", "Zoë", "--text", "@é.txt", "--seed", "1", "-o"],
        ["sample", "--text", "aeon", "--replace", "ae=ë", "--seed", "1", "-o"],
        ["hand", "try", "Zoë", "clear", "-o"],
    ]
    (folder / "é.txt").write_text("née")
    for command in commands:
        for name, env in (("utf8.svg", {}), ("c.svg", C_LOCALE)):
            status, err = run(folder, "", *command, name, **env)
            assert (status, err[-1]) == (0, f"wrote {name}")
        assert (folder / "c.svg").read_bytes() == (folder / "utf8.svg").read_bytes()


def test_text_that_is_not_utf8_is_refused(folder):
    latin = os.fsdecode(b"Zo\xeb")
    for env in ({}, C_LOCALE):
        status, err = run(folder, "", "sample", "--text", latin, "--seed", "1", "-o", "no.svg", **env)
        assert status == 2
        assert err[0] == "error: --text is not valid UTF-8 (column 3)"
        assert len(err) == 2
    assert not (folder / "no.svg").exists()


def test_file_that_the_locale_cannot_name_is_one_error(folder):
    (folder / "zoe.csv").write_text("name\nZoë\n")
    letter = ["--text", "Dear {name}", "--fields", "zoe.csv", "-o", "{name}.svg"]
    command = ["sample", "--seed", "1", "--tries", "1", *letter]
    status, err = run(folder, "", *command, **C_LOCALE)
    assert status == 1
    assert err == [
        "error: the locale is not UTF-8, so no file can be called 'Zo\\xeb.svg'",
        "hint: export LC_ALL=C.UTF-8, or set PYTHONUTF8=1",
    ]


def test_folder_whose_name_is_not_utf8_is_preprocessed(folder):
    source = folder / os.fsdecode(b"d\xf6")
    source.mkdir()
    shutil.copy(folder / "line.ndjson", source)
    for output, env in (("one", {}), ("two", C_LOCALE)):
        status, err = run(folder, "", "preprocess", source.name, "-o", output, **env)
        assert status == 0, err
    assert files_in(folder / "one") == files_in(folder / "two")


def test_ctrl_c_says_how_many_letters_are_kept(folder):
    (folder / "guests.csv").write_text("name\n" + "".join(f"Guest {k}\n" for k in range(400)))
    command = ["sample", "--seed", "1", "--text", "Dear {name}", "--tries", "1", "--fields", "guests.csv"]
    child = subprocess.Popen(
        [sys.executable, "-m", "hwcli", *command, "-o", "{name}.svg"], cwd=folder, env=environment(),
        stderr=subprocess.PIPE, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    while b"wrote" not in child.stderr.readline():
        pass
    start = time.monotonic()
    child.send_signal(signal.SIGINT)
    lines = child.stderr.read().decode().splitlines()
    assert child.wait(30) == 130
    assert time.monotonic() - start < 5  # on a busy machine; 0.1 s otherwise
    kept = len(list(folder.glob("Guest*.svg")))
    words = r"stopped: (\d+) letters? (?:is|are) written; the same command writes the others"
    said = re.fullmatch(words, lines[-1])
    assert said is not None, lines
    assert kept - 1 <= int(said[1]) <= kept  # Ctrl-C may come just when a file is there
