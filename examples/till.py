"""A till in one file, with nothing but Python: members, points, codes, and what to do while the line is down.

    REGULARS=http://127.0.0.1:8642 REGULARS_KEY=rk_… python3 examples/till.py sell --phone "+49 30 1234567" \
        --line espresso-1kg=19.90 --line filter-500g=7.50 --points 200

Every call carries an id of the till's own, so that a call whose answer got lost is simply sent again. While
nobody answers, a sale is written to a file and sent later (`flush`): it earns by the rules of its moment.
Points and codes never pay while the line is down: nobody could say whether they are still there.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

WAIT_S = 4  # A customer stands there: after so long a till goes on without an answer.
TRIES = 3
QUEUE = Path(os.environ.get("TILL_QUEUE", "till-queue.jsonl"))


class Offline(Exception):
    """Nobody answered; nobody knows whether the call arrived."""


class Refused(Exception):
    """The answer was no; sending the same again changes nothing."""


def call(
    method: str, path: str, body: dict[str, Any] | None = None, *, key: str | None = None
) -> dict[str, Any]:
    """Send, and send again under the same id while nobody answers."""
    address = os.environ.get("REGULARS", "http://127.0.0.1:8642") + "/api/v1" + path
    headers = {"Authorization": f"Bearer {os.environ['REGULARS_KEY']}", "Content-Type": "application/json"}
    if key:
        headers["Idempotency-Key"] = key
    data = None if body is None else json.dumps(body).encode()
    for attempt in range(TRIES):
        request = urllib.request.Request(address, data=data, headers=headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=WAIT_S) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as no:
            if no.code not in (429, 502, 503, 504):
                told = json.load(no)
                found = [f"{one['path']}: {one['message']}" for one in told.get("findings", [])]
                raise Refused(" ".join([told.get("detail", no.reason), *found])) from no
        except (urllib.error.URLError, TimeoutError):
            pass
        time.sleep(0.2 * (attempt + 1))
    raise Offline(address)


def find(programme: str, kind: str, value: str) -> dict[str, Any] | None:
    query = urllib.parse.urlencode({"programme": programme, "kind": kind, "value": value})
    try:
        return call("GET", f"/checkout/members?{query}")
    except Refused:
        return None


def sell(programme: str, member: str | None, cart: dict[str, Any], points: int, codes: list[str]) -> str:
    """Open a session, take the money, capture; gives the till's id of the order."""
    order, session = f"till-{uuid.uuid4()}", None
    asked = {"programme": programme, "customer": member, "cart": cart}
    try:
        session = call(
            "POST", "/checkout/sessions", asked | {"points": points, "codes": codes}, key=f"{order}/open"
        )
        for said in session["said"]:
            print("-", said["id"], "taken" if said["applied"] else said["words"])
        print(f"To pay: {session['left_minor'] / 100:.2f} {cart['currency']}; earns {session['earns']}")
        call("POST", f"/checkout/sessions/{session['id']}/capture", {"order": order}, key=f"{order}/capture")
    except Offline:
        # A capture without an answer is tried again first: it may have arrived.
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        with QUEUE.open("a") as queue:
            kept = asked | {"order": order, "occurred_at": now, "session": session and session["id"]}
            queue.write(json.dumps(kept) + "\n")
        print("The line is down: the sale is kept and sent later. Take the full price, no points, no codes.")
    return order


def flush() -> int:
    """Send what was kept; what is refused stays in the file with the reason."""
    kept = [json.loads(line) for line in QUEUE.read_text().splitlines()] if QUEUE.exists() else []
    left, sent = [], 0
    for sale in kept:
        try:
            captured(sale) or call("POST", "/checkout/orders", without(sale, "session", "refused"))
            sent += 1
        except (Offline, Refused) as why:
            left.append(sale | ({"refused": str(why)} if isinstance(why, Refused) else {}))
    QUEUE.write_text("".join(json.dumps(sale) + "\n" for sale in left))
    return sent


def captured(sale: dict[str, Any]) -> bool:
    """Whether its session could still be captured, or was; one that ran out could not."""
    if not sale.get("session"):
        return False
    place, order = f"/checkout/sessions/{sale['session']}/capture", sale["order"]
    try:
        call("POST", place, {"order": order}, key=f"{order}/capture")
    except Refused:
        return False
    return True


def without(sale: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in sale.items() if name not in names}


def cart_of(lines: list[str], currency: str, store: str) -> dict[str, Any]:
    said = []
    for number, line in enumerate(lines, 1):
        product, _, price = line.rpartition("=")
        minor = round(float(price) * 100)
        said.append({"key": str(number), "product": product, "total_minor": minor})
    return {"currency": currency, "store": store, "lines": said}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("deed", choices=("sell", "return", "flush"))
    asked.add_argument("--programme", default="points_club")
    asked.add_argument("--phone")
    asked.add_argument("--card")
    asked.add_argument("--line", action="append", default=[], help="product=price")
    asked.add_argument("--points", type=int, default=0)
    asked.add_argument("--code", action="append", default=[])
    asked.add_argument("--currency", default="EUR")
    asked.add_argument("--store", default="")
    asked.add_argument("--order", help="of a return")
    given = asked.parse_args()
    if given.deed == "flush":
        print(f"{flush()} sent.")
    elif given.deed == "return":
        lines = [{"line": line} for line in given.line]
        call("POST", f"/checkout/orders/{given.order}/returns", {"lines": lines}, key=f"ret-{uuid.uuid4()}")
        print("Returned; points follow within seconds.")
    else:
        kind, value = ("card", given.card) if given.card else ("phone", given.phone)
        member = find(given.programme, kind, value) if value else None
        if member:
            print(f"{member['name']}: {member['tier'] or 'member'}, {member['spendable']} points")
        cart = cart_of(given.line, given.currency, given.store)
        print(sell(given.programme, member and member["customer"], cart, given.points, given.code))


if __name__ == "__main__":
    try:
        main()
    except Refused as why:
        sys.exit(f"Refused: {why}")
