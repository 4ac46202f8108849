"""Whatever a variable holds, it stays where it is printed, and no message takes for ever. Fuzzed."""

import base64
import re
from html.parser import HTMLParser
from time import process_time

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from regulars.templates import Abort, Prepared, Template, prepared, review
from regulars.templates.liquid import SAID_SIGNS_MAX, effort, environment, parsed, said
from regulars.templates.weblinks import SCHEMES

PLACES = """\
<html><head><title>{{ x }}</title><style>p { color: {{ x }}; } .a { background: url({{ x }}) }</style></head>
<body><p class="{{ x }}" id='{{ x }}' title={{ x }}>{{ x }}</p>
<div style="color: {{ x }}; margin: 0">a</div>
<a href="{{ x }}">a</a><a href='{{ x }}'>b</a><a href={{ x }}>c</a><a href="{{ x }}{{ x }}">d</a>
<a href="{% if x %}{{ x }}{% else %}-{% endif %}">e</a><a href="{% echo x %}">f</a><a HREF = "{{ x | strip }}">g</a>
<a href="https://h.example/{{ x }}?q={{ x | url_encode }}">h</a><a href="{% assign y = x %}{{ y -}}">i</a>
<a href="{{ x | default: 'https://h.example/' }}#{{ x }}">j</a><a href=" {{ x }}">k</a>
<img src="{{ x }}" alt="{{ x }}"><table background="{{ x }}"><tr><td>{{ x | newline_to_br }}</td></tr></table>
{% capture link %}<a href="{{ x }}">{{ x }}</a>{% endcapture %}{{ link }}
<textarea>{{ x }}</textarea></body></html>
"""
BODY = Template(title="a", subject="a", text="a", html=re.sub(r"\bx\b", "traits.x", PLACES))
NASTY = [
    "<script>alert(1)</script>", '" onmouseover="alert(1)', "' onmouseover='alert(1)", "a onmouseover=alert(1)",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "\x01javascript:a",
    "java", "script:alert(1)", "javascript&colon;alert(1)", "&#106;avascript:alert(1)", "javascript%3Aalert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:x", "//evil.example/", "red;} body { display:none",
    "red; background:url(https://evil.example/)", "</style><script>alert(1)</script>", "</title><script>", "-->",
    "expression(alert(1))", "\\65 xpression(a)", "url(javascript:alert(1))", "</textarea><img src=x onerror=a>",
    "{{ traits.y }}", "{% raw %}", "lqd0x", "<!--lqd1x-->", "\u202ejavascript:alert(1)", "java\u200bscript:a",
    "`", "x\r\ny", "\0", "]]>", "&", "&amp;lt;script&amp;gt;",
]  # fmt: skip


class Shape(HTMLParser):
    """What elements and attributes there are, and where the addresses lead."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[str] = []
        self.styles: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            return  # Of newline_to_br.
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "background")]
        self.styles += [value or "" for name, value in attrs if name == "style"]

    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment", (data,)))


READY = Prepared(BODY)
HARMLESS = Shape(READY.render({"traits": {"x": "plain"}}).html or "")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=st.one_of(st.sampled_from(NASTY), st.text(), st.lists(st.sampled_from(NASTY)).map("".join)))
@example(value="\" x='`> <b>javascript:")
def test_no_variable_gets_out_of_where_it_is_printed(value):
    html = READY.render({"traits": {"x": value}}).html
    shape = Shape(html)

    assert shape.elements == HARMLESS.elements
    for address in shape.addresses:
        seen = re.sub(r"[\x00-\x20]", "", address)
        scheme = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*):", seen)
        assert scheme is None or scheme[1].lower() in SCHEMES
    for style in shape.styles:
        assert style.count(";") <= 2
        assert not re.search(r"url\s*\(|expression|[{}<]", style, re.IGNORECASE)


@pytest.mark.parametrize("value", NASTY)
def test_known_tricks_stay_where_they_are_printed(value):
    test_no_variable_gets_out_of_where_it_is_printed.hypothesis.inner_test(value)


@pytest.mark.parametrize(
    "trick", ["<script>x", "%3Cscript%3Ex", base64.b64encode(b"<script>x").decode(), "&lt;script&gt;x"]
)
def test_no_filter_makes_markup_of_a_value(trick):
    env = environment(html=True, wanted=False)
    given = {"traits": {"x": trick, "l": [trick, {"k": trick}]}}
    more = {
        "append": ": traits.x", "prepend": ": traits.x", "replace": ": 'a', traits.x", "join": ": traits.x",
        "default": ": traits.x", "truncate": ": 99, traits.x", "split": ": 'q'", "map": ": 'k'", "sum": ": 'k'",
    }  # fmt: skip
    for name in sorted(env.filters):
        for source in ("traits.x", "traits.l", "'a'"):
            effort.set(0)
            try:
                out = said(parsed(env, f"{{{{ {source} | {name}{more.get(name, '')} }}}}", "x"), given)
            except Exception:  # noqa: BLE001 - refused is as good
                continue
            assert "<script" not in out, name
    assert "safe" not in env.filters


NAMES = st.sampled_from(["a", "b"])
VALUES = st.sampled_from(
    ["'ab'", "a", "b", "traits.long", "(1..9000)", "12345678901234567890", "traits.list"]
)
FILTERS = st.sampled_from([
    "append: a", "prepend: b", "replace: 'a', b", "replace: '', a", "split: ''", "join: a", "times: a",
    "url_encode", "escape", "concat: a", "upcase", "times: 9999999999", "strip_html", "reverse", "sort", "uniq",
    "json", "truncatewords: 9999999, a", "base64_encode", "sum", "newline_to_br",
])  # fmt: skip


def _expression() -> st.SearchStrategy[str]:
    return st.builds(
        lambda value, filters: " | ".join([value, *filters]), VALUES, st.lists(FILTERS, max_size=4)
    )


def _sources() -> st.SearchStrategy[str]:
    leaf = st.one_of(
        st.builds("{{{{ {} }}}}".format, _expression()),
        st.builds("{{% assign {} = {} %}}".format, NAMES, _expression()),
        st.just("x" * 50),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds("{}{}".format, inner, inner),
            st.builds("{{% for i in (1..5000) %}}{}{{% endfor %}}".format, inner),
            st.builds("{{% for i in a %}}{}{{% endfor %}}".format, inner),
            st.builds("{{% capture {} %}}{}{{% endcapture %}}".format, NAMES, inner),
            st.builds("{{% tablerow i in (1..3000) %}}{}{{% endtablerow %}}".format, inner),
        ),
        max_leaves=12,
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(source=_sources())
def test_no_message_is_endless_whatever_the_template(source):
    ready = Prepared(Template(title="a", subject="a", text=source))
    began = process_time()
    try:
        made = ready.render({"traits": {"long": "ab " * 3_000, "list": ["ab"] * 500}})
        assert len(made.text) <= SAID_SIGNS_MAX
    except Abort:
        pass
    assert process_time() - began < 5


def test_a_filter_that_lets_markup_through_is_not_there():
    found = review(msgspec.structs.replace(BODY, html="{{ customer.id | safe }}"))

    assert [one.message for one in found] == [
        "There is no filter 'safe'; leave it out, or look up the filters."
    ]


def test_an_address_of_two_variables_cannot_be_put_together_to_a_script():
    body = Template(title="a", subject="a", text="a", html='<a href="{{ traits.a }}{{ traits.b }}">x</a>')
    html = prepared(body).render({"traits": {"a": "java", "b": "script:alert(1)"}}).html

    assert html == '<a href="java#">x</a>'
