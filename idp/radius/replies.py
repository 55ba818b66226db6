"""What an Access-Accept says besides yes: attributes by rule and group, with the person's own values in them.

The same function answers a packet and the dry run (`portvakt radius reply`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.domain.access import AccessFacts
from idp.radius.dictionary import encode
from idp.radius.nas import NasSettings, ReplyRule
from idp.radius.packet import Attribute

#: What a template may name: {login}, {group} (of the rule), {unit} (the code of the lowest).
PLACES = ("login", "group", "unit")


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """One attribute of a reply in words; `problem` says why it was left out, if it was."""

    attribute: str
    value: str
    group: str = ""
    problem: str = ""


def reply_lines(settings: NasSettings, facts: AccessFacts) -> Sequence[ReplyLine]:
    """Return the attributes that this account is given, in the order of the rules."""
    return [_line(rule, facts) for rule in settings.replies if not rule.group or rule.group in facts.groups]


def reply_attributes(settings: NasSettings, facts: AccessFacts) -> Sequence[Attribute]:
    """Return them as a packet holds them; one whose value cannot be written for this person is left out."""
    return [encode(line.attribute, line.value) for line in reply_lines(settings, facts) if not line.problem]


def filled(template: str, facts: AccessFacts, group: str) -> str:
    """Return a rule's value for one account. Only the places are replaced: text of people is never a template."""
    values = {
        "login": facts.account.login,
        "group": group,
        "unit": max(facts.units, key=lambda code: (len(code), code), default=""),
    }
    parts = template.split("{")
    done = [parts[0]]
    for part in parts[1:]:
        name, closed, rest = part.partition("}")
        done.append(values[name] + rest if closed and name in values else "{" + part)
    return "".join(done)


def _line(rule: ReplyRule, facts: AccessFacts) -> ReplyLine:
    value = filled(rule.value, facts, rule.group)
    try:
        encode(rule.attribute, value)
    except (KeyError, ValueError) as error:
        return ReplyLine(rule.attribute, value, rule.group, f"cannot be written: {error}")
    return ReplyLine(rule.attribute, value, rule.group)
