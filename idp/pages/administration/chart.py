"""Small charts, drawn on the server: bars for each day, with a table of the same numbers for who cannot see them."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from idp.domain.register import DayCount

_HEIGHT, _BAR, _GAP = 80, 12, 4


def day_chart(days: Sequence[DayCount]) -> Markup:
    """Return an SVG of the days: good ones stand, refused ones stand on top of them."""
    if not days:
        return Markup()
    most = max((one.count + one.refused for one in days), default=0) or 1
    width = len(days) * (_BAR + _GAP)
    bars = []
    for number, one in enumerate(days):
        good, bad = round(one.count * _HEIGHT / most), round(one.refused * _HEIGHT / most)
        x = number * (_BAR + _GAP)
        title = escape(f"{one.day:%Y-%m-%d}: {one.count} / {one.refused}")
        bars.append(
            f"<g><title>{title}</title>"
            f'<rect class="bar" x="{x}" y="{_HEIGHT - good}" width="{_BAR}" height="{good}"/>'
            f'<rect class="bar bad" x="{x}" y="{_HEIGHT - good - bad}" width="{_BAR}" height="{bad}"/></g>'
        )
    return Markup(  # noqa: S704 - numbers and one escaped title
        f'<svg class="chart" viewBox="0 0 {width} {_HEIGHT}" width="{width}" height="{_HEIGHT}" '
        f'role="img" aria-hidden="true" focusable="false">{"".join(bars)}</svg>'
    )
