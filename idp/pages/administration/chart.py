"""Small charts of some days, drawn on the server; a table of the same numbers stands beside each for who cannot see.

Every day has its place, also one on which nothing happened: an empty place is what a reader looks for.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from markupsafe import Markup

from idp.domain.register import DayCount, FactorCount

DAYS = 30
#: The kinds of a stack, from the bottom.
_GOOD_AND_BAD = ("bar", "bar bad")
_FACTORS = ("bar", "bar second", "bar third")
_LEFT, _WIDTH, _TOP, _HEIGHT, _BAR, _LINE = 44, 480, 16, 80, 12, 16


def day_chart(days: Sequence[DayCount], until: date, span: int = DAYS) -> Markup:
    """Return an SVG of `span` days up to `until`: good ones stand, refused ones stand on top of them."""
    return _stacked({one.day: (one.count, one.refused) for one in days}, _GOOD_AND_BAD, until, span)


def factor_chart(days: Sequence[FactorCount], until: date) -> Markup:
    """Return an SVG of the days up to `until`: apps stand, password generators on them, passkeys on top."""
    counted = {one.day: (one.apps, one.generators, one.passkeys) for one in days}
    return _stacked(counted, _FACTORS, until, DAYS)


def _stacked(
    counted: Mapping[date, tuple[int, ...]], classes: tuple[str, ...], until: date, span: int
) -> Markup:
    days = [until - timedelta(days=before) for before in reversed(range(span))]
    most = max((sum(counted.get(day, ())) for day in days), default=0)
    if not most:
        return Markup()
    step, right, bottom = _WIDTH // span, _LEFT + _WIDTH, _TOP + _HEIGHT
    height = bottom + _LINE + 4
    drawn = [
        _stack(_LEFT + number * step + (step - _BAR) // 2, day, counted[day], classes, most)
        for number, day in enumerate(days)
        if day in counted
    ]
    drawn += [
        f'<path class="axis" d="M{_LEFT} {_TOP}H{right}M{_LEFT} {bottom}H{right}"/>',
        _text(_LEFT - 8, _TOP + 4, "end", str(most)),
        _text(_LEFT - 8, bottom + 4, "end", "0"),
        _text(_LEFT, bottom + _LINE, "start", days[0].isoformat()),
        _text(right, bottom + _LINE, "end", days[-1].isoformat()),
    ]
    return Markup(  # noqa: S704 - numbers and dates
        f'<svg class="chart" viewBox="0 0 {right} {height}" width="{right}" height="{height}" '
        f'role="img" aria-hidden="true" focusable="false">{"".join(drawn)}</svg>'
    )


def _stack(x: int, day: date, counts: tuple[int, ...], classes: tuple[str, ...], most: int) -> str:
    top, parts = _TOP + _HEIGHT, []
    for count, kind in zip(counts, classes, strict=True):
        # What is there is seen, however little it is.
        height = max(round(count * _HEIGHT / most), 1) if count else 0
        top -= height
        parts.append(f'<rect class="{kind}" x="{x}" y="{top}" width="{_BAR}" height="{height}"/>')
    return f"<g><title>{day.isoformat()}: {' / '.join(map(str, counts))}</title>{''.join(parts)}</g>"


def _text(x: int, y: int, anchor: str, text: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>'
