"""Decisions as rows, with the facts they were made from: enough to decide again."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from idp.domain.access import AccessFacts, Decision, Deny, Permit
from idp.domain.application import Application
from idp.domain.assurance import Proof
from idp.domain.handles import new_id
from idp.domain.reason import Reason
from idp.storage.columns import to_micros
from idp.storage.prepared import Prepared
from idp.storage.proofs import proofs_to_json
from idp.storage.tables import decisions

_ADD = Prepared(insert(decisions))


def outcome_of(decision: Decision) -> str:
    """Return the stored word for a decision."""
    if isinstance(decision, Permit):
        return "permit"
    return "deny" if isinstance(decision, Deny) else "step_up"


def _reason(reason: Reason) -> list[Any]:
    return [reason.code, dict(reason.values)]


class SqlDecisions:
    """Implements `ports.Decisions`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        facts: AccessFacts,
        application: Application | None,
        decision: Decision,
        networks: Iterable[str],
        proofs: Iterable[Proof],
        now: datetime,
    ) -> str:
        stored: dict[str, Any] = {
            "policy_version": application.policy.version if application else None,
            "state": facts.account.state.value,
            "groups": sorted(facts.groups),
            "units": sorted(facts.units),
            "networks": sorted(networks),
            "proofs": proofs_to_json(proofs),
            "reasons": [_reason(reason) for reason in decision.reasons],
        }
        if application is not None and application.id in facts.let_in | facts.kept_out:
            stored["owner"] = "kept_out" if application.id in facts.kept_out else "let_in"
        decision_id = new_id()
        _ADD.run(
            self._connection,
            id=decision_id,
            at=to_micros(now),
            account_id=facts.account.id,
            application_id=application.id if application else None,
            outcome=outcome_of(decision),
            facts=json.dumps(stored, separators=(",", ":")),
        )
        return decision_id
