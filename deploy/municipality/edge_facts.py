"""People whose employment, account or entry is odd; among them the broken ones.

Owns the odd facts of DOMAIN.md section 7.3 that fit one LDAP directory. Dates are computed from
the day of reference, so that "tomorrow" stays tomorrow.
"""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from deploy.municipality.edge_names import HandWritten
from deploy.municipality.ldif import STRICT_POLICY_DN
from deploy.municipality.model import LOCKED_FOR_GOOD, generalized_time

STOCKHOLM = ZoneInfo("Europe/Stockholm")
LONG_AGO = "20200101120000Z"
NO_SUCH_UNIT = "120039901"
SHARED_NUMBER = "900001"
SHARED_MAILBOX = "receptionen@ekvik.example"


def local(day: dt.date, hour: int = 0, minute: int = 0) -> str:
    """A moment by the municipality's clock, as GeneralizedTime in UTC."""
    return generalized_time(dt.datetime.combine(day, dt.time(hour, minute), STOCKHOLM))


def _fact(case: str, name: str, workplace: str, slug: str | None = None, **fields: Any) -> HandWritten:
    call_name, _, surname = name.partition(" ")
    return HandWritten(case, call_name, surname, workplace, slug, fields=fields)


def employment_facts(reference: dt.date) -> list[HandWritten]:
    """When people begin and end, in every form that GeneralizedTime allows (RFC 4517 §3.3.13)."""
    day = dt.timedelta(days=1)
    yesterday, tomorrow = reference - day, reference + day
    past = f"{reference - 30 * day:%Y%m%d}"
    return [
        _fact("starts_tomorrow", "Tove Nyqvist", "Vikaskolan", start=local(tomorrow)),
        _fact("ends_today", "Rune Fagerlund", "Parkenheten", end=local(reference, 23, 59)),
        _fact("ended_yesterday", "Siv Dahlbom", "Solgården", end=local(yesterday, 23, 59)),
        _fact("ends_never", "Ingrid Rosell", "Kulturskolan", end="99991231235959Z"),
        _fact("ends_never", "Erland Tjäder", "Miljöenheten", end="99991231000000Z"),
        _fact("time_without_seconds", "Doris Hallin", "Rosenlund", end=f"{past}0800Z"),
        _fact("time_without_minutes", "Helge Brolund", "Ekhagen", end=f"{past}08Z"),
        _fact("time_with_fraction_and_zone", "Majken Sandell", "Simhallen", end=f"{past}120000,5+0100"),
        _fact("year_zero", "Nils Urberg", "Hamnen", start="00000101000000Z"),
        _fact("hourly_may_return", "Alva Grönberg", "Hemtjänst Norr", employment_types=("timavlönad",),
              start=local(reference - 500 * day), end=local(reference - 420 * day)),
        _fact("politician_and_teacher", "Gunvor Stenmark", "Ekbackeskolan",
              employment_types=("tillsvidare", "förtroendevald"),
              titles=("Grundskollärare", "Ledamot i socialnämnden")),
        _fact("unit_deleted", "Folke Norrby", "Förskolan Lingonet", unit_codes=(NO_SUCH_UNIT,)),
        _fact("unit_deleted", "Berit Kroon", "Förskolan Lingonet", unit_codes=(NO_SUCH_UNIT,)),
        _fact("no_unit", "Ottar Vide", "Kontaktcenter", unit_codes=()),
        _fact("manager_loop", "Signe Fors", "Bilpool, bud + post", "loop-a"),
        _fact("manager_loop", "Ture Fors", "Bilpool, bud + post", "loop-b"),
        _fact("leading_zeros", "Agda Lönn", "Torpets förskola", number="000417"),
        _fact("shared_mail", "Lisbet Krook", "Kontaktcenter", mail=SHARED_MAILBOX),
        _fact("shared_mail", "Mona Tallroth", "Kontaktcenter", mail=SHARED_MAILBOX.capitalize()),
    ]  # fmt: skip


