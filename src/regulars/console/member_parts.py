"""Parts of a member's page: their currencies and what is held."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from regulars import loyalty
from regulars.console.loyalty_figures import amount
from regulars.console.parts import Tab, Tone
from regulars.db import Tx
from regulars.kernel import Money
from regulars.loyalty import Currency, Programme, TierPlace

HOLDS_SHOWN = 10
STATES: dict[str, tuple[str, Tone]] = {
    "open": ("Held", "waiting"),
    "captured": ("Spent", "good"),
    "voided": ("Given back", "quiet"),
    "expired": ("Ran out of time", "quiet"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    public: str
    amount: str
    state: str
    tone: Tone
    placed_at: datetime
    ends_at: datetime  # When it runs out, or ended.
    is_open: bool
    about: str


def currency_tabs(body: Programme, shown: Currency, here: str) -> tuple[Tab, ...]:
    """One for each currency, where there are several."""
    if len(body.currencies) < 2:  # noqa: PLR2004 - one needs no choice
        return ()
    return tuple(
        Tab(
            title=one.name.capitalize(),
            href=f"{here}?{urlencode({'currency': one.code})}",
            active=one == shown,
        )
        for one in body.currencies
    )


def rule_sentences(body: Programme) -> dict[str, str]:
    """By rule, what it says; the first sentences of a programme are its rules'."""
    keys = [rule.key for rule in body.earning]
    return dict(zip(keys, loyalty.sentences(body)[: len(keys)], strict=True))


def missing(place: TierPlace, body: Programme) -> str:
    """As in "120 points more lift to Gold."; empty on the highest tier."""
    if place.next_name is None:
        return ""
    found = next((one for one in body.tier_sets if one.key == place.tier_set), None)
    if found is None or place.counts == "invitation":
        return ""
    if place.counts == "spend":
        more = f"{Money(place.to_next, found.money).format()} more"
    elif place.counts in ("orders", "events"):
        more = f"{place.to_next:,} more"
    else:
        coin = body.currency(found.currency) or body.currencies[0]
        more = f"{amount(place.to_next, coin)} {coin.name} more"
    return f"{more} and the next order lifts to {place.next_name}."


def hold_rows(tx: Tx, customer_id: int, key: str, body: Programme, coin: Currency) -> Iterator[HoldRow]:
    """The open ones and the latest of the others, the newest first."""
    for hold in loyalty.holds_of(tx, customer_id, programme=key)[:HOLDS_SHOWN]:
        if hold.currency != coin.code:
            continue
        word, tone = STATES.get(hold.state, (hold.state, "quiet"))
        held = hold.captured if hold.state == "captured" else hold.amount
        about = [f"for order {hold.order_key}" if hold.order_key else "", hold.reason or ""]
        yield HoldRow(
            public=hold.public,
            amount=amount(held, body.currency(hold.currency) or coin),
            state=word,
            tone=tone,
            placed_at=hold.placed_at,
            ends_at=hold.resolved_at or hold.expires_at,
            is_open=hold.state == "open",
            about=", ".join(part for part in about if part),
        )
