"""What a request says of itself, and what is made of it."""

import pytest

from regulars.kernel import Invalid
from regulars.responses import Networks, signal_of, signals

NOWHERE = Networks([])
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"
SAMPLING = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
GOOGLE = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


@pytest.mark.parametrize(
    ("use", "method", "headers", "signal"),
    [
        ("opened", "GET", {"user-agent": BROWSER}, ""),
        ("opened", "GET", {"user-agent": GOOGLE}, ""),
        ("opened", "GET", {"user-agent": "YahooMailProxy; https://help.yahoo.com/kb"}, ""),
        ("opened", "GET", {"user-agent": "Mozilla/5.0"}, "apple_mail_privacy"),
        ("clicked", "GET", {"user-agent": "Mozilla/5.0"}, ""),
        ("opened", "GET", {"user-agent": SAMPLING}, "gmail_sampling"),
        ("clicked", "GET", {"user-agent": "Barracuda Sentinel (EE)"}, "barracuda"),
        ("clicked", "GET", {"user-agent": "curl/8.5.0"}, "program"),
        ("clicked", "GET", {}, "no_agent"),
        ("clicked", "HEAD", {"user-agent": BROWSER}, "head"),
        ("clicked", "GET", {"user-agent": BROWSER, "sec-purpose": "prefetch;prerender"}, "prefetch"),
        ("opened", "GET", {"user-agent": BROWSER, "purpose": "Prefetch"}, "prefetch"),
    ],
)
def test_a_machine_is_known_by_what_it_says(use, method, headers, signal):
    assert signal_of(use, method, headers, "192.0.2.1", NOWHERE) == signal
    assert not signal or signals().words(signal) != signal


def test_only_machines_follow_the_link_that_nobody_sees():
    assert signal_of("clicked", "GET", {"user-agent": BROWSER}, "", NOWHERE, link_id=0) == "trap"


def test_networks_of_machines_are_those_a_company_lists():
    listed = Networks(["203.0.113.0/24", "198.51.100.7", "203.0.113.128/25", "2001:db8::/32"])

    for address in ("203.0.113.0", "203.0.113.255", "198.51.100.7", "2001:db8::1", "::ffff:203.0.113.9"):
        assert address in listed
        assert signal_of("clicked", "GET", {"user-agent": BROWSER}, address, listed) == "network"
    for address in ("203.0.114.0", "198.51.100.8", "2001:db9::", "", "unix"):
        assert address not in listed
    with pytest.raises(Invalid, match="no address or network"):
        Networks(["data centre"])


def test_every_signal_names_where_it_is_known_from():
    assert signals().version >= 1
    assert len({one.code for one in signals().agents}) == len(signals().agents)
