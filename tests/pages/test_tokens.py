"""Hardware tokens as their holders meet them: at sign-in, and on their own pages."""

import pytest

import mfa
from idp.domain import hardware_tokens
from idp.domain.accounts import give_role
from idp.domain.roles import Role, unit_scope
from tests.support.token_scenes import give_token
from tests.support.tokens import counter_seed
from tests.support.units import employ, plant

pytestmark = pytest.mark.anyio


def events(site, prefix="hardware_token."):
    with site.database.read() as uow:
        rows = uow.connection.exec_driver_sql("SELECT type FROM audit_records ORDER BY id").scalars()
        return [row for row in rows if row.startswith(prefix)]


async def test_a_token_is_brought_back_in_step_within_the_sign_in(visit, site):
    login = site.add("tokann", "Tok Ann").login
    button = give_token(site, login)
    visitor = visit()
    await visitor.sign_in(login, code=False, at="/open/intranet")
    await visitor.send("/sign-in/code", code=button.press(300))
    assert visitor.page.status_code == 422
    assert "kind=resynchronise" in visitor.page.text
    journey = visitor.page.text.split('name="journey" value="')[1].split('"')[0]
    await visitor.goto(f"/sign-in?journey={journey}&kind=resynchronise")
    first, second = button.press(), button.press()
    await visitor.send("/sign-in/resynchronise", first=second, second=first)
    assert visitor.page.status_code == 422
    await visitor.send("/sign-in/resynchronise", first=first, second=second)
    assert visitor.page.status_code == 200
    assert 'role="status"' in visitor.page.text
    await visitor.send("/sign-in/code", code=second)
    assert visitor.page.status_code == 422, "it has been used"
    await visitor.send("/sign-in/code", code=button.press())
    assert visitor.page.url.path != "/sign-in/code"
    assert "hardware_token.resynchronised" in events(site)


async def test_the_way_back_in_step_is_offered_to_holders_only(visit, site):
    visitor = visit()
    await visitor.sign_in("annsve", code=False, at="/open/intranet")
    assert "kind=resynchronise" not in visitor.page.text
    journey = visitor.page.text.split('name="journey" value="')[1].split('"')[0]
    page = await visitor.goto(f"/sign-in?journey={journey}&kind=resynchronise")
    assert 'name="first"' not in page.text


async def test_a_lost_token_is_reported_and_opens_nothing(visit, site):
    login = site.add("tokbo", "Tok Bo", totp=True).login
    give_token(site, login)
    site.session_elsewhere(login)
    visitor = visit()
    await visitor.sign_in(login)
    page = await visitor.goto("/security")
    assert f"FTK-{login}" in page.text
    token = page.text.split("/security/tokens/lost?token=")[1].split('"')[0]
    await visitor.goto(f"/security/tokens/lost?token={token}")
    await visitor.send("/security/tokens/lost", token=token)
    assert f"FTK-{login}" not in visitor.page.text
    assert len(site.living_sessions(login)) == 1, "the others have ended"
    assert "hardware_token.moved" in events(site)


async def test_nobody_reports_somebody_elses_token(visit, site):
    owner = site.add("tokcia", "Tok Cia").login
    give_token(site, owner)
    with site.database.read() as uow:
        (token,) = uow.factors.hardware_tokens.of_subject(site.residents[owner].account_id)
    visitor = visit()
    await visitor.sign_in("annsve", code=False)
    login = site.add("tokdan", "Tok Dan").login
    give_token(site, login)
    other = visit()
    await other.sign_in(login, code=False)
    with site.database.read() as uow:
        (own,) = uow.factors.hardware_tokens.of_subject(site.residents[login].account_id)
    await other.goto(f"/security/tokens/lost?token={own.id}")
    await other.send("/security/tokens/lost", token=token.id)
    with site.database.read() as uow:
        assert uow.factors.hardware_tokens.get(token.id).state.value == "handed_out"


