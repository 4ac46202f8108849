"""The places of the area: segments, approaches, lists."""

from regulars.console.parts import Tab

PLACES = (
    ("segments", "Segments", "/segments"),
    ("approaches", "Approaches", "/segments/approaches"),
    ("lists", "Lists", "/segments?show=lists"),
)


def places(active: str) -> tuple[Tab, ...]:
    return tuple(Tab(title=title, href=href, active=key == active) for key, title, href in PLACES)
