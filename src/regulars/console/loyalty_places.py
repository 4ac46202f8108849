"""The places of the area Loyalty; a page names its own, and a new place gets a line here."""

from regulars.console.parts import Tab

PLACES = (
    ("programmes", "Programmes", "/loyalty"),
    ("members", "Members", "/loyalty/members"),
    ("rewards", "Rewards", "/loyalty/rewards"),
    ("vouchers", "Vouchers", "/loyalty/vouchers"),
    ("redemptions", "Redemptions", "/loyalty/redemptions"),
    ("metrics", "Metrics", "/loyalty/metrics"),
)


def loyalty_places(active: str) -> tuple[Tab, ...]:
    return tuple(Tab(title=title, href=href, active=key == active) for key, title, href in PLACES)
