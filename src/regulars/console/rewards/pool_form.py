"""Setting a voucher pool up: one form, drafted and published in one step, or asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from regulars import access, definitions
from regulars.console.console import pages
from regulars.console.data.exports import Filled
from regulars.console.rewards.reward_form import Blank
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
from regulars.offers import POOL, Look, VoucherPool

router = pages()
WORDS = ("new", "codes")
WORTHS = (
    ("money_off", "Money off"),
    ("percent_off", "Per cent off"),
    ("free_product", "A product for free"),
    ("gift_card", "A gift card with a balance"),
)
SPANS = (("", "No limit"), ("day", "a day"), ("week", "a week"), ("month", "a month"), ("year", "a year"))
LOOK_NAMES = ("pattern", "prefix", "suffix", "alphabet")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolForm:
    key: str
    title: str
    typed: Mapping[str, str]
    audiences: tuple[tuple[str, str], ...]
    etag: str = ""
    worths: tuple[tuple[str, str], ...] = WORTHS
    spans: tuple[tuple[str, str], ...] = SPANS
    findings: tuple[Finding, ...] = ()
    problem: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@router.get("/loyalty/vouchers/new")
def new(visit: Visiting) -> Response:
    access.require(visit.actor, "definitions.draft", kind=POOL.name)
    look = Look()
    typed = {
        "worth.kind": "money_off",
        "currency": "USD",
        "uses_per_code": "1",
        "look.pattern": look.pattern,
        "look.alphabet": look.alphabet,
        "look.check_sign": "on",
    }
    with visit.app.database.transaction() as tx:
        return page(visit, "rewards/pool_form.html", _form(tx, "", typed))


@router.get("/loyalty/vouchers/{key}/edit")
def edit(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "definitions.draft", kind=POOL.name)
    with visit.app.database.transaction() as tx:
        found = definitions.get(tx, POOL, key)
        typed = typed_of(found.body, visit.app.zone) | {"etag": found.etag}
        return page(visit, "rewards/pool_form.html", _form(tx, key, typed, found.body))


@router.post("/loyalty/vouchers/new")
def make(visit: Visiting, form: Filled) -> Response:
    return _save(visit, "", dict(form))


@router.post("/loyalty/vouchers/{key}/edit")
def change(visit: Visiting, key: str, form: Filled) -> Response:
    return _save(visit, key, dict(form))


def _save(visit: Visit, key: str, given: Mapping[str, str]) -> Response:
    before: VoucherPool | None = None
    try:
        with visit.app.database.transaction() as tx:
            before = definitions.get(tx, POOL, key).body if key else None
            body, at = body_of(given, visit.app.zone, before), visit.app.now(tx)
            name = key or free_key(tx, POOL, given.get("name", ""), WORDS)
            definitions.save_draft(tx, visit.actor, POOL, name, body, at=at, etag=given.get("etag") or None)
            done = definitions.publish(tx, visit.actor, POOL, name, at=at)
    except Invalid as wrong:
        with visit.app.database.transaction() as tx:
            value = _form(tx, key, given, before, wrong)
        return page(visit, "rewards/pool_form.html", value, status=422)
    title = given.get("name", key)
    if isinstance(done, Requested):
        said = f"“{title}” is drafted and waits for approval: {done.reason}"
        return redirect(visit, "/loyalty/vouchers", said, tone="waiting")
    return redirect(visit, f"/loyalty/vouchers/{name}", f"“{title}” is live.")


def _form(
    tx: Tx,
    key: str,
    typed: Mapping[str, str],
    body: VoucherPool | None = None,
    wrong: Invalid | None = None,
) -> PoolForm:
    return PoolForm(
        key=key,
        title=body.name if body else "New voucher pool",
        typed=Blank(typed),
        audiences=audiences(tx, body.who if body else None),
        etag=typed.get("etag", ""),
        findings=wrong.findings if wrong else (),
        problem=str(wrong) if wrong and not wrong.findings else "",
        errors=errors_of(wrong) if wrong else {},
    )


def body_of(given: Mapping[str, str], zone: str, before: VoucherPool | None) -> dict[str, Any]:
    """The definition a form says; raises Invalid for what cannot be read."""
    read = Reader(given, zone)
    kind = read.text("worth.kind") or "money_off"
    look = {name: read.text(f"look.{name}") for name in LOOK_NAMES}
    span, most = read.text("cap.per"), read.whole("caps")
    body = {
        "name": read.text("name"),
        "worth": {"kind": kind, **_worth(read, kind)},
        "currency": read.text("currency"),
        "own_codes": read.ticked("own_codes"),
        "valid_from": read.day("valid_from"),
        "valid_until": read.day("valid_until", last=True),
        "valid_days": read.whole("valid_days"),
        "uses_per_customer": read.whole("uses_per_customer"),
        "uses": read.whole("uses"),
        "caps": [{"uses": most or 0, "per": span}] if span else [],
        "budget": read.text("budget"),
        "least_order": read.text("least_order"),
        "who": who_of(read.text("who"), before.who if before else None),
        "stores": _listed(read.text("stores")),
        "channels": _listed(read.text("channels")),
        "reserve_minutes": before.reserve_minutes if before else None,
        "low_codes": read.whole("low_codes"),
    }
    uses = None if kind == "gift_card" else read.whole("uses_per_code")
    checked = read.ticked("look.check_sign")
    read.done()
    return filled_only(body) | {
        "look": filled_only(look) | {"check_sign": checked},
        "uses_per_code": uses,
    }


def _worth(read: Reader, kind: str) -> dict[str, str]:
    names = {
        "money_off": ("amount",),
        "gift_card": ("amount",),
        "percent_off": ("percent", "most"),
        "free_product": ("product",),
    }.get(kind, ())
    return {name: read.text(f"worth.{name}") for name in names if read.text(f"worth.{name}")}


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def typed_of(body: VoucherPool, zone: str) -> dict[str, str]:
    """What the form shows of a pool."""
    numbers = ("valid_days", "uses_per_code", "uses_per_customer", "uses", "low_codes")
    cap = body.caps[0] if body.caps else None
    return {
        "name": body.name,
        "currency": body.currency,
        "worth.kind": body.worth.kind,
        **{f"worth.{name}": getattr(body.worth, name) for name in ("amount", "percent", "most", "product")},
        **{f"look.{name}": getattr(body.look, name) for name in LOOK_NAMES},
        "look.check_sign": "on" if body.look.check_sign else "",
        "own_codes": "on" if body.own_codes else "",
        **{name: str(getattr(body, name) or "") for name in numbers},
        "budget": body.budget,
        "least_order": body.least_order,
        "caps": str(cap.uses) if cap else "",
        "cap.per": cap.per if cap else "",
        "stores": ", ".join(body.stores),
        "channels": ", ".join(body.channels),
        "valid_from": shown_day(body.valid_from, zone),
        "valid_until": shown_day(body.valid_until, zone, last=True),
        "who": audience_of(body.who),
    }
