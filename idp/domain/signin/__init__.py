"""Signing in: the door that protocols knock at, and the steps that pages submit.

`door` is what protocols use; `advance` says what is shown next; `password_steps` and `factor_steps`
take what a person submits, `text_channel` what comes where no page can be shown. Every function works on the
server's own journey row.
"""

from idp.domain.outcomes import Completed, Lost, Outcome, Problem, Show
from idp.domain.signin.advance import SignIn, look
from idp.domain.signin.call_steps import submit_call
from idp.domain.signin.door import AccessDenied, Admitted, Answer, NeedsSignIn, answer, note_use, start
from idp.domain.signin.factor_steps import (
    acknowledge_recovery_codes,
    ask_to_trust,
    submit_activation_code,
    submit_enrolment,
    submit_factor,
)
from idp.domain.signin.forgotten import submit_forgotten
from idp.domain.signin.new_password import submit_new_password
from idp.domain.signin.passkey_steps import submit_new_passkey, submit_passkey
from idp.domain.signin.password_steps import submit_password
from idp.domain.signin.resynchronise_step import submit_resynchronisation

__all__ = [
    "AccessDenied",
    "Admitted",
    "Answer",
    "Completed",
    "Lost",
    "NeedsSignIn",
    "Outcome",
    "Problem",
    "Show",
    "SignIn",
    "acknowledge_recovery_codes",
    "answer",
    "ask_to_trust",
    "look",
    "note_use",
    "start",
    "submit_activation_code",
    "submit_call",
    "submit_enrolment",
    "submit_factor",
    "submit_forgotten",
    "submit_new_passkey",
    "submit_new_password",
    "submit_passkey",
    "submit_password",
    "submit_resynchronisation",
]
