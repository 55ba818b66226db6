"""Experiments X1 to X4 with each product of which a real server can be had here.

With 50,000 people, and twenty times killed: `test_following_faults.py`. The minutes of X2 are seconds here: nothing in
the product counts how long a directory has been away.
"""

import json
import random
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from directory_sync import Outcome
from directory_sync.ldap_bind import DirectoryUnavailable, check_password_by_key
from directory_sync.watched import WatchState
from idp.storage.tables import accounts, directory_entries, leases, persons
from tests.directory_sync.proxy import proxy_to
from tests.provisioning.followed import FollowedTown, eventually
from tests.provisioning.products import PRODUCTS, product_of

ROOT = Path(__file__).parents[2]
NUMBER = 240
UIDS = [f"p{number}" for number in range(NUMBER)]
KILLS = 8

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture(scope="module", params=PRODUCTS)
def product(request, tmp_path_factory):
    """One server for all experiments: each begins with the same people in it."""
    with product_of(request.param, tmp_path_factory.mktemp("product")) as made:
        for number, uid in enumerate(UIDS):
            made.add(uid, "kept" if number < NUMBER * 6 // 10 else "other")
        yield made


@pytest.fixture
def town(tmp_path, product):
    made = FollowedTown(f"sqlite+pysqlite:///{tmp_path / 'test.sqlite'}", tmp_path, product.settings())
    yield made
    made.close()


def active(town):
    return {row.login for row in town.rows(select(accounts.c.login).where(accounts.c.state == "active"))}


def disabled(town):
    return {row.login for row in town.rows(select(accounts.c.login).where(accounts.c.state == "disabled"))}


def surname(town, login):
    query = select(persons.c.surname).join(accounts, accounts.c.person_id == persons.c.id)
    return town.rows(query.where(accounts.c.login == login))[0].surname


def following(town):
    eventually(lambda: town.watched().state is WatchState.FOLLOWING and town.watched().cookie, "following")


def key_of(town):
    return town.rows(select(directory_entries.c.key))[0].key


@pytest.fixture
def followed(town, product):
    """Followed through a proxy that can be disturbed."""
    with proxy_to(product.address) as proxy:
        town.directory = replace(
            town.directory, settings=product.settings(url=f"ldap://127.0.0.1:{proxy.port}")
        )
        with town.followed():
            following(town)
            before = f"Before{time.monotonic()}"
            product.rename("p2", before)
            eventually(lambda: surname(town, "p2") == before, "changes come")
            yield proxy


def sign_in(town):
    """Try a password, and how long it took."""
    began = time.monotonic()
    result = check_password_by_key(town.directory.settings, key_of(town), "Hemligt-Nog-1", datetime.now(UTC))
    return result, time.monotonic() - began


def test_X1_killed_at_random_points_it_ends_as_if_nothing_had_been(town, product, tmp_path):
    program = [sys.executable, "-m", "tests.provisioning.followed"]
    command = [*program, str(town.database.engine.url), str(tmp_path)]
    command += [json.dumps(product.table), "once", "", "10"]
    chance, reached = random.Random(5), []
    for turn in range(KILLS):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as reader:
            reader.stdout.readline()
            # Some die while they read or plan, some after so many batches.
            for _ in range(turn):
                reader.stdout.readline()
            time.sleep(chance.uniform(0, 0.2))
            reader.kill()
        with town.database.write() as uow:
            uow.connection.execute(update(leases).values(until=datetime(2000, 1, 1, tzinfo=UTC), holder=""))
        reached.append(len(active(town)))
        assert disabled(town) == set()
    assert any(0 < number < NUMBER for number in reached), reached
    town.read_all()
    assert town.read_all().outcome is Outcome.UNCHANGED
    assert active(town) == set(UIDS)
    assert town.rows(select(func.count()).select_from(persons))[0][0] == NUMBER


def test_X2_a_directory_that_refuses_connections_is_waited_for_and_sign_ins_fail_fast(
    town, product, followed
):
    followed.refuse()
    result, took = sign_in(town)
    assert isinstance(result, DirectoryUnavailable)
    assert "cannot be reached" in result.why
    assert took < 3
    eventually(lambda: town.watched().state is WatchState.WAITING)
    assert "cannot be reached" in town.watched().error
    product.rename("p1", "Away")
    assert active(town) == set(UIDS)
    followed.admit()
    eventually(lambda: surname(town, "p1") == "Away")
    eventually(lambda: town.watched().error == "")
    assert disabled(town) == set()


def test_X3_a_directory_that_takes_connections_and_hangs_is_bounded_and_leaks_nothing(
    town, product, followed
):
    def held():
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    before = held()
    followed.swallows = True
    for result, took in [sign_in(town) for _ in range(5)]:
        assert isinstance(result, DirectoryUnavailable)
        assert took < 3
    eventually(lambda: town.watched().state is WatchState.WAITING)
    product.rename("p1", "Hung")
    assert active(town) == set(UIDS)
    followed.cut()
    followed.swallows = False
    eventually(lambda: surname(town, "p1") == "Hung")
    following(town)
    assert disabled(town) == set()
    eventually(lambda: all(now <= then + 6 for now, then in zip(held(), before, strict=True)), str(before))


def test_X4_no_entries_some_of_them_no_right_and_a_cut_take_nothing_away(town, product):
    assert town.read_all().applied["joiner"] == NUMBER
    everybody = product.table.get("person_filter", town.directory.settings.person_filter)

    def then(**changes):
        town.directory = replace(town.directory, settings=product.settings(**changes))
        return town.read_all()

    assert then(person_filter=f"(&{everybody}(employeeType=nobody))").outcome is Outcome.UNREADABLE
    assert then(person_filter=f"(&{everybody}(employeeType=kept))").outcome is Outcome.BRAKED
    assert then(base_dn=product.unreadable_base()).outcome is Outcome.UNREADABLE
    with proxy_to(product.address) as proxy:
        url = f"ldap://127.0.0.1:{proxy.port}"
        assert then(url=url).outcome is Outcome.UNCHANGED
        # Five pages: after the third.
        proxy.cut_after = len(proxy.received) * 13 // 20
        cut = then(url=url)
    assert cut.reason
    assert cut.applied == {}
    assert active(town) == set(UIDS)
    assert then().outcome is Outcome.UNCHANGED
    product.add("leaver", "kept")
    assert then().applied["joiner"] == 1
    product.delete("leaver")
    assert then().applied == {"leaver": 1}
    assert active(town) == set(UIDS)
