"""The root element of an XML document, from its first bytes."""

from __future__ import annotations

import re

_BEFORE = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.S)
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.S | re.I)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)(?=[\s/>])")


def root_name(head: bytes) -> str | None:
    """Return the root element's name, without its prefix, of a file that begins with `head`; None if unknown.

    >>> root_name(b'<?xml version="1.0"?><!-- a drawing --><svg:svg xmlns:svg="http://www.w3.org/2000/svg">')
    'svg'
    """
    place = 0
    while match := _BEFORE.match(head, place) or _DOCTYPE.match(head, place):
        place = match.end()
    root = _ROOT.match(head, place)
    return root[1].decode("ascii", "replace") if root else None
