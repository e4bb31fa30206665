"""Make the fonts of this folder from the full ones (run by hand; needs fontTools alone).

    python subset.py INTER_FOLDER DROID_SANS_FALLBACK.ttf

``INTER_FOLDER`` holds Inter-Regular.otf, Inter-SemiBold.otf and Inter-Bold.otf of Inter 4.0 beta 7
(Debian's ``fonts-inter``); the fallback is Debian's ``fonts-droid-fallback``. Layout tables and
hints go: the renderers set glyphs one by one, on any device.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent

INTER_RANGES = (
    (0x0020, 0x007E),  # Basic Latin
    (0x00A0, 0x024F),  # Latin-1, Latin Extended-A and -B
    (0x02B0, 0x036F),  # modifiers and combining marks
    (0x0370, 0x03FF),  # Greek
    (0x0400, 0x04FF),  # Cyrillic
    (0x1E00, 0x1EFF),  # Latin Extended Additional (Vietnamese)
    (0x2010, 0x2027),  # dashes, quotes, ellipsis
    (0x2030, 0x203A),
    (0x2070, 0x209C),  # superscripts and subscripts
    (0x20A0, 0x20BF),  # currencies
    (0x2100, 0x214F),  # letter-like
    (0x2190, 0x2199),  # arrows
    (0x2200, 0x22FF),  # mathematics
)
CJK_CODECS = ("gb2312", "euc_jp", "big5", "euc_kr")
"""The everyday characters of four countries, as their classic character sets list them."""

CJK_FIRST = 0x2E80


def cjk_characters() -> set[int]:
    """Every character from CJK on that one of the classic sets can write."""
    found = set()
    for code in range(CJK_FIRST, 0x10000):
        if 0xD800 <= code <= 0xF8FF:
            continue
        for codec in CJK_CODECS:
            try:
                chr(code).encode(codec)
            except UnicodeEncodeError:
                continue
            found.add(code)
            break
    return found


def subset(source: Path, target: Path, characters: set[int]) -> None:
    """Write the glyphs of ``characters`` alone."""
    options = Options()
    options.layout_features = []
    options.hinting = False
    options.desubroutinize = True
    options.name_IDs = [0, 1, 2, 5, 13, 14]
    options.notdef_outline = False
    options.glyph_names = False
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "VORG", "gasp"]
    font = TTFont(source, recalcTimestamp=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font.flavor = "woff"
    font.save(target)


def main() -> None:
    """Make all four."""
    inter, droid = Path(sys.argv[1]), Path(sys.argv[2])
    latin = {code for first, last in INTER_RANGES for code in range(first, last + 1)}
    for weight in ("Regular", "SemiBold", "Bold"):
        subset(inter / f"Inter-{weight}.otf", HERE / f"Inter-{weight}.subset.woff", latin)
    subset(droid, HERE / "DroidSansFallback.subset.woff", cjk_characters())


if __name__ == "__main__":
    main()
