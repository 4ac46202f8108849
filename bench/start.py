"""Seconds from `regulars serve` to a console that answers, on data that is there, against the bare server.

Ours: the command on a loaded home until /health answers, then Ctrl-C until everything has ended. Reference:
the embedded PostgreSQL on the same home, from its start to its first answer. The two alternate.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from regulars.db import start

# The days of the year that are loaded, and rounds.
SIZES: dict[str, tuple[list[str], int]] = {"small": (["--days", "6"], 5), "full": ([], 10)}
ARGV = [sys.executable, "-m", "regulars"]
LONGEST_S = 60


def environment(home: str, port: int) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
    return plain | {"REGULARS_HOME": home, "REGULARS_PORT": str(port), "REGULARS_WORKSPACE": "demo"}


def measure_ours(home: str) -> tuple[float, float]:
    """Seconds to the first answer, and seconds to the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = perf_counter()
    with subprocess.Popen(
        [*ARGV, "serve"], env=environment(home, port), stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        while not answers(f"http://127.0.0.1:{port}/health"):
            assert perf_counter() - began < LONGEST_S, "It does not answer."
            sleep(0.01)
        ready = perf_counter() - began
        began = perf_counter()
        process.send_signal(signal.SIGINT)
        assert process.wait(LONGEST_S) == 0
    return ready, perf_counter() - began


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=LONGEST_S) as told:
            return bool(told.status == 200)
    except OSError:
        return False


def measure_reference(home: str) -> float:
    began = perf_counter()
    with start(Path(home)):
        return perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    shorter, rounds = SIZES[parser.parse_args().size]
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as home:
        load = [*ARGV, "demo", "--no-serve", *shorter]
        subprocess.run(load, env=environment(home, 8642), check=True, stderr=subprocess.DEVNULL)
        measure_ours(home)  # The first start after a load finds cold files; every later one warm ones.
        ours, reference = [], []
        for _ in range(rounds):
            reference.append(measure_reference(home))
            ours.append(measure_ours(home))
    ready, against = median(ready for ready, _ in ours), median(reference)
    print(json.dumps(
        {
            "name": "start",
            "ours": round(ready, 2),
            "reference": round(against, 3),
            "ratio": round(ready / against, 1),
            "stop_s": round(median(stopped for _, stopped in ours), 2),
            "slowest_start_s": round(max(ready for ready, _ in ours), 2),
        }
    ))  # fmt: skip


if __name__ == "__main__":
    main()
