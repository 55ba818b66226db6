"""A maker's file in the browser: shown first, taken in whole, nothing of it in the page or kept (B6)."""

import pytest

from idp.domain.roles import Role
from tests.support.form_reader import forms
from tests.support.tokens import RFC_SEED

pytestmark = pytest.mark.anyio

AT = "/administration/tokens/import"
OATH = f"OA-1,{RFC_SEED.hex()},totp,6,60\nOA-2,{RFC_SEED.hex()[:-2]}00,hotp,8\n"


async def importer(visit, site, login="impeva"):
    if login not in site.residents:
        site.add(login, "Imp Eva", totp=True, roles=[Role.ADMINISTRATOR])
    visitor = visit()
    await visitor.sign_in(login, at=AT)
    assert visitor.page.url.path == AT
    return visitor


async def upload(visitor, content, *, kind="oath", filename="list.csv", **fields):
    values = forms(visitor.page.text)[AT].values | {
        "format": kind, "algorithm": "SHA1", "mapping": "", "key": "", "password": "",
    } | fields  # fmt: skip
    values.pop("file", None)
    data = content if isinstance(content, bytes) else content.encode()
    visitor.page = await visitor.http.post(AT, data=values, files={"file": (filename, data)})
    return visitor.page


def serials(site):
    with site.database.read() as uow:
        return {token.serial for token in uow.factors.hardware_tokens.listed(None, "", "", 99)}


async def test_a_file_is_shown_then_taken_in(visit, site):
    visitor = await importer(visit, site)
    page = await upload(visitor, OATH)
    assert page.status_code == 200
    assert "OA-1" in page.text
    assert RFC_SEED.hex() not in page.text
    assert RFC_SEED.decode() not in page.text
    assert serials(site) == set()
    await visitor.send(f"{AT}/take-in")
    assert visitor.page.url.path == "/administration/tokens"
    assert serials(site) == {"OA-1", "OA-2"}


async def test_a_file_with_a_known_number_or_a_wrong_line_is_refused_whole(visit, site):
    visitor = await importer(visit, site)
    first = await upload(visitor, OATH)
    assert first.status_code == 200
    stale = forms(first.text)[f"{AT}/take-in"].values
    await visitor.send(f"{AT}/take-in")
    await visitor.goto(AT)
    again = await upload(visitor, OATH.replace("OA-2", "OA-3"))
    assert again.status_code == 422
    assert "OA-1: the number is known already." in again.text
    visitor.page = await visitor.http.post(f"{AT}/take-in", data=stale, follow_redirects=True)
    assert visitor.page.status_code == 422, "what was shown has been taken in since"
    wrong = await upload(visitor, OATH + "OA-4,zz\n")
    assert wrong.status_code == 422
    assert "line 3: the seed is not hex" in wrong.text
    assert serials(site) == {"OA-1", "OA-2"}


async def test_what_was_shown_to_one_helper_is_taken_in_by_no_other_and_not_for_long(visit, site):
    visitor = await importer(visit, site)
    await upload(visitor, OATH)
    sealed = forms(visitor.page.text)[f"{AT}/take-in"].values["sealed"]
    other = await importer(visit, site, "impbo")
    await upload(other, OATH)
    for forged in (sealed, sealed[:-8] + "AAAAAAAA", "x", ""):
        await other.goto(AT)
        await upload(other, OATH)
        await other.send(f"{AT}/take-in", sealed=forged)
        assert other.page.status_code == 422
    assert serials(site) == set()


async def test_B6_a_file_is_bounded_and_its_name_means_nothing(visit, site):
    visitor = await importer(visit, site)
    assert (await upload(visitor, "x" * 45_000)).status_code == 422
    await visitor.goto(AT)
    assert (await upload(visitor, "x" * 200_000)).status_code == 413
    await visitor.goto(AT)
    assert (await upload(visitor, OATH, filename="../../etc/passwd<svg onload=x>")).status_code == 200
    assert "<svg onload" not in visitor.page.text


async def test_B1_a_form_without_its_token_is_refused(visit, site):
    visitor = await importer(visit, site)
    values = {"format": "oath", "algorithm": "SHA1", "csrf": "x"}
    refused = await visitor.http.post(AT, data=values, files={"file": ("a", b"x")})
    assert refused.status_code == 403
    for bad in ({"format": "zip"}, {"format": "oath", "algorithm": "MD5"}):
        token = forms((await visitor.goto(AT)).text)[AT].values["csrf"]
        sent = {"algorithm": "SHA1", "csrf": token} | bad
        assert (await visitor.http.post(AT, data=sent, files={"file": ("a", b"x")})).status_code == 400


async def test_whoever_does_not_manage_the_box_does_not_fill_it(visit, site):
    site.add("imprep", "Imp Rep", totp=True, roles=[Role.IT_REPRESENTATIVE])
    visitor = visit()
    await visitor.sign_in("imprep", at=AT)
    assert visitor.page.status_code == 403
