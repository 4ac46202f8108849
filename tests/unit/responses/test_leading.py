"""Links led by us: nothing of a message changes but where its links lead."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.responses.rewriting import before_end, is_plain, lead_html, lead_text, places, read_href, target

OWN = ("https://us.example",)
LED = "https://us.example/c/TOKEN"


def by_us(written):
    return LED if target(read_href(written), OWN) else None


def led_by_us(html):
    return lead_html(html, places(html), by_us)


class Read(HTMLParser):
    """All that a browser sees of some HTML, and the targets of its links apart."""

    def __init__(self, html):
        super().__init__(convert_charrefs=False)
        self.rest, self.links = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag in ("a", "area"):
            self.links += [value for name, value in attrs if name == "href"][:1]
            attrs = [pair for pair in attrs if pair[0] != "href"]
        self.rest.append((tag, attrs))

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        self.rest.append(("/", tag))

    def handle_data(self, data):
        self.rest.append(data)

    handle_entityref = handle_charref = handle_comment = handle_data


WORDS = st.one_of(
    st.text("abcdefgh &;=/?'\">\n\tä", max_size=12),
    st.sampled_from(["1 < 2 ", "<p class='a>b'>", "</p>", "<br/>", '<!-- a\'s "note" -->', "<![endif]-->"]),
)
TARGETS = st.sampled_from(
    [
        "https://shop.example/a?b=1&amp;c=2",
        "HTTP://shop.example",
        "mailto:a@b.example",
        "tel:+4912345",
        "https://us.example/p/token/unsubscribe",
        "#top",
        "javascript:alert(1)",
        "//shop.example/x",
        "https://bücher.example/ä b",
        "",
    ]
)
TAGS = st.builds(
    lambda name, before, quote, to, after: f"<{name} {before} href={quote}{to}{quote} {after}>x</{name}>",
    st.sampled_from(["a", "A", "area", "p", "abbr", "link"]),
    st.sampled_from(
        ["", 'class="a b"', "title='href=\"https://no.example\"'", "data-href=https://no.example"]
    ),
    st.sampled_from(['"', "'"]),
    TARGETS,
    st.sampled_from(["", "target=_blank", "style='color:red'", 'alt="<a href=https://no.example>"']),
)


@given(st.lists(st.one_of(TAGS, WORDS), max_size=8))
def test_any_html_stays_the_same_but_for_targets(pieces):
    html = "".join(pieces)

    led = led_by_us(html)

    before, after = Read(html), Read(led)
    assert after.rest == before.rest
    assert len(after.links) == len(before.links)
    for was, now in zip(before.links, after.links, strict=True):
        assert now in (was, LED)
        if was is not None and now == LED:
            assert target(was, OWN)


@given(st.lists(TAGS, min_size=1, max_size=5))
def test_every_link_to_the_web_is_led_and_no_other(pieces):
    read = Read(led_by_us("\n".join(pieces)))

    assert not any(target(link or "", OWN) for link in read.links if link != LED)


@given(st.lists(st.one_of(TAGS, WORDS), max_size=8))
def test_the_quick_look_finds_the_same_wherever_it_is_said_to(pieces):
    html = "".join(pieces)

    assert not is_plain(html) or places(html, plain=True) == places(html)
    assert is_plain("<p>a</p><a href='https://shop.example'>b</a>")
    assert not is_plain('<p title="<a href=x>">a</p>')


@given(st.text(max_size=300))
def test_nothing_breaks_on_any_text(text):
    assert lead_html(text, places(text), lambda _: None) == text
    assert lead_text(text, lambda _: None) == text


@pytest.mark.parametrize(
    ("given_", "stored"),
    [
        ("https://shop.example/ä?q=ü&x=%20", "https://shop.example/%C3%A4?q=%C3%BC&x=%20"),
        ("https://bücher.example:8080/a", "https://xn--bcher-kva.example:8080/a"),
        (" https://shop.example/a\r\nSet-Cookie:x ", "https://shop.example/aSet-Cookie:x"),
        ("https://good.example@evil.example/", None),
        ("https://us.example/p/abc/unsubscribe", None),
        ("https://us.example.evil.example/", "https://us.example.evil.example/"),
        ("https://[::1", None),
        ("https:///path", None),
        ("ftp://shop.example/", None),
        ("https://shop.example/" + "a" * 5_000, None),
    ],
)
def test_a_target_is_a_web_page_of_others_in_plain_signs(given_, stored):
    assert target(given_, OWN) == stored


def test_a_link_that_asks_not_to_be_counted_is_left_alone():
    html = '<a data-track="off" href="https://shop.example/">x</a><a href="https://shop.example/">y</a>'

    assert led_by_us(html).count(LED) == 1


def test_links_of_plain_text_end_where_a_sentence_ends():
    text = "See https://shop.example/a?b=1. Or (https://shop.example/c)! mailto:x@shop.example"

    assert lead_text(text, by_us) == f"See {LED}. Or ({LED})! mailto:x@shop.example"


def test_a_piece_goes_to_the_end_of_the_body():
    assert before_end("<body>a</body></html>", "P") == "<body>aP</body></html>"
    assert before_end("<p>a", "P") == "<p>aP"


@pytest.mark.parametrize("piece", ["<a ", '<a "', "<a href='", "<a x=\"y' ", "<a a/"])
def test_what_never_ends_takes_no_longer_than_its_length(piece):
    html = piece * (500_000 // len(piece))
    begun = time.perf_counter()

    assert places(html) == places(html, plain=True) == []
    assert time.perf_counter() - begun < 5
