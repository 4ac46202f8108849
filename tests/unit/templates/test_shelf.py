"""Blocks put into templates, and the brand they speak for."""

import msgspec
import pytest

from regulars.templates import BLOCK, BRAND, Abort, Block, Brand, Prepared, Shelf, Template, review

LETTER = Template(title="Hello", subject="Hello", text="", html='<p>Hi</p>{% render "foot" %}')
FOOT = Block(
    title="Foot",
    html='<p>{{ brand.name }} {{ who | default: "all" }}{% render "mark" %}</p>',
    mjml="<mj-section><mj-column><mj-text>{{ brand.name }}</mj-text></mj-column></mj-section>",
    text="-- {{ brand.name }}",
)
MARK = Block(title="Mark", html="<b>!</b>")
SHELF = Shelf(brand=Brand(name="Grün & Co", colour="#114411"), blocks=(("foot", FOOT), ("mark", MARK)))


def said(shelf=SHELF, variables=None, **changes):
    return Prepared(msgspec.structs.replace(LETTER, **changes), shelf).render(variables or {})


def test_a_block_is_put_in_with_the_brand_and_what_it_is_given():
    assert said().html == "<p>Hi</p><p>Grün &amp; Co all<b>!</b></p>"
    assert said(html='{% render "foot", who: "Ann" %}').html == "<p>Grün &amp; Co Ann<b>!</b></p>"
    assert said(
        html="{% render 'mark' for traits.all as one %}", variables={"traits": {"all": [1, 2]}}
    ).html == ("<b>!</b><b>!</b>")
    assert said(text='Hi {% render "foot" %}{% render "mark" %}').text == "Hi -- Grün & Co!"


def test_in_mjml_a_block_is_compiled_where_it_stands():
    mjml = """\
<mjml><mj-body>{% render "foot" %}<mj-section><mj-column><mj-text>a{% render "mark" %}</mj-text></mj-column>
</mj-section></mj-body></mjml>"""
    html = said(html=None, mjml=mjml).html

    assert html.index("Grün &amp; Co") < html.index("a<b>!</b>")
    assert "mj-section" not in html


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ('{% render "nothing" %}', "No block 'nothing' is live"),
        ('{% render "a" %}', "circle: a → b → a"),
        ("{% render key %}", "with the key of a block"),
        ("{% include 'mark' %}", "with the key of a block"),
        ('{% render "words" %}', "has no HTML"),
        ('{% render "mark", who %}', "give a block values"),
    ],
)
def test_what_cannot_be_put_in_is_said_at_its_part(html, told):
    blocks = {
        "a": Block(title="A", html='{% render "b" %}'),
        "b": Block(title="B", html='{% render "a" %}'),
        "mark": MARK,
        "words": Block(title="Words", text="Hi"),
    }
    (finding,) = review(msgspec.structs.replace(LETTER, html=html), Shelf(blocks=tuple(blocks.items())))

    assert finding.path == "html"
    assert told in finding.message


def test_what_a_block_says_is_reviewed_with_the_template():
    odd = Shelf(blocks=(("foot", Block(title="Foot", html="{{ customer.name }}{{ brand.logo }}")),))

    assert [one.message.partition(" ")[0] for one in review(LETTER, odd)] == [
        "'brand.logo'",
        "'customer.name'",
    ]
    assert review(LETTER, SHELF)[0].message.startswith("No message has 'who'")


def test_kinds_name_what_they_use_and_what_is_wrong_with_a_brand():
    brand = Brand(
        name="Odd",
        colour="blue",
        logo="logo.png",
        fetch_hosts=("https://a.example", "b.example:8443"),
        link_hosts=("b.example", "b.example:8443"),
    )

    assert [(ref.kind, ref.key, ref.path) for ref in BLOCK.uses(FOOT)] == [("block", "mark", "html")]
    assert [one.path for one in BRAND.validate(brand, None)] == [
        "colour", "logo", "fetch_hosts[0]", "link_hosts[1]",
    ]  # fmt: skip
    assert "Odd" in BRAND.sentence(brand)
    assert "HTML and MJML and text" in BLOCK.sentence(FOOT)


def test_a_brand_value_that_is_missing_counts_as_missing():
    with pytest.raises(Abort, match=r"missing_variable: brand\.logo"):
        said(html="{{ brand.logo }}", missing="skip")
