"""The parts of the area Data, as tabs of its pages."""

from regulars.console.parts import Tab

PLACES = (
    ("What comes in", "/data"),
    ("Live", "/data/live"),
    ("Rejects", "/data/rejects"),
    ("Tracking plan", "/data/plan"),
    ("Connections", "/data/connections"),
    ("File drops", "/data/drops"),
    ("Webhooks", "/data/webhooks"),
    ("Imports", "/data/imports"),
    ("Exports", "/data/exports"),
    ("Forms", "/data/forms"),
    ("Preference centre", "/data/preferences"),
    ("Orders", "/data/orders"),
    ("Catalogue", "/data/catalogue"),
    ("Stores", "/data/stores"),
    ("Reconciliation", "/data/reconciliation"),
    ("Lake", "/data/lake"),
)


def tabs(here: str, *, rejects: int | None = None) -> tuple[Tab, ...]:
    return tuple(
        Tab(title=title, href=href, active=href == here, count=rejects if href == "/data/rejects" else None)
        for title, href in PLACES
    )
