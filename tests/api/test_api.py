"""What every operation has in common: tokens, shapes, versions, replays, cursors."""

import asyncio
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from idp.domain import accounts as acts
from idp.domain import api_tokens
from idp.domain.appointments import doer_of, take
from idp.domain.roles import SERVER, Act, Grant, Reach, Refused, Role, Scope, unit_scope
from idp.storage.tables import api_answers, audit_records
from idp.storage.tables import api_tokens as token_rows
from tests.api.conftest import Client
from tests.support.network_site import connect_vpn

pytestmark = pytest.mark.anyio


def code_of(answer) -> str:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.json()["status"] == answer.status_code
    return answer.json()["code"]


def everything_stored(site) -> bytes:
    file = Path(site.database.engine.url.database)
    return file.read_bytes() + file.with_name(file.name + "-wal").read_bytes()


def of_type(site, kind: str):
    with site.database.read() as uow:
        return (
            uow.connection.execute(select(audit_records).where(audit_records.c.type == kind)).mappings().all()
        )


def account(site, login: str) -> str:
    return f"/accounts/{site.residents[login].account_id}"


async def test_people_are_found_and_shown(site, client):
    api = client(Act.SEE_PERSON)
    found = (await api.get("/people?words=Anna")).json()
    assert [one["login"] for one in found["items"]] == ["annsve"]
    shown = (await api.get(f"/people/{found['items'][0]['person']}")).json()
    assert shown["employments"][0]["unit"] == "Enhet 111"
    assert (await api.get("/people/unknown")).status_code == 404


async def test_C2_F86_a_token_of_a_department_reaches_it_and_foreign_ids_answer_as_unknown(site, client):
    api = client(Act.SEE_PERSON, Act.DISABLE, scope=unit_scope("11"))
    assert (await api.get(account(site, "annsve"))).status_code == 200
    missing = await api.get("/accounts/" + "0" * 32)
    for path in (account(site, "bojoha"), account(site, "evaber")):
        foreign = await api.get(path)
        assert (foreign.status_code, foreign.json()["title"]) == (404, missing.json()["title"])
        assert (await api.post(path + "/disable", {"reason": "x"})).status_code == 404
    names = [one["login"] for one in (await api.get("/people?words=a")).json()["items"]]
    assert names == ["annsve"]
    assert (await api.get("/people?words=bojoha")).json()["items"] == []


async def test_C2_a_token_does_what_it_is_for_and_nothing_else(site, client):
    api = client(Act.SEE_PERSON)
    refused = await api.post(account(site, "annsve") + "/disable", {"reason": "x"})
    assert (refused.status_code, code_of(refused)) == (403, "forbidden")
    (kept,) = of_type(site, "request.refused")
    assert (kept["object"], kept["reason"]) == ("accounts.disable", "forbidden")


@pytest.mark.parametrize("spoilt", ["", "pva_unknown", "expired", "revoked", "disabled maker"])
async def test_C2_a_token_that_opens_nothing_is_told_apart_by_nobody(site, token, spoilt):
    maker = site.residents["evaber"]
    with site.database.read() as uow:
        doer = doer_of(uow.accounts.get(maker.account_id))
    text = token(Act.SEE_PERSON, doer=doer) if spoilt not in ("", "pva_unknown") else spoilt
    with site.database.write() as uow:
        if spoilt == "expired":
            uow.connection.execute(update(token_rows).values(expires_at=site.now()))
        if spoilt == "revoked":
            (one,) = uow.api_tokens.all()
            assert not isinstance(api_tokens.revoke(uow, SERVER, one.id, "x", site.occasion()), Refused)
        if spoilt == "disabled maker":
            assert acts.disable(uow, maker.account_id, "left", site.occasion(), by="sync")
    answer = await Client(site, text).get("/people?words=a")
    assert (answer.status_code, code_of(answer)) == (401, "unauthorised")
    assert "Bearer" in answer.headers["www-authenticate"]


