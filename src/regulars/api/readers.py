"""The readers of the log: how far they are, what they set aside, pausing and replaying."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from regulars import log
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import Instant, Limit, Line, Out, Page, id_in_path, id_type, key_in_path
from regulars.kernel import parse_public_id, public_id
from regulars.wiring import READERS

router = resource("readers")
ReaderInPath = Annotated[str, key_in_path("the reader", "loyalty")]
EventInPath = Annotated[str, id_in_path("evt", "the event")]
ASIDE = "/readers/{reader}/set-aside/{event}"


class Reader(Out):
    name: str = Field(examples=["loyalty"])
    follows: tuple[str, ...]
    paused: bool
    lag_events: int
    lag_seconds: float
    set_aside: int
    applied: int
    failures: int = Field(description="In a row; 0 means it works.")
    last_error: str | None
    last_error_at: Instant | None
    last_applied_at: Instant | None
    events_per_second: float


class Sequencer(Out):
    events: int = Field(description="How many were ever sequenced.")
    booked_at: Instant | None
    waiting: int = Field(description="Handed in and not sequenced yet.")
    duplicates: int
    rejects: int


class Readers(Page[Reader]):
    sequencer: Sequencer


class SetAside(Out):
    reader: str
    event: Annotated[str, id_type("evt", "the event")]
    name: str
    customer: str | None
    reason: str
    attempts: int
    set_aside_at: Instant
    occurred_at: Instant


@router.get("/readers", openapi_extra=permission("readers.view"))
def list_readers(call: Calling) -> Readers:
    """Every reader, and the sequencer before them."""
    with call.enter() as entered:
        found = log.sequencer_status(entered.tx)
        rest = {n: getattr(found, n) for n in Sequencer.model_fields if n != "events"}
        return Readers(
            items=tuple(Reader.model_validate(one) for one in log.status(entered.tx)),
            sequencer=Sequencer(events=found.head, **rest),
        )


@router.get("/readers/set-aside", openapi_extra=permission("readers.view"))
def set_aside(
    call: Calling, reader: Annotated[Line | None, Query()] = None, limit: Limit = 50
) -> Page[SetAside]:
    """The events that readers could not apply, the latest first."""
    with call.enter() as entered:
        found = log.set_aside(entered.tx, reader, limit=limit)
        return Page(items=tuple(_aside(one) for one in found))


def _aside(found: log.SetAside) -> SetAside:
    rest: dict[str, Any] = {
        n: getattr(found, n) for n in SetAside.model_fields if n not in ("event", "customer")
    }
    customer = public_id("cus", found.customer_id) if found.customer_id is not None else None
    return SetAside(event=public_id("evt", found.position), customer=customer, **rest)


@router.post("/readers/{reader}/pause", openapi_extra=permission("readers.manage"), responses=documented(409))
def pause(call: Calling, reader: ReaderInPath) -> Reader:
    """Let a reader stand, and those that follow it."""
    with call.enter() as entered:
        log.pause(entered.tx, reader)
        entered.record("readers.pause", kind="reader", subject=reader)
        return _reader(entered, reader)


@router.post(
    "/readers/{reader}/resume", openapi_extra=permission("readers.manage"), responses=documented(409)
)
def resume(call: Calling, reader: ReaderInPath) -> Reader:
    """Let a paused reader go on."""
    with call.enter() as entered:
        log.resume(entered.tx, reader)
        entered.record("readers.resume", kind="reader", subject=reader)
        return _reader(entered, reader)


@router.post(f"{ASIDE}/replay", openapi_extra=permission("readers.manage"), responses=documented(409))
def replay(call: Calling, reader: ReaderInPath, event: EventInPath) -> Reader:
    """Apply a set-aside event now; it comes after events that stood behind it."""
    with call.enter() as entered:
        position = parse_public_id("evt", event)
        log.replay(entered.tx, _known(reader), position, READERS)
        entered.record("readers.replay", kind="reader", subject=reader, after={"event": event})
        return _reader(entered, reader)


@router.delete(ASIDE, openapi_extra=permission("readers.manage"), responses=documented(409))
def dismiss(call: Calling, reader: ReaderInPath, event: EventInPath) -> Reader:
    """Give a set-aside event up for this reader: it will not be applied."""
    with call.enter() as entered:
        log.dismiss(entered.tx, reader, parse_public_id("evt", event))
        entered.record("readers.dismiss", kind="reader", subject=reader, after={"event": event})
        return _reader(entered, reader)


def _known(name: str) -> log.Reader:
    for reader in READERS:
        if reader.name == name:
            return reader
    raise log.ReaderNotFound(f"There is no reader {name!r}; the readers' page lists those there are.")


def _reader(entered: Entered, name: str) -> Reader:
    for found in log.status(entered.tx):
        if found.name == name:
            return Reader.model_validate(found)
    raise log.ReaderNotFound(f"There is no reader {name!r}; the readers' page lists those there are.")
