"""The places of the area Loyalty; a page names its own, and a new place gets a line here."""

from regulars import loyalty
from regulars.console.parts import Tab
from regulars.db import Tx

PLACES = (
    ("programmes", "Programmes", "/loyalty"),
    ("members", "Members", "/loyalty/members"),
    ("rewards", "Rewards", "/loyalty/rewards"),
    ("vouchers", "Vouchers", "/loyalty/vouchers"),
    ("redemptions", "Redemptions", "/loyalty/redemptions"),
    ("reviews", "Reviews", "/loyalty/reviews"),
    ("metrics", "Metrics", "/loyalty/metrics"),
)


def loyalty_places(active: str, tx: Tx) -> tuple[Tab, ...]:
    waiting = {"reviews": loyalty.open_reviews(tx) or None}
    return tuple(
        Tab(title=title, href=href, active=key == active, count=waiting.get(key))
        for key, title, href in PLACES
    )
