"""Where a request comes from: our own pages only."""

import pytest

from regulars.access import ForeignOrigin, check_origin

OWN = ["https://regulars.shop.example", "http://127.0.0.1:8642"]


@pytest.mark.parametrize(
    ("origin", "referer", "fetch_site"),
    [
        (None, None, "same-origin"),
        (None, None, "none"),
        ("https://regulars.shop.example", None, None),
        ("https://REGULARS.shop.example:443", None, None),
        ("http://127.0.0.1:8642", None, None),
        (None, "https://regulars.shop.example/campaigns?x=1", None),
    ],
)
def test_our_own_pages_pass(origin, referer, fetch_site):
    check_origin(origin=origin, referer=referer, fetch_site=fetch_site, own=OWN)


@pytest.mark.parametrize(
    ("origin", "referer", "fetch_site"),
    [
        (None, None, None),
        ("null", None, None),
        ("https://evil.example", None, None),
        ("http://regulars.shop.example", None, None),
        ("https://regulars.shop.example:8443", None, None),
        ("https://regulars.shop.example.evil.example", None, None),
        ("http://127.0.0.1:notaport", None, None),
        (None, "https://evil.example/?https://regulars.shop.example", None),
        ("https://regulars.shop.example", None, "cross-site"),
        ("https://regulars.shop.example", None, "same-site"),
    ],
)
def test_everybody_else_is_refused(origin, referer, fetch_site):
    with pytest.raises(ForeignOrigin):
        check_origin(origin=origin, referer=referer, fetch_site=fetch_site, own=OWN)
