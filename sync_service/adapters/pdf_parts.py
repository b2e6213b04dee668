"""What the pages of a PDF are made of: the font, colours, and the styles of its paragraphs.

PT Sans was drawn for Russian, is free (SIL Open Font License) and comes as a package of its own; a PDF embeds only the
letters that it uses.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

BODY = "ReportSans"
BOLD = "ReportSans-Bold"
_FILES = {BODY: "PT_Sans-Web-Regular.ttf", BOLD: "PT_Sans-Web-Bold.ttf"}

INK = HexColor("#1b1b1b")
GREY = HexColor("#5a5a5a")
RULE = HexColor("#b8b8b8")
SHADE = HexColor("#f1f1ee")

TEXT = ParagraphStyle("text", fontName=BODY, fontSize=9, leading=11.5, textColor=INK, splitLongWords=1)
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=7.5, leading=9.5, textColor=GREY)
STRONG = ParagraphStyle("strong", parent=TEXT, fontName=BOLD)
AMOUNT = ParagraphStyle("amount", parent=TEXT, alignment=TA_RIGHT)
STRONG_AMOUNT = ParagraphStyle("strong amount", parent=STRONG, alignment=TA_RIGHT)
LABEL = ParagraphStyle("label", parent=TEXT, textColor=GREY)
TITLE_STYLE = ParagraphStyle("title", parent=STRONG, fontSize=16, leading=20)
SUBTITLE = ParagraphStyle("subtitle", parent=LABEL, spaceAfter=8)
HEADING = ParagraphStyle("heading", parent=STRONG, fontSize=11.5, leading=14, spaceBefore=13, spaceAfter=5)


@cache
def use_fonts() -> None:
    """Make the font known to the library, once a process."""
    folder = files("fontpkg_pt_sans") / "files"
    for name, file in _FILES.items():
        with as_file(folder / file) as path:
            registerFont(TTFont(name, str(path)))
    registerFontFamily(BODY, normal=BODY, bold=BOLD, italic=BODY, boldItalic=BOLD)


def text(words: str, style: ParagraphStyle = TEXT) -> Paragraph:
    """A text as it is: nothing in it is markup."""
    return Paragraph(escape(words), style)
