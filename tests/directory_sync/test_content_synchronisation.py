"""Content synchronisation (RFC 4533) with a real slapd, by searches that go on and by asking again and again."""

import time

import pytest

from directory_sync.changes import CookieForgotten, FeedFault, Seen
from directory_sync.profile import Mechanism
from directory_sync.reading import EntryKind
from directory_sync.sources import refresh_only
from directory_sync.sources.feeds import choose_feed
from directory_sync.sources.refresh_only import RefreshOnly
from directory_sync.sources.syncrepl import Syncrepl
from tests.directory_sync.proxy import proxy_to
from tests.directory_sync.told import PERSIST, REFRESH, named, until_complete
from tests.directory_sync.town import dn_of, key_of, people, settings_for

UIDS = [f"p{number}" for number in range(6)]
EITHER_WAY = pytest.mark.parametrize("feed_of", [Syncrepl, RefreshOnly])


@pytest.fixture
def server(slapd):
    return slapd(people(*UIDS))


def settings_of(url, **changes):
    told = {"unit_filter": None, "group_filter": None, "follow": {"poll": 0.05}}
    return settings_for(url, **{**told, **changes})


def rename(server, uid, surname):
    server.modify(f"dn: {dn_of(uid)}\nchangetype: modify\nreplace: sn\nsn: {surname}\n")


def delete(server, uid):
    server.modify(f"dn: {dn_of(uid)}\nchangetype: delete\n")


@EITHER_WAY
def test_changes_and_deletions_are_told_once_and_an_unchanged_directory_says_nothing(server, feed_of):
    feed = feed_of(settings_of(server.url))
    cookie = feed.mark()
    assert until_complete(feed, cookie)[0] == []
    rename(server, "p1", "Ek")
    delete(server, "p2")
    changes, after = until_complete(feed, cookie)
    assert named(changes) == {key_of("p1"): "Ek", key_of("p2"): None}
    assert until_complete(feed, after)[0] == []


@EITHER_WAY
def test_either_goes_on_where_the_other_one_was(server, feed_of):
    other = RefreshOnly if feed_of is Syncrepl else Syncrepl
    settings = settings_of(server.url)
    rename(server, "p1", "Ek")
    cookie = until_complete(feed_of(settings), feed_of(settings).mark())[1]
    delete(server, "p2")
    assert named(until_complete(other(settings), cookie)[0]) == {key_of("p2"): None}


@EITHER_WAY
def test_L9_wherever_the_line_is_cut_no_cookie_passes_what_was_not_told(server, feed_of):
    cookie = feed_of(settings_of(server.url)).mark()
    for uid in UIDS[:4]:
        rename(server, uid, "Ek")
    delete(server, "p5")
    expected = {**{key_of(uid): "Ek" for uid in UIDS[:4]}, key_of("p5"): None}
    whole = 0
    with proxy_to(("127.0.0.1", server.port)) as proxy:
        feed = feed_of(settings_of(f"ldap://127.0.0.1:{proxy.port}"))
        for proxy.cut_after in range(0, 1800, 60):
            told_now, complete = [], False
            try:
                for told in feed.follow(cookie, lambda: False):
                    told_now += told.changes
                    complete = told.cookie is not None
                    if complete:
                        break
            except FeedFault:
                assert not complete
            assert set(named(told_now).items()) <= set(expected.items())
            if complete:
                whole += 1
                assert named(told_now) == expected
    assert 0 < whole < 29, "neither every one was cut nor none"


def test_L9_whoever_is_listed_as_what_remains_is_left_to_a_full_reading(server, monkeypatch):
    monkeypatch.setattr(refresh_only, "MANY", 1)
    feed = RefreshOnly(settings_of(server.url))
    cookie = feed.mark()
    server.stop()
    text = server.configuration.read_text(encoding="utf-8")
    server.configuration.write_text(text.replace("syncprov-sessionlog 10000", ""), encoding="utf-8")
    server.start()
    assert until_complete(feed, cookie)[0] == []
    delete(server, "p1")
    told = []
    with pytest.raises(CookieForgotten, match="what remains"):
        told += (change for one in feed.follow(cookie, lambda: False) for change in one.changes)
    assert told == [], "neither who is listed nor who is not"
    # Nobody at all remains: nothing is mentioned, and that is no "nothing has happened".
    feed = RefreshOnly(settings_of(server.url, person_filter="(uid=p2)"))
    cookie = feed.mark()
    delete(server, "p2")
    with pytest.raises(CookieForgotten, match="what remains"):
        until_complete(feed, cookie)


