"""What comes back by mail is read, whatever it is made of, or set aside with its reason."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.deliverability import Unreadable, read_mail
from regulars.deliverability.codes import kind_of
from regulars.deliverability.mail_reading import excerpt_of
from tests.unit.deliverability.letters import ARF, AWAY, DSN, EXIM, letter


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        ("5.1.1", "550 5.1.1 no such user", "hard"),
        ("5.1.10", "recipient has a null MX", "hard"),
        ("5.2.1", "mailbox disabled", "hard"),
        ("5.2.2", "552 5.2.2 mailbox full", "soft"),
        ("4.4.1", "connection timed out", "soft"),
        ("5.7.1", "554 5.7.1 blocked by Spamhaus", "block"),
        ("5.7.1", "550 5.7.1 recipient unknown: no such user", "hard"),
        ("5.0.0", "550 User unknown", "hard"),
        ("5.0.0", "554 message refused as spam", "block"),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", "hard"),
        ("5.3.4", "message too big", "soft"),
        ("", "552 over quota", "soft"),
    ],
)
def test_a_refusal_is_hard_soft_or_of_us(status, words, kind):
    found = read_mail(letter(DSN, status=status, words=words))

    assert [one.kind for one in found] == [kind]
    assert found[0].messages == ("msg_z8",)
    assert found[0].addresses == ("ada@example.org",)


def test_delays_and_deliveries_of_a_report_are_no_bounces():
    assert read_mail(letter(DSN, action="delayed", status="4.4.7"))[0].kind == "deferred"
    assert read_mail(letter(DSN, action="delivered", status="2.0.0"))[0].kind == "delivered"
    assert kind_of("5.1.1", "", temporary=True) == "soft"


def test_the_address_it_was_sent_to_names_the_message_though_nothing_of_it_comes_along():
    path = "bounces+msg_z8-laobc4554w@bounce.shop.example"
    raw = letter(DSN, to=f"<{path}>", final="ada@elsewhere.example", message="nothing")

    found = read_mail(raw)[0]

    assert (found.return_paths, found.messages) == ((path,), ())
    assert found.addresses == ("ada@example.org", "ada@elsewhere.example")


def test_complaints_automatic_replies_answers_and_odd_bounces_are_told_apart():
    assert read_mail(letter(ARF))[0].kind == "complaint"
    assert read_mail(letter(ARF))[0].addresses == ("ada@example.org",)
    assert read_mail(letter(ARF, kind="not-spam"))[0].kind == "other"
    assert read_mail(letter(AWAY))[0].kind == "auto_reply"
    person = (
        letter(AWAY).replace(b"Auto-Submitted: auto-replied\r\n", b"").replace(b"Out of office", b"Re: Hello")
    )
    assert read_mail(person)[0].kind == "reply"
    odd = read_mail(letter(EXIM))[0]
    assert (odd.kind, odd.code, odd.addresses, odd.messages) == (
        "hard",
        "5.1.1",
        ("ada@example.org",),
        ("msg_z8",),
    )
    assert read_mail(b"From: a@b.example\r\nSubject: Your invoice\r\n\r\nDear shop")[0].kind == "other"


def nested(depth):
    head = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth))
    return b"MIME-Version: 1.0\r\n" + head.encode() + b"Content-Type: text/plain\r\n\r\nhello\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        nested(1_000),
        nested(60),
        letter(DSN) + b"x" * 5_000_000,
        b"Subject: =?nonsense?b?////?=\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe\x00",
        b"Content-Type: multipart/report; boundary=\r\n\r\n--\r\n",
        letter(DSN).replace(b"Action: failed", b"Action: failed\r\nBcc: x@y.example\r\n X: \x00\xff"),
        letter(ARF).replace(b"Feedback-Type", b"\xc3\x28-Type"),
        b"From: " + b"<" * 50_000 + b"\r\n\r\n",
        b"",
        b"\x00" * 1_000,
        letter(DSN).replace(b"text/plain", b"text/plain; charset=utf-16"),
    ],
    ids=range(11),
)
def test_what_is_broken_is_read_or_set_aside_within_a_moment(raw):
    began = time.monotonic()
    try:
        found = read_mail(raw)
    except Unreadable:
        found = []
    _, excerpt = excerpt_of(raw)

    assert time.monotonic() - began < 5
    for text in (excerpt, *(word for one in found for word in (one.code, one.detail, *one.addresses))):
        assert all(sign.isprintable() or sign == "\n" for sign in text)
        text.encode()  # Nothing that a database would refuse.


def test_a_line_break_in_what_others_write_begins_no_header():
    raw = letter(DSN, words="550 5.1.1 no\r\n\tsuch user\x1b[31m")

    assert "\n" not in read_mail(raw)[0].detail
    assert "\x1b" not in read_mail(raw)[0].detail


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 1_000), st.sampled_from([DSN, ARF, AWAY, EXIM]))
def test_any_damage_is_survived(noise, place, kind):
    whole = letter(kind)
    raw = whole[:place] + noise + whole[place + len(noise) :]
    try:
        found = read_mail(raw)
    except Unreadable:
        return
    assert all(one.kind for one in found)
