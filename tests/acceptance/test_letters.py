"""The ready-made letters in a real browser, and values that try to get out of where they are printed."""

import pytest
from playwright.sync_api import Browser

from regulars.templates import BRAND_START, TEMPLATES, Prepared, Shelf
from tests.unit.templates.test_escaping import NASTY, READY

PERSON = {
    "customer": {"id": 7, "first_name": "Maximiliane-Alexandra"},
    "points": 12_400,
    "tier": "Gold",
    "event": {"code": "HAPPY-7Q2F-LONG-ONE", "points": 120, "last_day": "2026-12-31"},
    "last_order": {
        "order_id": "A-1042",
        "date": "2026-11-20",
        "total": "1,012.47 USD",
        "products": [
            {"name": "Bread of an uncommonly long name " * 3, "quantity": 2, "paid": "1,008.49 USD"}
        ],
    },
    **{
        f"{name}_url": f"https://us.example/{name}"
        for name in ("unsubscribe", "preferences", "member", "view")
    },
}
MILK = {"name": "Milk", "price": "1.99 USD", "url": "https://shop.example/milk"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_ready_made_letters_fit_a_phone_and_begin_with_their_preheader(
    chromium: Browser, scheme: str
) -> None:
    with chromium.new_context(viewport={"width": 360, "height": 800}, color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        for key, body in TEMPLATES.items():
            said = Prepared(body, Shelf(brand=BRAND_START)).render(PERSON, {"product-1": MILK})
            if said.html is None:
                continue
            page.set_content(said.html)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, key
            assert page.locator("a[href='https://us.example/preferences']").count() == 1, key
            assert page.evaluate("document.body.firstElementChild.textContent").startswith(said.preheader)
            assert said.preheader not in page.locator("body").inner_text()


def test_no_value_acts_in_a_browser(chromium: Browser) -> None:
    heard: list[str] = []
    with chromium.new_context(offline=True) as context:
        page = context.new_page()
        page.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda asked: heard.append(asked.url) if "evil" in asked.url else None)
        page.set_content(READY.render({"traits": {"x": "plain"}}).html or "")
        count = "document.querySelectorAll('*').length - document.querySelectorAll('br').length"
        harmless = page.evaluate(count)
        for value in NASTY:
            page.set_content(READY.render({"traits": {"x": value}}).html or "")
            assert page.evaluate(count) == harmless, value
            schemes = page.evaluate("[...document.querySelectorAll('a')].map(one => one.protocol)")
            assert not {one for one in schemes if "script" in one or one == "data:"}, value
            assert (
                page.evaluate("[...document.querySelectorAll('*')].some(e => e.onmouseover || e.onerror)")
                is False
            )
    # An address of somebody else's picture is asked for where a template shows a picture by a variable.
    assert [one for one in heard if one != "https://evil.example/"] == []
