"""Small charts, drawn on the server; a table of the same numbers stands beside each for who cannot see them."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from idp.domain.register import DayCount, FactorCount

_HEIGHT, _BAR, _GAP = 80, 12, 4


def day_chart(days: Sequence[DayCount]) -> Markup:
    """Return an SVG of the days: good ones stand, refused ones stand on top of them."""
    return _stacked(
        [(f"{one.day:%Y-%m-%d}: {one.count} / {one.refused}", (one.count, one.refused)) for one in days],
        ("bar", "bar bad"),
    )


def factor_chart(days: Sequence[FactorCount]) -> Markup:
    """Return an SVG of the days: apps stand, password generators on them, passkeys on top."""
    return _stacked(
        [
            (
                f"{one.day:%Y-%m-%d}: {one.apps} / {one.generators} / {one.passkeys}",
                (one.apps, one.generators, one.passkeys),
            )
            for one in days
        ],
        ("bar", "bar second", "bar third"),
    )


def _stacked(bars: Sequence[tuple[str, tuple[int, ...]]], classes: tuple[str, ...]) -> Markup:
    most = max((sum(counts) for _, counts in bars), default=0)
    if not most:
        return Markup()
    width = len(bars) * (_BAR + _GAP)
    drawn = []
    for number, (title, counts) in enumerate(bars):
        x, top, parts = number * (_BAR + _GAP), _HEIGHT, []
        for count, kind in zip(counts, classes, strict=True):
            height = round(count * _HEIGHT / most)
            top -= height
            parts.append(f'<rect class="{kind}" x="{x}" y="{top}" width="{_BAR}" height="{height}"/>')
        drawn.append(f"<g><title>{escape(title)}</title>{''.join(parts)}</g>")
    return Markup(  # noqa: S704 - numbers and escaped titles
        f'<svg class="chart" viewBox="0 0 {width} {_HEIGHT}" width="{width}" height="{_HEIGHT}" '
        f'role="img" aria-hidden="true" focusable="false">{"".join(drawn)}</svg>'
    )
