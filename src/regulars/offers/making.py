"""Codes made in sets: drawn by the hundred thousand, or uploaded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from regulars.db import Database, Tx, run, values
from regulars.jobs import Progress
from regulars.kernel import Fault, Finding, Invalid
from regulars.offers.cards import load
from regulars.offers.keys import claim, settle
from regulars.offers.model import VoucherPool
from regulars.offers.pool_record import Pool, open_pool
from regulars.offers.signs import RANDOM_LEAST, bare, drawn, shape
from regulars.offers.statements import SQL

MAKE = "offers.make"  # A job: {"pool", "count", "printed", "key", "at", "actor"}.
BATCH = 20_000
COUNT_MAX = 10_000_000
AT_ONCE_MAX = 1_000  # More are made by a job.
UPLOAD_MAX = 50_000
CODE_SIGNS_MAX = 60
CODE_SIGNS_LEAST = 4
ROUNDS_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    added: int
    repeated: int  # There already, here or in another pool; codes are unique for ever.
    weak: int  # Of those added: shorter than ten signs, so that they can be guessed.


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    starts_at: datetime | None
    expires_at: datetime | None


def validity(body: VoucherPool, issued_at: datetime) -> Validity:
    """When a code handed out at an instant can be used."""
    ends = [body.valid_until] if body.valid_until else []
    if body.valid_days is not None:
        ends.append(issued_at + timedelta(days=body.valid_days))
    return Validity(starts_at=body.valid_from, expires_at=min(ends, default=None))


def generate(
    tx: Tx,
    pool_key: str,
    count: int,
    *,
    key: str,
    at: datetime,
    printed: bool = False,
    actor: str | None = None,
    say: Callable[[int], None] = lambda _: None,
) -> int:
    """Make so many new codes, all or none; the same key makes them once.

    Printed ones are handed out to nobody in particular and can be used at once; the others wait in the pool.
    """
    checked_count(count)
    before = claim(tx, key, {"deed": "generate", "pool": pool_key, "count": count, "printed": printed}, None)
    if before is not None:
        return int(before["made"])
    pool = open_pool(tx, pool_key)
    if pool.body.own_codes:
        message = f"The pool {pool_key} takes codes of your own: upload them."
        raise Invalid(message, [Finding(path="pool", code="offers.own_codes", message=message)])
    made = 0
    while made < count:
        made += len(mint(tx, pool, min(BATCH, count - made), at=at, printed=printed, actor=actor))
        say(made)
    settle(tx, key, {"made": made})
    return made


def mint(
    tx: Tx, pool: Pool, count: int, *, at: datetime, printed: bool, actor: str | None = None
) -> list[int]:
    """So many codes that nobody had before; those that are there already are drawn again."""
    keep_shape(tx, pool)
    found: list[int] = []
    for _ in range(ROUNDS_MAX):
        found += put(tx, pool, drawn(pool.body.look, count - len(found)), at=at, printed=printed, actor=actor)
        if len(found) == count:
            return found
    raise Fault(f"The pool {pool.key} has hardly any codes left to draw; give it a longer pattern.")


def put(
    tx: Tx, pool: Pool, written: Sequence[str], *, at: datetime, printed: bool, actor: str | None
) -> list[int]:
    body, dates = pool.body, validity(pool.body, at)
    found = values(
        tx,
        SQL.make,
        pool_id=pool.id,
        version=pool.version,
        codes=list(written),
        bares=[bare(one) for one in written],
        state="issued" if printed else "free",
        at=at,
        issued_at=at if printed else None,
        starts_at=dates.starts_at if printed else None,
        expires_at=dates.expires_at if printed else None,
        uses_most=body.most_uses,
        loaded=body.loaded_minor if printed else None,
    )
    if printed and body.is_card:
        load(tx, found, body.loaded_minor or 0, at=at, actor=actor)
    return found


def upload(
    tx: Tx,
    pool_key: str,
    written: Sequence[str],
    *,
    at: datetime,
    printed: bool = False,
    actor: str | None = None,
) -> Uploaded:
    """Take codes of the company's own; again, nothing is added. Raises Invalid with each that is none."""
    pool = open_pool(tx, pool_key)
    if not pool.body.own_codes:
        message = f"The pool {pool_key} draws its codes: generate them, or set “own_codes” in another pool."
        raise Invalid(message, [Finding(path="pool", code="offers.own_codes", message=message)])
    refuse_unfit(written)
    run(tx, SQL.keep_shape, pool_id=pool.id, prefix="", suffix="", alphabet="", signs=0, checked=False)
    single = {bare(one): one.strip() for one in reversed(written)}  # Of two alike, the first.
    added = put(tx, pool, list(single.values()), at=at, printed=printed, actor=actor)
    weak = sum(len(one) < RANDOM_LEAST for one in single) if pool.body.uses_per_code is not None else 0
    return Uploaded(added=len(added), repeated=len(written) - len(added), weak=min(weak, len(added)))


def refuse_unfit(written: Sequence[str]) -> None:
    if not 0 < len(written) <= UPLOAD_MAX:
        message = f"Between 1 and {UPLOAD_MAX:,} codes at once; found {len(written):,}."
        raise Invalid(message, [Finding(path="codes", code="range", message=message)])
    wrong = [
        Finding(path=f"codes[{at}]", code="offers.unfit", message=f"{one[:40]!r} is no code: {UNFIT}")
        for at, one in enumerate(written)
        if not fit(one)
    ]
    if wrong:
        raise Invalid(f"{len(wrong):,} of them are no codes. {wrong[0].message}", wrong[:100])


UNFIT = f"{CODE_SIGNS_LEAST} to {CODE_SIGNS_MAX} plain letters and digits, dashes or dots between."


def fit(written: str) -> bool:
    signs = bare(written)
    return (
        len(signs) >= CODE_SIGNS_LEAST
        and len(written.strip()) <= CODE_SIGNS_MAX
        and signs.isascii()
        and signs.isalnum()
    )


def keep_shape(tx: Tx, pool: Pool) -> None:
    look = shape(pool.body.look)
    run(
        tx,
        SQL.keep_shape,
        pool_id=pool.id,
        prefix=look.prefix,
        suffix=look.suffix,
        alphabet=look.alphabet,
        signs=look.signs,
        checked=look.checked,
    )


def checked_count(count: int) -> None:
    if not 1 <= count <= COUNT_MAX:
        message = f"Between 1 and {COUNT_MAX:,} codes; found {count:,}."
        raise Invalid(message, [Finding(path="count", code="range", message=message)])


def make_job(database: Database, args: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """All in one transaction: a job that is taken up again begins anew, and makes them once."""
    count = int(args["count"])
    progress.update(0, count, f"Making codes for {args['pool']}", "code")
    with database.transaction() as tx:
        made = generate(
            tx,
            args["pool"],
            count,
            key=args["key"],
            at=datetime.fromisoformat(args["at"]),
            printed=bool(args["printed"]),
            actor=args["actor"],
            say=lambda done: progress.update(done, count),
        )
    return {"made": made}
