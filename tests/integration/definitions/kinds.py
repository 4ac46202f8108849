"""Two small real kinds: a shelf of rewards, and an offer that takes its reward from a shelf."""

from datetime import UTC, datetime

import msgspec

from regulars.access import Actor
from regulars.definitions import Definition, Kind, Preview, Ref
from regulars.kernel import Finding, Money

AT = datetime(2025, 6, 1, 12, tzinfo=UTC)


class Shelf(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: str
    rewards: dict[str, int] = {}
    note: str = ""


class Offer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: str
    shelf: str
    reward: str
    budget: int = 0


SHELF = Kind(
    name="shelf",
    title="Shelf",
    plural="Shelves",
    body=Shelf,
    sentence=lambda body: f"{len(body.rewards)} rewards.",
)


def check_offer(body: Offer, lookup) -> list[Finding]:
    shelf = lookup.live(SHELF, body.shelf)
    if shelf is None or body.reward in shelf.rewards:
        return []
    return [Finding(path="reward", code="offer.reward", message=f"The shelf has no {body.reward!r}.")]


def preview_offer(tx, definition: Definition[Offer], at: datetime) -> Preview:
    cost = Money(definition.body.budget, "USD")
    return Preview(
        headline=f"Everybody may take {definition.body.reward}.",
        facts=(("Cost at most", cost.format()),),
        warnings=("It cannot be taken back.",),
        reversible=False,
        cost=cost,
    )


def launch_offer(tx, definition: Definition[Offer], actor: Actor, at: datetime) -> str:
    tx.execute("create table if not exists public.launched (key text, version integer)")
    tx.execute("insert into public.launched values (%s, %s)", [definition.key, definition.version])
    return f"{definition.title} is on offer."


OFFER = Kind(
    name="offer",
    title="Offer",
    plural="Offers",
    body=Offer,
    sentence=lambda body: f"{body.reward} from {body.shelf}.",
    validate=check_offer,
    uses=lambda body: [Ref(kind="shelf", key=body.shelf, path="shelf")],
    preview=preview_offer,
    launch=launch_offer,
)
