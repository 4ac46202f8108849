"""A person who left marks in every place there is, beside somebody who must stay as they are."""

import base64
import gzip
import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from psycopg import sql

from regulars import (
    access,
    campaigns,
    channels,
    customers,
    definitions,
    deliverability,
    forms,
    imports,
    jobs,
    log,
    loyalty,
    messaging,
    privacy,
    segments,
    templates,
)
from regulars.access import SYSTEM, Actor
from regulars.app import App, assemble
from regulars.conditions import TraitEquals
from regulars.db import Database, Tx
from regulars.segments import SegmentBody
from regulars.settings import read_settings

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
MARK = "zqxwvk"  # Every text that says who the person is holds it.
EMAIL, OTHER_EMAIL = "zqxwvk.anna@markers.com", "zqxwvk.second@markers.com"
PHONE = "+4915199887766"
USER, SECOND, BROWSER = "zqxwvk-user-1", "zqxwvk-user-2", "zqxwvk-browser-1"
IP = "203.0.113.77"
CARD = "9876543210987658"
OFFICER = Actor(person_id=None, name="Pia Privacy", level=5, function="privacy", scope=None, via="console")
CLERK = Actor(person_id=None, name="Ines", level=5, function="engineering", scope=None, via="console")


@dataclass(frozen=True, kw_only=True)
class World:
    app: App
    home: Path

    @property
    def database(self) -> Database:
        return self.app.database

    def tell(self, *events: log.NewEvent) -> None:
        with self.database.transaction() as tx:
            log.append(tx, events)
        self.app.catch_up(AT)

    def find(self, user_id: str = USER) -> int | None:
        with self.database.transaction() as tx:
            return customers.find(tx, "user_id", user_id)

    def rows(self, query: str) -> list[tuple]:  # type: ignore[type-arg]
        with self.database.transaction() as tx:
            return tx.execute(sql.SQL(query)).fetchall()  # type: ignore[arg-type]

    def erase(self, user_id: str = USER, actor: Actor = OFFICER) -> privacy.Erasure:
        """As an officer does it, carried out in this process."""
        number = self.find(user_id)
        assert number is not None
        with self.database.transaction() as tx:
            made = privacy.start_erasure(tx, actor, number, at=AT)
        self.app.eraser.run(made.erasure_id, lambda *_: None)
        with self.database.transaction() as tx:
            return privacy.erasure(tx, made.erasure_id)


def world(database: Database, home: Path) -> World:
    made = assemble(read_settings(workspace="privacy", home=home), database)
    with database.transaction() as tx:
        log.stand(tx, AT)
    return World(app=made, home=home)


def closed(made: World) -> Iterator[World]:
    with closing(made.app.sequencer):
        yield made


def event(user_id: str | None, name: str, *, at: datetime = AT, **more: object) -> log.NewEvent:
    given = {"message_id": f"{user_id or 'nobody'}:{name}:{at.isoformat()}", "source": "shop"} | more
    return log.NewEvent(user_id=user_id, name=name, occurred_at=at, **given)  # type: ignore[arg-type]


def identify(user_id: str, at: datetime = AT, **traits: object) -> log.NewEvent:
    return event(user_id, "identify", at=at, type="identify", properties=traits)


def order(user_id: str, key: str, at: datetime = AT, **more: object) -> log.NewEvent:
    products = [{"product_id": "bread", "quantity": 1, "price": 4.5}]
    bought = {"order_id": key, "currency": "EUR", "total": 4.5, "products": products}
    return event(user_id, "Order Completed", at=at, message_id=f"o-{key}", properties=bought | more)


def live(world: World) -> None:
    """Leave marks everywhere."""
    world.tell(*_events())
    number = world.find()
    assert number is not None
    _import(world)
    with world.database.transaction() as tx:
        _by_hand(tx, number)
        _around(tx, number)
        _form(tx)
    world.app.catch_up(AT)
    _send(world, number)
    done = world.app.settings.drops / "shop" / "done"
    done.mkdir(parents=True)
    (done / "customers.csv").write_text(f"id,mail\n{USER},{EMAIL}\n")
    (done / "others.csv").write_text("id,mail\nother,other@shop.test\n")
    world.app.catch_up(AT)


