"""Rendering one letter, beside python-liquid alone on the same compiled source.

Both say subject, preheader, text and HTML; the library has neither limits nor guarded addresses. What is
measured is the processor's time of one process.
"""

import json
import sys
from time import process_time
from typing import Any

from liquid import Environment

from regulars import templates
from regulars.templates.preparing import sources

TIMES = {"small": 300, "medium": 1_000, "full": 5_000}
ROUNDS = 5
PERSON: dict[str, Any] = {
    "customer": {"id": 7, "first_name": "Ann", "name": "Ann Lee", "email": "ann@customer.example"},
    "points": 240,
    "tier": "Gold",
    "traits": {"town": "Springfield"},
    "unsubscribe_url": "https://us.example/u/abcdefgh",
    "preferences_url": "https://us.example/p/abcdefgh",
    "member_url": "https://us.example/m/abcdefgh",
    "view_url": "https://us.example/v/abcdefgh",
    "last_order": {
        "id": "1",
        "order_id": "A-1042",
        "date": "2026-11-20",
        "total": "12.47 USD",
        "products": [{"name": f"Product {number}", "quantity": 1, "paid": "1.99 USD"} for number in range(4)],
    },
}


def figures(size: str) -> dict[str, Any]:
    """Messages a second of ours and of the library alone, best of five rounds each, and their ratio."""
    made: dict[str, Any] = {}
    for key in ("welcome", "order-confirmation"):
        body, shelf = templates.TEMPLATES[key], templates.Shelf(brand=templates.BRAND_START)
        ready = templates.Prepared(body, shelf)
        plain = _plain(sources(body, shelf))
        variables = {**PERSON, "brand": shelf.said_of_brand()}
        ours = _rate(lambda ready=ready: ready.render(PERSON), TIMES[size])
        theirs = _rate(
            lambda plain=plain, given=variables: [one.render(**given) for one in plain], TIMES[size]
        )
        name = key.partition("-")[0]
        made |= {f"{name}_per_s": ours, f"{name}_library_per_s": theirs, f"{name}_ratio": ours / theirs}
    return made


def _plain(parts: dict[str, str]) -> list[Any]:
    html, text = Environment(autoescape=True), Environment()
    for env in (html, text):
        for name in ("css_text", "web_address"):
            env.add_filter(name, lambda value: value)
    return [(html if part == "html" else text).from_string(source) for part, source in parts.items()]


def _rate(once: Any, times: int) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = process_time()
        for _ in range(times):
            once()
        best = min(best, process_time() - began)
    return times / best


if __name__ == "__main__":
    print(json.dumps(figures(sys.argv[1] if len(sys.argv) > 1 else "small")))
