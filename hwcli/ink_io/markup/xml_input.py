"""XML from anywhere, read into a tree of elements within limits.

Entities are expanded only if they are short and hold no others, as in drawings by Adobe Illustrator; nothing
outside the document is ever read. Names lose the prefix of their namespace.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from hwcli.errors import HwError
from hwcli.ink_io import limit

DEEPEST = 100  # elements inside each other
LONGEST_ENTITY = 100  # characters
# bytes of memory per byte of text, and per element and attribute, at most
_PER_BYTE, _PER_ELEMENT, _PER_ATTRIBUTE = 5, 700, 250
_CHECKED = 1000  # elements after which memory is checked


@dataclass(slots=True)
class Element:
    """An element of a document, with what is inside it."""

    name: str  # without its prefix
    prefix: str
    attributes: dict[str, str]  # without prefixes; of two that differ in it only, the first
    line: int
    children: list[Element] = field(default_factory=list)
    text: str = ""  # directly inside it, without that of its children

    def walk(self) -> Iterator[Element]:
        """Yield the element and all that are inside it, in the order of the document."""
        yield self
        for child in self.children:
            yield from child.walk()

    def named(self, name: str) -> list[Element]:
        """Return the children called `name`."""
        return [child for child in self.children if child.name == name]


class _Builder:
    """Makes a tree of what expat calls back for."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name, self.size, self.ampersands = name, len(data), data.count(b"&")
        self.root: Element | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._entity
        self.parser.buffer_text = True
        self._open: list[tuple[Element, list[str]]] = []
        self._elements, self._attributes = 0, 0

    def trouble(self, why: str) -> HwError:
        return HwError(f"{self.name}, line {self.parser.CurrentLineNumber}: {why}")

    def _start(self, tag: str, given: dict[str, str]) -> None:
        if len(self._open) == DEEPEST:
            raise self.trouble(f"elements are nested more than {DEEPEST} deep")
        prefix, _, name = tag.rpartition(":")
        attributes: dict[str, str] = {}
        for key, value in given.items():
            attributes.setdefault(key.rpartition(":")[2], value)
        element = Element(name, prefix, attributes, self.parser.CurrentLineNumber)
        self._elements += 1
        self._attributes += len(given)
        if self._elements % _CHECKED == 0:
            self.check()
        if self._open:
            self._open[-1][0].children.append(element)
        else:
            self.root = element
        self._open.append((element, []))

    def _end(self, tag: str) -> None:
        element, pieces = self._open.pop()
        element.text = "".join(pieces)

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1][1].append(text)

    def _entity(
        self, name: str, is_parameter: bool, value: str | None, base: str | None, *outside: str | None
    ) -> None:
        if value is None:
            raise self.trouble(f"the entity {name[:40]!r} is outside the file, which is not read")
        if "&" in value or "%" in value or len(value) > LONGEST_ENTITY:
            raise self.trouble(f"the entity {name[:40]!r} is too long or holds others")
        self.size += LONGEST_ENTITY * self.ampersands
        self.ampersands = 0
        self.check()

    def check(self) -> None:
        """Raise HwError if the tree takes too much memory."""
        needed = _PER_BYTE * self.size + _PER_ELEMENT * self._elements + _PER_ATTRIBUTE * self._attributes
        limit.check(needed, self.name)


def parse(data: bytes, name: str) -> Element:
    """Return the root element of a document; HwError names the file `name` and a line."""
    builder = _Builder(data, name)
    builder.check()
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        what = expat.errors.messages[error.code]
        raise HwError(f"{name}, line {error.lineno}: incomplete or invalid XML ({what})") from None
    except (LookupError, ValueError) as error:  # an unknown encoding
        raise HwError(f"{name}: {error}") from None
    assert builder.root is not None  # expat refuses a document without one
    return builder.root
