"""The tabs of deliverability."""

from regulars.console.parts import Tab, Tone

PLACES = (
    ("Sending domains", "/deliverability"),
    ("What came back", "/deliverability/bounces"),
    ("Suppressed addresses", "/deliverability/suppressed"),
    ("Mailboxes and webhooks", "/deliverability/mailboxes"),
)
STATES: dict[str, tuple[str, Tone]] = {
    "ok": ("Right", "good"),
    "missing": ("Missing", "waiting"),
    "wrong": ("Wrong", "bad"),
    "unasked": ("Cannot be asked", "quiet"),
}


def tabs(here: str) -> tuple[Tab, ...]:
    return tuple(Tab(title=title, href=href, active=href == here) for title, href in PLACES)
