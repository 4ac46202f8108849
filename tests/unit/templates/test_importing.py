"""HTML of other systems taken over: what goes, what stays, whose variables become ours."""

import pytest

from regulars.templates import Prepared, Template, checks, import_html, review
from regulars.templates.importing import NotHtml

MAILCHIMP = """<!DOCTYPE html>
<html><head><title>*|MC:SUBJECT|*</title><style>a { color: #2456a6 }</style>
<script>steal("x")</script><link rel="stylesheet" href="https://x.example/a.css"></head>
<body onload="run()"><!--[if mso]><table><tr><td><![endif]--><!-- a note -->
<h1 style="color:#111111">Hi *|FNAME|*, &amp; welcome</h1>
<form action="/x"><input name="a"><p>Kept</p></form>
<a href=" jav\tascript:alert(1)">Bad</a> <a href="https://x.example/?a=1&amp;b=*|EMAIL|*">Good</a>
<p>*|LIST:ADDRESS|* *|REWARDS|*</p>
<a href="*|UNSUB|*">Unsubscribe</a> <a href="*|ARCHIVE|*">View</a>
</body></html>"""
PERSON = {
    "customer": {"first_name": "Ann", "email": "ann@x.example", "id": 1},
    "traits": {"town": "Ulm"},
    "event": {"total": "5"},
    "unsubscribe_url": "https://us.example/u",
    "view_url": "https://us.example/v",
}


def rendered(html):
    body = Template(title="Imported", subject="Hi", text="", html=html)
    assert [one for one in review(body) if one.code != "messaging.no_default"] == []
    return body, Prepared(body).render(PERSON)


def test_a_letter_of_mailchimp_is_ours_and_says_what_changed():
    taken = import_html(MAILCHIMP)
    body, said = rendered(taken.html)

    assert "Hi Ann, &amp; welcome" in said.html
    assert 'href="https://us.example/u"' in said.html
    assert "?a=1&amp;b=ann@x.example" in said.html
    assert "<!--[if mso]>" in said.html
    assert "Kept" in said.html
    assert 'style="color: #2456a6;"' in said.html
    for gone in ("script", "steal", "onload", "<form", "<input", "<link", "a note", "*|"):
        assert gone not in said.html
    assert [one for one in checks(body) if one.severity == "error"] == []
    assert taken.changes[:2] == (
        "*|MC:SUBJECT|* became nothing.",
        '*|FNAME|* became {{ customer.first_name | default: "" }}.',
    )
    assert "The element script was taken out." in taken.changes
    assert "The handler onload of body was taken out." in taken.changes
    assert "A script in href of a was taken out." in taken.changes
    assert "*|REWARDS|* is not known here and was left out." in taken.changes


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("<p>{{ first_name|default:'friend' }}</p>", "<p>Ann</p>"),
        ("<p>{{ person.town|default:'here' }}</p>", "<p>Ulm</p>"),
        ("<p>{{customer.first_name}}</p>", "<p>Ann</p>"),
        ("<p>{{ customer.town }}</p>", "<p>Ulm</p>"),
        ("<p>{{ event.total }}</p>", "<p>5</p>"),
        ("<a href='{% unsubscribe_link %}'>x</a>", '<a href="https://us.example/u">x</a>'),
        ('<a href="{{ unsubscribe_url }}">x</a>', '<a href="https://us.example/u">x</a>'),
        ('<a href="{% unsubscribe_url %}">x</a>', '<a href="">x</a>'),
        ("<p>{{ organization.name }}</p>", "<p>Our company</p>"),
        ("<p>{% if customer.town %}b{% endif %}</p>", "<p></p>"),
        ("<svg><script>x</script></svg><p>a</p>", "<p>a</p>"),
        ("<p>5 &lt; 6 &#8364; &nbsp;</p>", "<p>5 &lt; 6 &#8364; &nbsp;</p>"),
        ("<IMG SRC=x ONERROR=alert(1)>", '<img src="x">'),
    ],
)
def test_variables_of_others_are_ours(theirs, ours):
    html = import_html(theirs).html
    assert Prepared(Template(title="a", subject="a", text="a", html=html)).render(PERSON).html == ours


@pytest.mark.parametrize("text", ["", "only words", "1 < 2", "<p>" + "x" * 300_000])
def test_what_is_no_html_is_refused(text):
    with pytest.raises(NotHtml):
        import_html(text)
