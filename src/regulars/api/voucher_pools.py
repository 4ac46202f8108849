"""Voucher pools: their figures, codes made and uploaded, what is owed on gift cards."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from regulars import access, jobs, offers
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.customers import customer_of
from regulars.api.jobs import Job
from regulars.api.jobs import shown as job_shown
from regulars.api.problems import documented
from regulars.api.shapes import (
    Cursor,
    CustomerId,
    In,
    Instant,
    Limit,
    Line,
    Money,
    Out,
    Page,
    Text,
    id_type,
    key_in_path,
    money,
)
from regulars.api.write_ids import IdempotencyKey, WriteId, chosen_key
from regulars.kernel import public_id

router = resource("vouchers")
PoolInPath = Annotated[str, key_in_path("the voucher pool", "five-off")]
CODES_PER_UPLOAD = 10_000


class Pool(Out):
    key: str = Field(examples=["five-off"])
    name: str = Field(examples=["5 off"])
    sentence: str = Field(examples=["Each code is 5.00 USD off, with codes like ####-####-####; used once."])
    version: int
    live: bool = Field(description="False: it ended; no code of it is handed out.")
    free: int = Field(description="Codes made and not handed out yet.")
    issued: int
    expired: int
    cancelled: int
    uses: int = Field(description="That were not given back.")
    given: Money = Field(description="What the codes were worth, less what was given back.")
    owed: Money | None = Field(description="Still on gift cards; null for other codes.")
    last_used_at: Instant | None


class Voucher(Out):
    id: Annotated[str, id_type("vch", "a voucher code")]
    code: str | None = Field(
        description="As it is printed; null for who may not see codes.", examples=["7K2M-9PQR-4XYZ"]
    )
    ending: str = Field(description="Its last four signs.", examples=["4XYZ"])
    pool: str = Field(examples=["five-off"])
    worth: str = Field(examples=["5.00 USD off"])
    state: str = Field(description="free, issued, cancelled or expired.", examples=["issued"])
    customer: CustomerId | None = Field(description="Whom it was handed out to.")
    issued_at: Instant | None
    starts_at: Instant | None
    expires_at: Instant | None = Field(description="The first instant at which it cannot be used any more.")
    used: int
    uses_most: int | None = Field(description="Null: as often as the pool allows.")
    reserved: int
    balance: Money | None = Field(description="Of a gift card: what is left.")


class Generating(In):
    count: int = Field(ge=1, le=offers.COUNT_MAX, examples=[500])
    printed: bool = Field(
        default=False,
        description="True: they can be used at once by whoever shows them; else they wait to be handed out.",
    )
    id: WriteId = None


class Uploading(In):
    codes: list[Text] = Field(
        min_length=1, max_length=CODES_PER_UPLOAD, examples=[["SPRING-2025-AA", "SPRING-2025-AB"]]
    )
    printed: bool = False


class Uploaded(Out):
    added: int
    repeated: int = Field(description="There already, in whatever pool: codes are unique for ever.")
    weak: int = Field(description="Of those added: shorter than ten signs, so that they can be guessed.")


class Issuing(In):
    customer: CustomerId | None = Field(default=None, description="Null: whoever shows it.")
    id: WriteId = None


class Liability(Out):
    """Of the gift cards of a pool: owed = loaded - paid + refunded - expired - cancelled."""

    pool: str = Field(examples=["gift-card"])
    loaded: Money
    paid: Money
    refunded: Money
    expired: Money
    cancelled: Money
    owed: Money


def voucher(entered: Entered, found: offers.Code, *, listed: bool = False) -> Voucher:
    """A code as the caller may see it; a till's key sees the one that it asks for, and no list of them."""
    balance, owner = found.balance_minor, found.customer_id
    return Voucher(
        id=found.public_id,
        code=found.code if not (listed and entered.lists_as_till) and _sees(entered, found.pool) else None,
        ending=found.ending,
        pool=found.pool,
        worth=found.worth,
        state=found.state,
        customer=public_id("cus", owner) if owner is not None else None,
        issued_at=found.issued_at,
        starts_at=found.starts_at,
        expires_at=found.expires_at,
        used=found.used,
        uses_most=found.uses_most,
        reserved=found.reserved,
        balance=money(balance, found.currency) if balance is not None else None,
    )


def _sees(entered: Entered, pool: str) -> bool:
    scope = offers.scope_of(entered.tx, pool)
    return access.allows(entered.actor, "vouchers.view_codes", scope=scope).outcome == "yes"


def check_pool(entered: Entered, action: str, pool: str) -> None:
    """Whether who asks may do so with the codes of this pool."""
    access.require(entered.actor, action, scope=offers.scope_of(entered.tx, pool))


def _pool(found: offers.Pool, did: offers.Figures) -> Pool:
    body = found.body
    return Pool(
        key=found.key,
        name=body.name,
        sentence=offers.sentence(body),
        version=found.version,
        live=found.ended_at is None,
        free=did.free,
        issued=did.issued,
        expired=did.expired,
        cancelled=did.cancelled,
        uses=did.uses,
        given=money(did.given_minor, body.currency),
        owed=money(did.owed_minor, body.currency) if body.is_card else None,
        last_used_at=did.last_used_at,
    )


