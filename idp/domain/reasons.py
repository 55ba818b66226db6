"""The words of a decision: one English sentence per reason; pages translate them."""

from collections.abc import Callable, Mapping

from idp.domain.reason import Reason

SENTENCES: Mapping[str, str] = {
    "not_signed_in": "Nobody is signed in.",
    "account_disabled": "The account is disabled.",
    "account_not_begun": "The account may be used from {starts}.",
    "application_disabled": "The system is closed for the time being.",
    "everyone": "The system is for everyone with an account.",
    "in_group": "The account is in the group {group}.",
    "in_unit": "The account belongs to the unit {unit}.",
    "let_in": "The system’s owner let the account in.",
    "kept_out": "The system’s owner keeps the account out.",
    "not_in_audience": "The system is only for {audience}.",
    "outside_networks": "The system can only be used from {networks}.",
    "on_network": "The visitor is on the network {network}.",
    "policy_asks": "The system asks for {assurance}.",
    "policy_asks_on_network": "The system asks for {assurance} on the network {network}.",
    "short_password": "The account’s password is too short to stand alone: two factors are asked for.",
    "proved": "{assurance} has been proved.",
    "more_proof": "More has to be proved: {assurance}.",
    "passkey_not_accepted": "The passkey that was used is not of a kind that the system accepts.",
    "too_weak": "The system does not accept codes that were sent by telephone or mail.",
    "other_way": "The system asks for another way to prove who one is than the one that was used.",
    "trusted_device": "This device was trusted after a second factor, and stands in for one here.",
    "too_old": "What was proved was too long ago.",
    "needs_a_browser": "A factor that resists phishing can only be shown in a browser, not here.",
    "directory_away": "The directory does not answer, and the system is closed until it does.",
    "enabling": "It would change if the account were enabled.",
    "opening": "It would change if the system were opened.",
    "joining_group": "It would change with membership in the group {group}.",
    "joining_unit": "It would change with an employment at the unit {unit}, or below it.",
    "owner_lets_in": "It would change if the system’s owner let the account in.",
    "owner_lets_back": "It would change if the system’s owner ended keeping the account out.",
    "owner_withdraws": "It would end if the system’s owner withdrew letting the account in.",
    "coming_from": "It would change on the network {network}.",
    "a_factor": "It would change once a second factor is set up.",
    "several_changes": "No single change would be enough.",
    "leaving_group": "It would end by leaving the group {group}.",
    "leaving_unit": "It would end by leaving the unit {unit}.",
    "leaving_network": "It would end outside of {network}.",
    "losing_factor": "It would end with the loss of the second factor.",
    "other_subject": "The system asked for another person than the one who is signed in.",
}

ASSURANCES: Mapping[str, str] = {
    "none": "nothing",
    "one_factor": "one factor",
    "two_factors": "two factors",
    "phishing_resistant": "a phishing-resistant factor",
}


def sentence(reason: Reason, translate: Callable[[str], str] = str) -> str:
    """Return the reason in words; `translate` maps the templates (gettext)."""
    values = dict(reason.values)
    if "assurance" in values:
        values["assurance"] = translate(ASSURANCES[values["assurance"]])
    words = translate(SENTENCES[reason.code]).format(**values)
    return words[:1].upper() + words[1:]
