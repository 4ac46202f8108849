"""Which hosts a template names, and which links lead where a customer says."""

import msgspec
import pytest

from regulars.templates import Block, Brand, Shelf, Template, checks, prepared
from regulars.templates.link_hosts import hosts_written, led_by_others

FOOT = '<p><a href="{{ unsubscribe_url }}">No more</a></p>'
LETTER = Template(title="Hello", subject="Hello", text="", html=f"<p>Hello</p>\n{FOOT}")


@pytest.mark.parametrize(
    ("said", "hosts"),
    [
        ('<a href="https://Shop.example/a?b">', {"shop.example"}),
        (
            "See https://shop.example. Or http://bücher.example:8443/x",
            {"shop.example", "xn--bcher-kva.example"},
        ),
        ("<a href=https&#58;//shop.example>", {"shop.example"}),
        ("{% assign at = 'https://shop.example' %}{{ at }}/x", {"shop.example"}),
        ("https://shop.example:{{ traits.port }}/", {"shop.example"}),
        ("https://shop.example{{ traits.rest }}/", set()),
        ("https://shop.example.{{ traits.rest }}/", set()),
        ("https://{{ traits.site }}.shop.example/", set()),
        ("https://somebody@shop.example/ https:///x //shop.example mailto:a@shop.example", set()),
    ],
)
def test_a_host_is_named_where_it_stands_whole(said, hosts):
    assert hosts_written([said]) == hosts


@pytest.mark.parametrize(
    ("said", "written", "paths"),
    [
        ('<a href="{{ traits.site }}">', "markup", ["traits.site"]),
        ("""<a href='{{ traits["my site"] | default: "https://shop.example" }}/x'>""", "markup", ["traits[]"]),
        ('<a href="https://{{ event.host | downcase }}:8443/x">', "markup", ["event.host"]),
        ('<a href="https://{{ customer.id }}.shop.example">', "markup", ["customer.id"]),
        ("{% assign a = traits.site %}{% assign b = a %}<a href='{{ b }}'>", "markup", ["b"]),
        ("{% for one in event.items %}<a href={{one.url}}>{% endfor %}", "markup", ["one.url"]),
        ("{% capture to %}https://{{ traits.h }}{% endcapture %}<a href='{{ to }}'>", "markup", ["to"]),
        ("{% for one in last_order.products %}<a href='{{ one.url }}'>{% endfor %}", "markup", []),
        ('<a href="https://shop.example/{{ traits.site }}?a={{ event.id }}">{{ traits.site }}', "markup", []),
        ('<a href="mailto:{{ customer.email }}"><a href="{{ view_url }}"><a href="#{{ traits.a }}">', "markup", []),
        ('<a href="{{ "sku" | product: "url" }}"><a href="{{ brand.website }}/x">', "markup", []),
        ("{{ traits.site }}, https://shop.example/{{ traits.site }}", "text", []),
        ("https://{{ traits.site }}", "text", ["traits.site"]),
        ("{{ event.url }}", "address", ["event.url"]),
        ("https://shop.example/{{ event.url }}", "address", []),
    ],
)  # fmt: skip
def test_a_link_that_leads_where_a_customer_says_is_seen(said, written, paths):
    assert led_by_others(said, written) == paths


def test_a_template_may_lead_where_it_its_blocks_and_its_brand_say():
    shelf = Shelf(
        brand=Brand(name="Shop", website="https://www.shop.example", link_hosts=("blog.shop.example",)),
        blocks=(("ad", Block(title="Ad", html="<a href='https://ad.example/x'>Ad</a>")),),
    )
    body = msgspec.structs.replace(
        LETTER, html=f"{LETTER.html}{{% render 'ad' %}}", preheader="https://pre.example"
    )

    assert prepared(body, shelf).link_hosts == {
        "www.shop.example", "blog.shop.example", "ad.example", "pre.example",
    }  # fmt: skip


def test_what_is_not_counted_is_told_with_its_line_where_opens_and_clicks_are_counted_at_all():
    said = f'{LETTER.html}\n<p><a href="{{{{ traits.site | default: "x" }}}}">Yours</a></p>'

    (told,) = checks(msgspec.structs.replace(LETTER, html=said))
    push = Template(title="P", subject="P", text="P", medium="push", link="{{ event.url | default: '' }}")

    assert (told.severity, told.part, told.line, told.code) == (
        "warning",
        "html",
        3,
        "messaging.uncounted_link",
    )
    assert "(traits.site): not counted" in told.message
    assert checks(msgspec.structs.replace(LETTER, html=said, track=False)) == []
    assert [(one.part, one.line) for one in checks(push)] == [("link", 1)]
