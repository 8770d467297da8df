"""The Python API: functions that need more than one part of hw. hwcli/__init__.py names all that it offers.

What follows is the beginning of docs/api.md.

## Warnings and errors

What a command prints as a warning, a function warns of in the same words, as an `hw.HwWarning`: characters
that a sample does not show, a prime that seems to be upside down or to say something else, ink of a device
that was mended, lines that a model has learned from, terms of use. Python shows a warning once per line of a
program. `warnings.simplefilter("ignore", hw.HwWarning)` hides them all; "error" stops the program at the
first. What cannot be done is an `hw.HwError`, with a `message` and a `hint`, which a traceback shows; a
number out of range may also be a `ValueError`.

## Commands in Python

- `hw preprocess`: `hw.preprocess` makes a dataset of files or inks; `hw.open_dataset` opens one.
- `hw train`: a run takes long, resumes, and stops at Ctrl-C, so it is a program of its own:
  `subprocess.run([sys.executable, "-m", "hwcli", "train", "dataset", "-o", "run"])`. `hw.load_model("run")`
  then takes its best model, also while it is still running.
- `hw sample`: `Model.sample`, `sample_many` and `samples`, and `hw.write_pages` for pages. `--hand` is
  `Model.in_hand`, `--score` is `Model.score` and `log_losses`, `--source` and `--reader` are attributes of
  the model, `--redo` is an argument of `write_pages`. `--fields` is a loop over rows, and `--replace` is
  `str.replace`.
- `hw render`: `hw.draw` or `Ink.draw`, then `save`, `svg`, `png` and so on; `hw.save_pages` writes several
  pages. `--model` is `Model.score`.
- `hw read`: `hw.read` and `hw.proofread`.
- `hw hand`: `hw.learn_hand`, `hw.save_hand`, `hw.find_hand` and `hw.list_hands`; `hw.draw` shows their lines.
  `record` and `remove` are commands only.
- `hw evaluate`: `hw.evaluate`, of a model or a reader, on the CPU or a GPU.
- `hw export`: `hw.export_model`.
- `hw models`: `hw.list_models`.
- `hw plot`: a command only; a run's `metrics.jsonl` has a JSON object per line.
- `hw formats`, `hw config` and `hw doctor`: commands only. Settings are arguments in Python: neither
  `hw.toml` nor variables such as `HW_SAMPLE_BIAS` are read.
"""