async def test_a_token_is_brought_back_in_step_on_ones_own_page(visit, site):
    login = site.add("tokeva", "Tok Eva").login
    button = give_token(site, login)
    visitor = visit()
    await visitor.sign_in(login, code=False)
    await visitor.goto("/security/tokens/resynchronise")
    await visitor.send("/security/tokens/resynchronise", first="12345", second="123456")
    assert visitor.page.status_code == 422
    button.press(200)
    await visitor.send("/security/tokens/resynchronise", first=button.press(), second=button.press())
    assert visitor.page.status_code == 200
    assert 'role="status"' in visitor.page.text


async def helper(visit, site, login="tokhel"):
    visitor = visit()
    if login not in site.residents:
        site.add(login, "Hjalmar Hjälp", totp=True, roles=[Role.ADMINISTRATOR])
    await visitor.sign_in(login, at="/administration")
    return visitor


async def test_a_helper_hands_out_takes_back_and_opens_locks(visit, site):
    login = site.add("tokfia", "Tok Fia").login
    person, account = site.residents[login].person_id, site.residents[login].account_id
    with site.database.write() as uow:
        hardware_tokens.take_in(uow, [counter_seed("HLP-1", secret=b"hlp1" * 5)], site.occasion())
        for _ in range(5):
            mfa.verify(uow.factors, account, mfa.OneTimePasswordResponse("000000"), site.now())
    visitor = await helper(visit, site)
    at = f"/administration/people/{person}/ways-in"
    page = await visitor.goto(at)
    assert "locked until" in page.text or "spärrade till" in page.text
    await visitor.send(f"{at}/unlock", account=account)
    assert "Open the locks" not in visitor.page.text
    assert "signin.unlocked" in events(site, "signin.unlocked")
    await visitor.send(f"{at}/hand-out", account=account, serial="no such")
    assert visitor.page.status_code == 422
    await visitor.send(f"{at}/hand-out", account=account, serial="hlp 1")
    assert "HLP-1" in visitor.page.text
    await visitor.send(f"{at}/hand-back", serial="HLP-1")
    with site.database.read() as uow:
        assert uow.factors.hardware_tokens.by_serial("HLP-1").state.value == "handed_back"


async def test_a_helper_brings_a_token_back_in_step_by_codes_that_are_read_out(visit, site):
    login = site.add("tokjan", "Tok Jan").login
    button = give_token(site, login)
    account = site.residents[login].account_id
    visitor = await helper(visit, site, "tokrop")
    at = f"/administration/people/{site.residents[login].person_id}/ways-in"
    await visitor.goto(at)
    button.press(250)
    first, second = button.press(), button.press()
    await visitor.send(f"{at}/resynchronise", account=account, first=second, second=first)
    assert visitor.page.status_code == 422
    await visitor.send(f"{at}/resynchronise", account=account, first=first, second=second)
    assert visitor.page.url.path == at
    with site.database.write() as uow:
        response = mfa.OneTimePasswordResponse(button.press())
        assert isinstance(mfa.verify(uow.factors, account, response, site.now()), mfa.Accepted)


async def test_C8_a_helpers_acts_ask_for_fresh_proofs(visit, site):
    login = site.add("tokgun", "Tok Gun").login
    give_token(site, login)
    visitor = await helper(visit, site, "tokold")
    at = f"/administration/people/{site.residents[login].person_id}/ways-in"
    await visitor.goto(at)
    site.age_proofs("tokold")
    await visitor.send(f"{at}/lost", serial=f"FTK-{login}")
    assert visitor.page.url.path == "/sign-in"
    with site.database.read() as uow:
        assert uow.factors.hardware_tokens.by_serial(f"FTK-{login}").state.value == "handed_out"


