"""When a signing key is published, signs and retires. Pure: times in, times out.

    published ──publish_ahead──▶ signs ──until its successor signs──▶ only verifies ──keep_published──▶ retired

A rotation is one decision: the successor and the times of both are written together, and everything after
that is read off the clock. There is no later step that could come too early, too late or in the wrong order
(ATTACKS.md K2, X12).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.domain.errors import ConfigurationError

JWKS_MAX_AGE = timedelta(hours=1)
"""How long a relying party may keep the key set: what the endpoint says in Cache-Control, at most."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """The policy.

    Attributes:
        every: how long a key signs.
        publish_ahead: how long a key is published before it signs; longer than any cache holds the key set.
        keep_published: how long a key is published after it signed last; longer than any token is verified,
            a token used as `id_token_hint` at sign-out among them.
    """

    every: timedelta = timedelta(days=90)
    publish_ahead: timedelta = timedelta(hours=24)
    keep_published: timedelta = timedelta(hours=48)

    def __post_init__(self) -> None:
        if self.publish_ahead < JWKS_MAX_AGE:
            raise ConfigurationError(
                f"a signing key must be published at least {JWKS_MAX_AGE} before it signs, "
                f"as long as relying parties may keep the key set; {self.publish_ahead} is too short"
            )
        if self.every <= self.publish_ahead:
            raise ConfigurationError(
                f"a signing key must sign longer ({self.every}) than its successor is published ahead "
                f"({self.publish_ahead})"
            )

    def check_covers(self, longest_token: timedelta) -> None:
        """Raise ConfigurationError if tokens could outlive the publication of the key that signed them."""
        if self.keep_published < longest_token:
            raise ConfigurationError(
                f"signing keys stay published {self.keep_published} after they signed last, "
                f"but tokens live up to {longest_token}"
            )


@dataclass(frozen=True, slots=True)
class Life:
    """The times of one key; the last two are unknown until its successor is planned."""

    published_at: datetime
    signs_from: datetime
    signs_until: datetime | None = None
    retires_at: datetime | None = None

    def is_published(self, now: datetime) -> bool:
        """Tell whether relying parties are shown the key."""
        return self.published_at <= now and (self.retires_at is None or now < self.retires_at)

    def signs(self, now: datetime) -> bool:
        """Tell whether the key signs."""
        return self.signs_from <= now and (self.signs_until is None or now < self.signs_until)


@dataclass(frozen=True, slots=True)
class Succession:
    """The new times of a key and the times of its successor."""

    predecessor: Life
    successor: Life


def first(now: datetime) -> Life:
    """Return the times of an installation's first key: nobody holds an older key set."""
    return Life(published_at=now, signs_from=now)


def is_due(newest: Life, rotation: Rotation, now: datetime) -> bool:
    """Tell whether the successor of `newest` should be planned now."""
    return newest.signs_until is None and now >= newest.signs_from + rotation.every - rotation.publish_ahead


def succession(newest: Life, rotation: Rotation, now: datetime) -> Succession | None:
    """Plan the successor of `newest`; None while `newest` itself does not sign yet."""
    if not newest.signs(now):
        return None
    handover = now + rotation.publish_ahead
    return Succession(
        predecessor=Life(
            newest.published_at,
            newest.signs_from,
            signs_until=handover,
            retires_at=handover + rotation.keep_published,
        ),
        successor=Life(published_at=now, signs_from=handover),
    )