async def test_C3_a_token_falls_with_the_role_of_who_made_it(site, token):
    second = site.add("otto", "Otto Ek", roles=[Role.ADMINISTRATOR])
    with site.database.read() as uow:
        otto = uow.accounts.get(second.account_id)
    api = Client(site, token(Act.SEE_PERSON, doer=doer_of(otto)))
    assert (await api.get("/people?words=a")).status_code == 200
    with site.database.write() as uow:
        assert take(uow, SERVER, otto, Grant(Role.ADMINISTRATOR), "moved", site.occasion()) is None
    assert (await api.get("/people?words=a")).status_code == 403


async def test_C3_nobody_makes_a_token_for_more_than_they_hold(site):
    chief = site.add("chief", "Chief Ek")
    with site.database.write() as uow:
        acts.give_role(uow, chief.account_id, Role.ADMINISTRATOR, site.occasion(), unit_scope("11"))
    with site.database.write() as uow:
        doer = doer_of(uow.accounts.get(chief.account_id))
        asked = (
            (unit_scope("12"), {Act.SEE_PERSON}, doer),
            (unit_scope("111"), {Act.OPEN_PROTECTED}, doer),
            (unit_scope("111"), {Act.GIVE_ROLE}, doer),
            (unit_scope("111"), {Act.SEE_PERSON}, replace(doer, proved_lately=False)),
        )
        for scope, wanted, who in asked:
            issued = api_tokens.issue(uow, who, "t", scope, wanted, timedelta(days=1), site.occasion())
            assert isinstance(issued, Refused), (scope, wanted)
        fine = api_tokens.issue(
            uow, doer, "t", unit_scope("111"), {Act.SEE_PERSON}, timedelta(days=1), site.occasion()
        )
    assert isinstance(fine, api_tokens.IssuedToken)
    stored = await asyncio.to_thread(everything_stored, site)
    assert fine.token.id.encode() in stored
    assert fine.text.encode() not in stored


async def test_C1_F32_fields_that_do_not_exist_are_refused_and_nothing_is_done(site, client):
    api = client(Act.DISABLE, Act.SEE_PERSON)
    here = account(site, "annsve")
    for more in ({"roles": ["administrator"]}, {"isAdmin": True}, {"state": "active"}, {"uid": "1"}):
        answer = await api.post(here + "/disable", {"reason": "x", **more})
        assert (answer.status_code, code_of(answer)) == (422, "invalid")
        assert answer.json()["pointer"] == "/" + next(iter(more))
    assert (await api.get(here)).json()["state"] == "active"


async def test_C9_a_version_that_was_overtaken_changes_nothing(site, client):
    api = client(Act.DISABLE, Act.ENABLE, Act.SEE_PERSON)
    here = account(site, "annsve")
    tag = (await api.get(here)).headers["etag"]
    assert (await api.get(here, if_none_match=tag)).status_code == 304
    done = await api.post(here + "/disable", {"reason": "first"}, if_match=tag)
    assert (done.status_code, done.json()["state"]) == (200, "disabled")
    late = await api.post(here + "/enable", {"reason": "late"}, if_match=tag)
    assert (late.status_code, code_of(late)) == (412, "changed")
    again = await api.post(here + "/enable", {"reason": "now"}, if_match=done.headers["etag"])
    assert again.status_code == 200
    twice = await api.post(here + "/enable", {"reason": "again"})
    assert (twice.status_code, code_of(twice)) == (409, "already")


async def test_one_idempotency_key_does_it_once_and_answers_alike(site, client):
    api = client(Act.ISSUE_TEMPORARY_CODE)
    path, body = account(site, "annsve") + "/temporary-codes", {"reason": "phone at home"}
    answers = await asyncio.gather(*(api.post(path, body, idempotency_key="k1") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["code"] for answer in answers}) == 1
    assert len(of_type(site, "factor.code_issued")) == 1
    other = await api.post(path, {"reason": "another"}, idempotency_key="k1")
    assert (other.status_code, code_of(other)) == (422, "reused_key")
    with site.database.read() as uow:
        kept = uow.connection.execute(select(api_answers.c.sealed_answer)).scalar_one()
    assert answers[0].json()["code"].encode() not in kept
    assert len(of_type(site, "factor.code_issued")) == 1


