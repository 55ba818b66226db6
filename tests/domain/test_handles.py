"""K6: what opens something is random enough, from the operating system, and compared in constant time."""

import base64
import hmac
import secrets

from idp.domain import handles


def test_K6_handles_and_ids_have_the_bits_that_they_promise():
    made = {handles.new_handle() for _ in range(200)}
    assert len(made) == 200
    assert all(len(base64.urlsafe_b64decode(handle + "=")) == 32 for handle in made)
    assert all(len(bytes.fromhex(handles.new_id())) == 16 for _ in range(20))


def test_K6_handles_and_ids_come_from_the_operating_systems_randomness(monkeypatch):
    asked = []

    def bits(count):
        asked.append(count)
        return bytes(count)

    monkeypatch.setattr(secrets, "token_bytes", bits)
    assert handles.new_handle() == "A" * 43
    assert handles.new_id() == "0" * 32
    assert asked == [32, 16]


def test_K6_digests_are_compared_in_constant_time(monkeypatch):
    compared = []

    def compare(left, right):
        compared.append((left, right))
        return True

    monkeypatch.setattr(hmac, "compare_digest", compare)
    one, other = handles.digest("one"), handles.digest("other")
    assert handles.same(one, other)
    assert compared == [(one, other)]


def test_K1_what_is_stored_of_a_handle_does_not_open_anything():
    handle = handles.new_handle()
    assert handle.encode() not in handles.digest(handle)
    assert handles.digest(handle) == handles.digest(handle) != handles.digest(handles.new_handle())
