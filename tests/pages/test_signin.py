"""The pages of a sign-in, read and sent without script: statements S9, S10, S11, S13, S14, F05, K4, A1."""

import re
import time
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from sqlalchemy import select

from idp.storage.tables import audit_records
from idp.web import cookies
from tests.support.form_reader import forms
from tests.support.sample_site import NEW_PASSWORD, PASSWORD, TOWN_HALL

pytestmark = pytest.mark.anyio


async def test_S10_outside_the_town_hall_password_and_code_lead_to_the_portal(visit):
    visitor = visit()
    await visitor.goto("/open/intranet")
    assert visitor.heading == "Sign in"
    assert "The intranet" in visitor.page.text
    await visitor.send("/sign-in/password", username="annsve", password=PASSWORD)
    assert visitor.heading == "Confirm with a code"
    assert visitor.session is None
    await visitor.send("/sign-in/code", code=visitor.site.totp("annsve"))
    assert (visitor.page.url.path, visitor.heading) == ("/", "My systems")
    assert visitor.session


async def test_inside_the_town_hall_the_password_is_enough(visit):
    visitor = visit(TOWN_HALL)
    await visitor.sign_in("annsve", at="/open/intranet", code=False)
    assert visitor.heading == "My systems"


async def test_S13_the_session_handle_changes_at_sign_in_and_at_step_up(visit):
    visitor = visit()
    visitor.http.cookies.set("__Host-portvakt_session", "A" * 43, domain="id.sundby.example")
    await visitor.sign_in("annsve", code=False)
    first = visitor.session
    await visitor.goto("/open/strict")
    assert visitor.heading == "Confirm with a code"
    await visitor.send("/sign-in/code", code=visitor.site.totp("annsve"))
    second = visitor.session
    assert len({"A" * 43, first, second}) == 3
    visitor.http.cookies.set("__Host-portvakt_session", first, domain="id.sundby.example")
    assert (await visitor.goto("/")).url.path == "/sign-in"


async def test_S11_F05_a_journey_belongs_to_one_browser(visit):
    attacker, victim = visit(), visit()
    await attacker.goto("/open/intranet")
    path = attacker.page.url.raw_path.decode()
    page = await victim.goto(path)
    assert page.status_code == 410
    assert victim.heading == "The sign-in cannot be continued"
    # Even with the whole form of the attacker's page nothing is reached in another browser.
    values = forms(attacker.page.text)["/sign-in/password"].values
    await victim.goto("/sign-in")
    mine = forms(victim.page.text)["/sign-in/password"].values
    mixed = mine | {"journey": values["journey"], "username": "annsve", "password": PASSWORD}
    answer = await victim.http.post("/sign-in/password", data=mixed)
    assert answer.status_code == 410
    assert attacker.session is None
    assert victim.session is None


async def test_S11_a_later_form_cannot_be_sent_first(visit):
    visitor = visit()
    await visitor.goto("/open/intranet")
    form = forms(visitor.page.text)["/sign-in/password"].values
    for action in ("code", "enrol", "recovery-codes", "new-password"):
        token = site_token(visitor, f"/sign-in/{action}")
        values = {
            "csrf": token,
            "journey": form["journey"],
            "kind": "totp",
            "code": visitor.site.totp("annsve"),
        }
        await visitor.http.post(f"/sign-in/{action}", data=values, follow_redirects=True)
    assert visitor.session is None


def site_token(visitor, action: str) -> str:
    browser = visitor.http.cookies["__Host-portvakt_browser"]
    return visitor.site.kit.csrf.token(action, browser, visitor.session)


