"""What only this process knows, as counters: a collector adds up the nodes, and knows a restart."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from idp.domain.process_counts import SignInKind, Turns


@dataclass(frozen=True, slots=True, eq=False)
class OfThisProcess(Collector):
    """Sign-ins by outcome and method, and the turns of the jobs that this node has had."""

    signins: Mapping[SignInKind, int] = field(default_factory=dict)
    jobs: Mapping[str, Turns] = field(default_factory=dict)

    def collect(self) -> Iterator[Metric]:
        """Yield the figures."""
        signins = CounterMetricFamily(
            "portvakt_signins", "Sign-ins and refused tries on this node.", labels=["outcome", "method"]
        )
        for kind, number in sorted(self.signins.items(), key=lambda item: (item[0].outcome, item[0].method)):
            signins.add_metric([kind.outcome, kind.method], number)
        yield signins
        turns = CounterMetricFamily(
            "portvakt_job_turns", "Turns of jobs on this node.", labels=["job", "outcome"]
        )
        ended = _gauge("job_ended_timestamp_seconds", "When the job's latest turn on this node ended.")
        succeeded = _gauge("job_succeeded_timestamp_seconds", "When its latest turn without a fault ended.")
        took = _gauge("job_seconds", "How long its latest turn took.")
        for job, one in sorted(self.jobs.items()):
            turns.add_metric([job, "done"], one.done)
            turns.add_metric([job, "failed"], one.failed)
            took.add_metric([job], one.took.total_seconds())
            for family, at in ((ended, one.ended_at), (succeeded, one.succeeded_at)):
                if at is not None:
                    family.add_metric([job], at.timestamp())
        yield from (turns, ended, succeeded, took)


def _gauge(name: str, meaning: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"portvakt_{name}", meaning, labels=["job"])