def _events() -> Iterator[log.NewEvent]:
    context = {"ip": IP, "userAgent": "zqxwvkAgent/1.0", "page": {"url": f"https://shop.test/?mail={EMAIL}"}}
    before = AT - timedelta(days=30)
    yield log.NewEvent(
        message_id=f"{BROWSER}:page:1", anonymous_id=BROWSER, name="Page Viewed", occurred_at=before, source="shop",
        properties={"title": "zqxwvk basket"}, context=context,
    )  # fmt: skip
    yield identify(
        USER,
        before,
        name="Zqxwvkanna Zqxwvklast",
        email=EMAIL,
        phone=PHONE,
        address={"street": "Zqxwvkstrasse 1"},
    )
    yield identify(USER, before + timedelta(days=1), name="Zqxwvkanna Zqxwvknew", card_number=CARD)
    yield event(USER, "Product Viewed", anonymous_id=BROWSER, context=context, properties={"note": "zqxwvk"})
    yield identify(SECOND, before, email=OTHER_EMAIL, card_number=CARD)
    yield order(USER, "order-1", before, shipping_address={"street": "Zqxwvkstrasse 1"}, email=EMAIL)
    yield order(USER, f"{EMAIL}/2", before + timedelta(days=2))
    told = {
        "channel": "email",
        "topic": "news",
        "wording": "zqxwvk yes please",
        "ip": IP,
        "source": "zqxwvk-page",
    }
    yield event(USER, "Consent Given", at=before, properties=told)
    yield event(
        USER,
        "group",
        type="group",
        context={"groupId": "zqxwvk-household"},
        properties={"name": "Zqxwvklasts"},
    )
    yield identify("other", before, name="Otto Other", email="other@shop.test", phone="+4915100000000")
    yield order("other", "order-9", before)


def _import(world: World) -> None:
    text = (
        "customer,email,phone,remark\n"
        f"{USER},{EMAIL},{PHONE},zqxwvk likes tea\n"
        "other,other@shop.test,,likes coffee\n"
        f"{USER},{EMAIL},{PHONE},zqxwvk bad,more,{EMAIL}\n"
    )
    home = world.app.settings.imports
    kept = imports.keep(home, io.BytesIO(text.encode()), name="customers.csv", bytes_max=10**6)
    with world.database.transaction() as tx:
        one = imports.take_in(tx, CLERK, kept, at=AT)
        body = imports.suggestion(tx, one, zone="UTC", what="customers").mapping
        imports.choose(tx, CLERK, one.import_id, definitions.canonical(body))
    imports.check_import(world.database, home, one.import_id, lambda *_: None, at=AT, zone="UTC")
    with world.database.transaction() as tx:
        imports.ask_run(tx, CLERK, one.import_id, at=AT)
    imports.run_import(world.database, home, one.import_id, lambda *_: None)
    world.app.catch_up(AT)


def _by_hand(tx: Tx, number: int) -> None:
    customers.correct_traits(tx, OFFICER, number, {"nickname": "Zqxwvkie"}, at=AT)
    who = access.add_person(
        tx, SYSTEM, email="max@shop.test", name="Max", level=3, function="marketing", at=AT
    )
    actor = access.actor_of(tx, who.person_id, "console")
    customers.save_view(tx, actor, "Look for her", {"search": EMAIL}, ["name"], at=AT)
    only_her = TraitEquals(trait="email", value=EMAIL)
    draft = SegmentBody(name="Only her", condition=only_her)
    for kind, key, body in (
        (segments.SEGMENT, "only-her", draft),
        (
            loyalty.PROGRAMME,
            "club",
            loyalty.points_club(name="Club", legal_entity="Shop", zone="UTC", money="EUR"),
        ),
        (templates.TEMPLATE, campaigns.WIN_BACK_TEMPLATE_KEY, campaigns.WIN_BACK_TEMPLATE),
        (templates.TEMPLATE, forms.CONFIRM_TEMPLATE_KEY, forms.CONFIRM_TEMPLATE),
        (forms.FORM, forms.PREFERENCES_KEY, forms.PREFERENCES),
    ):
        definitions.save_draft(tx, SYSTEM, kind, key, body, at=AT)
        definitions.publish(tx, SYSTEM, kind, key, at=AT)
    loyalty.enrol(tx, "club", number, at=AT)
    loyalty.adjust(tx, "club", number, 100, key=f"{EMAIL}:gift", at=AT, reason="For Zqxwvkanna", actor="Max")
    access.request(
        tx,
        actor,
        "customers.export",
        subject_kind="customers",
        subject=f"/customers?search={EMAIL}",
        reason="zqxwvk wants it",
        preview={"headline": f"Export {EMAIL}"},
        at=AT,
    )


def _around(tx: Tx, number: int) -> None:
    log.refuse(
        tx,
        [
            log.NewReject(
                source="shop", stage="intake", code="events.name_missing", reason="no name",
                payload=f'{{"userId": "{USER}", "traits": {{"email": "{EMAIL.upper()}"}}}}', message_id="zqxwvk-m-9",
            ),
            log.NewReject(source="shop", stage="intake", code="x", reason="no", payload='{"userId": "other"}'),
        ],
    )  # fmt: skip
    job = jobs.defer(tx, "demo", {"email": EMAIL}, requested_by="Max")
    tx.execute("update jobs.job set state = 'done' where id = %s", [job])
    tx.execute(
        "insert into connections.sample values ('till', 'orders', %s, '{}', %s)",
        [AT, f'{{"mail": "{EMAIL}"}}'],
    )
    tx.execute(
        "insert into connections.delivery (connection_key, received_at, outcome, topic, reason) "
        "values ('till', %s, 'rejected', 'orders', %s)",
        [AT, f"no customer {USER}"],
    )
    tx.execute(
        "insert into log.set_aside (reader, position, reason) values ('customers', 3, %s)", [f"bad {EMAIL}"]
    )
    _came_back(tx)


