"""Templates made ready: MJML compiled round its Liquid, styles inlined, text derived, languages chosen."""

import msgspec
import pytest

from regulars.templates import Abort, Template, Variant, prepared, review

MJML = """\
<mjml>
  <mj-head>
    <mj-attributes><mj-all font-family="Georgia" /></mj-attributes>
    <mj-style>.note { color: #aa0000; } .note:hover { color: blue; }
      @media (prefers-color-scheme: dark) { .note { color: white; } }</mj-style>
    <mj-title>{{ customer.first_name | default: "You" }}</mj-title>
    <mj-preview>For you</mj-preview>
  </mj-head>
  <mj-body>
    {% if points > 5 and points < 100 %}
    <mj-section><mj-column>
      <mj-text color="{{ traits.colour | default: "#111111" }}">Hello {{ customer.first_name | default: "you" }}
        <span class="note">{{ points }} points</span></mj-text>
      {% for product in last_order.products %}
      <mj-image src="{{ product.image }}" alt="{{ product.name }}" />
      <mj-text>{{ product.name }}</mj-text>
      {% endfor %}
      <mj-table>
        {% for product in last_order.products %}
        <tr><td>{{ product.name }}</td><td>{{ product.price }}</td></tr>
        {% endfor %}
      </mj-table>
      <mj-button href="{{ unsubscribe_url }}">No more</mj-button>
    </mj-column></mj-section>
    {% endif %}
  </mj-body>
</mjml>
"""
LETTER = Template(title="Hello", subject="Hello", text="", mjml=MJML)
MILK = {"name": "Milk", "price": "1.99", "image": "https://shop.example/milk.png?a=1&b=2"}
BREAD = {"name": "Bread", "price": "2.49", "image": "https://shop.example/bread.png"}
PERSON = {
    "customer": {"first_name": "Ann"},
    "points": 20,
    "traits": {"colour": "#336699"},
    "unsubscribe_url": "https://us.example/u",
    "last_order": {"products": [MILK, BREAD]},
}


def test_mjml_is_compiled_round_its_liquid_with_styles_inlined_and_text_derived():
    said = prepared(LETTER).render(PERSON)

    assert "<title>Ann</title>" in said.html
    assert "color:#336699" in said.html
    assert 'class="note" style="color: #aa0000;"' in said.html
    assert "prefers-color-scheme: dark" in said.html
    assert ".note:hover" in said.html
    assert said.html.count("milk.png?a=1&amp;b=2") == 1
    assert said.html.count("<td") == said.html.count("</td>")
    assert said.html.count("<tbody>") == said.html.count("</tbody>")
    assert said.html.index(">Milk</td>") < said.html.index(">Bread</td>")
    assert "mj-" not in said.html.replace("mj-column", "").replace("mj-full", "").replace("mj-outlook", "")
    assert "lqd" not in said.html
    assert said.text.splitlines()[0] == "Hello Ann 20 points"
    assert "No more (https://us.example/u)" in said.text
    assert "color" not in said.text
    assert "{" not in said.text


def test_a_part_that_is_not_for_somebody_is_not_there():
    said = prepared(LETTER).render({**PERSON, "points": 3})

    assert "Ann 3" not in said.html
    assert said.text == ""


@pytest.mark.parametrize(
    ("mjml", "told"),
    [
        ("<mjml><mj-body>", "cannot be read"),
        ("<mjml><mj-body><mj-nothing/></mj-body></mjml>", "mj-nothing"),
        ("<mjml><mj-body><mj-include path='/etc/passwd' /></mj-body></mjml>", "cannot be read"),
        (
            "<mjml><mj-body><mj-section><mj-column width='{{ tier }}'></mj-column></mj-section></mj-body></mjml>",
            "MJML calculates",
        ),
    ],
)
def test_what_is_no_mjml_is_said_at_its_place(mjml, told):
    (finding,) = [one for one in review(msgspec.structs.replace(LETTER, mjml=mjml)) if one.path == "mjml"]
    assert told in finding.message


def test_the_styles_of_plain_html_are_inlined_and_liquid_stays_where_it_is():
    html = (
        "<html><head><style>td { color: red }</style></head><body><table>{% for p in last_order.products %}"
        '<tr><td style="padding: {{ traits.gap | default: 1 }}px">{{ p.name }}</td></tr>{% endfor %}</table>'
        "</body></html>"
    )
    said = prepared(msgspec.structs.replace(LETTER, mjml=None, html=html)).render(PERSON)

    assert said.html.count("color: red") == 2
    assert said.html.index("<tbody>") < said.html.index("Milk") < said.html.index("Bread")
    assert "padding: 1px" in said.html
    assert said.text == "Milk\n\nBread"


