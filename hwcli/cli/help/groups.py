"""Which options stand together in help, and in which order: the most used first."""

from __future__ import annotations

OTHERS = "Options"  # of commands with few options
EVERYWHERE = "Every command"  # --quiet and the like

_PICTURE = "-O --pen --background --width --height --margin --grid --caption --scale --dpi"
_FILM = "--duration --speed --fps --hold --loop"

# the options of a command by group, as they are written on its command line
GROUPS: dict[str, dict[str, str]] = {
    "sample": {
        "Text": "--text --fields --replace --fold --tries --strict --reader",
        "Hand": "--hand --bias --temperature --source --prime --prime-text --keep-prime --y-up",
        "Output": "--output --format --count --seed --start",
        "Picture": f"--render {_PICTURE} --plotter --explain",
        "Page": "--paper --landscape --line-height --align --reflow --hyphenate --fit-page --ruling --redo",
        "Film": _FILM,
        "Advanced": "--model --points --until --prediction --attention --score --fit --device",
    },
    "render": {
        "Picture": f"--style {_PICTURE} --plotter",
        "Page": "--paper --landscape --ruling",
        "Film": _FILM,
        "Output": "--output --format --list",
        "Advanced": "--model --input-format --y-up",
    },
    "preprocess": {
        "Output": "--output --overwrite --jobs",
        "Input": "--format --transcripts --y-up",
        "Splits": "--split --valid-fraction",
        "Lines left out": "--min-points --max-points --max-gap --legible --only-lines",
        "Size and shape": "--normalise --resample --fit --level --even",
        "Composed lines": "--compose --seed",
    },
    "train": {
        "Run": "--output --preset --minutes --epochs --resume --from --seed --overwrite",
        "Network": "--kind --layers --hidden --mixtures --gaussians --skip --dropout --sources",
        "Learning": "--batch-size --window --lr --schedule --decay --cooldown --warmup --optimiser --clip "
        "--weight-decay --average",
        "Lines": "--source-weight --rare-boost --augment --composed",
        "Advanced": "--device --threads --precision --checkpoint-minutes --tensorboard",
    },
    "plot": {
        "Chart": "--what --x --reference --smooth --ylim",
        "Output": "--output --format --width --height",
    },
}

# the commands of hw by what they are for
COMMANDS: dict[str, str] = {
    "Write": "sample render hand export",
    "Read": "read",
    "Train": "preprocess train evaluate plot",
    "Look up": "models formats config doctor",
}


def grouped(names: list[list[str]], groups: dict[str, str], others: str) -> dict[str, list[int]]:
    """Return the positions of `names` by group, in the order of `groups`; those in no group are `others`.

    Each entry of `names` lists the names of one option or command.

    >>> grouped([["-x"], ["--bias"], ["-n", "--count"]], {"Output": "--count", "Hand": "--bias"}, "Options")
    {'Output': [2], 'Hand': [1], 'Options': [0]}
    """
    places = {name: number for number, known in enumerate(names) for name in known}
    found = {group: [places[n] for n in members.split() if n in places] for group, members in groups.items()}
    listed = {number for numbers in found.values() for number in numbers}
    found[others] = found.get(others, []) + [n for n in range(len(names)) if n not in listed]
    return {group: numbers for group, numbers in found.items() if numbers}
