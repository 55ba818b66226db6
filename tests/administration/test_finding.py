"""People are found by a few letters, whatever the accents, and protected ones only by what is known whole."""

import pytest
from sqlalchemy import update

from idp.domain.account import Account, AccountState, PasswordSource
from idp.domain.finding import folded
from idp.domain.handles import AccountId, PersonId, new_id
from idp.domain.person import Person, Protection
from idp.domain.roles import WHOLE, unit_scope
from idp.storage import search_index
from idp.storage.register import SqlRegister
from idp.storage.tables import persons
from tests.support.units import employ, plant


def add(place, login: str, given: str, surname: str, protection=Protection.NONE, number=None) -> Account:
    person = Person(PersonId(new_id()), given, surname, f"{given} {surname}", protection, number)
    account = Account(AccountId(new_id()), person.id, login, AccountState.ACTIVE, PasswordSource.LOCAL)
    with place.database.write() as uow:
        assert uow.accounts.add_local(person, account, place.now)
        uow.connection.execute(
            update(persons).where(persons.c.id == person.id).values(employee_number=number)
        )
        search_index.touch(uow.connection, [person.id])
    return account


def find(place, words: str, within=(WHOLE,)) -> list[str]:
    with place.database.read() as uow:
        return [line.login for line in SqlRegister.of(uow).search(words, 50, within, place.now)]


@pytest.fixture
def town(place):
    plant(place.database)
    add(place, "asaobe", "Åsa", "Öberg", number="4711")
    add(place, "helmul", "Hélène", "Müller")
    add(place, "hemlig", "Eva", "Berg", Protection.MARKED, "9000")
    return place


@pytest.mark.parametrize(
    "words", ["Åsa", "asa", "OBERG", "öberg å", "obe as", "asaobe", "4711", "O\u0308berg"]
)
def test_a_name_is_found_with_and_without_its_accents(town, words):
    assert find(town, words) == ["asaobe"]


def test_every_word_has_to_be_found_and_patterns_are_letters(town):
    assert find(town, "helene") == ["helmul"]
    for words in ("asa helene", "%", "_", "' OR 1=1", "zzz", "   "):
        assert find(town, words) == []


def test_a_protected_person_is_found_by_whole_login_or_number_only(town):
    for words in ("Eva", "Berg", "heml", "900", "eva hemlig"):
        assert "hemlig" not in find(town, words)
    assert find(town, "hemlig") == ["hemlig"]
    assert find(town, "9000") == ["hemlig"]


def test_units_are_found_and_bound_who_is_found(town):
    anna = add(town, "annsve", "Anna", "Svensson")
    employ(town.database, anna, "111")
    with town.database.write() as uow:
        assert search_index.heal(uow.connection, town.now) > 0
    assert find(town, "enhet 111") == ["annsve"]
    assert find(town, "a", (unit_scope("11"),)) == ["annsve"]
    assert find(town, "a", (unit_scope("12"),)) == []
    assert find(town, "annsve", (unit_scope("12"),)) == []
    assert find(town, "a", ()) == []


def test_many_at_once_are_left_to_the_job(town):
    logins = [f"many{number:02}" for number in range(30)]
    with town.database.write() as uow:
        for login in logins:
            person = Person(PersonId(new_id()), "Många", login, f"Många {login}")
            account = Account(
                AccountId(new_id()), person.id, login, AccountState.ACTIVE, PasswordSource.LOCAL
            )
            assert uow.accounts.add_local(person, account, town.now)
    assert find(town, "manga") == []
    with town.database.write() as uow:
        assert search_index.index_due(uow.connection, town.now) == 30
        assert search_index.index_due(uow.connection, town.now) == 0
    assert find(town, "många") == logins


def test_pages_by_name_either_way_hold_everybody_once_and_the_exact_one_first(town):
    for n in range(9):
        add(town, f"sam{n}", "Sam", f"Ek{n}")
    add(town, "sam", "Sam", "Ö")
    with town.database.read() as uow:
        search = SqlRegister.of(uow).search
        for down in (False, True):
            pages = [
                [one.login for one in search("sam", 4, (WHOLE,), town.now, skip, descending=down)]
                for skip in (0, 4, 8)
            ]
            found = [login for page in pages for login in page]
            assert found == ["sam", *sorted((f"sam{n}" for n in range(9)), reverse=down)]


def test_a_rollback_leaves_nothing_to_the_next_transaction(town):
    person = Person(PersonId(new_id()), "Inte", "Där", "Inte Där")
    account = Account(AccountId(new_id()), person.id, "inte", AccountState.ACTIVE, PasswordSource.LOCAL)
    with pytest.raises(RuntimeError), town.database.write() as uow:  # noqa: PT012 - the block is the transaction
        uow.accounts.add_local(person, account, town.now)
        raise RuntimeError
    with town.database.write():
        pass
    assert find(town, "inte") == []


def test_folding_knows_more_than_swedish():
    assert folded("  Łukasz ŻÓŁĆ Ærø Straße ") == "lukasz zolc aero strasse"
