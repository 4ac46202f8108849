"""What stands behind a sending domain, asked of a real name server on loopback."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from regulars.access import SYSTEM
from regulars.deliverability import (
    Asker,
    Known,
    SendingDomain,
    changes_of,
    drop_key,
    fallen,
    keep_findings,
    keys_of,
    known_of,
    make_key,
    standings,
)
from regulars.deliverability.checking import ask_domain, due_domains
from regulars.kernel import Conflict, Invalid
from tests.integration.deliverability.name_server import name_server

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
OURS = "mta.shop.example"
SHOP = SendingDomain(
    channel="mail",
    title="Newsletter",
    domain="shop.example",
    signing=(),
    bounce_domain="bounce.shop.example",
    tracking_domain="news.shop.example",
    hosts=(OURS,),
)


@pytest.fixture
def names():
    with name_server() as made:
        yield made


def asker(names, time_s=2.0):
    return Asker([("127.0.0.1", names.port)], time_s=time_s)


def right(names, key):
    """Everything as it should be."""
    host = f"{key.selector}._domainkey.shop.example"
    names.put(OURS, "A", "192.0.2.7")
    names.put("bounce.shop.example", "TXT", "v=spf1 include:_spf.shop.example -all")
    names.put("_spf.shop.example", "TXT", "v=spf1 ip4:192.0.2.0/28 ?all")
    names.put(host, "TXT", f"v=DKIM1; k=rsa; p={key.public_key}")
    names.put("_dmarc.shop.example", "TXT", "v=DMARC1; p=quarantine; rua=mailto:dmarc@shop.example")
    for domain in ("shop.example", "bounce.shop.example"):
        names.put(domain, "MX", f"10 {OURS}")
    names.put("7.2.0.192.in-addr.arpa", "PTR", OURS)
    names.put("news.shop.example", "CNAME", "app.shop.example")
    names.put("app.shop.example", "A", "192.0.2.9")


def test_each_record_is_found_right_missing_or_wrong_with_what_to_publish(tx, names):
    sealed = {}
    key = make_key(tx, SYSTEM, "shop.example", sealed.__setitem__, at=NOW, now=NOW)
    assert "PRIVATE KEY" in sealed[f"dkim/shop.example/{key.selector}"]
    shop = replace(SHOP, signing=(("shop.example", key.selector),))
    known = known_of(tx, shop, "app.shop.example")

    missing = {one.item: one for one in ask_domain(asker(names), shop, known)}
    assert {one.state for one in missing.values()} == {"missing"}
    dkim = missing[f"dkim:{key.selector}"].records[0]
    assert (dkim.host, dkim.type) == (f"{key.selector}._domainkey.shop.example", "TXT")
    assert dkim.value == f"v=DKIM1; k=rsa; p={key.public_key}"
    assert missing["dmarc"].records[0].host == "_dmarc.shop.example"
    assert missing["tracking"].records[0].value == "app.shop.example"

    right(names, key)
    found = ask_domain(asker(names), shop, known)
    assert {one.item: one.state for one in found} == {
        "spf": "ok", f"dkim:{key.selector}": "ok", "dmarc": "ok", "mx": "ok", "mx:from": "ok",
        "ptr:192.0.2.7": "ok", "tracking": "ok",
    }  # fmt: skip

    names.put("bounce.shop.example", "TXT", "v=spf1 mx:elsewhere.example -all")
    names.put("elsewhere.example", "MX", "10 mx.elsewhere.example")
    names.put("mx.elsewhere.example", "A", "198.51.100.3")
    names.put(f"{key.selector}._domainkey.shop.example", "TXT", "v=DKIM1; k=rsa; p=QUJD")
    names.put("_dmarc.shop.example", "TXT", "v=DMARC1; p=reject; adkim=s; aspf=s")
    names.put("7.2.0.192.in-addr.arpa", "PTR", "static-7.provider.example")
    names.put("shop.example", "MX", "0 .")
    wrong = {one.item: one for one in ask_domain(asker(names), replace(shop, signing=()), known)}
    assert wrong["spf"].records[0].value == "v=spf1 mx:elsewhere.example ip4:192.0.2.7 -all"
    assert {wrong[item].state for item in ("spf", f"dkim:{key.selector}", "dmarc", "mx:from")} == {"wrong"}
    assert wrong["ptr:192.0.2.7"].state == "wrong"
    assert "takes no mail" in wrong["mx:from"].found


@pytest.mark.parametrize(
    ("record", "more", "state", "words"),
    [
        ("v=spf1 +all", {}, "wrong", "lets everybody"),
        ("v=spf1 redirect=spf.a.example", {"spf.a.example": "v=spf1 ip4:192.0.2.7 -all"}, "ok", "redirect"),
        ("v=spf1 a:mta.shop.example -all", {}, "ok", "we pass by a:mta"),
        (
            "v=spf1 include:ring.example -all",
            {"ring.example": "v=spf1 include:shop.example -all"},
            "wrong",
            "name",
        ),
        ("v=spf1 " + " ".join(f"exists:{n}.example" for n in range(11)), {}, "wrong", "more than 10"),
        ("v=spf1 ipv4:192.0.2.7 -all", {}, "wrong", "nothing that SPF knows"),
        ("v=spf1 ip4:elephant -all", {}, "wrong", "names no network"),
        ("v=spf1 include:nothing.example -all", {}, "wrong", "without an SPF record"),
        ("v=spf1 a:x1.example a:x2.example a:x3.example -all", {}, "wrong", "lead nowhere"),
    ],
)
def test_spf_is_followed_as_receivers_do(names, record, more, state, words):
    names.put(OURS, "A", "192.0.2.7")
    names.put("shop.example", "TXT", "unrelated", record)
    for name, text in more.items():
        names.put(name, "TXT", text)

    found = ask_domain(asker(names), replace(SHOP, bounce_domain="shop.example"), Known(keys={}))

    spf = next(one for one in found if one.item == "spf")
    assert (spf.state, words in spf.found) == (state, True), spf


def test_a_provider_passes_by_its_own_name_and_two_records_are_none(names):
    ses = replace(SHOP, hosts=(), includes=("amazonses.com",), bounce_domain="shop.example")
    names.put("shop.example", "TXT", "v=spf1 include:amazonses.com ~all")
    names.put("amazonses.com", "TXT", "v=spf1 ip4:203.0.113.0/24 -all")
    spf = next(one for one in ask_domain(asker(names), ses, Known(keys={})) if one.item == "spf")
    assert spf.state == "ok"

    names.put("shop.example", "TXT", "v=spf1 include:amazonses.com ~all", "v=spf1 -all")
    spf = next(one for one in ask_domain(asker(names), ses, Known(keys={})) if one.item == "spf")
    assert (spf.state, "2 SPF records" in spf.found) == ("wrong", True)


def test_silence_is_told_as_such_and_what_was_right_and_goes_wrong_is_an_alert(tx, names):
    key = make_key(tx, SYSTEM, "shop.example", lambda *_: None, at=NOW, now=NOW)
    shop = replace(SHOP, signing=(("shop.example", key.selector),))
    known = known_of(tx, shop, "app.shop.example")
    right(names, key)
    keep_findings(tx, "mail", ask_domain(asker(names), shop, known), NOW)
    assert due_domains(tx, [shop], NOW + timedelta(hours=23)) == []
    assert due_domains(tx, [shop], NOW + timedelta(days=1)) == [shop]

    names.silent.add("_dmarc.shop.example")
    names.broken.add("_spf.shop.example")
    later = NOW + timedelta(days=1)
    quiet = ask_domain(asker(names, time_s=0.3), shop, known)
    assert {one.item for one in quiet if one.state == "unasked"} == {"spf", "dmarc"}
    keep_findings(tx, "mail", quiet, later)
    stands = {one.item: one for one in standings(tx, "mail")}
    assert stands["dmarc"].state == "ok"  # Nobody answered: what stood there is not known to have changed.
    assert stands["dmarc"].checked_at == later
    assert fallen(tx) == []

    names.silent.clear()
    names.broken.clear()
    names.drop("_dmarc.shop.example", "TXT")
    gone = later + timedelta(days=1)
    keep_findings(tx, "mail", ask_domain(asker(names), shop, known), gone)
    assert [(one.item, one.fell_at, one.since) for one in fallen(tx)] == [("dmarc", gone, gone)]

    right(names, key)
    keep_findings(tx, "mail", ask_domain(asker(names), shop, known), gone + timedelta(days=1))
    assert fallen(tx) == []
    assert [one.state for one in changes_of(tx, "mail") if one.item == "dmarc"] == ["ok", "missing", "ok"]


def test_keys_are_changed_by_a_second_selector_and_the_private_half_is_only_sealed(tx):
    sealed = {}
    first = make_key(tx, SYSTEM, "shop.example", sealed.__setitem__, at=NOW, now=NOW)
    second = make_key(tx, SYSTEM, "shop.example", sealed.__setitem__, algorithm="ed25519", at=NOW, now=NOW)
    assert (first.selector, second.selector) == ("r202603", "r202603b")
    assert len(second.public_key) == 44
    with pytest.raises(Conflict):
        make_key(tx, SYSTEM, "shop.example", sealed.__setitem__, selector=first.selector, at=NOW, now=NOW)
    with pytest.raises(Invalid):
        make_key(tx, SYSTEM, "no domain", sealed.__setitem__, at=NOW, now=NOW)
    drop_key(tx, SYSTEM, "shop.example", first.selector, sealed.pop, at=NOW)
    assert [one.selector for one in keys_of(tx, "shop.example")] == [second.selector]
    assert list(sealed) == [f"dkim/shop.example/{second.selector}"]