def _form(tx: Tx) -> None:
    token = forms.opened(forms.secret(tx), forms.PREFERENCES_KEY, AT)
    typed = {"email": [EMAIL], "first_name": ["Zqxwvkanna"]}
    sent = forms.Sent(typed=typed, token=token, address=IP)
    forms.submit(tx, forms.PREFERENCES_KEY, sent, at=AT, now=AT + timedelta(minutes=1))


def _send(world: World, number: int) -> None:
    world.app.send(AT)
    with world.database.transaction() as tx:
        name = messaging.SourceName(kind="campaign", key="hello", version=1)
        template = campaigns.WIN_BACK_TEMPLATE_KEY
        source = messaging.open_source(
            tx, name, channel="recording", template_key=template, template_version=1, at=AT
        )
        messaging.enqueue(tx, source, {number: "treated"}, at=AT)
    messaging.carry_on(world.database, world.app.sender, name, at=AT)
    with world.database.transaction() as tx:
        given = campaigns.Handing(template=template, to=USER, idempotency_key=f"gift:{EMAIL}")
        other = campaigns.Handing(template=template, to="other", idempotency_key="gift:other")
        campaigns.hand_over(tx, SYSTEM, [given, other], at=AT, now=AT)
    _by_channels(world, number)


FORMS = tuple(
    form
    for mark in (MARK, "Zqxwvk", "ZQXWVK", IP, PHONE[1:], CARD)
    for form in (mark.encode(), mark.encode("utf-16-le"), mark.encode("utf-16-be"))
) + tuple(base64.b64encode(whole.encode())[:-4] for whole in (EMAIL, USER, PHONE))


def found_in(folder: Path, *, without: tuple[str, ...] = ()) -> list[str]:
    """Every file below a folder in which a mark stands, also inside of what is packed."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and not any(part in path.parts for part in without)
        and any(form in held for held in _contents(path) for form in FORMS)
    ]  # fmt: skip


def _contents(path: Path) -> Iterator[bytes]:
    whole = path.read_bytes()
    yield whole
    yield str(path.name).encode()
    if whole.startswith(b"\x1f\x8b"):
        yield gzip.decompress(whole)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as opened:
            yield from (opened.read(member) for member in opened.namelist())
    elif whole.startswith(b"PAR1"):
        yield _parquet(path)


def _parquet(path: Path) -> bytes:
    """Pages are compressed: what stands in them, and in the footer, as text."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as opened:
        told = [str(opened.metadata), str(opened.schema_arrow.metadata)]
        told += [str(opened.metadata.row_group(n).to_dict()) for n in range(opened.num_row_groups)]
        return "\n".join([*told, str(opened.read().to_pylist())]).encode()


def tables_with_marks(database: Database) -> dict[str, int]:
    """Every table of every schema in which a row as text holds a mark: what pages may hide by compression."""
    found = {}
    pattern = f"{MARK}|{IP}|{PHONE[1:]}|{CARD}"
    with database.transaction() as tx:
        names = tx.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables "
            "where schemaname not in ('pg_catalog', 'information_schema') and schemaname not like 'pg\\_temp%' order by 1"
        ).fetchall()
        for (name,) in names:
            query = sql.SQL("select count(*) from {} as one where one::text ~* %s").format(
                sql.Identifier(*name.split("."))
            )
            number = tx.execute(query, [pattern]).fetchone()[0]  # type: ignore[index]
            if number:
                found[name] = number
    return found


def _by_channels(world: World, number: int) -> None:
    """A browser that takes notifications, a card, and a domain of the person's own."""
    key = channels.public_of(channels.new_pair())
    card = channels.Message(
        send_id=999,
        customer_id=number,
        address="",
        subject="zqxwvk card",
        preheader="",
        text="zqxwvk",
        html=None,
        at=AT,
    )
    with world.database.transaction() as tx:
        channels.subscribe(
            tx, "push", number, endpoint="https://push.test/zqxwvk", p256dh=key, auth="A" * 22, now=AT
        )
        channels.InboxChannel("inbox", channels.Inbox(name="main")).deliver(tx, [card])
        tx.execute(
            "insert into channels.domain_tally (channel_key, day, domain, sent) "
            "values ('letters', current_date, 'markers.com', 3)"
        )


def _came_back(tx: Tx) -> None:
    """Mails of which nobody could be told, and one that could not be read."""
    stray = deliverability.Returned(kind="hard", addresses=(EMAIL,), code="5.1.1", detail=f"no {EMAIL} here")
    for number, problem in ((1, ""), (2, f"It is broken at {EMAIL}.")):
        came = deliverability.Came(
            via="mailbox:main",
            digest=bytes([number]) * 32,
            told=[stray],
            sender=EMAIL,
            excerpt=f"From: <{EMAIL}>\nSubject: Undelivered: {EMAIL}",
            problem=problem,
        )
        deliverability.take_in(tx, came, at=AT, now=AT)
    tx.execute(
        "insert into deliverability.mailbox_state (mailbox_key, next_look_at, problem) values ('main', %s, %s)",
        [AT, f"{EMAIL} was refused"],
    )