def account_facts(reference: dt.date) -> list[HandWritten]:
    """Logins that are missing, odd or used before, and accounts in every state of the policy."""
    return [
        _fact("login_missing", "Viola Ramberg", "Nattpatrullen", login=None),
        _fact("login_missing", "Hugo Ramberg", "Daglig verksamhet Ankaret", login=None),
        _fact("login_recycled", "Per Olin", "Gatuenheten", login="perols01"),
        _fact("login_not_ascii", "Örjan Åkesson", "Parkenheten", login="örjåke01"),
        _fact("login_with_blank", "Lilly Berg", "Kyrkbyns förskola", login="lilly berg"),
        _fact("login_too_long", "Kristoffer Wennerström", "Sporthallen", login="kristoffer.wennerstrom"),
        _fact("login_case_differs", "Edit Ericson", "Hemtjänst Centrum", login="ediere77"),
        _fact("login_case_differs", "Edith Eresund", "Centralskolan", login="EDIERE77"),
        _fact("disabled_but_employed", "Sten Hagman", "Ishallen", locked_since=LOCKED_FOR_GOOD),
        _fact("locked_out_for_now", "Pia Rehn", "Ekhagen", locked_since=local(reference)),
        _fact("must_change_password", "Lena Wikström", "Björkgården", "must-change", must_change_password=True),
        _fact("password_expired", "Ulla Norén", "Solgården", "expired", password_changed=LONG_AGO),
        _fact("password_expired_no_grace", "Knut Rask", "Furulund", "expired-no-grace",
              password_changed=LONG_AGO, policy=STRICT_POLICY_DN),
        _fact("no_password", "Vera Bohm", "Trygghetslarmet", password=None),
    ]  # fmt: skip


PROTECTED = (
    ("sekretessmarkering", "Linn Hammar", "Ekonomiskt bistånd"),
    ("sekretessmarkering", "Fanny Lodin", "Ekviks gymnasium"),
    ("sekretessmarkering", "Samir Darwish", "Hemtjänst Hamnen"),
    ("skyddad folkbokföring", "Elsa Ravn", "Solgläntans förskola"),
    ("skyddad folkbokföring", "Roger Alfvén", "Fastighetsdrift"),
    ("fingerade personuppgifter", "Ida Solberg", "Stadsbiblioteket"),
)


def protected_identities() -> list[HandWritten]:
    return [_fact("protected_identity", name, place, protection=mark) for mark, name, place in PROTECTED]


def former_employees(reference: dt.date) -> list[HandWritten]:
    """Leavers that matter: the eighth Anna, and the one whose login somebody else has now."""
    ended = local(reference - dt.timedelta(days=200))
    return [
        _fact("eight_anna_andersson", "Anna Andersson", "Strandskolan", end=ended, locked_since=LOCKED_FOR_GOOD),
        _fact("login_recycled", "Pernilla Olsson", "Parkenheten", login="perols01", end=ended,
              locked_since=LOCKED_FOR_GOOD),
        _fact("left_but_not_locked", "Göte Sahlin", "Hamnen", "leaver", end=ended),
    ]  # fmt: skip


def broken_entries() -> list[HandWritten]:
    """Entries that no account can be made of. What slapd lets in: `tests/municipality`."""
    # The class `account` demands no name, and allows no password.
    nameless = dict.fromkeys(("common_name", "surname", "given_names", "call_name", "password"))
    blank = {"common_name": " ", "surname": " ", "given_names": " ", "call_name": None}
    return [
        _fact("broken_no_name", "x x", "Kontaktcenter", login="vikarie17", **nameless),
        _fact("broken_blank_name", "x x", "Kontaktcenter", login="vikarie18", **blank),
        _fact("broken_same_number", "Inga Palm", "Rosenlund", number=SHARED_NUMBER),
        _fact("broken_same_number", "Inge Palmér", "Torpets förskola", number=SHARED_NUMBER),
        _fact("broken_not_utf8", "Märta Sjöö", "Museet", call_name="Märta".encode("cp1252")),
    ]
