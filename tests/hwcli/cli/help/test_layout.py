"""The text of help: commands that can be copied, and lists of options, at any width."""

import shlex

from hypothesis import given
from hypothesis import strategies as st

from hwcli.cli.help import layout

WORDS = st.lists(
    st.text(st.sampled_from("abc-=.,{}@ äж"), min_size=1, max_size=20).filter(str.strip),
    min_size=1,
    max_size=8,
)


@given(words=WORDS, width=st.integers(20, 100))
def test_command_is_the_same_when_pasted(words, width):
    lines = layout.command(f"hw {shlex.join(words)}", width)
    assert shlex.split("\n".join(lines).replace("\\\n", "")) == ["hw", *words]


@given(words=WORDS, width=st.integers(20, 100))
def test_command_is_broken_only_where_it_must_be(words, width):
    lines = layout.command(f"hw {shlex.join(words)}", width)
    longest = max(len(shlex.quote(word)) for word in words)
    assert all(len(line) <= max(width, longest + 8) for line in lines)
    if len("  hw " + shlex.join(words)) <= width:
        assert len(lines) == 1


@given(
    rows=st.lists(
        st.tuples(st.text("abc-", min_size=1, max_size=40), st.text("abc ", max_size=200)), max_size=5
    ),
    width=st.integers(20, 100),
)
def test_entries_keep_every_word_in_order(rows, width):
    lines = layout.entries(rows, width, layout.column_of(term for term, _ in rows))
    assert " ".join(lines).split() == " ".join(f"{term} {text}" for term, text in rows).split()


def test_explanations_stand_under_their_options_in_a_narrow_terminal():
    assert list(layout.entries([("    --count N", "Number of samples.")], 40, 28)) == [
        "  --count N",
        "      Number of samples.",
    ]


def test_paragraphs_are_wrapped_and_commands_are_not():
    text = "One two three four five six.\n\nExamples:\n    hw sample --text hi\n    hw read a.xml"
    assert list(layout.prose(text, 24)) == [
        "One two three four five",
        "six.",
        "",
        "Examples:",
        "  hw sample --text hi",
        "  hw read a.xml",
    ]
