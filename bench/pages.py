"""How long the console's pages take on the demonstration, beside a page of plain text from the same server.

Small and full alike use the whole demonstration; small asks each page fewer times.
"""

import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import httpx

from regulars.demo import password_of

HOME = Path(
    os.environ.get("REGULARS_BENCH_HOME", Path(__file__).resolve().parent.parent / ".regulars" / "bench")
)
PAGES = [
    "/",
    "/customers",
    "/customers?q=ada",
    "/segments",
    "/segments/lapsed",
    "/loyalty",
    "/loyalty/grocer-club",
    "/campaigns",
    "/campaigns/win-back",
    "/experiments",
    "/approvals",
    "/definitions",
    "/audit",
    "/readers",
    "/jobs",
    "/people",
]
READY_S = 60
TIMES = {"small": 15, "full": 100}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(port: int) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "REGULARS_HOME": str(HOME),
        "REGULARS_PORT": str(port),
        "REGULARS_WORKSPACE": "demo",
    }
    command = [sys.executable, "-m", "regulars"]
    subprocess.run([*command, "demo", "--no-serve"], env=environment, check=True)
    return subprocess.Popen([*command, "serve"], env=environment)


def signed_in(client: httpx.Client, email: str) -> None:
    ends = time.monotonic() + READY_S
    while True:
        try:
            form = client.get("/sign-in")
            break
        except httpx.TransportError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.2)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form.text)
    given = {"email": email, "password": password_of(HOME), "csrf_token": token.group(1) if token else ""}
    origin = str(client.base_url).rstrip("/")
    done = client.post("/sign-in", data=given, headers={"Origin": origin}, follow_redirects=True)
    assert done.status_code == 200, done.text[:300]


def times_ms(client: httpx.Client, path: str, times: int) -> list[float]:
    client.get(path)
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        answer = client.get(path)
        taken.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return taken


def paths(client: httpx.Client) -> list[str]:
    """The fixed pages, and those of one customer and member."""
    found = re.search(r'href="/customers/(cus_[0-9a-z]+)"', client.get("/customers").text)
    assert found, "the list of customers names nobody"
    person = found.group(1)
    return [*PAGES, f"/customers/{person}", f"/loyalty/grocer-club/members/{person}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=list(TIMES), default="small")
    size = parser.parse_args().size
    port = free_port()
    server = serve(port)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            signed_in(client, "olga@grocer.invalid")
            ours, plain = {}, []
            for path in paths(client):
                plain += times_ms(client, "/health", TIMES[size])
                ours[path] = times_ms(client, path, TIMES[size])
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
    every = sorted(taken for page in ours.values() for taken in page)
    slowest = max(ours, key=lambda path: statistics.median(ours[path]))
    for path, taken in ours.items():
        print(f"{path:50} p50 {statistics.median(taken):7.1f} ms  max {max(taken):7.1f} ms", file=sys.stderr)
    p50, reference = statistics.median(every), statistics.median(plain)
    figures = {
        "name": "pages",
        "ours": round(p50, 1),
        "reference": round(reference, 2),
        "ratio": round(p50 / reference, 1),
        "p50_ms": round(p50, 1),
        "p95_ms": round(every[int(len(every) * 0.95)], 1),
        "slowest_page": slowest,
        "slowest_p50_ms": round(statistics.median(ours[slowest]), 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