def test_liquid_between_attributes_keeps_the_style_sheet_as_it_is():
    html = "<style>p { color: red }</style><p {% if tier %}title='x'{% else %}title='y'{% endif %}>Hi</p>"
    said = prepared(msgspec.structs.replace(LETTER, mjml=None, html=html)).render({"tier": "gold"})

    assert said.html == "<style>p { color: red }</style><p title='x'>Hi</p>"


def test_the_language_is_the_exact_one_then_the_base_then_the_main_text():
    body = Template(
        title="Hi",
        subject="Hello",
        text="Hello {{ customer.first_name | default: 'you' }}",
        html="<p>Hello</p>",
        language="en",
        variants=(
            Variant(language="de", subject="Hallo", html="<p>Hallo</p>"),
            Variant(language="de-AT", subject="Servus"),
            Variant(language="fr", subject="Bonjour", text="Bonjour"),
        ),
    )
    assert review(body) == []
    ready = prepared(body)

    said = {one: ready.render({}, language=one) for one in ("", "en-GB", "de", "de_CH", "de-at", "fr", "tlh")}

    assert {one: (had.subject, had.text, had.html) for one, had in said.items()} == {
        "": ("Hello", "Hello you", "<p>Hello</p>"),
        "en-GB": ("Hello", "Hello you", "<p>Hello</p>"),
        "de": ("Hallo", "Hallo", "<p>Hallo</p>"),
        "de_CH": ("Hallo", "Hallo", "<p>Hallo</p>"),
        "de-at": ("Servus", "Hello you", "<p>Hello</p>"),
        "fr": ("Bonjour", "Bonjour", "<p>Hello</p>"),
        "tlh": ("Hello", "Hello you", "<p>Hello</p>"),
    }


def test_a_finding_of_a_variant_stands_at_the_variant():
    body = Template(
        title="Hi",
        subject="Hello",
        text="Hello",
        variants=(
            Variant(language="de", subject="{{ customer.name }}"),
            Variant(language="DE"),
            Variant(language="german language"),
        ),
    )
    assert [(one.path, one.code) for one in review(body)] == [
        ("variants[0].subject", "messaging.no_default"),
        ("variants[1].language", "messaging.language"),
        ("variants[2].language", "messaging.language"),
    ]


@pytest.mark.parametrize(
    ("body", "places"),
    [
        (Template(title="a", subject="", text="Hi", medium="sms"), []),
        (Template(title="a", subject="", text="Hi", html="<p>", medium="sms"), ["html"]),
        (Template(title="a", subject="", text="Hi", medium="push", link="https://x.example"), ["subject"]),
        (Template(title="a", subject="Hi", text="", html="<p>Hi</p>", medium="inbox"), []),
        (Template(title="a", subject="Hi", text="", medium="email"), ["text"]),
        (Template(title="a", subject="Hi", text="x", html="y", mjml=MJML, medium="email"), ["html"]),
        (Template(title="a", subject="", text="", medium="webhook"), ["text"]),
    ],
)
def test_each_medium_needs_its_parts_and_no_others(body, places):
    assert [one.path for one in review(body)] == places


def test_a_push_message_has_a_link_and_an_image_that_lead_somewhere_harmless():
    body = Template(
        title="a", subject="Hi", text="Look", medium="push",
        link="https://shop.example/{{ traits.page | url_encode }}", image="{{ traits.image | default: '' }}",
    )  # fmt: skip
    said = prepared(body).render({"traits": {"page": "a b", "image": "JavaScript:alert(1)"}})

    assert (said.link, said.image) == ("https://shop.example/a+b", "#")


def test_a_webhook_is_json_or_is_not_sent():
    body = Template(title="a", subject="", text='{"name": {{ traits.name | json }}}', medium="webhook")
    ready = prepared(body)

    assert ready.render({"traits": {"name": 'A "B"'}}).text == '{"name": "A \\"B\\""}'
    with pytest.raises(Abort, match="no JSON"):
        prepared(msgspec.structs.replace(body, text="{{ traits.name }}")).render({"traits": {"name": "A"}})


def test_the_preheader_comes_first_in_the_html_unseen_and_escaped():
    body = Template(
        title="a",
        subject="a",
        text="",
        preheader="Milk & {{ traits.more }}",
        html="<body class='a>b'><p>Hi</p></body>",
    )
    said = prepared(body).render({"traits": {"more": "<bread>"}})

    assert said.html.startswith("<body class='a>b'><div style=\"display:none")
    assert ">Milk &amp; &lt;bread&gt;&#847;" in said.html
    assert (said.preheader, said.text) == ("Milk & <bread>", "Hi")
    named = msgspec.structs.replace(body, html=None, mjml=MJML)
    assert "Milk &amp;" not in prepared(named).render(PERSON).html
