"""The places of the area Loyalty; a page names its own, and a new place gets a line here."""

from regulars.console.parts import Tab

PLACES = (
    ("programmes", "Programmes", "/loyalty"),
    ("members", "Members", "/loyalty/members"),
)


def loyalty_places(active: str) -> tuple[Tab, ...]:
    return tuple(Tab(title=title, href=href, active=key == active) for key, title, href in PLACES)