async def test_C8_codes_carry_a_reason_and_who_made_the_token(site, client):
    api = client(Act.ISSUE_TEMPORARY_CODE)
    path = account(site, "annsve") + "/temporary-codes"
    assert (await api.post(path, {"reason": " "})).status_code == 422
    assert (await api.post(path, {"reason": "phone at home"})).status_code == 200
    (kept,) = of_type(site, "factor.code_issued")
    assert (kept["reason"], kept["actor_kind"]) == ("phone at home", "client")


async def test_C5_F88_cursors_are_signed_and_serve_one_list(site, client):
    api, stranger = client(Act.SEE_APPLICATION), client(Act.SEE_APPLICATION)
    first = (await api.get("/applications?limit=3")).json()
    second = (await api.get(f"/applications?limit=3&cursor={first['next']}")).json()
    names = [one["name"] for one in [*first["items"], *second["items"]]]
    assert names == sorted(site.systems)
    assert second["next"] is None
    cursor = first["next"]
    wrong = [cursor[:-1], cursor[1:], cursor[:-2] + "AA", "x" * 700, "", "%F0%9F%92%A5", cursor + "A", "AAAA"]
    for one in wrong[:4] + wrong[5:]:
        answer = await api.get(f"/applications?limit=3&cursor={one}")
        assert (answer.status_code, code_of(answer)) == (400, "cursor"), one
    assert (await stranger.get(f"/applications?limit=3&cursor={cursor}")).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=301",
        "limit=1&limit=3",
        "limit=x",
        "sort=name",
        "words=%FF",
        "x=1",
        "&".join(["a=1"] * 99),
    ],
)
async def test_C5_parameters_are_typed_and_bounded(client, query):
    answer = await client(Act.SEE_APPLICATION).get(f"/applications?{query}")
    assert (answer.status_code, code_of(answer)) == (400, "malformed")


async def test_B1_pages_of_other_sites_and_other_content_types_are_refused(site, client):
    api = client(Act.DISABLE)
    path = account(site, "annsve") + "/disable"
    foreign = await api.post(path, {"reason": "x"}, origin="https://evil.example")
    assert (foreign.status_code, code_of(foreign)) == (403, "cross_site")
    assert "access-control-allow-origin" not in foreign.headers
    form = await api.http.post("/api/v1" + path, data={"reason": "x"})
    assert (form.status_code, code_of(form)) == (415, "content_type")


@pytest.mark.parametrize(
    "body",
    [
        "{", "[]", '{"reason": 1}', '{"reason": null}', "{}", '{"reason": "x", "reason": "y"}', '{"reason": NaN}',
        '{"reason": "\\u0000"}', '{"reason": "\\ud800"}', '{"reason": "' + "x" * 201 + '"}', "[" * 9000,
    ],
)  # fmt: skip
async def test_C1_bodies_that_are_not_what_they_should_be_are_told_so(site, client, body):
    path = "/api/v1" + account(site, "annsve") + "/disable"
    answer = await client(Act.DISABLE).http.post(
        path, content=body, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, code_of(answer)) == (422, "invalid")


async def test_paths_and_methods_that_do_not_exist_are_problems_too(site, client):
    api = client(Act.DISABLE)
    assert code_of(await api.get("/nothing")) == "not_found"
    wrong = await api.get(account(site, "annsve") + "/disable")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    huge = await api.post(account(site, "annsve") + "/disable", {"reason": "x" * 70_000})
    assert (huge.status_code, code_of(huge)) == (413, "body_too_large")


async def test_F56_no_operation_returns_a_secret(site, client):
    """Every GET of the description, as everything, over a site whose secrets are known."""
    api = client(*(set(Act) - api_tokens.NEVER_BY_TOKEN))
    description = (await api.get("/openapi.json")).json()
    known = {"person": site.residents["annsve"].person_id, "account": site.residents["annsve"].account_id}
    known["application"] = site.systems["intranet"]
    known["token"] = known["run"] = "of nobody"
    told = ""
    for path, methods in description["paths"].items():
        if "get" in methods:
            answer = await api.get(path.format_map(known) + ("?words=a" if path == "/people" else ""))
            assert answer.status_code in (200, 400, 404), (path, answer.text)
            told += answer.text
    # What is read; a password is taken in, and a secret that was made just now is answered once.
    schemas = json.dumps(read_schemas(description)).lower()
    for name in ("secret", "password", "hash", "seed", "sealed", "private"):
        assert not re.search(rf'"{name}"\s*:', told)
        assert not re.search(rf'"{name}"\s*:', schemas)


