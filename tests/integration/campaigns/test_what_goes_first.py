"""What goes first, what a warm-up plan binds, what a demonstration fetches, what a send costs, what the log finds."""

from datetime import timedelta
from decimal import Decimal

import msgspec
from psycopg import sql

from regulars import access, definitions, log, messaging
from regulars.campaigns import (
    CAMPAIGN,
    READY_MADE,
    WIN_BACK,
    WIN_BACK_TEMPLATE,
    carry_on,
    price,
    salt_of,
    sheet,
)
from regulars.campaigns.carrying import channel_named
from regulars.channels import CHANNEL, ChannelBody, Receipt
from regulars.channels.body import Smtp
from regulars.channels.provider_checks import problems_of
from regulars.conditions import OrderCount
from regulars.db import records
from regulars.messaging import LogFilters, Sender, message_log
from regulars.templates import BRAND, BRAND_KEY, BRAND_START, TEMPLATE, TEMPLATES, Fetched, Template
from regulars.wiring import KINDS  # It registers what conditions can measure.
from tests.integration.campaigns.test_campaign import launch, publish
from tests.integration.messaging.given import AT, NAME, add_numbered, queue, treat

HOUR = timedelta(hours=1)


class Noting:
    """Takes everything and notes what it was about, in order."""

    name, medium, atomic = "noting", "email", False

    def __init__(self):
        self.subjects = []

    def deliver(self, _tx, given):
        self.subjects += [one.subject for one in given]
        return [Receipt(send_id=one.send_id, outcome="sent") for one in given]


def test_campaigns_go_by_their_priority(database):
    launch(database, 3, held_out_percent=0.0, priority=10)
    with database.transaction() as tx:
        publish(tx, CAMPAIGN, "urgent", msgspec.structs.replace(WIN_BACK, held_out_percent=0.0, priority=90))
    order = []

    def channel_of(_tx, _key):
        return Noting()

    def finish(_tx, source, given):
        order.append(source.key)
        return given

    carry_on(database, Sender(channel_of=channel_of, finish=finish), at=AT)
    assert order == ["urgent", "win-back"]


def test_a_warm_up_plan_binds_campaigns_and_never_a_receipt(database):
    noting = Noting()
    with database.transaction() as tx:
        ids = add_numbered(tx, 3)
        queue(tx, treat(ids))
        name = messaging.SourceName(kind="api", key="receipt", version=1)
        queue(tx, treat(ids), name=name, purpose="transactional")
    nothing = messaging.Share(left=0, until=AT + timedelta(days=1))
    sender = Sender(allowance=lambda *_: nothing, channel_of=lambda *_: noting)
    assert messaging.carry_on(database, sender, NAME, at=AT) == 0
    assert messaging.carry_on(database, sender, name, at=AT) == 3


def test_a_demonstration_fetches_nothing_and_says_so(database):
    asked = []
    body = Template(
        title="Offer",
        subject="Offer",
        text='{% fetch "https://api.shop.example/offer" :save offer %}x {{ unsubscribe_url }}',
    )

    def fetch(one):
        asked.append(one.url)
        return Fetched(status=200, content=b"{}")

    with database.transaction() as tx:
        publish(tx, BRAND, BRAND_KEY, msgspec.structs.replace(BRAND_START, fetch_hosts=("api.shop.example",)))
        ids = add_numbered(tx, 2)
        queue(tx, treat(ids[:1]), body=body)
        log.stand(tx, AT)
    messaging.carry_on(database, Sender(fetch=fetch), NAME, at=AT)
    assert asked == []
    with database.transaction() as tx:
        (found,) = message_log(tx, LogFilters(customers=ids)).items
        assert (found.state, "a demonstration asks nobody outside" in (found.detail or "")) == (
            "skipped",
            True,
        )


def test_the_sheet_says_what_a_send_costs_by_the_price_of_its_channel(database):
    dear = Smtp(name="main", host="mail.shop.example", price="0.002")
    with database.transaction() as tx:
        publish(tx, CHANNEL, "mail", ChannelBody(title="Mail", medium="email", from_address="a@shop.example",
                                                 from_name="Shop", providers=[dear]))  # fmt: skip
        assert channel_named(tx, "mail").price == Decimal("0.002")
        assert channel_named(tx, "recording").price is None
    assert [place for place, _ in problems_of(msgspec.structs.replace(dear, price="two"))] == ["price"]
    never = OrderCount(comparison="exactly", number=0)
    body = msgspec.structs.replace(
        WIN_BACK, segment="", condition=never, channel="mail", held_out_percent=0.0
    )
    with database.transaction() as tx:
        add_numbered(tx, 10)
        publish(tx, TEMPLATE, WIN_BACK.template, WIN_BACK_TEMPLATE)
        definitions.save_draft(tx, access.SYSTEM, CAMPAIGN, "dear", body, at=AT)
        draft = definitions.draft(tx, CAMPAIGN, "dear")
        made = sheet(tx, draft, AT, salt=salt_of("dear", draft.version))
        assert (made.get_it, made.cost) == (10, Decimal("0.020"))
        assert price(body, made) == "about 0.02 in the provider’s currency, at 0.002 a message"


def test_rare_states_of_the_log_are_found_by_their_index(database):
    launch(database, 5, held_out_percent=0.0)
    carry_on(database, Sender(), at=AT)
    with database.transaction() as tx:
        tx.execute("update messaging.send set state = 'failed', reason = 'refused' where send_id = "
                   "(select min(send_id) from messaging.send)")  # fmt: skip
        assert [one.reason for one in message_log(tx, LogFilters(state="failed")).items] == ["refused"]
        assert len(message_log(tx, LogFilters()).items) == 5
        tx.execute("set local enable_seqscan = off")
        tx.execute("set local enable_sort = off")
        plan = (
            "explain select send_id from messaging.send where state = 'failed' order by send_id desc limit 50"
        )
        assert "send_troubled" in str(records(tx, sql.SQL(plan)))


def test_ready_made_campaigns_can_be_drafted_and_foreseen(database):
    assert CAMPAIGN in KINDS
    with database.transaction() as tx:
        add_numbered(tx, 5)
        for key, body in READY_MADE.items():
            publish(tx, TEMPLATE, body.template, TEMPLATES[body.template])
            definitions.save_draft(tx, access.SYSTEM, CAMPAIGN, key, body, at=AT)
            draft = definitions.draft(tx, CAMPAIGN, key)
            assert sheet(tx, draft, AT, salt=salt_of(key, 1)).audience == 0