async def test_S9_a_refused_sign_in_reads_alike_whatever_was_wrong_and_leaves_on_the_beat(visit, site):
    with site.database.write() as uow:
        uow.accounts.disable(site.residents["bojoha"].account_id, "test", site.now(), "administrator")
    seen = []
    for login, password in (
        ("annsve", "wrong"),
        ("nobody", "wrong"),
        ("bojoha", "wrong"),
        ("annsve", ""),
        ("x" * 3000, "y"),
    ):
        visitor = visit()
        await visitor.goto("/open/intranet")
        began = time.monotonic()
        answer = await visitor.send("/sign-in/password", username=login, password=password)
        took = time.monotonic() - began
        assert took >= 0.4
        # Tokens and the typed name differ by their nature; everything else must not.
        plain = re.sub(r'value="[^"]*"|data-options="[^"]*"|journey=[\w-]+', "", answer.text)
        plain = re.sub(r" autofocus", "", plain)
        headers = {name for name in answer.headers if name not in ("portvakt-reference", "content-length")}
        seen.append((answer.status_code, plain, tuple(sorted(headers))))
    assert len(set(seen)) == 1
    assert seen[0][0] == 422


async def test_what_was_typed_stays_but_the_secrets(visit):
    visitor = visit()
    await visitor.goto("/open/intranet")
    await visitor.send("/sign-in/password", username="<b>annsve", password="wrong-canary")
    assert visitor.problem == "The details are not right. Check them and try again."
    assert forms(visitor.page.text)["/sign-in/password"].values["username"] == "<b>annsve"
    assert "<b>annsve" not in visitor.page.text
    assert "wrong-canary" not in visitor.page.text
    assert "<title>\nError: Sign in" in visitor.page.text or "<title>Error: Sign in" in visitor.page.text


async def test_S10_outside_a_first_factor_is_not_set_up_with_the_password_alone(visit, site):
    visitor = visit()
    await visitor.sign_in("bojoha", at="/open/strict")
    assert visitor.heading == "Use an activation code"
    assert "otpauth:" not in visitor.page.text
    await visitor.send("/sign-in/activation", code="AAAA-AAAA-AAAA-AAAA-AAAA")
    assert visitor.problem
    await visitor.send("/sign-in/activation", code=site.activation_code("bojoha"))
    assert visitor.heading == "Set up an authenticator app"


async def test_from_the_town_hall_an_app_is_set_up_and_recovery_codes_are_shown_once(visit):
    visitor = visit(TOWN_HALL)
    await visitor.sign_in("bojoha", at="/open/strict")
    assert visitor.heading == "Set up an authenticator app"
    secret = re.search(r'class="secret"><code>([A-Z2-7 ]+)</code>', visitor.page.text).group(1)
    uri = re.search(r'href="(otpauth://[^"]+)"', visitor.page.text).group(1)
    assert parse_qs(urlsplit(uri.replace("&amp;", "&")).query)["secret"] == [secret.replace(" ", "")]
    await visitor.send("/sign-in/enrol", code="000000")
    assert visitor.problem
    assert secret in visitor.page.text
    await visitor.send("/sign-in/enrol", code=pyotp.TOTP(secret.replace(" ", "")).now())
    codes = re.findall(r"<li><code>([A-Z0-9-]+)</code></li>", visitor.page.text)
    assert len(set(codes)) == 10
    await visitor.send("/sign-in/recovery-codes")
    assert visitor.heading == "My systems"
    other = visit()
    await other.goto("/open/strict")
    await other.send("/sign-in/password", username="bojoha", password=PASSWORD)
    await other.goto(str(other.page.url.copy_with(path="/sign-in")) + journey(other) + "&kind=recovery_code")
    assert other.heading == "Use a recovery code"
    await other.send("/sign-in/code", code=codes[0].lower().replace("-", " "))
    assert other.heading == "My systems"


def journey(visitor) -> str:
    handle = re.search(r'name="journey" value="([\w-]+)"', visitor.page.text).group(1)
    return f"?journey={handle}"


