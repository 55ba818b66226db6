"""One browser that walks through journeys, at the level of the use cases."""

import json

from idp.domain.authentication import AuthenticationRequirement
from idp.domain.handles import digest
from idp.domain.outcomes import Completed
from idp.domain.signin import (
    acknowledge_recovery_codes,
    answer,
    look,
    start,
    submit_activation_code,
    submit_enrolment,
    submit_factor,
    submit_new_passkey,
    submit_new_password,
    submit_passkey,
    submit_password,
)
from mfa import FactorKind
from tests.support.place import OUTSIDE, a_browser


class Visit:
    """One browser at one place, walking through journeys."""

    def __init__(self, place, address=OUTSIDE):
        self.place, self.address, self.browser = place, address, a_browser()
        self.session = self.handle = None

    @property
    def occasion(self):
        return self.place.occasion(self.address)

    def living(self, uow):
        return uow.sessions.living(digest(self.session), self.place.now) if self.session else None

    def ask(self, application, **demands):
        requirement = AuthenticationRequirement(application, **demands)
        with self.place.database.write() as uow:
            return answer(uow, self.living(uow), requirement, self.occasion)

    def begin(self, application=None, **demands):
        requirement = AuthenticationRequirement(application, **demands)
        with self.place.database.write() as uow:
            self.handle = start(uow, requirement, "/back?r=1", self.browser, self.living(uow), self.occasion)
        return self.look()

    def look(self):
        return self._took(look(self.place.signin, self.handle, self.browser, self.occasion))

    def password(self, login, password):
        return self._submit(submit_password, login, password)

    def code(self, code, kind=FactorKind.TOTP):
        return self._submit(submit_factor, kind, code)

    def enrol(self, code):
        return self._submit(submit_enrolment, code)

    def activate(self, code, login=""):
        return self._submit(submit_activation_code, login, code)

    def new_password(self, new, again=None):
        return self._submit(submit_new_password, new, new if again is None else again)

    def passkey(self, key, **lies):
        """Answer the passkey's question of the page that is shown now."""
        return self.send_passkey(json.dumps(key.prove(self.look().step.passkey, **lies)))

    def send_passkey(self, document):
        return self._submit(submit_passkey, document)

    def make_passkey(self, key, name="key", **lies):
        return self._submit(submit_new_passkey, json.dumps(key.make(self.look().step.passkey, **lies)), name)

    def seen(self):
        return self._submit(acknowledge_recovery_codes)

    def _submit(self, step, *values):
        return self._took(step(self.place.signin, self.handle, self.browser, *values, self.occasion))

    def _took(self, outcome):
        if isinstance(outcome, Completed) and outcome.session_handle:
            self.session = outcome.session_handle
        return outcome
