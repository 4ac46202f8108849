"""The parts of the area Privacy, as tabs of its pages."""

from regulars.console.parts import Tab

PLACES = (
    ("Requests", "/privacy"),
    ("Copies", "/privacy/copies"),
    ("Retention", "/privacy/retention"),
    ("Record of processing", "/privacy/record"),
)


def tabs(here: str) -> tuple[Tab, ...]:
    return tuple(Tab(title=title, href=href, active=href == here) for title, href in PLACES)
