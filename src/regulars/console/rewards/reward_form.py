"""Setting a reward up: one form, drafted and published in one step, or asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from regulars import access, definitions, loyalty, offers, rewards
from regulars.console.console import pages
from regulars.console.data.exports import Filled
from regulars.console.rewards.typed import (
    Reader,
    audience_of,
    audiences,
    errors_of,
    filled_only,
    free_key,
    shown_day,
    who_of,
)
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.definitions import Requested
from regulars.kernel import Finding, Invalid
from regulars.rewards import REWARD, Reward

router = pages()
WORDS = ("new", "codes", "for")  # Addresses of pages beside.
FULFILMENTS = (
    ("none", "Nothing: given at once"),
    ("picked_up", "Picked up in the shop"),
    ("shipped", "Sent to the member"),
    ("code", "A voucher code from a pool"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardForm:
    key: str  # Empty: a new one.
    title: str
    typed: Mapping[str, str]
    programmes: tuple[tuple[str, str], ...]
    pools: tuple[tuple[str, str], ...]
    audiences: tuple[tuple[str, str], ...]
    tiers: tuple[tuple[str, str], ...]
    etag: str = ""
    fulfilments: tuple[tuple[str, str], ...] = FULFILMENTS
    findings: tuple[Finding, ...] = ()
    problem: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@router.get("/loyalty/rewards/new")
def new(visit: Visiting, programme: str = "") -> Response:
    access.require(visit.actor, "definitions.draft", kind=REWARD.name)
    with visit.app.database.transaction() as tx:
        typed = {"programme": programme, "fulfilment": "none", "money": "USD"}
        return page(visit, "rewards/form.html", _form(tx, "", typed))


@router.get("/loyalty/rewards/{key}/edit")
def edit(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "definitions.draft", kind=REWARD.name)
    with visit.app.database.transaction() as tx:
        found = definitions.get(tx, REWARD, key)
        typed = typed_of(found.body, visit.app.zone) | {"etag": found.etag}
        return page(visit, "rewards/form.html", _form(tx, key, typed, found.body))


@router.post("/loyalty/rewards/new")
def make(visit: Visiting, form: Filled) -> Response:
    return _save(visit, "", dict(form))


@router.post("/loyalty/rewards/{key}/edit")
def change(visit: Visiting, key: str, form: Filled) -> Response:
    return _save(visit, key, dict(form))


def _save(visit: Visit, key: str, given: Mapping[str, str]) -> Response:
    """Draft and publish; above one's level the publishing becomes a request."""
    before: Reward | None = None
    try:
        with visit.app.database.transaction() as tx:
            before = definitions.get(tx, REWARD, key).body if key else None
            body, at = body_of(given, visit.app.zone, before), visit.app.now(tx)
            name = key or free_key(tx, REWARD, given.get("name", ""), WORDS)
            definitions.save_draft(tx, visit.actor, REWARD, name, body, at=at, etag=given.get("etag") or None)
            done = definitions.publish(tx, visit.actor, REWARD, name, at=at)
            stock = 0 if key else _first_stock(tx, visit, name, given, done)
    except Invalid as wrong:
        return _again(visit, key, given, wrong, before)
    title = given.get("name", key)
    if isinstance(done, Requested):
        said = f"“{title}” is drafted and waits for approval: {done.reason}"
        return redirect(visit, "/loyalty/rewards", said, tone="waiting")
    more = f" {stock:,} are in stock." if stock else ""
    return redirect(visit, f"/loyalty/rewards/{name}", f"“{title}” is live.{more}")


def _first_stock(tx: Tx, visit: Visit, key: str, given: Mapping[str, str], done: object) -> int:
    reader = Reader(given, visit.app.zone)
    amount = reader.whole("stock") or 0
    reader.done()
    if not amount or isinstance(done, Requested) or not given.get("counted"):
        return 0
    access.require(visit.actor, "rewards.stock", scope=loyalty.scope_of(tx, str(given.get("programme"))))
    at = visit.app.now(tx)
    after = rewards.change_stock(tx, key, amount, reason="First stock", actor=visit.actor.name, at=at)
    visit.record(tx, "rewards.stock", kind="reward", subject=key, after={"stock": after})
    return after


