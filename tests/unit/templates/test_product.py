"""Products and the last order in templates: what a review finds, and what is said."""

import msgspec
import pytest

from regulars.templates import LOOKUPS_MAX, Abort, Template, keys, prepared, review

PLAIN = Template(title="Hello", subject="Hello", text="Hello")
MILK = {"key": "milk", "name": "Fresh Milk", "price": "1.99 USD", "image": "", "attributes": {"fat": "3.5%"}}


def with_text(text, **changes):
    return msgspec.structs.replace(PLAIN, text=text, **changes)


@pytest.mark.parametrize(
    "text",
    [
        "{% for p in last_order.products %}{{ p.name }} {{ p.price }} {{ p.image }}{% endfor %}",
        "{% if last_order %}{{ last_order.id }} of {{ last_order.total }}{% endif %}",
        "{{ last_order.store | default: 'our shop' }} {{ last_order.products[0].name | default: '' }}",
        "{{ 'milk' | product: 'name' | default: 'milk' }}",
        "{{ traits.favourite | product: 'attributes.fat' | default: '' }}",
    ],
)
def test_what_orders_and_products_have_can_be_said(text):
    assert review(with_text(text)) == []


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("{{ last_order.id }}", "messaging.no_default", "'last_order.id'"),
        ("{{ last_order.sum | default: '' }}", "messaging.unknown_variable", "'last_order.sum'"),
        (
            "{% for p in last_order.products %}{{ p.cost }}{% endfor %}",
            "messaging.unknown_variable",
            "'cost'",
        ),
        ("{{ 'milk' | product: 'name' }}", "messaging.no_default", "'name'"),
        ("{{ 'milk' | product: 'cost' | default: '' }}", "messaging.product", "'cost'"),
        (
            "{{ 'MILK' | downcase | product: 'name' | default: '' }}",
            "messaging.product",
            "product come first",
        ),
        ("{{ 'a' | product: 'name' | default: '' }}" * (LOOKUPS_MAX + 1), "messaging.product", "51 products"),
    ],
)
def test_what_they_have_not_is_found_at_review(text, code, said):
    (finding, *_) = review(with_text(text))
    assert finding.code == code
    assert said in finding.message


def test_products_are_said_by_key_and_what_is_missing_is_blank_or_the_default():
    text = (
        "{{ 'milk' | product: 'name' }}, {{ 'milk' | product: 'attributes.fat' }}, "
        "{{ 'milk' | product: 'image' | default: 'no image' }}, {{ 'bread' | product: 'name' }}, "
        "{{ traits.favourite | product: 'price' }}"
    )
    ready = prepared(with_text(text))
    variables = {"traits": {"favourite": "milk"}}

    assert sorted(set(keys(ready.lookups, variables))) == ["bread", "milk"]
    said = ready.render(variables, {"milk": MILK}).text
    assert said == "Fresh Milk, 3.5%, no image, , 1.99 USD"


def test_a_missing_product_keeps_the_message_back_when_the_template_says_so():
    ready = prepared(with_text("{{ 'bread' | product: 'name' }}", missing="skip"))

    with pytest.raises(Abort, match=r"missing_variable: product bread\.name"):
        ready.render({}, {"milk": MILK})


def test_what_a_catalogue_says_is_escaped_in_html():
    ready = prepared(with_text("Hello", html="{{ 'x' | product: 'name' }}"))

    assert ready.render({}, {"x": {"name": "<b>&"}}).html == "&lt;b&gt;&amp;"