async def test_a_temporary_code_is_another_way(visit, site):
    temporary = site.temporary_code("annsve")
    visitor = visit()
    await visitor.sign_in("annsve", at="/open/strict", code=False)
    await visitor.goto("/sign-in" + journey(visitor) + "&kind=temporary_code")
    assert visitor.heading == "Use a temporary code"
    await visitor.send("/sign-in/code", code="wrong")
    assert visitor.heading == "Use a temporary code"
    assert visitor.problem
    await visitor.send("/sign-in/code", code=temporary)
    assert visitor.heading == "My systems"


async def test_a_first_password_is_chosen_with_an_activation_code(visit, site):
    visitor = visit()
    await visitor.goto("/sign-in")
    await visitor.goto("/sign-in" + journey(visitor) + "&with=activation")
    code = site.activation_code("davlin")
    await visitor.send("/sign-in/activation", username="davlin", code="XXXX")
    assert visitor.heading == "Use an activation code"
    assert forms(visitor.page.text)["/sign-in/activation"].values["username"] == "davlin"
    await visitor.send("/sign-in/activation", username="davlin", code=code)
    assert visitor.heading == "Choose a password"
    await visitor.send("/sign-in/new-password", new__password="kort", new__password__again="kort")
    assert "at least 15 characters" in visitor.problem
    await visitor.send("/sign-in/new-password", new__password=NEW_PASSWORD, new__password__again="x")
    assert visitor.problem == "The two passwords are not the same."
    await visitor.send("/sign-in/new-password", new__password=NEW_PASSWORD, new__password__again=NEW_PASSWORD)
    assert visitor.problem == ""
    assert visitor.heading in ("My systems", "Set up an authenticator app")


async def test_an_expired_directory_password_is_changed_on_the_way(visit):
    visitor = visit(TOWN_HALL)
    await visitor.sign_in("cecnil", at="/open/intranet")
    assert visitor.heading == "Choose a new password"
    common = "password-password"
    await visitor.send("/sign-in/new-password", new__password=common, new__password__again=common)
    assert visitor.problem == "The password was not accepted: The password is too common."
    await visitor.send("/sign-in/new-password", new__password=NEW_PASSWORD, new__password__again=NEW_PASSWORD)
    assert visitor.heading == "My systems"


async def test_S12_a_directory_that_is_away_is_said_and_lets_nobody_in(visit, site):
    site.directory.away = True
    visitor = visit(TOWN_HALL)
    answer = await visitor.sign_in("annsve")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert visitor.problem.startswith("The password cannot be checked")
    assert visitor.session is None


async def test_A1_who_is_turned_away_reads_why_and_a_number_that_leads_to_the_record(visit, site):
    visitor = visit(language="sv")
    page = await visitor.sign_in("annsve", at="/open/payroll")
    assert page.status_code == 403
    assert visitor.heading == "Du kan inte använda Lönesystemet nu"
    assert "Systemet går bara att använda från stadshuset." in page.text
    reference = re.search(r"<code>(\w+)</code>", page.text).group(1)
    assert reference == page.headers["portvakt-reference"]
    with site.database.read() as uow:
        found = uow.connection.execute(
            select(audit_records.c.type).where(audit_records.c.request_id == reference)
        ).scalars()
        assert "access.decided" in list(found)
    assert visitor.session is None


async def test_O15_a_known_person_is_asked_for_the_password_only(visit, site):
    visitor = visit()
    await visitor.sign_in("annsve", at="/open/strict")
    site.age_proofs("annsve")
    await visitor.goto("/security")
    await visitor.send("/security/confirm")
    form = forms(visitor.page.text)["/sign-in/password"]
    assert form.values["username"] == "annsve"
    assert "readonly" in visitor.page.text
    answer = await visitor.send("/sign-in/password", username="evaber", password=PASSWORD)
    assert "evaber" not in answer.text