@router.get("/voucher-pools", openapi_extra=permission("rewards.view"))
def list_pools(call: Calling) -> Page[Pool]:
    """Every pool that was published, those that ended last."""
    with call.enter() as entered:
        found = offers.pools(entered.tx)
        did = offers.figures(entered.tx, [one.id for one in found])
        return Page(items=tuple(_pool(one, did[one.id]) for one in found))


@router.get("/voucher-pools/{pool}", openapi_extra=permission("rewards.view"))
def get_pool(call: Calling, pool: PoolInPath) -> Pool:
    """A pool with its figures."""
    with call.enter() as entered:
        found = offers.pool(entered.tx, pool)
        return _pool(found, offers.figures(entered.tx, [found.id])[found.id])


@router.get("/gift-card-liability", openapi_extra=permission("rewards.view"))
def liability(
    call: Calling,
    as_of: Annotated[Instant | None, Query(description="As booked by then; else by now.")] = None,
) -> Page[Liability]:
    """What is owed on gift cards, by pool, and how it came about."""
    with call.enter() as entered:
        found = offers.liability(entered.tx, as_of or entered.at)
        return Page(items=tuple(_liability(one) for one in found))


def _liability(one: offers.Liability) -> Liability:
    names = ("loaded", "paid", "refunded", "expired", "cancelled", "owed")
    return Liability(
        pool=one.pool, **{name: money(getattr(one, f"{name}_minor"), one.currency) for name in names}
    )


@router.get("/voucher-pools/{pool}/codes", openapi_extra=permission("rewards.view"))
def list_codes(
    call: Calling,
    pool: PoolInPath,
    state: Annotated[Line | None, Query(description="free, issued, cancelled or expired.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Voucher]:
    """The codes of a pool, the newest first."""
    with call.enter() as entered:
        offers.pool(entered.tx, pool)
        page = offers.codes(entered.tx, pool=pool, state=state, cursor=cursor, limit=limit)
        return Page(items=tuple(voucher(entered, one, listed=True) for one in page.items), next=page.next)


@router.post(
    "/voucher-pools/{pool}/codes",
    status_code=202,
    openapi_extra=permission("vouchers.make", by="room"),
    responses=documented(409),
)
def generate_codes(
    call: Calling,
    pool: PoolInPath,
    body: Generating,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Job:
    """Make codes, by a job that says how far it is; the same id makes them once."""
    key = f"generate:{pool}:{chosen_key(idempotency_key, body.id)}"[:200]
    with call.enter() as entered:
        check_pool(entered, "vouchers.make", pool)
        job_id = ask_for_codes(entered, pool, body.count, printed=body.printed, key=key)
        job = job_shown(jobs.get(entered.tx, job_id))
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return job


def ask_for_codes(entered: Entered, pool: str, count: int, *, printed: bool, key: str) -> int:
    offers.pool(entered.tx, pool)
    args = {
        "pool": pool,
        "count": count,
        "printed": printed,
        "key": key,
        "at": entered.at.isoformat(),
        "actor": entered.actor.name,
    }
    job_id = jobs.defer(entered.tx, offers.MAKE, args, requested_by=entered.actor.name, key=key)
    after = {"count": count, "printed": printed}
    entered.record("vouchers.make", kind="voucher-pool", subject=pool, after=after)
    return job_id


@router.post(
    "/voucher-pools/{pool}/uploads",
    openapi_extra=permission("vouchers.make", by="room"),
    responses=documented(409),
)
def upload_codes(call: Calling, pool: PoolInPath, body: Uploading) -> Uploaded:
    """Take codes of your own, at most 10,000 a call; what is there already is passed over."""
    with call.enter() as entered:
        check_pool(entered, "vouchers.make", pool)
        done = offers.upload(
            entered.tx, pool, body.codes, at=entered.at, printed=body.printed, actor=entered.actor.name
        )
        entered.record("vouchers.upload", kind="voucher-pool", subject=pool, after={"added": done.added})
        return Uploaded.model_validate(done)


@router.post(
    "/voucher-pools/{pool}/issues",
    status_code=201,
    openapi_extra=permission("vouchers.issue", by="room"),
    responses=documented(409),
)
def issue_code(
    call: Calling, pool: PoolInPath, body: Issuing, idempotency_key: IdempotencyKey = None
) -> Voucher:
    """Hand out a code, to a customer or to whoever shows it; the same id gives the same code."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        check_pool(entered, "vouchers.issue", pool)
        whose = customer_of(entered, body.customer).customer_id if body.customer else None
        found = offers.issue(entered.tx, pool, whose, key=key, at=entered.at, actor=entered.actor.name)
        entered.record("vouchers.issue", kind="voucher", subject=found.public_id)
        return voucher(entered, found)