@EITHER_WAY
def test_a_server_that_knows_less_than_its_cookie_is_not_believed(server, feed_of):
    feed = feed_of(settings_of(server.url))
    cookie = feed.mark().replace("csn=20", "csn=21")
    with pytest.raises(CookieForgotten) as forgotten:
        until_complete(feed, cookie)
    assert forgotten.value.backwards


def test_many_changes_are_handed_on_before_the_last_is_there(server, monkeypatch):
    monkeypatch.setattr(refresh_only, "MANY", 2)
    feed = RefreshOnly(settings_of(server.url))
    cookie = feed.mark()
    for uid in UIDS[:5]:
        rename(server, uid, "Ek")
    told = []
    for one in feed.follow(cookie, lambda: False):
        told.append(one)
        if one.cookie is not None:
            break
    assert [(len(one.changes), one.cookie is not None) for one in told] == [
        (2, False),
        (2, False),
        (1, True),
    ]


def test_L11_a_server_that_falls_silent_in_the_middle_is_not_waited_for(server):
    cookie = RefreshOnly(settings_of(server.url)).mark()
    rename(server, "p1", "Ek")
    with proxy_to(("127.0.0.1", server.port), cut_after=40) as proxy:
        proxy.hangs = True
        timeouts = {"connect": 0.5, "operation": 0.7, "sign_in": 1, "reading": 2}
        feed = RefreshOnly(settings_of(f"ldap://127.0.0.1:{proxy.port}", timeouts=timeouts))
        began = time.monotonic()
        with pytest.raises(FeedFault, match="did not answer in time"):
            until_complete(feed, cookie)
        assert time.monotonic() - began < 3


class TestChoice:
    def test_searches_that_may_not_go_on_are_asked_again_and_again_and_tried_anew(self, server):
        with proxy_to(("127.0.0.1", server.port)) as proxy:
            proxy.alter = lambda data: data.replace(PERSIST, REFRESH)
            feed = Syncrepl(settings_of(f"ldap://127.0.0.1:{proxy.port}"), tried_again_after=0.3)
            cookie = feed.mark()
            rename(server, "p1", "Ek")
            ends = time.monotonic() + 20
            told, ways = [], []
            for one in feed.follow(cookie, lambda: time.monotonic() > ends):
                told += one.changes
                if one.cookie is not None:
                    ways.append(feed.mechanism)
                    proxy.alter = bytes
                if ways[-1:] == [Mechanism.SYNCREPL]:
                    break
            assert ways[0] == Mechanism.REFRESH_ONLY
            assert ways[-1] == Mechanism.SYNCREPL
            assert named(told) == {key_of("p1"): "Ek"}

    @pytest.mark.parametrize("mechanism", ["syncrepl", "refreshOnly", "modifyTimestamp", "full reading"])
    def test_the_settings_say_where_to_begin(self, server, mechanism):
        settings = settings_of(server.url, follow={"mechanism": mechanism})
        assert choose_feed(settings)[0].mechanism == mechanism

    def test_a_server_without_any_is_asked_by_timestamp_whatever_is_wished(self, slapd):
        edit = {"overlay syncprov\nsyncprov-checkpoint 100 10\nsyncprov-sessionlog 10000\n": "",
                "moduleload syncprov": ""}  # fmt: skip
        server = slapd(people(*UIDS), edit=edit)
        settings = settings_of(server.url, follow={"mechanism": "refreshOnly"})
        feed, capabilities = choose_feed(settings)
        assert (feed.mechanism, capabilities["syncrepl"]) == ("modifyTimestamp", "no")
        cookie = feed.mark()
        rename(server, "p1", "Ek")
        (seen, *_) = [one for one in until_complete(feed, cookie)[0] if one.entry.key == key_of("p1")]
        assert isinstance(seen, Seen)
        assert seen.kind is EntryKind.PERSON
