"""What is kept of opens and clicks: it follows merges, is told and erased, and is credited with orders."""

from datetime import timedelta

from regulars import conditions, log, messaging, privacy, responses
from regulars.conditions import Filter, Measured
from regulars.customers import Moved
from regulars.messaging import SourceName
from regulars.responses import Came, Mark
from tests.integration.messaging.given import NAME
from tests.integration.responses.given import LEFT

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_after_erasing_links_still_lead_and_nothing_of_the_person_is_left(house):
    one, other = house.send(2)
    house.get(one.links["News"], other.links["News"])
    house.later(HOUR)
    house.get(one.links["Yours"])

    with house.database.transaction() as tx:
        told = dict(responses.held(tx, [one.customer_id], []))
        assert {row["kind"] for row in told["Opens and clicks"]} == {"clicked"}
        assert told["How often they were opened and clicked"]
        assert responses.erase(tx, [one.customer_id], [])["responses.link"] == 1
        tx.execute(
            "update customers.customer set erased_at = now() where customer_id = %s", [one.customer_id]
        )
        left = tx.execute(
            "select count(*) from messaging.reaction where atom_id = %s and (link <> '' or detail <> '')",
            [one.customer_id],
        ).fetchone()
    assert left == (0,)
    before = house.figures()

    shared, own, pixel = house.get(one.links["News"], one.links["Yours"], one.pixel)

    assert (shared.status_code, own.status_code, pixel.status_code) == (302, 404, 200)
    assert house.figures() == before and before.clicked == 2
    assert house.get(other.links["Yours"])[0].status_code == 302


def test_what_came_back_goes_with_a_person_who_is_merged(house):
    one, other = house.send(2)
    house.get(one.links["News"])

    with house.database.transaction() as tx:
        moved = [Moved(atom_id=one.customer_id, before=one.customer_id, after=other.customer_id)]
        messaging.follow(tx, moved)
        messaging.follow_reactions(tx, moved)
        found = conditions.matching(tx, Measured(of="message", name="clicked"), LEFT + DAY)
        none = conditions.matching(
            tx,
            Measured(
                of="message", name="clicked", where=(Filter(property="link", value="https://no.example/"),)
            ),
            LEFT + DAY,
        )
    assert (found, none) == ([other.customer_id], [])


def test_an_order_is_credited_to_the_last_message_a_person_clicked(house):
    first = house.send(3)
    later = SourceName(kind="campaign", key="later", version=1)
    with house.database.transaction() as tx:
        (link_id,) = tx.execute("select min(link_id) from responses.link").fetchone()

        def came(send, at, signal="", use="clicked"):
            mark = Mark(use=use, send_id=send.send_id, link_id=link_id if use == "clicked" else 0)
            responses.hear(tx, [Came(mark=mark, signal=signal, at=at)])

        came(first[0], LEFT + HOUR)
        came(first[1], LEFT + HOUR, signal="barracuda")
        came(first[2], LEFT + HOUR, use="opened")
        for n, one in enumerate(first):
            for place, at in enumerate((LEFT + 2 * HOUR, LEFT + 6 * DAY)):
                tx.execute(
                    "insert into orders.purchase (order_key, customer_id, position, revised_position, revision,"
                    " occurred_at, booked_at, currency, total_minor, discount_minor, line_count)"
                    " values (%s, %s, %s, %s, 1, %s, %s, 'EUR', 1000, 0, 0)",
                    [f"o{n}-{place}", one.customer_id, n * 2 + place + 1, n * 2 + place + 1, at, at],
                )
        clicks = responses.attributed(tx, NAME)
        touches = responses.attributed(tx, NAME, model="last_touch", open_days=7)
        others = responses.attributed(tx, later)
    assert [(one.currency, one.orders, one.people, one.minor) for one in clicks.credits] == [
        ("EUR", 1, 1, 1000)
    ]
    assert touches.orders == 3
    assert others.orders == 0
    assert "5 days" in clicks.definition


def test_retention_forgets_what_came_back_long_ago(house):
    (one,) = house.send(1)
    house.get(one.pixel)

    with house.database.transaction() as tx:
        assert privacy.KEPT["opens_and_clicks"].old(tx, None)[0] == 1
        assert privacy.KEPT["opens_and_clicks"].forget(tx, LEFT + 30 * DAY, LEFT) == 1
        assert messaging.old_reactions(tx, None) == (0, None)
        assert log.clock(tx).mode == "wall"
