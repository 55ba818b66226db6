"""Nothing but Argon2id: verifies one hash for some seconds and prints checks a second. `python -m` with SECONDS."""

import sys
import time

from argon2 import PasswordHasher

from idp.domain.password import HashCost


def main() -> None:
    """Verify, and print how often."""
    seconds, cost = float(sys.argv[1]), HashCost()
    hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.kibibytes, parallelism=cost.lanes)
    hashed = hasher.hash("en lugn promenad vid vattnet")
    hasher.verify(hashed, "en lugn promenad vid vattnet")
    count, began, spent = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        hasher.verify(hashed, "en lugn promenad vid vattnet")
        count += 1
    print(count / (time.perf_counter() - began), 1000 * (time.process_time() - spent) / count)


if __name__ == "__main__":
    main()