def read_schemas(description):
    """The schemas of everything that a GET answers with."""
    answers = [
        operation["get"]["responses"] for operation in description["paths"].values() if "get" in operation
    ]
    found, wanted = {}, re.findall(r"#/components/schemas/([^\"]+)", json.dumps(answers))
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = description["components"]["schemas"][name]
            wanted += re.findall(r"#/components/schemas/([^\"]+)", json.dumps(found[name]))
    assert len(found) > 10
    return found


async def test_C9_a_policy_is_changed_only_as_it_was_read(site, client):
    api = client(Act.SEE_APPLICATION, Act.CHANGE_APPLICATION)
    here = f"/applications/{site.systems['payroll']}/policy"
    read = await api.get(here)
    rules = read.json()["rules"] | {"everyone": False, "units": ["11"]}
    assert (
        code_of(await api.http.put(f"/api/v1{here}", json={"rules": rules, "reason": "x"})) == "precondition"
    )
    preview = await api.post(f"{here}/preview", rules)
    assert preview.json()["losing"] == ["bojoha", "cecnil", "davlin", "evaber"]
    assert (await api.get(here)).headers["etag"] == read.headers["etag"]

    async def put(tag: str, **changes):
        body = {"rules": rules | changes, "reason": "less"}
        return await api.http.put(f"/api/v1{here}", json=body, headers={"if-match": tag})

    changed = await put(read.headers["etag"])
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert code_of(await put(read.headers["etag"], units=["12"])) == "changed"
    for wrong in ({"units": ["99"]}, {"everyone": True}, {"assurance": "none"}):
        assert code_of(await put(changed.headers["etag"], **wrong)) == "invalid"


async def test_who_can_and_why_are_asked_and_decided_by_programs(site, client):
    api = client(Act.SEE_APPLICATION, Act.DECIDE_ACCESS, Act.ASSIGN_APPLICATION_ROLES)
    here = f"/applications/{site.systems['payroll']}"
    first = (await api.get(f"{here}/users?limit=2")).json()
    second = (await api.get(f"{here}/users?limit=200&cursor={first['next']}")).json()
    assert [one["login"] for one in first["items"] + second["items"]][:3] == ["annsve", "bojoha", "cecnil"]
    out = {"login": "annsve", "kind": "kept_out", "reason": "moved"}
    assert (await api.post(f"{here}/decisions", out)).status_code == 200
    told = (await api.get(f"{here}/explain?login=annsve&address=10.1.2.3")).json()
    assert (told["way"], told["reasons"], told["changes"]) == ("out", ["kept_out"], ["owner_lets_back"])
    assert [one["login"] for one in (await api.get(f"{here}/decisions")).json()["items"]] == ["annsve"]
    assert (await api.post(f"{here}/decisions/end", out)).status_code == 200
    assert code_of(await api.post(f"{here}/decisions/end", out)) == "already"
    role = {"role": "clerk", "title": "Handläggare", "reason": "asked"}
    assert (await api.post(f"{here}/roles", role)).status_code == 200
    assigned = {"login": "annsve", "role": "clerk", "reason": "new"}
    assert (await api.post(f"{here}/roles/assign", assigned)).status_code == 200
    assert code_of(await api.post(f"{here}/roles/assign", assigned | {"role": "chief"})) == "invalid"


async def test_an_auditors_program_reads_and_changes_nothing(site, client):
    api = client(Act.SEE_ROLES, Act.SEE_AUDIT, Act.SEE_SYNCHRONISATION)
    assert [one["login"] for one in (await api.get("/roles")).json()["items"]] == ["evaber"]
    first = (await api.get("/audit?limit=1&type=role")).json()
    assert first["items"][0]["type"] == "role.given"
    assert "without_owner" in [one["finding"] for one in (await api.get("/review")).json()["items"]]
    assert (await api.get("/sync-runs")).json()["items"] == []
    assert (await api.get("/sync-runs/unknown/lines")).status_code == 404
    assert (
        code_of(await api.post("/sync-runs/x/decide", {"verdict": "release", "reason": "x"})) == "forbidden"
    )
    # C2: a role over one unit opens none of what is about everything.
    local = client(Act.SEE_ROLES, Act.SEE_AUDIT, scope=unit_scope("11"))
    for path in ("/roles", "/audit", "/review"):
        assert (await local.get(path)).status_code == 403


