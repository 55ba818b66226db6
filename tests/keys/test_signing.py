"""K2 and X12: signing keys rotate with overlap; no order of steps can fail a verification."""

import threading
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.domain.errors import ConfigurationError, Unavailable
from idp.keys import rollover, rotation
from idp.keys.jwk import ALGORITHMS
from idp.keys.rotation import Rotation
from tests.keys.conftest import NOW

POLICY = Rotation()


def sign(keys, alg: str, subject: str = "anna") -> str:
    key = keys.current(alg)
    return jwt.encode({"alg": alg, "kid": key.kid}, {"sub": subject}, key.key, algorithms=[alg])


def verify(token: str, jwks: list) -> str:
    return jwt.decode(token, KeySet.import_key_set({"keys": jwks}), algorithms=list(ALGORITHMS)).claims["sub"]


@pytest.fixture
def started(site):
    rollover.ensure_first(site.database, site.sealer, site.occasion())
    return site


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_token_verifies_with_the_published_keys(started, alg):
    keys = started.node()
    assert verify(sign(keys, alg), keys.public_jwks()) == "anna"
    assert keys.find(keys.current(alg).kid).kid == keys.current(alg).kid
    assert keys.find("unknown") is None


def test_the_key_set_shows_public_members_only_and_the_thumbprint_as_kid(started):
    keys = started.node()
    assert {key["alg"] for key in keys.public_jwks()} == set(ALGORITHMS)
    for jwk in keys.public_jwks():
        assert not set(jwk) & {"d", "p", "q", "dp", "dq", "qi", "k"}
        assert jwk["use"] == "sig"
        assert keys.find(jwk["kid"]).key.thumbprint() == jwk["kid"]


def test_K1_private_keys_are_sealed_at_rest(started):
    with started.database.read() as uow:
        rows = uow.connection.exec_driver_sql("SELECT sealed_private, public FROM signing_keys").all()
    for sealed, public in rows:
        assert b'"d"' not in bytes(sealed)
        assert '"d"' not in str(public).replace("'", '"')


def test_without_a_key_signing_is_unavailable(site):
    with pytest.raises(Unavailable, match="ES256"):
        site.node().current("ES256")
    assert site.node().public_jwks() == []


def test_many_nodes_start_at_once_and_make_one_key_of_each_algorithm(site):
    barrier = threading.Barrier(6)

    def start() -> None:
        barrier.wait()
        rollover.ensure_first(site.database, site.sealer, site.occasion())

    together(6, start)
    assert sorted(key.algorithm for key in rollover.list_keys(site.database)) == sorted(ALGORITHMS)
    assert len(site.audit()) == len(ALGORITHMS)


