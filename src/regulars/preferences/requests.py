"""Links that somebody asks for by mail: the same answer whoever asks, sent through the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from regulars import customers, definitions
from regulars.access import SYSTEM
from regulars.db import Database, Tx, one, rows, run
from regulars.kernel import TooMany
from regulars.messaging import (
    Letter,
    Letters,
    Recipient,
    Sender,
    Source,
    SourceName,
    enqueue,
    normalised,
    open_source,
)
from regulars.messaging import carry_on as move
from regulars.preferences.centre import centre_of
from regulars.preferences.holder import Holder, having
from regulars.preferences.links import key, letter
from regulars.preferences.ready_made import LINK_TEMPLATES, MEMBER_LINK_TEMPLATES
from regulars.preferences.statements import SQL
from regulars.preferences.tokens import Use
from regulars.preferences.words import chosen
from regulars.templates import TEMPLATE

Leads = Literal["preferences", "member"]
TEMPLATES = {"preferences": LINK_TEMPLATES, "member": MEMBER_LINK_TEMPLATES}
NAMES = {"preferences": "link", "member": "member-link"}  # Of the sources in the ledger.
COUNTED_FOR = timedelta(minutes=15)
FROM_ORIGIN_MAX = 30
FOR_ADDRESS_MAX = 5
MAILED_WITHIN = timedelta(days=1)  # What could not be mailed by then is not waited for any more.
KEPT_FOR = timedelta(days=30)
BATCH = 200


class TooManyLinks(TooMany):
    code: ClassVar[str] = "preferences.too_many_links"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    from_origin: int
    for_address: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    request_id: int
    atom_id: int
    address_hash: bytes
    language: str
    page: Leads


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """By which page a link was asked for, and from where."""

    nonce: str
    origin: str
    language: str
    now: datetime  # By the wall clock.
    page: Leads = "preferences"  # Where the link leads to.


def ask_by_address(tx: Tx, address: str, asked: Asked) -> None:
    """Have a link mailed to whoever has this address; for nobody's, the same happens and nothing leaves.

    Raises TooManyLinks.
    """
    people = having(tx, address)
    _ask(tx, people[0].customer_id if people else None, address, asked)


def ask_by_link(tx: Tx, holder: Holder, asked: Asked) -> None:
    """Have a link mailed to the address of whoever this link is of; raises TooManyLinks."""
    address = holder.customer.email
    _ask(tx, holder.customer.customer_id if address else None, address or holder.customer.id, asked)


def send_link(tx: Tx, customer_id: int, *, nonce: str, now: datetime) -> None:
    """Mail a customer a link by ourselves, once for each nonce, such as when what they asked for is ready."""
    person = customers.get(tx, customer_id)
    if person.email is None:
        return
    sealing = key(tx)
    own = str(person.traits.get("locale") or "")
    run(
        tx,
        SQL.ask_link,
        nonce=nonce,
        atom_id=person.customer_id,
        address_hash=sealing.digest("asked", normalised(person.email)),
        origin_hash=sealing.digest("origin", "ours"),
        language=chosen(list(LINK_TEMPLATES), [own], centre_of(tx).body.language),
        page="preferences",
        now=now,
    )


def _ask(tx: Tx, atom_id: int | None, address: str, asked: Asked) -> None:
    sealing = key(tx)
    marks = {
        "address_hash": sealing.digest("asked", normalised(address)),
        "origin_hash": sealing.digest("origin", asked.origin),
    }
    run(tx, SQL.asking_alone, **marks)
    lately = one(tx, SQL.asked_lately, Lately, **marks, since=asked.now - COUNTED_FOR)
    if lately.from_origin >= FROM_ORIGIN_MAX or lately.for_address >= FOR_ADDRESS_MAX:
        raise TooManyLinks("That was a little often. Wait a quarter of an hour, then ask again.", 900)
    run(
        tx,
        SQL.ask_link,
        nonce=asked.nonce,
        atom_id=atom_id,
        **marks,
        language=asked.language,
        page=asked.page,
        now=asked.now,
    )


def carry_on(database: Database, sender: Sender, *, address: str, at: datetime, now: datetime) -> int:
    """Mail the links that wait, and give how many; killed anywhere, it goes on from the ledger.

    `address` is where people reach us, `at` the business instant, `now` the wall clock's.
    """
    with database.transaction() as tx:
        asked = _enqueue(tx, at=at, now=now)
    own = replace(sender, letters=_fresh(address, now))
    for name in sorted({name for name, _ in asked}, key=lambda one: (one.key, one.step)):
        move(database, own, name, at=at)
    if asked:
        with database.transaction() as tx:
            run(tx, SQL.mailed, request_ids=[one.request_id for _, one in asked], now=now)
    return len(asked)


def _enqueue(tx: Tx, *, at: datetime, now: datetime) -> list[tuple[SourceName, Waiting]]:
    waiting = rows(tx, SQL.waiting, Waiting, since=now - MAILED_WITHIN, limit=BATCH)
    latest = {(asked.atom_id, asked.page): asked.request_id for asked in waiting}
    people = customers.by_ids(tx, [asked.atom_id for asked in waiting])
    found = []
    for asked in waiting:
        language = asked.language if asked.language in LINK_TEMPLATES else "en"
        source = _source(tx, asked.page, language, at)
        person = people.get(asked.atom_id)
        # Who asked several times meanwhile gets one message.
        if person is not None and latest[asked.atom_id, asked.page] == asked.request_id:
            enqueue(tx, source, {person.customer_id: "treated"}, at=at, entry=asked.request_id)
        found.append((_name(asked.page, language, source.version), asked))
    return found


def _name(page: Leads, language: str, version: int) -> SourceName:
    return SourceName(kind="preferences", key=NAMES[page], version=version, step=language)


def _source(tx: Tx, page: Leads, language: str, at: datetime) -> Source:
    """The template of the workspace, or the ready-made one, which goes live at the first need."""
    template_key, body = TEMPLATES[page][language]
    template = definitions.live(tx, TEMPLATE, template_key)
    if template is None:
        definitions.save_draft(tx, SYSTEM, TEMPLATE, template_key, body, at=at, etag=None)
        definitions.publish(tx, SYSTEM, TEMPLATE, template_key, at=at)
        template = definitions.live(tx, TEMPLATE, template_key)
    assert template is not None, "What was published a line above is live."
    return open_source(
        tx,
        # What a source says never changes: another version of the template is another source.
        _name(page, language, template.version),
        channel=centre_of(tx).body.channel,
        template_key=template.key,
        template_version=template.version,
        at=at,
        purpose="transactional",  # They asked for it themselves.
    )


def _fresh(address: str, now: datetime) -> Letters:
    def made(tx: Tx, source: Source, recipients: Sequence[Recipient]) -> Mapping[int, Letter]:
        sealing = key(tx)
        use: Use = "member" if source.key == NAMES["member"] else "fresh"
        return {
            one.send_id: letter(sealing, source, one, address=address, now=now, use=use) for one in recipients
        }

    return made


def forget(tx: Tx, now: datetime) -> int:
    """Forget who asked for links a while ago; gives how many requests that were."""
    return run(tx, SQL.forget_requests, before=now - KEPT_FOR)
