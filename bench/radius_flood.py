"""A client out of order: sends wrong passwords as fast as it is told to and reads no answer.

`python -m` with PORT, SECRET, ADDRESS and REQUESTS A SECOND, until it is ended.
"""

import sys
import time

from bench.radius_client import Client

_SOCKETS = 8
_BURST = 0.01


def main() -> None:
    """Flood."""
    port, secret, address, rate = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3], float(sys.argv[4])
    clients = [Client(port, secret, address) for _ in range(_SOCKETS)]
    sent, began = 0, time.perf_counter()
    while True:
        due = int((time.perf_counter() - began) * rate)
        for number in range(sent, due):
            client = clients[number % _SOCKETS]
            client.held.send(client.request(number // _SOCKETS % 256, f"nobody{number}", "wrong000000"))
        sent = max(sent, due)
        time.sleep(_BURST)


if __name__ == "__main__":
    main()
