"""What is noticed of a template before it is published, with its place."""

import msgspec
import pytest

from regulars.templates import (
    BLOCKS,
    TEMPLATES,
    WIN_BACK_MJML,
    Brand,
    Shelf,
    Template,
    Variant,
    checks,
    review,
)

FOOT = '<p><a href="{{ unsubscribe_url }}">No more</a></p>'
LETTER = Template(title="Hello", subject="Hello", text="", html=f"<p>Hello</p>\n{FOOT}")


def remarks(body, **changes):
    found = checks(msgspec.structs.replace(body, **changes))
    return [(one.severity, one.part, one.line, one.code.removeprefix("messaging.")) for one in found]


def test_the_ready_made_ones_have_nothing_to_be_noticed():
    every = {**TEMPLATES, "win-back": msgspec.structs.replace(LETTER, html=None, mjml=WIN_BACK_MJML)}
    assert {key: (review(body), checks(body)) for key, body in every.items()} == {
        key: ([], []) for key in every
    }


def test_advertising_without_a_link_to_unsubscribe_is_an_error_at_its_part():
    said = "<p>Hello</p>\n<!-- {{ unsubscribe_url }} -->{% comment %}{{ unsubscribe_url }}{% endcomment %}\n"

    assert remarks(LETTER) == []
    assert remarks(LETTER, html=said) == [("error", "html", 2, "no_unsubscribe")]
    assert remarks(LETTER, html=said, purpose="transactional") == []
    assert remarks(LETTER, text="Hello") == [("error", "text", 1, "no_unsubscribe")]
    assert remarks(LETTER, text="Hello", html=None, medium="sms") == []
    assert remarks(LETTER, variants=(Variant(language="de", html="<p>Hallo</p>"),)) == [
        ("error", "variants[0].html", 1, "no_unsubscribe")
    ]
    block = msgspec.structs.replace(LETTER, html='<p>Hello</p>{% render "footer" %}')
    assert checks(block, Shelf(blocks=tuple(BLOCKS.items()))) == []


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<p>a</p>\n<img src="https://x.example/a.png">', ("warning", 2, "no_alt")),
        ('<p>a</p>\n<script>alert("{{ tier }}")</script>', ("error", 2, "script")),
        ("<p onclick='x()'>a</p>", ("error", 1, "script")),
        ("<a href=' java\nscript:x()'>a</a>", ("error", 1, "script")),
        ("<form><b>a</b></form>", ("warning", 1, "form")),
        ("\n\n<a href='#'>a</a>", ("warning", 3, "no_link")),
        (f"<img alt='' src='data:image/png;base64,{'A' * 60_000}'>a", ("warning", 1, "large_image")),
        (f"<p>{'Hello there. ' * 9_000}</p>", ("warning", None, "clipped")),
        ("<p style='color:#aaaaaa'>pale</p>", ("warning", 1, "contrast")),
        ("<div style='background:#222'>\n<p>dark on dark</p></div>", ("warning", 2, "contrast")),
        ("<p>Act now: free money for each winner</p>", ("warning", None, "spam_words")),
        ("<p>BUY THIS VERY SOON, WHILE YOU CAN</p>", ("warning", None, "shouting")),
    ],
)
def test_what_mail_programs_and_readers_would_mind_is_noticed_at_its_line(html, found):
    severity, line, code = found

    assert remarks(LETTER, html=f"{html}\n{FOOT}") == [(severity, "html", line, code)]


@pytest.mark.parametrize(
    "html",
    [
        "<p style='color:{{ traits.colour | default: \"red\" }}'>unknown</p>",
        "<p style='color:#777777;font-size:24px'>large</p>",
        "<div style='background-image:url(https://x.example/a.png)'><p style='color:#ffffff'>on it</p></div>",
        "<div style='display:none;color:#fff'>hidden</div>",
        "<p style='color:#ffffff;background-color:{{ brand.colour }}'>of the brand</p>",
        '<img alt="" src="https://x.example/a.png">seen',
    ],
)
def test_what_nobody_would_mind_is_not_noticed(html):
    assert remarks(LETTER, html=f"{html}\n{FOOT}") == []


def test_a_message_of_pictures_alone_has_no_plain_text():
    found = remarks(LETTER, html='<img alt="" src="https://x.example/a.png">', purpose="transactional")

    assert found == [("warning", "text", None, "no_plain_text")]


def test_a_language_of_the_brand_that_the_template_does_not_speak_is_told():
    shelf = Shelf(brand=Brand(name="Shop", languages=("en", "de", "fr")))
    body = msgspec.structs.replace(LETTER, language="en", variants=(Variant(language="de", subject="Hallo"),))

    assert [one.message.partition(";")[0] for one in checks(body, shelf)] == ["The brand also speaks fr"]
    assert checks(LETTER, shelf) == []