async def test_fields_have_stable_names_and_say_what_fills_them_in(visit):
    visitor = visit()
    await visitor.goto("/open/intranet")
    password = forms(visitor.page.text)["/sign-in/password"].autocomplete
    assert password["username"] == "username webauthn"
    assert password["password"] == "current-password"
    await visitor.send("/sign-in/password", username="annsve", password=PASSWORD)
    assert forms(visitor.page.text)["/sign-in/code"].autocomplete["code"] == "one-time-code"
    assert 'inputmode="numeric"' in visitor.page.text
    changing = visit()
    await changing.sign_in("cecnil")
    new = forms(changing.page.text)["/sign-in/new-password"].autocomplete
    assert new["new-password"] == new["new-password-again"] == "new-password"


async def test_the_form_may_end_at_the_system_that_waits(visit):
    visitor = visit()
    page = await visitor.goto("/open/intranet")
    assert "form-action 'self' https://intranet.sundby.example;" in page.headers["content-security-policy"]
    page = await visitor.goto("/sign-in")
    assert "form-action 'self';" in page.headers["content-security-policy"]


async def test_the_language_is_switched_in_the_middle_of_a_sign_in(visit):
    visitor = visit(language="sv")
    await visitor.goto("/open/intranet")
    await visitor.send("/sign-in/password", username="annsve", password="fel")
    assert visitor.problem == "Uppgifterna stämmer inte. Kontrollera dem och försök igen."
    await visitor.send("/language", language="en")
    assert visitor.page.url.path == "/sign-in"
    assert visitor.heading == "Sign in"
    await visitor.send("/sign-in/password", username="annsve", password=PASSWORD)
    assert visitor.heading == "Confirm with a code"


async def test_K4_no_secret_that_was_typed_comes_back(visit, site):
    visitor = visit()
    await visitor.goto("/open/strict")
    await visitor.send("/sign-in/password", username="annsve", password=PASSWORD)
    assert PASSWORD not in visitor.page.text
    code = site.totp("annsve", steps=5)
    await visitor.send("/sign-in/code", code=code)
    assert visitor.problem
    assert code not in visitor.page.text


async def test_an_unknown_kind_of_code_is_refused(visit):
    visitor = visit()
    await visitor.sign_in("annsve", at="/open/strict", code=False)
    assert (await visitor.send("/sign-in/code", kind="face", code="1")).status_code == 400


async def test_nothing_is_begun_for_a_return_path_that_is_not_ours(visit):
    visitor = visit()
    page = await visitor.goto("/sign-in?return_path=https://evil.example/&journey=")
    assert page.url.path == "/sign-in"
    await visitor.send("/sign-in/password", username="annsve", password=PASSWORD)
    assert visitor.page.url.host == "id.sundby.example"


async def test_X3_when_too_many_wait_for_a_directory_others_are_sent_away_and_sessions_live_on(visit, site):
    inside = visit(TOWN_HALL)
    await inside.sign_in("annsve")
    places = site.kit.threads.places
    held = 0
    while places.acquire(blocking=False):
        held += 1
    outside = visit()
    answer = await outside.sign_in("evaber", code=False)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert outside.session is None
    assert (await inside.goto("/")).status_code == 200
    for _ in range(held):
        places.release()
    await outside.sign_in("evaber")
    assert outside.session is not None


async def test_S13_F09_nothing_handed_out_before_a_sign_in_works_as_a_session(visit, site):
    """The browser's cookie, the journey's handle and the token of its form, each in the session cookie."""
    visitor = visit(TOWN_HALL)
    await visitor.goto("/sign-in")
    fields = forms(visitor.page.text)["/sign-in/password"].values
    before = [fields["journey"], fields["csrf"], visitor.http.cookies[cookies.BROWSER]]
    await visitor.sign_in("annsve")
    assert visitor.session not in before
    for value in before:
        stranger = visit(TOWN_HALL)
        stranger.http.headers["cookie"] = f"{cookies.SESSION}={value}"
        page = await stranger.goto("/security")
        assert "/sign-in/password" in page.text, "asked who it is"