def together(count: int, target) -> None:
    threads = [threading.Thread(target=target) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_K2_a_successor_is_published_before_it_signs_and_its_predecessor_after(started):
    keys = started.node()
    old = keys.current("ES256").kid
    planned = rollover.rotate(started.database, started.sealer, "ES256", POLICY, started.occasion())
    assert planned.signs_from == NOW + POLICY.publish_ahead
    keys.refresh()
    published = {key["kid"] for key in keys.public_jwks()}
    assert {old, planned.kid} <= published
    assert keys.current("ES256").kid == old
    started.later(hours=24)
    assert keys.current("ES256").kid == planned.kid
    assert old in {key["kid"] for key in keys.public_jwks()}
    started.later(hours=48)
    assert old not in {key["kid"] for key in keys.public_jwks()}
    assert keys.find(old) is None


def test_K2_rotation_happens_on_schedule_and_not_before(started):
    def rotate():
        return rollover.rotate_due(started.database, started.sealer, POLICY, started.occasion())

    started.later(days=88, hours=23)
    assert rotate() == []
    started.later(hours=1)
    assert len(rotate()) == len(ALGORITHMS)
    assert rotate() == []
    started.later(hours=25)
    assert rotate() == []
    keys = started.node()
    assert keys.current("RS256").life.signs_from == NOW + timedelta(days=90)


def test_X12_no_verification_ever_fails_across_rotations(started):
    """Nodes poll, one is half a minute behind; a relying party keeps the key set an hour; tokens live a day."""
    nodes = [started.node(), started.node(timedelta(seconds=-30)), started.node(timedelta(seconds=30))]
    policy = Rotation(every=timedelta(days=5))
    cached, cached_at, tokens, signers = [], None, [], set()
    for turn in range(24 * 2 * 17):
        started.later(minutes=30)
        rollover.rotate_due(started.database, started.sealer, policy, started.occasion())
        node = nodes[turn % len(nodes)]
        node.refresh()
        if cached_at is None or started.now - cached_at >= timedelta(hours=1):
            cached, cached_at = node.public_jwks(), started.now
        tokens.append((started.now, sign(node, "ES256")))
        signers.add(node.current("ES256").kid)
        tokens = [(made, token) for made, token in tokens if started.now - made <= timedelta(hours=24)]
        for _, token in (tokens[0], tokens[-1]):
            assert verify(token, cached) == "anna"
    assert len(signers) == 4


def test_two_nodes_that_rotate_at_once_plan_one_successor(started):
    barrier = threading.Barrier(5)
    planned = []

    def rotate() -> None:
        barrier.wait()
        outcome = rollover.rotate(started.database, started.sealer, "ES256", POLICY, started.occasion())
        planned.append(type(outcome).__name__)

    together(5, rotate)
    assert sorted(planned) == ["AlreadyPlanned"] * 4 + ["Planned"]
    assert len([key for key in rollover.list_keys(started.database) if key.algorithm == "ES256"]) == 2


def test_X12_a_second_rotation_before_the_first_has_taken_place_is_not_done(started):
    rollover.rotate(started.database, started.sealer, "ES256", POLICY, started.occasion())
    again = rollover.rotate(started.database, started.sealer, "ES256", POLICY, started.occasion())
    assert isinstance(again, rollover.AlreadyPlanned)
    assert again.signs_from == NOW + POLICY.publish_ahead


@pytest.mark.parametrize(
    "wrong",
    [{"publish_ahead": timedelta(minutes=59)}, {"every": timedelta(hours=24)}],
)
def test_X12_a_policy_that_would_break_verification_is_refused(wrong):
    with pytest.raises(ConfigurationError):
        Rotation(**wrong)


def test_X12_tokens_must_not_outlive_their_key():
    POLICY.check_covers(timedelta(hours=48))
    with pytest.raises(ConfigurationError, match="tokens live up to"):
        POLICY.check_covers(timedelta(hours=49))


def test_a_key_that_leaked_is_out_of_use_at_once_and_another_signs(started):
    keys = started.node()
    leaked = keys.current("ES256").kid
    outcome = rollover.withdraw(
        started.database, started.sealer, leaked, "found in a log", started.occasion()
    )
    keys.refresh()
    assert keys.current("ES256").kid == outcome.kid != leaked
    assert keys.find(leaked) is None
    assert keys.current("RS256")
    assert (leaked, "withdrawn: found in a log") in started.audit()
    again = rollover.withdraw(started.database, started.sealer, leaked, "", started.occasion())
    assert isinstance(again, rollover.NoKey)


@pytest.mark.parametrize("which", ["old", "new"])
def test_a_key_that_leaked_during_a_rotation_leaves_one_that_signs(started, which):
    keys = started.node()
    old = keys.current("ES256").kid
    planned = rollover.rotate(started.database, started.sealer, "ES256", POLICY, started.occasion())
    started.later(hours=1)
    leaked = old if which == "old" else planned.kid
    outcome = rollover.withdraw(started.database, started.sealer, leaked, "leaked", started.occasion())
    keys.refresh()
    assert keys.current("ES256").kid == outcome.kid != leaked
    assert verify(sign(keys, "ES256"), keys.public_jwks()) == "anna"
    started.later(days=2)
    assert keys.current("ES256").kid == outcome.kid
    newest = [key for key in rollover.list_keys(started.database) if key.life.signs_until is None]
    assert sorted(key.algorithm for key in newest) == sorted(ALGORITHMS)


def test_the_private_half_is_erased_when_it_has_signed_for_the_last_time(started):
    rollover.rotate(started.database, started.sealer, "ES256", POLICY, started.occasion())
    old = started.node().current("ES256").kid

    def private_kept() -> bool:
        rollover.rotate_due(started.database, started.sealer, POLICY, started.occasion())
        return (
            next(key for key in rollover.list_keys(started.database) if key.kid == old).sealed_private
            is not None
        )

    started.later(hours=24, minutes=59)
    assert private_kept()
    token = sign(started.node(), "ES256")
    started.later(minutes=2)
    assert not private_kept()
    assert (old, "private key erased") in started.audit()
    assert old in {key["kid"] for key in started.node().public_jwks()}
    assert verify(token, started.node().public_jwks()) == "anna"


def test_a_node_reads_the_keys_anew_only_when_something_changed(started):
    keys = started.node()
    first = keys.current("RS256")
    keys.refresh()
    assert keys.current("RS256").key is first.key
    with started.database.write() as uow:
        uow.connection.exec_driver_sql("UPDATE catalogue_version SET version = version + 1")
    keys.refresh()
    assert keys.current("RS256").key is first.key, "opening an RSA key again costs 35 ms"


def test_a_forged_signature_does_not_verify(started):
    keys = started.node()
    token = sign(keys, "ES256")
    with pytest.raises(JoseError):
        verify(token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"), keys.public_jwks())


def test_a_plan_is_made_of_one_decision():
    life = rotation.first(NOW)
    plan = rotation.succession(life, POLICY, NOW)
    assert plan.predecessor.signs_until == plan.successor.signs_from
    assert plan.successor.published_at < plan.successor.signs_from
    assert plan.predecessor.retires_at - plan.predecessor.signs_until == POLICY.keep_published
    assert rotation.succession(plan.predecessor, POLICY, NOW + timedelta(days=3)) is None