async def test_people_are_paged_and_moved_and_hired(site, client):
    for number in range(5):
        site.add(f"pelle{number}", f"Pelle Ek{number}")
    api = client(Act.SEE_PERSON, Act.HIRE, Act.CHANGE_UNIT)
    found, cursor = [], ""
    while cursor is not None:
        page = (await api.get(f"/people?words=pelle&limit=2{f'&cursor={cursor}' if cursor else ''}")).json()
        found += [one["login"] for one in page["items"]]
        cursor = page["next"]
    assert found == [f"pelle{number}" for number in range(5)]
    begins, ends = site.now(), site.now() + timedelta(days=90)
    new = {
        "given_name": "Kim",
        "surname": "Ek",
        "kind": "politician",
        "unit": "12",
        "starts": begins.isoformat(),
        "ends": ends.isoformat(),
        "reason": "elected",
    }
    hired = (await api.post("/people", new)).json()
    assert hired["invitation"]
    moved = await api.post(f"/people/{hired['person']}/unit", {"unit": "11", "reason": "group"})
    assert moved.status_code == 200
    anna = site.residents["annsve"].person_id
    assert code_of(await api.post(f"/people/{anna}/unit", {"unit": "12", "reason": "x"})) == "conflict"


async def test_sessions_factors_and_plans_of_an_account(site, client):
    site.session_elsewhere("annsve")
    api = client(Act.SEE_PERSON, Act.END_SESSIONS, Act.REMOVE_FACTOR, Act.DISABLE)
    here = account(site, "annsve")
    (living,) = (await api.get(f"{here}/sessions")).json()["items"]
    ended = await api.post(f"{here}/sessions/{living['session']}/end", {"reason": "lost telephone"})
    assert ended.status_code == 200
    (factor,) = (await api.get(here)).json()["factors"]
    assert (await api.post(f"{here}/factors/{factor['id']}/remove", {"reason": "lost"})).status_code == 200
    later = {"act": "disable", "due_at": (site.now() + timedelta(days=2)).isoformat(), "reason": "leaves"}
    assert (await api.post(f"{here}/planned-acts", later)).status_code == 200
    (planned,) = (await api.get(f"{here}/planned-acts")).json()["items"]
    assert (await api.post(f"/planned-acts/{planned['planned']}/withdraw")).status_code == 200
    assert (await api.get(f"{here}/planned-acts")).json()["items"] == []


async def test_what_a_network_access_server_would_answer_somebody(site, client):
    vpn = connect_vpn(site)
    path = f"/applications/{vpn}/network-access/reply"
    program = client(Act.SEE_APPLICATION, Act.SEE_PERSON)
    found = (await program.get(f"{path}?login=annsve&address=203.0.113.9")).json()
    assert found["answer"] == "Access-Accept"
    assert [(one["attribute"], one["value"]) for one in found["attributes"]] == [
        ("Class", "OU=staff;"),
        ("Filter-Id", "annsve"),
    ]
    refused = (await program.get(f"{path}?login=bojoha")).json()
    assert refused["answer"] == "Access-Reject"
    assert refused["message"].startswith("Du har ingen faktor som fungerar här.")
    # C2: foreign people, foreign systems and unknown ones answer alike.
    elsewhere = client(Act.SEE_APPLICATION, Act.SEE_PERSON, scope=Scope(Reach.UNIT, "12"))
    unknown = {
        (await program.get(f"{path}?login=nobody")).status_code,
        (
            await program.get(f"/applications/{site.systems['payroll']}/network-access/reply?login=annsve")
        ).status_code,
        (await elsewhere.get(f"{path}?login=annsve")).status_code,
    }
    assert unknown == {404}
    assert (await program.get(f"{path}?login=annsve&address=home")).status_code == 422
