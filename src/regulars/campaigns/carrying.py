"""Which channels a campaign or a single message can go by, and what a message by them costs."""

from dataclasses import dataclass
from decimal import Decimal

from regulars.channels import CHANNEL, CHANNELS
from regulars.db import Tx
from regulars.definitions import Lookup, all_live

RECORDING = "recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrying:
    """One channel that is there to be chosen."""

    key: str
    title: str
    medium: str
    price: Decimal | None = None  # Of one message, in the currency of the provider; None: not declared.


def channels(tx: Tx) -> list[Carrying]:
    """All that can be chosen, the built-in one first."""
    built_in = [
        Carrying(key=key, title="Recording (sends nothing)", medium=one.medium)
        for key, one in CHANNELS.items()
    ]
    return built_in + [
        Carrying(
            key=one.key,
            title=one.body.title,
            medium=one.body.medium,
            price=_price(one.body.providers[0].price),
        )
        for one in all_live(tx, CHANNEL)
    ]


def _price(declared: str) -> Decimal | None:
    return Decimal(declared) if declared else None


def channel_named(tx: Tx, key: str) -> Carrying | None:
    return next((one for one in channels(tx) if one.key == key), None)


def carries(key: str, lookup: Lookup) -> bool:
    """Whether a channel of this key is there, also one that goes live together with what names it."""
    return key in CHANNELS or lookup.live(CHANNEL, key) is not None


def channel_for(tx: Tx, medium: str, asked: str | None) -> tuple[str | None, str]:
    """The channel that carries this medium: the one asked for, else the only one; or why there is none."""
    fit = [one.key for one in channels(tx) if one.medium == medium or one.key == RECORDING]
    real = [key for key in fit if key != RECORDING]
    if asked is not None:
        if asked in fit:
            return asked, ""
        return None, f"No live channel {asked[:80]!r} carries {medium}; there are: {', '.join(fit)}."
    if len(real) > 1:
        return None, f"Several channels carry {medium}: name one of {', '.join(real)}."
    return (real or fit)[0], ""
