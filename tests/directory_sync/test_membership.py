"""Members by DN or login, nested groups, circles."""

from directory_sync.entry import DirectoryEntry
from directory_sync.mapping import MappedGroup
from directory_sync.membership import Membership
from directory_sync.scratch import Scratch
from tests.directory_sync.people import person

ANNA, BO, EVA = (person(key, dn=f"uid={key},dc=x", login=key) for key in ("anna", "bo", "eva"))


def group(name: str, *members: str) -> MappedGroup:
    return MappedGroup(DirectoryEntry("town", f"key-{name}", f"cn={name},dc=x", {}), name, members)


def members(groups: list[MappedGroup], *, by_login: bool = False) -> dict[str, tuple[str, ...]]:
    membership = Membership(Scratch(), by_login=by_login)
    for one in groups:
        membership.put(one)
    for one in (ANNA, BO, EVA):
        membership.see(one)
    membership.resolve()
    return {g.name: g.members for g in membership.groups()}


def test_members_by_dn_however_it_is_spelled():
    assert members([group("a", "UID=Anna, DC=X", "uid=bo,dc=x", "uid=nobody,dc=x", "", "no dn")]) == {
        "a": ("anna", "bo")
    }


def test_members_by_login():
    assert members([group("a", "ANNA", "eva", "nobody")], by_login=True) == {"a": ("anna", "eva")}


def test_nested_groups_are_flattened():
    groups = [
        group("top", "cn=mid,dc=x"),
        group("mid", "cn=low,dc=x", "uid=bo,dc=x"),
        group("low", "uid=eva,dc=x"),
    ]
    assert members(groups) == {"top": ("bo", "eva"), "mid": ("bo", "eva"), "low": ("eva",)}


def test_L11_a_circle_of_groups_ends():
    groups = [group("a", "cn=b,dc=x", "uid=anna,dc=x"), group("b", "cn=a,dc=x", "cn=b,dc=x", "uid=bo,dc=x")]
    assert members(groups) == {"a": ("anna", "bo"), "b": ("anna", "bo")}


def test_L11_a_chain_longer_than_any_stack_ends():
    chain = [group(f"g{n}", f"cn=g{n + 1},dc=x") for n in range(3000)]
    assert members([*chain, group("g3000", "uid=anna,dc=x")])["g0"] == ("anna",)


def test_an_empty_group_is_a_group():
    assert members([group("a", "")]) == {"a": ()}
