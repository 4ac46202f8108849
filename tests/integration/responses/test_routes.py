"""Pixels, links and views as readers, machines and strangers ask for them."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec

from regulars import customers, log, messaging, orders
from regulars.customers import Statement
from regulars.kernel import public_id
from regulars.templates import BRAND, BRAND_KEY, Brand
from tests.integration.messaging.given import publish
from tests.integration.responses.given import NEWS, OURS

MINUTE = timedelta(minutes=1)


def test_a_reader_opens_clicks_and_looks_and_is_counted_once_with_how_often(house):
    one, other = house.send(2)

    assert set(one.links) == {"News", "Sale", "Shoes", "Yours", "Help", "Unsubscribe", ""}
    assert one.links["Help"] == "mailto:help@shop.example"
    assert one.links["Unsubscribe"] == f"{OURS}/p/x/unsubscribe"
    assert f"{OURS}/p/x/unsubscribe" in one.text and "shop.example" not in one.text
    assert one.links["News"] != other.links["News"]

    pixel, _again, news, *_ = house.get(one.pixel, one.pixel, one.links["News"], one.links["News"])
    assert (pixel.status_code, pixel.headers["content-type"], pixel.content[:4]) == (
        200,
        "image/gif",
        b"GIF8",
    )
    assert "no-store" in pixel.headers["cache-control"] and "noindex" in pixel.headers["x-robots-tag"]
    assert (news.status_code, news.headers["location"]) == (302, "https://shop.example/news?a=1&b=2")
    house.later(MINUTE)
    sale, own, view = house.get(one.links["Sale"], one.links["Yours"], one.view, pause=1.1)
    assert sale.headers["location"] == "https://shop.example/sale"
    assert own.headers["location"] == f"https://shop.example/own?who={public_id('cus', one.customer_id)}"
    assert (
        view.status_code == 200
        and one.pixel not in view.text
        and "sandbox" in view.headers["content-security-policy"]
    )
    assert house.reactions(one.send_id) == [
        ("opened", False, "", 2),
        ("clicked", False, "https://shop.example/news?a=1&b=2", 2),
        ("clicked", False, "https://shop.example/sale", 1),
        ("clicked", False, own.headers["location"], 1),
        ("viewed", False, "", 1),
    ]
    assert house.reactions(other.send_id) == []
    told = house.figures()
    assert (told.sent, told.delivered, told.counted, told.opened, told.clicked) == (2, 2, 2, 1, 1)
    assert told.machine_opened == told.machine_clicked == 0


TO_OTHERS = """<html><body>
<a href="{{ traits.site }}">Theirs</a>
<a href="https://{{ traits.host }}/x">Host</a>
<a href="https://shop.example{{ traits.rest }}/x">Rest</a>
<a href="https://shop.example/?{{ traits.rest }}">Ours</a>
<a href="{{ traits.listed }}">Listed</a>
<a href="{{ traits.product }}">Product</a>
<a href="{{ traits.seen }}">Seen</a>
<a href="{{ brand.website }}/about">About</a>
<a href="{{ unsubscribe_url }}">No more</a>
</body></html>"""


def test_no_link_leads_by_us_to_where_a_customer_says(house):
    traits = {
        "site": "https://phish.example/?a=1&b=2",
        "host": "shop.example\\@phish.example",
        "rest": ".phish.example",
        "listed": "https://blog.shop.example/post",
        "product": "https://www.bücher.example/1",
        "seen": "https://seen.example/1",
    }
    with house.database.transaction() as tx:
        brand = Brand(name="Shop", website="https://home.example", link_hosts=("blog.shop.example",))
        publish(tx, BRAND, BRAND_KEY, brand)
        book = {
            "sku": "a",
            "name": "A",
            "url": "https://WWW.Bücher.example./a",
            "image_url": "https://i.example/a",
        }
        orders.put_products(tx, [orders.product_of(book)])
        orders.fill_products(tx, [orders.product_of({**book, "sku": "b", "url": traits["seen"]})])
    text = "{{ traits.site }} https://shop.example/x {{ unsubscribe_url }}"
    body = msgspec.structs.replace(NEWS, html=TO_OTHERS, text=text, missing="skip")

    (one,) = house.send(1, body=body, traits=traits)

    led = {words: to for words, to in one.links.items() if to.startswith(f"{OURS}/c/") and words}
    assert set(led) == {"Ours", "Listed", "Product", "About"}
    assert one.links["Theirs"] == traits["site"] and one.links["Seen"] == traits["seen"]
    assert one.links["Rest"] == "https://shop.example.phish.example/x"
    assert one.text.startswith(f"{traits['site']} {OURS}/c/")
    answers = house.get(*led.values(), pause=0.01)
    assert [one.headers["location"] for one in answers] == [
        "https://shop.example/?.phish.example",
        "https://blog.shop.example/post",
        "https://www.xn--bcher-kva.example/1",
        "https://home.example/about",
    ]
    with house.database.transaction() as tx:
        (others,) = tx.execute("select count(*) from responses.link where url like '%phish%'").fetchone()
    assert others == 1


def test_nothing_but_our_own_tokens_leads_anywhere(house):
    (one,) = house.send(1)
    token = one.links["News"].rpartition("/")[2]
    turned = token[:-1] + ("A" if token[-1] != "A" else "B")
    wrong = [
        f"/c/{turned}",
        f"/c/{token}x",
        f"/c/{token}/https://evil.example",
        "/c/https://evil.example",
        f"/c/{token}.gif",
        f"/o/{token}.gif",
        f"/v/{token}",
        one.pixel.removesuffix(".gif"),
        "/c/",
        "/o/ü.gif",
    ]

    answers = house.get(*wrong)

    assert [answer.status_code for answer in answers] == [404] * len(wrong)
    assert not any("location" in answer.headers for answer in answers)
    assert (
        house.get(one.links["News"] + "?to=https://evil.example")[0]
        .headers["location"]
        .startswith("https://shop.example/")
    )

    async def others(client):
        posted = await client.post(one.links["News"], data={"List-Unsubscribe": "One-Click"})
        many = [await client.get(f"/c/{n:036}") for n in range(120)]
        return posted, many

    posted, many = house.during(others)
    assert posted.status_code == 405
    assert [many[0].status_code, many[-1].status_code] == [404, 429]


def test_who_does_not_allow_counting_has_no_pixel_and_untouched_links(house):
    (one,) = house.send(1, tracking="consent")

    assert "<img" not in one.html and f"{OURS}/c/" not in one.html + one.text
    assert one.links["News"] == "https://shop.example/news?a=1&b=2"
    assert house.get(one.view)[0].status_code == 200
    assert house.reactions(one.send_id) == []
    assert house.figures().counted == 0


def test_a_template_that_does_not_count_leaves_everything_as_it_is(house):
    (one,) = house.send(1, body=msgspec.structs.replace(NEWS, track=False))

    assert "<img" not in one.html and one.links["Sale"] == "https://shop.example/sale"


def test_who_withdraws_later_is_led_on_and_not_counted_any_more(house):
    one, other = house.send(2)
    with house.database.transaction() as tx:
        customers.record(
            tx, one.customer_id, [Statement(given=False, channel="tracking")], at=datetime.now(UTC)
        )
    sequencer = log.Sequencer(house.database, customers.resolve)
    log.catch_up(
        house.database, sequencer, [log.ReaderRunner(house.database, customers.reader())], datetime.now(UTC)
    )
    sequencer.close()

    answers = house.get(one.links["News"], one.pixel, other.links["News"])

    assert [answer.status_code for answer in answers] == [302, 200, 302]
    assert house.reactions(one.send_id) == []
    assert house.reactions(other.send_id) != []


def test_one_pixel_asked_for_by_many_at_once_is_one_open_counted_as_often(house):
    (one,) = house.send(1)

    async def at_once(client):
        return await asyncio.gather(*(client.get(one.pixel) for _ in range(50)))

    answers = house.during(at_once) + house.during(at_once)

    assert {answer.status_code for answer in answers} == {200}
    assert house.reactions(one.send_id) == [("opened", False, "", 100)]
    assert house.figures().opened == 1


def test_messages_that_staff_look_at_open_nothing(house):
    (one,) = house.send(1)

    with house.database.transaction() as tx:
        shown = messaging.message(tx, public_id("msg", one.send_id))

    assert one.pixel.rpartition("/")[2].removesuffix(".gif") not in shown.html_body
    assert one.links["News"] not in shown.html_body and one.view not in shown.text_body
