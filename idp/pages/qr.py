"""QR codes as SVG without style or script, dark on white in every colour scheme."""

import segno
from markupsafe import Markup

_QUIET_ZONE = 4  # modules (ISO/IEC 18004 §9.1)


def qr_svg(text: str) -> Markup:
    """Return the code of `text` as an inline picture; its name is given by what is around it."""
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(border=_QUIET_ZONE, dark="#000", light="#fff", omitsize=True, svgclass=None)
    # segno's output holds numbers and fixed colours only; `text` appears in it as squares.
    return Markup(drawn)  # noqa: S704 - drawn by segno from numbers alone
