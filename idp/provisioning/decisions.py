"""What a human decides about a plan that the brake has stopped: let it through, or not."""

from idp.domain.audit import record
from idp.domain.events import SynchronisationEnded
from idp.domain.occasion import Occasion
from idp.provisioning.ports import ProvisioningUnitOfWork
from idp.provisioning.runs import RunState


def release(uow: ProvisioningUnitOfWork, run_id: str, reason: str, occasion: Occasion) -> bool:
    """Let a braked plan through: the next run carries it out, if it makes the very same plan."""
    return _decide(uow, run_id, RunState.RELEASED, reason, occasion)


def reject(uow: ProvisioningUnitOfWork, run_id: str, reason: str, occasion: Occasion) -> bool:
    """Refuse a plan that waits; False if it does not wait any more."""
    return _decide(uow, run_id, RunState.REJECTED, reason, occasion)


def _decide(
    uow: ProvisioningUnitOfWork, run_id: str, state: RunState, reason: str, occasion: Occasion
) -> bool:
    run = uow.provisioning.runs.get(run_id)
    if run is None or run.state not in {RunState.BRAKED, RunState.RELEASED} or run.state is state:
        return False
    moved = run.moved(state, occasion.now, occasion.actor.name)
    if not uow.provisioning.runs.move(moved, expected=run.state):
        return False
    event = SynchronisationEnded(object=run_id, reason=reason, outcome=state.value, source=run.source)
    record(uow.audit, event, occasion)
    return True
