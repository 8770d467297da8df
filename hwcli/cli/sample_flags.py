"""The flags of hw sample that are not settings, and which of them exclude each other."""

# without `from __future__ import annotations`: Typer reads the fields' types at every start
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from hwcli.config.load import Settings
from hwcli.errors import UsageError

NO_PRIME = "none"  # as --prime: write in a learned hand from nothing
PAGE_SETTINGS = {"sample": {"align", "fit_page", "hyphenate", "line_height", "reflow"}, "render": {"ruling"}}


def page_flags(settings: Settings) -> list[str]:
    """Return the flags, as settings, that make a page of any text."""
    found = {key for section, keys in PAGE_SETTINGS.items() for key in keys & settings.asked(section)}
    asks_nothing = {
        "ruling": settings.config.render.ruling == "none",
        "reflow": not settings.config.sample.reflow,  # only the warning is not wanted
    }
    return sorted(key for key in found if not asks_nothing.get(key))


@dataclass(frozen=True, repr=False, eq=False)  # what is not generated need not be compiled at every start
class SampleFlags:
    """The flags of hw sample that are not settings."""

    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write (.ndjson, .npz, .svg, .png, …), or - for stdout."),
    ] = None
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="Format of the output: ndjson, npz, npy, inkml, svg, png, gif, pdf, html, gcode or term "
            "(the terminal). Default: by the suffix of -o.",
        ),
    ] = None
    render: Annotated[
        str | None,
        typer.Option(
            "--render",
            metavar="STYLE[,STYLE…]|all",
            help="Draw the samples in these styles; see hw render --list.",
        ),
    ] = None
    prediction: Annotated[
        bool, typer.Option("--prediction/--no-prediction", help="Write the mixture behind each point.")
    ] = True
    attention: Annotated[
        bool,
        typer.Option(
            "--attention",
            help="Keep the weights of the window over the text at each point; see the style attention.",
        ),
    ] = False
    option: Annotated[
        list[str] | None,
        typer.Option("-O", metavar="KEY=VALUE", help="Option of the style or the format. Repeatable."),
    ] = None
    text: Annotated[
        list[str] | None,
        typer.Option(
            "--text",
            metavar="TEXT|@FILE|-",
            help="Write this text, with a synthesis model. @FILE reads a file, - one text per line of stdin. "
            "Repeatable.",
        ),
    ] = None
    fields: Annotated[
        Path | None,
        typer.Option(
            "--fields",
            metavar="CSV",
            help="Write the text once per row of this table: {name}, in --text and in the file name of -o, is"
            " replaced by the column name. Files that exist are left as they are. - reads stdin.",
        ),
    ] = None
    fold: Annotated[
        bool,
        typer.Option("--fold", help="Replace characters that cannot be written by the nearest: ж by zh."),
    ] = False
    tries: Annotated[
        int,
        typer.Option(
            "--tries",
            min=1,
            max=1000,
            help="Draw each word of a text at most this many times, until it can be read.",
        ),
    ] = 8
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="Leave out samples that still have faults after --tries, and exit with 1."
        ),
    ] = False
    redo: Annotated[
        list[str] | None,
        typer.Option(
            "--redo",
            metavar="LINE[,LINE…]",
            help="Write these lines of a page differently and keep all others; needs the page's --seed. "
            "Naming a line twice gives its second alternative. Repeatable.",
        ),
    ] = None
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Colour each stroke by its character (style window); with --render pdf, over the heat map.",
        ),
    ] = False
    prime: Annotated[
        Path | None,
        typer.Option(
            "--prime",
            metavar="INK",
            help="Continue from this ink, in the same handwriting and units. Beside a learned --hand: in "
            "place of its own line; none continues from nothing.",
        ),
    ] = None
    prime_text: Annotated[
        str | None,
        typer.Option("--prime-text", metavar="TEXT", help="Text of the prime (default: the ink's own)."),
    ] = None
    keep_prime: Annotated[
        bool,
        typer.Option("--keep-prime/--drop-prime", help="Keep the prime at the start of each sample."),
    ] = True
    hand: Annotated[
        str | None,
        typer.Option("--hand", metavar="NAME|FILE", help="Write in this hand; see hw hand."),
    ] = None
    y_up: Annotated[
        bool,
        typer.Option("--y-up", help="Turn the ink of --prime, --hand or --score over: its y grows upwards."),
    ] = False
    score: Annotated[
        str | None,
        typer.Option(
            "--score",
            metavar="INK",
            help="Score this ink instead of sampling: add log-loss and predictions. - reads stdin.",
        ),
    ] = None
    fit: Annotated[
        bool, typer.Option("--fit", help="Rescale ink to the model's units before scoring it.")
    ] = False

    @property
    def prime_file(self) -> Path | None:
        """The file to continue from; None if none was named, or none is wanted."""
        return None if str(self.prime) == NO_PRIME else self.prime

    @property
    def to_files(self) -> bool:
        """Whether each row of --fields gets a file."""
        return self.fields is not None and self.output is not None and str(self.output) != "-"

    def check(self, asked: Set[str]) -> None:
        """Raise UsageError if flags contradict each other; `asked` are the settings given as flags."""
        if self.explain and self.render not in (None, "pdf"):
            raise UsageError(
                f"--explain selects the style window and cannot be combined with --render {self.render}",
                "remove one of them; only --render pdf can be drawn with it, under the strokes",
            )
        if self.prime is not None and self.prime_file is None and self.hand is None:
            raise UsageError(f"--prime {NO_PRIME} only applies to --hand", "remove it")
        if not self.keep_prime and self.prime_file is None:
            raise UsageError(
                "--drop-prime only applies to --prime", "remove it, or name the ink to continue from"
            )
        if self.y_up and self.prime is None and self.hand is None and self.score is None:
            raise UsageError("--y-up only applies to --prime, --hand and --score", "remove it")
        if self.prime_text is not None and (self.prime_file is None or self.text is None):
            raise UsageError("--prime-text only applies to --prime with --text", "add both, or remove it")
        for flag, given in (
            ("--hand", self.hand),
            ("--fields", self.fields),
            ("--fold", self.fold or None),
            ("--replace", "replace" in asked or None),
            ("--strict", self.strict or None),
            ("--redo", self.redo),
            ("--attention", self.attention or None),
        ):
            if given is not None and self.text is None:
                raise UsageError(f"{flag} only applies to --text", "add --text TEXT")
        if self.text is not None and "-" in self.text and str(self.prime) == "-":
            raise UsageError("--text - and --prime - cannot both read stdin", "put one of them into a file")
        if self.fields is not None and "-" in (self.text or ()):
            raise UsageError(
                "--fields does not apply to --text -", "put the text into a file: --text @letter.txt"
            )
        if self.fields is not None and self.redo is not None:
            raise UsageError("--redo does not apply to --fields", "write that letter by itself")
        if str(self.fields) == "-" and str(self.prime) == "-":
            raise UsageError("--fields - and --prime - cannot both read stdin", "put one of them into a file")
        if self.score is None and self.fit:
            raise UsageError("--fit only applies to --score (primes are always rescaled)", "remove it")
        sampling = {"text": self.text, "prime": self.prime, "hand": self.hand}
        refused = [name for name, given in sampling.items() if given is not None] + sorted(asked - {"model"})
        if self.score is not None and refused:
            flag = refused[0].replace("_", "-")
            raise UsageError(
                f"--score cannot be combined with --{flag}", "use only --model, --fit and drawing flags"
            )
