"""Whether helpers may bind factors for others in a way, as the organisation's rules list the ways (`binding.py`).

Who of them may do it to whom is a question of roles, and asked elsewhere.
"""

from idp.domain.binding import BindingFacts, MayNotBind, Way, may_bind
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.reason import Reason
from idp.domain.roles import Refused


def closed(uow: UnitOfWork, way: Way, occasion: Occasion) -> Refused | None:
    """Return why helpers bind nothing in this way; None if they may."""
    found = may_bind(uow.catalogue.factors.binding, BindingFacts(occasion.now, (), way))
    return Refused((Reason("way_closed"),)) if isinstance(found, MayNotBind) else None
