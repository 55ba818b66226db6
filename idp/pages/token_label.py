"""The label of a hardware token: 62 by 29 mm, for a label printer or scissors. A picture (SVG) that needs nothing else.

It says what a finder needs and a helper scans; never whose the token is, nor what it opens.
"""

from collections.abc import Callable
from xml.sax.saxutils import escape

from idp.pages.qr import qr_svg
from idp.web.marking import mark

FOUND = mark("Found it? Hand it in to")
WIDTH, HEIGHT = 62, 29
_LONGEST_LINE = 30


def label_svg(organisation: str, serial: str, issuer: str, translate: Callable[[str], str]) -> str:
    """Return the label, in the language that `translate` speaks."""
    address = issuer.removeprefix("https://").removeprefix("http://")
    qr = str(qr_svg(serial)).replace("<svg ", '<svg x="2" y="2.5" width="24" height="24" ', 1)
    lines = "".join(
        f'<text x="28" y="{y}" font-size="{size}" font-weight="{weight}">{escape(text[:_LONGEST_LINE])}</text>'
        for y, size, weight, text in (
            (8, 3.4, "bold", organisation),
            (14, 3.6, "normal", serial),
            (20, 2.6, "normal", translate(FOUND)),
            (24, 2.6, "normal", address),
        )
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}mm" height="{HEIGHT}mm" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"><rect width="{WIDTH}" height="{HEIGHT}" '
        f'fill="#fff"/>{qr}{lines}</svg>'
    )
