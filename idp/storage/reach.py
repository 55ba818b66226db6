"""Scopes as conditions over people: who belongs to a unit, or to one below it, at a time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from idp.domain.roles import Reach, Scope
from idp.storage.tables import employments, persons, units


def reached(within: Sequence[Scope], now: datetime) -> ColumnElement[bool]:
    """Return the condition that a row of `persons` lies within one of the scopes."""
    if any(scope.reach is Reach.ORGANISATION for scope in within):
        return true()
    codes = sorted({scope.key for scope in within if scope.reach is Reach.UNIT})
    if not codes:
        return false()
    tree = select(units.c.id).where(units.c.code.in_(codes)).cte("reached", recursive=True)
    # UNION, not UNION ALL: a loop among the units ends.
    tree = tree.union(select(units.c.id).join(tree, units.c.parent_id == tree.c.id))
    return persons.c.id.in_(
        select(employments.c.person_id).where(
            employments.c.unit_id.in_(select(tree.c.id)),
            runs_at(now),
        )
    )


def runs_at(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a row of `employments` runs at `now`."""
    return and_(
        or_(employments.c.starts.is_(None), employments.c.starts <= now),
        or_(employments.c.ends.is_(None), employments.c.ends > now),
    )
