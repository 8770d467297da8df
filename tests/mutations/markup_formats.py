"""InkML, SVG, Xournal and ink in UTF-16, for the mutation run."""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ink_formats import ndjson_lines, read_ink
from mutated_format import Format

ODD_PATHS = (
    b"M", b"z", b"A1 1 0 0 0 5 5", b"a0 0 0 1 1 9 9", b"c1 1 1 1", b"t5 5", b"S1 2 3 4", b"h1e308",
    b"L1e-320 0", b"q9 9 1e300 -1e300", b"m0 0", b"scale(0)", b"rotate(1e300)", b"skewX(90)", b"#p", b"#s",
    b"h.01", b"none",
)  # fmt: skip


def inkml() -> bytes:
    """Return InkML with channels, contexts, differences, groups, labels, views and what hw writes."""
    from hwcli.ink_io import ndjson
    from hwcli.ink_io.markup.inkml_writer import dump

    own = b"".join(dump(one.ink for one in ndjson.read_each(ndjson_lines(), "x"))).decode()
    head, rest = own.split("<definitions>")
    return (
        f'{head}<definitions><context xml:id="c"><traceFormat><channel name="T"/>'
        '<channel name="Y" units="cm"/>'
        '<channel name="X" units="mm"/><intermittentChannels><channel name="F"/></intermittentChannels>'
        f"</traceFormat></context>{rest}"
    ).encode()


def foreign_inkml() -> bytes:
    """Return InkML as other programs write it."""
    views = "".join(
        f'<traceView traceDataRef="#t{k}" from="1" to="2"><annotation type="transcription">é{k}</annotation>'
        "</traceView>"
        for k in range(2)
    )
    return (
        '<?xml version="1.0"?><!DOCTYPE ink [<!ENTITY w "word">]>\n<ink xmlns="http://www.w3.org/2003/InkML">'
        '<definitions><traceFormat xml:id="f"><channel name="T"/><channel name="Y" units="cm"/>'
        '<channel name="X" units="mm" orientation="-ve"/><intermittentChannels><channel name="F"/>'
        '</intermittentChannels></traceFormat><context xml:id="c" traceFormatRef="#f"/></definitions>'
        '<annotation type="writer">w1</annotation><traceGroup contextRef="#c" xml:id="g">'
        '<trace xml:id="t0">0 1 2,\'1\'2\'3,"1"2"-3 7,* ? 5,!#9 1 1</trace>'
        '<trace xml:id="t1" continuation="begin">0 1.5 2,3 4 5</trace><trace continuation="end">6 7 8</trace>'
        '<trace type="penUp">1 1 1</trace></traceGroup><trace>1 2,3 4</trace>'
        f"<annotation>&w;</annotation>{views}</ink>"
    ).encode()


def own_picture(style: str) -> bytes:
    """Return a picture of two lines by hw."""
    from inks import make_inks
    from renderers.drawing import draw

    svg = draw(make_inks(1, 45)[0], style).svg()
    return svg.replace("<path ", "\n<path ").encode()


def drawing() -> bytes:
    """Return a drawing with all kinds of shapes, styles, transforms and references."""
    return b"""<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd" [<!ENTITY ns "http://www.w3.org/2000/svg">]>
<svg xmlns="&ns;" xmlns:xlink="http://www.w3.org/1999/xlink" width="120mm" height="30mm" viewBox="0 0 120 30">
<style>/* x */ .a, path { stroke: #000; stroke-width: 2px } @media print { #b { fill: none } }</style>
<defs><path id="p" d="M0 0h5v5"/><symbol id="s" viewBox="0 0 9 9"><use href="#p"/></symbol></defs>
<g transform="translate(5,5) rotate(30 1 2) scale(1.5)" fill="none" stroke="red" stroke-width="0.4">
<path d="M 0,15 c 2,-14 4,-14 5,0 m 0,-5 q 3,-4 6,0 t 6,0 s 1-1 2 2S4 4 5 5Q1 2 3 4 T 8 9"/>
<path d="M1e1-2a5 3 30 1 0 9 9A 1 2 3 0 1 4 5zH5V6h-1v1L3 4 5 6"/>
<polyline points="20,15 22,2 24,15"/><polygon points="1 2 3 4 5 6"/><line x1="32" y1="2" x2="3cm" y2="15"/>
<circle r="1.5" cx="4" cy="5"/><ellipse rx="3" ry="4"/><rect x="1" width="5" height="6"/></g>
<use xlink:href="#p" x="5"/><use href="#s" width="20" height="10"/>
<circle class="a" fill="red" stroke="none" r="1"/>
<svg x="1" viewBox="0 0 5 5" width="10" preserveAspectRatio="none">
<path style="fill:none;stroke:red" d="M0 0l1 1"/></svg>
<text>a</text><image href="data:,"/></svg>"""


def xournal() -> bytes:
    """Return a note of two pages."""
    page = (
        '\n<page width="595.2" height="841.9">\n<background type="pdf" pageno="1"/>\n<layer>\n'
        '<stroke tool="pen" color="#000000ff" width="1.41 0.8">100.5 200 102.1 190.0 104.0 180.2</stroke>\n'
        '<stroke tool="eraser" width="8">1 2 3 4</stroke><text font="Sans">a &amp; b</text>\n'
        '<stroke tool="pen" width="1.41">120 200 122 180</stroke></layer><layer/></page>'
    )
    return f'<?xml version="1.0"?>\n<xournal fileversion="4"><title>t</title>{page}{page}</xournal>'.encode()


def path_data(rng: random.Random, data: bytes) -> bytes:
    """Insert a command of path data, a transform or a reference where a value begins."""
    odd = rng.choice(ODD_PATHS)
    places = [match.end() for match in re.finditer(rb'="', data)]
    place = rng.choice(places or [0])
    return data[:place] + odd + data[place:]


def utf16_lines() -> bytes:
    return b"\xff\xfe" + ndjson_lines(False).decode().replace("\n", "\r\n").encode("utf-16-le")


_GZIP = partial(gzip.compress, compresslevel=1, mtime=0)


def _made(name: str, data: Callable[[], bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data())
        return folder / name

    return make


FORMATS: tuple[Format, ...] = (
    Format("inkml", _made("a.inkml", inkml), read_ink),
    Format("inkml-foreign", _made("a.inkml", foreign_inkml), read_ink),
    Format("svg-drawing", _made("a.svg", drawing), read_ink, own=(path_data,)),
    Format("svg-multi", _made("a.svg", lambda: own_picture("multi")), read_ink, own=(path_data,)),
    Format("svg-eos", _made("a.svg", lambda: own_picture("eos")), read_ink, own=(path_data,)),
    Format("xournal", _made("a.xml", xournal), read_ink),
    Format("xopp", _made("a.xopp", lambda: _GZIP(xournal())), read_ink, (gzip.decompress, _GZIP)),
    Format("ndjson-utf16", _made("a.ndjson", utf16_lines), read_ink),
)