async def test_C2_a_representative_reaches_the_own_unit_only_and_not_the_box(visit, site):
    plant_once(site)
    near, far = site.add("tokhed", "Tok Hed"), site.add("tokida", "Tok Ida")
    for resident, unit in ((near, "111"), (far, "121")):
        employ(site.database, resident, unit)
        give_token(site, resident.login)
    rep = site.add("tokrep", "Tok Rep", totp=True)
    with site.database.write() as uow:
        give_role(uow, rep.account_id, Role.IT_REPRESENTATIVE, site.occasion(), scope=unit_scope("11"))
    visitor = visit()
    at = "/administration/people/{}/ways-in"
    await visitor.sign_in("tokrep", at=at.format(near.person_id))
    assert f"FTK-{near.login}" in visitor.page.text
    assert (await visitor.goto(at.format(far.person_id))).status_code == 404
    assert (await visitor.goto("/administration/tokens")).status_code == 403
    await visitor.goto(at.format(near.person_id))
    await visitor.send(at.format(near.person_id) + "/lost", serial=f"FTK-{far.login}")
    await visitor.goto(at.format(near.person_id))
    await visitor.send(at.format(near.person_id) + "/lost", serial=f"FTK-{near.login}")
    with site.database.read() as uow:
        states = [
            uow.factors.hardware_tokens.by_serial(f"FTK-{one.login}").state.value for one in (near, far)
        ]
    assert states == ["lost", "handed_out"]


async def test_the_box_is_searched_and_a_token_ends_in_it(visit, site):
    with site.database.write() as uow:
        seeds = [counter_seed(f"BOX-{n:03}", secret=f"box{n:03}".encode() * 4) for n in range(60)]
        hardware_tokens.take_in(uow, seeds, site.occasion())
    visitor = await helper(visit, site, "tokbox")
    page = await visitor.goto("/administration/tokens?words=box")
    assert "BOX-000" in page.text
    assert "BOX-059" not in page.text
    page = await visitor.goto("/administration/tokens?words=box&page=2")
    assert "BOX-059" in page.text
    assert "BOX-049" not in page.text
    page = await visitor.goto("/administration/tokens?words=box&sort=serial&order=down")
    assert page.text.index("BOX-059") < page.text.index("BOX-010")
    assert "BOX-009" not in page.text
    file = (await visitor.http.get("/administration/tokens?words=box&state=in_stock&format=csv")).text
    assert [line.split(";")[0] for line in file.splitlines()[1:]] == [f"BOX-{n:03}" for n in range(60)]
    with site.database.read() as uow:
        token = uow.factors.hardware_tokens.by_serial("BOX-007")
    here = f"/administration/tokens/{token.id}"
    label = await visitor.goto(f"{here}/label")
    assert label.headers["content-type"].startswith("image/svg+xml")
    assert "BOX-007" in label.text
    await visitor.goto(here)
    await visitor.send(f"{here}/destroy", reason="broken glass")
    assert "broken glass" in str(records_of(site))
    assert f'action="{here}/destroy"' not in visitor.page.text
    page = await visitor.goto("/administration/tokens?state=destroyed")
    assert "BOX-007" in page.text
    assert (await visitor.goto("/administration/tokens/unknown")).status_code == 404


async def test_what_is_locked_is_said_after_the_password_and_not_before(visit, site):
    login = site.add("toklas", "Tok Las", totp=True).login
    account = site.residents[login].account_id
    with site.database.write() as uow:
        for _ in range(5):
            mfa.verify(uow.factors, account, mfa.OneTimePasswordResponse("000000"), site.now())
    visitor = visit(language="sv")
    await visitor.goto("/open/intranet")
    assert "spärrade" not in visitor.page.text
    await visitor.sign_in(login, code=False, at="/open/intranet")
    assert "lösenordsdosor är spärrade till" in visitor.page.text


def plant_once(site):
    with site.database.read() as uow:
        planted = uow.connection.exec_driver_sql("SELECT count(*) FROM units WHERE code = '111'").scalar()
    if not planted:
        plant(site.database)


def records_of(site):
    with site.database.read() as uow:
        sql = "SELECT reason FROM audit_records WHERE type = 'hardware_token.moved'"
        return list(uow.connection.exec_driver_sql(sql).scalars())
