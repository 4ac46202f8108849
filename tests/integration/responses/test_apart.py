"""Machines apart from people: at once by what they say, later by what they do, and never in a rate."""

import asyncio
import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

from regulars import messaging, responses
from regulars.db import Database
from regulars.messaging import Reaction, SourceName
from regulars.responses import Came, Mark
from tests.integration.messaging.given import NAME
from tests.integration.responses.given import LEFT

MINUTE = timedelta(minutes=1)
APPLE = "Mozilla/5.0"


def events_of(house, send_id):
    with house.database.transaction() as tx:
        return Counter(
            name
            for (name,) in tx.execute(
                "select name from log.inbox where properties ->> 'send_id' = %s"
                " and name ~ 'opened|clicked|reclassified'",
                [str(send_id)],
            ).fetchall()
        )


def test_what_machines_say_of_themselves_is_kept_apart(house, tmp_path):
    apple, scanner, listed, human = house.send(4)
    networks = tmp_path / "networks"
    networks.write_text("# ours\n127.0.0.0/8  # the tests' own\n")

    house.get(apple.pixel, agent=APPLE)
    house.get(scanner.links["News"], agent="Barracuda Sentinel (EE)")
    house.during(lambda client: client.get(listed.links["News"]), machine_networks_file=networks)
    house.during(lambda client: client.head(human.links["News"]))
    house.later(MINUTE)
    house.get(apple.pixel, human.links["News"])

    assert [one[:2] for one in house.reactions(apple.send_id)] == [("opened", True), ("opened", False)]
    assert [one[:2] for one in house.reactions(human.send_id)] == [("clicked", True), ("clicked", False)]
    told = house.figures()
    assert (told.opened, told.machine_opened, told.clicked, told.machine_clicked) == (2, 1, 1, 3)
    with house.database.transaction() as tx:
        words = [one.signal for one in responses.of_message(tx, scanner.send_id)]
    assert words == ["it was Barracuda's scanner"]


def test_a_burst_seen_late_takes_its_earlier_clicks_along_and_a_person_counts_after_it(house):
    scanned, read, trapped = house.send(3)

    house.get(scanned.links["News"])
    assert house.figures().clicked == 1
    house.get(scanned.links["Sale"])  # Within the second, by another process.
    assert events_of(house, scanned.send_id) == {
        "regulars.messaging.clicked": 1,
        "regulars.messaging.reclassified": 1,
        "regulars.messaging.machine_clicked": 1,
    }
    assert {one[1] for one in house.reactions(scanned.send_id)} == {True}
    house.get(trapped.links["Sale"])
    house.get(trapped.trap)
    assert (house.figures().clicked, house.figures().machine_clicked) == (0, 2)

    house.later(2 * MINUTE)
    house.get(scanned.links["News"])
    house.get(read.links["News"], read.links["News"], read.links["News"])  # One link is no burst.
    told = house.figures()
    assert (told.clicked, told.machine_clicked, told.opened) == (2, 2, 2)
    assert house.reactions(scanned.send_id)[-1] == ("clicked", False, "https://shop.example/news?a=1&b=2", 1)
    with house.database.transaction() as tx:
        links = {one.link: (one.people, one.machines, one.times) for one in responses.by_link(tx, NAME)}
    assert links["https://shop.example/news?a=1&b=2"] == (2, 1, 4)
    assert links["https://shop.example/sale"] == (0, 2, 0)


def test_what_comes_before_anybody_could_have_read_is_a_machine(house):
    (one,) = house.send(1, at=datetime.now(UTC))

    house.get(one.pixel, one.links["News"])

    assert {found[1] for found in house.reactions(one.send_id)} == {True}


def test_halves_of_a_burst_that_two_processes_write_are_one_burst(house):
    messages = house.send(20)
    with house.database.transaction() as tx:
        links = [
            number
            for (number,) in tx.execute(
                "select link_id from responses.link where atom_id is null order by 1 limit 2"
            ).fetchall()
        ]
    at = LEFT + timedelta(hours=1)

    def half(link_id):
        with Database(house.database.dsn) as own:
            for one in messages:
                with own.transaction() as tx:
                    mark = Mark(use="clicked", send_id=one.send_id, link_id=link_id)
                    responses.hear(tx, [Came(mark=mark, signal="", at=at)])

    async def both():
        await asyncio.gather(*(asyncio.to_thread(half, link_id) for link_id in links))

    asyncio.run(both())

    told = house.figures()
    assert (told.clicked, told.machine_clicked) == (0, 20)


def test_figures_are_what_counting_by_hand_gives(house):
    messages = house.send(60)
    drawn = random.Random(7)
    with house.database.transaction() as tx:
        links = [
            n for (n,) in tx.execute("select link_id from responses.link where atom_id is null").fetchall()
        ]
    came, told, naive = [], [], defaultdict(set)
    for one in messages:
        for n in range(drawn.randrange(4)):
            use = drawn.choice(["opened", "clicked", "viewed"])
            signal = drawn.choice(["", "", "barracuda"])
            link = drawn.choice(links) if use == "clicked" else 0
            at = LEFT + timedelta(minutes=10 * (n + 1) + drawn.randrange(9))
            mark = Mark(use=use, send_id=one.send_id, link_id=link)
            came.append(Came(mark=mark, signal=signal, at=at))
            naive[("machine_" if signal else "") + use].add(one.send_id)
        for kind in ("bounced", "unsubscribed", "complained", "deferred", "delivered"):
            if drawn.random() < 0.15:
                hard = drawn.random() < 0.5
                told.append(
                    Reaction(key=f"{kind}:{one.send_id}", send_id=one.send_id, kind=kind, at=LEFT, hard=hard)
                )
                naive[f"{kind}_hard" if kind == "bounced" and hard else kind].add(one.send_id)
    drawn.shuffle(came)
    with house.database.transaction() as tx:
        messaging.react(tx, told)
    for part in range(0, len(came), 7):
        with house.database.transaction() as tx:
            responses.hear(tx, came[part : part + 7])

    opened = naive["opened"] | naive["viewed"] | naive["clicked"]
    soft = naive["bounced"] - naive["delivered"] - opened
    gone = naive["bounced_hard"] | soft
    with house.database.transaction() as tx:
        found = responses.figures(tx, NAME, SourceName(kind="campaign", key="other", version=1))
        domains = responses.by_domain(tx, NAME)
        hours = responses.by_hour(tx, NAME)
    assert found.sent == 60 and found.counted == 60
    assert found.bounced_hard == len(naive["bounced_hard"]) and found.bounced_soft == len(soft)
    assert found.bounced == len(gone) and found.delivered == 60 - len(gone)
    assert found.opened == len(opened - gone) and found.clicked == len(naive["clicked"] - gone)
    assert found.machine_opened == len((naive["machine_opened"] | naive["machine_viewed"]) - gone)
    assert found.machine_clicked == len(naive["machine_clicked"] - gone)
    assert found.unsubscribed == len(naive["unsubscribed"] - gone)
    assert found.complained == len(naive["complained"] - gone)
    assert found.deferred == len(naive["deferred"])
    assert [one.domain for one in domains] == ["example.invalid"] and domains[
        0
    ].figures.opened == found.opened
    assert sum(one.opened for one in hours) == len(opened) and hours[0].clicked == len(naive["clicked"])
    for rate in found.rates:
        assert rate.count <= rate.of
        assert rate.interval.low <= rate.share <= rate.interval.high