def _again(
    visit: Visit, key: str, given: Mapping[str, str], wrong: Invalid, before: Reward | None
) -> Response:
    with visit.app.database.transaction() as tx:
        value = _form(tx, key, given, before, wrong)
    return page(visit, "rewards/form.html", value, status=422)


def _form(
    tx: Tx,
    key: str,
    typed: Mapping[str, str],
    body: Reward | None = None,
    wrong: Invalid | None = None,
) -> RewardForm:
    programmes = [(one.key, one.name) for one in loyalty.programmes(tx) if one.live]
    return RewardForm(
        key=key,
        title=body.name if body else "New reward",
        typed=Blank(typed),
        programmes=tuple(programmes) or (("", "There is none yet"),),
        pools=(("", "None"), *((one.key, one.body.name) for one in offers.pools(tx) if not one.ended_at)),
        audiences=audiences(tx, body.who if body else None),
        tiers=(("", "Every member"), *_tiers(tx, [one for one, _ in programmes])),
        etag=typed.get("etag", ""),
        findings=wrong.findings if wrong else (),
        problem=str(wrong) if wrong and not wrong.findings else "",
        errors=errors_of(wrong) if wrong else {},
    )


class Blank(dict[str, str]):
    """A field that was not typed is empty."""

    def __missing__(self, _name: str) -> str:
        return ""


def _tiers(tx: Tx, programmes: list[str]) -> tuple[tuple[str, str], ...]:
    found = [
        (f"{one.key}/{tier.name}", f"{tier.name} and above")
        for programme in programmes
        for one in loyalty.definition(tx, programme).tier_sets
        for tier in one.tiers
    ]
    return tuple(dict(found).items())


def body_of(given: Mapping[str, str], zone: str, before: Reward | None) -> dict[str, Any]:
    """The definition a form says; raises Invalid for what cannot be read."""
    read = Reader(given, zone)
    fulfilment = read.text("fulfilment") or "none"
    body = {
        "name": read.text("name"),
        "programme": read.text("programme"),
        "points": read.whole("points") or 0,
        "description": read.text("description"),
        "image": read.text("image"),
        "fulfilment": fulfilment,
        "pool": read.text("pool") if fulfilment == "code" else "",
        "counted": read.ticked("counted"),
        "low_stock": read.whole("low_stock"),
        "valid_from": read.day("valid_from"),
        "valid_until": read.day("valid_until", last=True),
        "who": who_of(read.text("who"), before.who if before else None),
        "least_tier": read.text("least_tier"),
        "per_member": read.whole("per_member"),
        "cost": read.text("cost"),
        "money": read.text("money") if read.text("cost") else "",
        "tier_prices": _prices(read),
        "currency": before.currency if before else "",
        "hold_minutes": before.hold_minutes if before else None,
    }
    read.done()
    return {"points": 0} | filled_only(body)


def _prices(read: Reader) -> list[dict[str, Any]]:
    """A line a tier, as in club/Gold = 150."""
    found = []
    for line in read.text("tier_prices").splitlines():
        tier, sign, points = (part.strip() for part in line.partition("="))
        if not tier:
            continue
        if not sign or not points.isascii() or not points.isdigit():
            message = f"Write a line a tier, as club/Gold = 150; {line[:60]!r} was found."
            read.wrong.append(Finding(path="tier_prices", code="form.unreadable", message=message))
            continue
        found.append({"tier": tier, "points": int(points)})
    return found


def typed_of(body: Reward, zone: str) -> dict[str, str]:
    """What the form shows of a reward."""
    numbers = ("points", "low_stock", "per_member")
    texts = ("name", "programme", "description", "image", "fulfilment", "pool", "least_tier", "cost", "money")
    return {
        **{name: getattr(body, name) for name in texts},
        **{name: str(getattr(body, name) or "") for name in numbers},
        "counted": "on" if body.counted else "",
        "valid_from": shown_day(body.valid_from, zone),
        "valid_until": shown_day(body.valid_until, zone, last=True),
        "who": audience_of(body.who),
        "tier_prices": "\n".join(f"{one.tier} = {one.points}" for one in body.tier_prices),
    }
