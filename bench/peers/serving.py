"""A peer that runs, with visitors who have signed in to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.figures.tokens import Use, uses
from bench.http_client import Browser
from bench.load import Reading, drive, run
from bench.relying_party import FormRule, Visit, discover


@dataclass(frozen=True, slots=True)
class Peer:
    """A running peer; `rules` answer its pages, `first` are parameters of the first authorization only."""

    name: str
    origin: str
    pid: int
    client_secret: str
    rules: Sequence[FormRule]
    first: Mapping[str, str]
    sessions: int

    def reading(self, use: Use, seconds: float, scope: str = "openid profile email") -> Reading:
        """Sign everybody in, then drive one use for some seconds."""

        async def measure() -> Reading:
            party = await discover(self.origin, "bench", self.client_secret)
            visits = []
            for number in range(self.sessions):
                visit = Visit.of(party, Browser(self.origin, headers={"Accept": "text/html"}))
                visit.scope = scope
                await visit.sign_in([_for(rule, number) for rule in self.rules], self.first)
                visits.append(visit)
            reading = await drive(uses(visits, use), seconds, [self.pid])
            for visit in visits:
                visit.close()
            return reading

        return run(measure())


def _for(rule: FormRule, number: int) -> FormRule:
    return FormRule(
        rule.field, {name: value.format(user=f"user{number}") for name, value in rule.values.items()}
    )
