"""Look into a drawn SVG: what it holds, and how far it reaches."""

import re
from xml.etree import ElementTree as ET

from fontTools.misc.transform import Identity, Transform
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.transformPen import TransformPen
from fontTools.svgLib.path import parse_path

SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[float, float, float, float]


def parse(content: bytes) -> ET.Element:
    """The root; refuses documents with a DTD, which could define entities."""
    assert b"<!DOCTYPE" not in content and b"<!ENTITY" not in content
    return ET.fromstring(content)  # noqa: S314 - our own output, without a DTD


def view_box(root: ET.Element) -> Box:
    x, y, width, height = map(float, root.attrib["viewBox"].split())
    return x, y, x + width, y + height


def _transform(text: str) -> Transform:
    made = Identity
    for name, arguments in re.findall(r"(\w+)\(([^)]*)\)", text):
        numbers = [float(n) for n in re.split(r"[\s,]+", arguments.strip())]
        if name == "translate":
            made = made.translate(*numbers)
        elif name == "scale":
            made = made.scale(*numbers)
        elif name == "rotate":
            angle, x, y = (*numbers, 0.0, 0.0)[:3]
            radians = angle * 3.141592653589793 / 180
            made = made.translate(x, y).rotate(radians).translate(-x, -y)
        else:
            raise AssertionError(name)
    return made


def _bounds(path: str, transform: Transform) -> Box | None:
    pen = BoundsPen(None)
    parse_path(path, TransformPen(pen, transform))
    return pen.bounds


def _outlines(root: ET.Element) -> dict[str, str]:
    paths = (p for d in root.iter(f"{SVG}defs") for p in d.findall(f"{SVG}path"))
    return {p.attrib["id"]: p.attrib["d"] for p in paths}


def extents(root: ET.Element) -> list[tuple[str, Box]]:
    """Every drawn thing (glyph ids for text) with its box in the document's coordinates."""
    outlines = _outlines(root)
    found: list[tuple[str, Box]] = []

    def walk(element: ET.Element, above: Transform) -> None:
        here = above.transform(_transform(element.attrib.get("transform", "")))
        tag = element.tag.removeprefix(SVG)
        box: Box | None = None
        name = tag
        if tag == "defs":
            return
        if tag == "use":
            name = element.attrib["href"][1:]
            box = _bounds(outlines[name], here.translate(float(element.attrib.get("x", 0)), 0))
        elif tag == "path":
            box = _bounds(element.attrib["d"], here)
        elif tag in {"rect", "circle"}:
            a = {k: float(v) for k, v in element.attrib.items() if re.fullmatch(r"-?[\d.]+", v)}
            if tag == "rect":
                path = f"M{a['x']} {a['y']}h{a['width']}v{a['height']}h-{a['width']}z"
            else:
                path = f"M{a['cx'] - a['r']} {a['cy'] - a['r']}h{2 * a['r']}v{2 * a['r']}z"
            box = _bounds(path, here)
        if box is not None:
            found.append((name, box))
        for child in element:
            walk(child, here)

    walk(root, Identity)
    return found


def drawn_text(root: ET.Element) -> str:
    """The characters that are drawn with outlines, in order (spaces leave no trace)."""
    parts = []
    for group in root.iter(f"{SVG}g"):
        uses = group.findall(f"{SVG}use")
        if uses:
            parts.append("".join(chr(int(u.attrib["href"][2:], 16)) for u in uses))
    return "\n".join(parts)


def text_boxes(root: ET.Element) -> list[tuple[str, Box]]:
    """Every line of text outside rotated groups, with the box of its ink."""
    outlines = _outlines(root)
    found: list[tuple[str, Box]] = []

    def walk(element: ET.Element, above: Transform) -> None:
        own = element.attrib.get("transform", "")
        if "rotate" in own:
            return
        here = above.transform(_transform(own))
        uses = element.findall(f"{SVG}use")
        if uses:
            boxes = []
            for use in uses:
                placed = here.translate(float(use.attrib.get("x", 0)), 0)
                box = _bounds(outlines[use.attrib["href"][1:]], placed)
                assert box is not None
                boxes.append(box)
            text = "".join(chr(int(u.attrib["href"][2:], 16)) for u in uses)
            x0, y0, x1, y1 = zip(*boxes, strict=True)
            found.append((text, (min(x0), min(y0), max(x1), max(y1))))
        for child in element:
            walk(child, here)

    walk(root, Identity)
    return found
