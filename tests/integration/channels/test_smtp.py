"""Letters to mail servers on loopback that behave in every bad way there is."""

from email import message_from_bytes, policy
from pathlib import Path
from time import monotonic

import dkim
import pytest

from regulars.channels import health, new_key, problems, record_of
from regulars.channels import smtp as smtp_room
from regulars.channels.body import Dkim
from regulars.db import Database
from regulars.kernel import WallClock
from tests.integration.channels import fakes
from tests.integration.channels.certificates import contexts
from tests.integration.channels.channel_maker import carrier, mail_body, message, outcomes, smtp_of

WELL = ("ada", "bob", "cy", "twice-1", "dan", "eve", "fay", "gus")


@pytest.mark.parametrize("pipelining", [True, False])
def test_each_letter_gets_the_receipt_that_is_true_and_none_holds_up_the_others(
    database: Database,
    pipelining: bool,  # noqa: FBT001
) -> None:
    names = [
        *("ada", "refused-1", "bob", "busy-1", "lose-1", "cy", "twice-1", "dan", "inside-1", "eve"),
        *("half-1", "hangup-1", "fay", "gus", "late-1", "two\r\nRCPT TO:<x@y.z>", "bad name"),
    ]
    with fakes.smtp(pipelining=pipelining, late_s=1.5) as fake:
        body = mail_body(smtp_of(fake.port, at_once=1, timeout_s=1))
        letters = [message(n, f"{name}@example.com") for n, name in enumerate(names, 1)]
        letters[10] = message(11, "half-1@example.com", html="<p>much</p>" * 800_000)
        letters += [message(90, "ann@example.com", subject="Hello\r\nBcc: all@example.com")]

        receipts = carrier(database, body, fake.way).deliver(None, letters)

        got = {one.send_id: one for one in receipts}
        assert len(receipts) == len(letters)
        assert {name: got[n].outcome for n, name in enumerate(names, 1)} == {
            **dict.fromkeys(WELL, "sent"),
            "refused-1": "failed",
            "inside-1": "failed",
            "busy-1": "deferred",
            "hangup-1": "deferred",
            "lose-1": "in_doubt",
            "late-1": "in_doubt",
            "half-1": "deferred",
            "two\r\nRCPT TO:<x@y.z>": "failed",
            "bad name": "failed",
        }
        assert "550 5.1.1" in got[2].detail and got[4].retry_after_s == 300
        assert (got[90].outcome, got[90].reason) == ("failed", "unsendable")
        assert set(fake.ids.values()) == {1}, "nobody got one twice"
        assert {to.partition("@")[0] for to, _ in fake.taken} == {*WELL, "lose-1", "late-1"}
        assert all(b"\r\n.a line" in data for _, data in fake.taken)
        with database.transaction() as tx:
            [told] = health(tx, "letters").values()
            assert (told.sent, told.failed, told.deferred, told.in_doubt, told.failures) == (8, 5, 3, 2, 0)
            assert not [one for one in problems(tx, "letters") if "@example" in one.detail]


def test_connections_stay_open_between_batches_and_letters_are_pipelined(database: Database) -> None:
    with fakes.smtp() as fake:
        channel = carrier(database, mail_body(smtp_of(fake.port, at_once=2)), fake.way)
        for batch in range(3):
            some = [message(batch * 100 + n, f"p{n}@example.com") for n in range(100)]
            assert set(outcomes(channel.deliver(None, some)).values()) == {"sent"}

        assert len(fake.ids) == 300
        assert fake.connections <= 2
        assert fake.reads < 300 + 50, "one read for a letter's content and the next one's envelope"


def test_letters_are_signed_over_what_matters_and_names_of_any_script_arrive(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem, _ = new_key("rsa")
    body = mail_body(dkim=[Dkim(domain="shop.example", selector="r1")], bounce_domain="back.shop.example")
    more = {
        "List-Unsubscribe": "<https://e.example/p/x/unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    with fakes.smtp() as fake, fakes.smtp(international=False) as plain:
        mail = mail_body(smtp_of(fake.port), dkim=body.dkim, bounce_domain=body.bounce_domain)
        channel = carrier(database, mail, fake.way, {"dkim/shop.example/r1": pem})
        letters = [
            message(1, "ada@bücher.example", subject="ברוכים הבאים", more=more),
            message(2, "käte@bücher.example", html=None),
        ]
        assert outcomes(channel.deliver(None, letters)) == {1: "sent", 2: "sent"}
        other = carrier(database, mail_body(smtp_of(plain.port)), plain.way, key="plain")
        [refused] = other.deliver(None, [message(3, "käte@bücher.example")])

        assert (refused.outcome, refused.reason) == ("failed", "unsendable")
        by_to = dict(fake.taken)
        data = by_to["ada@xn--bcher-kva.example"]
        assert dkim.verify(data, dnsfunc=lambda _name, timeout=5: record_of(pem).encode())
        assert not dkim.verify(data.replace(b"One-Click", b"Two-Click"), dnsfunc=lambda _name, timeout=5: record_of(pem).encode())  # fmt: skip
        read = message_from_bytes(data, policy=policy.default)
        assert read["Subject"] == "ברוכים הבאים"
        assert read["From"] == "Kaffee Röster <news@shop.example>"
        assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert any(b"SMTPUTF8" in one for one in fake.commands)
        assert any(one.startswith(b"MAIL FROM:<bounces+msg_") for one in fake.commands)
        assert "käte@xn--bcher-kva.example" in by_to


def test_nothing_is_sent_without_the_encryption_that_was_asked_for(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = contexts(tmp_path, "localhost")
    with fakes.smtp(tls=server, password="s3cret") as fake:
        secure = {"host": "localhost", "security": "starttls", "user": "shop", "timeout_s": 3, "at_once": 1}
        body = mail_body(smtp_of(fake.port, **secure))
        strange = carrier(database, body, fake.way, {"main": "s3cret"}, key="strange")
        assert outcomes(strange.deliver(None, [message(1, "ada@example.com")])) == {1: "deferred"}

        monkeypatch.setattr(smtp_room, "trusted", lambda: client)
        right = carrier(database, body, fake.way, {"main": "s3cret"}, key="right")
        assert outcomes(right.deliver(None, [message(2, "ada@example.com")])) == {2: "sent"}
        wrong = carrier(database, body, fake.way, {"main": "other"}, key="wrong")
        [receipt] = wrong.deliver(None, [message(3, "ada@example.com")])

    with fakes.smtp() as open_one:
        bare = carrier(
            database, mail_body(smtp_of(open_one.port, **secure | {"user": ""})), open_one.way, key="bare"
        )
        [unsafe] = bare.deliver(None, [message(4, "ada@example.com")])
    assert (receipt.outcome, receipt.reason) == ("deferred", "provider_down")
    assert "535" in receipt.detail
    assert "STARTTLS" in unsafe.detail
    assert not open_one.taken


def test_the_next_provider_is_asked_when_one_is_down_and_the_first_again_when_it_is_back(
    database: Database,
) -> None:
    with fakes.smtp(up=False) as first, fakes.smtp() as second:
        body = mail_body(smtp_of(first.port, at_once=1, timeout_s=2), smtp_of(second.port, name="spare"))
        way = type(first.way)(allow=first.way.allow | second.way.allow)
        channel = carrier(database, body, way)
        for number in range(4):
            batch = [message(number * 10 + n, f"p{n}@example.com") for n in range(5)]
            assert set(outcomes(channel.deliver(None, batch)).values()) == {"sent"}

        with database.transaction() as tx:
            stands = health(tx, "letters")["main"]
            assert stands.is_open(WallClock().now())
            assert first.connections == 3, "after three in a row it is left alone"
            tx.execute("update channels.health set open_until = now() - interval '1 second'")
        first.up = True
        assert set(outcomes(channel.deliver(None, [message(n, "x@example.com") for n in range(50, 60)])).values()) == {"sent"}  # fmt: skip
        assert len(first.taken) == 10
        with database.transaction() as tx:
            assert not health(tx, "letters")["main"].is_on_trial
        assert set((first.ids + second.ids).values()) == {1}


def test_the_pace_is_kept_by_domain_and_over_all_and_what_comes_too_late_is_deferred(
    database: Database,
) -> None:
    with fakes.smtp() as fake:
        body = mail_body(smtp_of(fake.port), domains={"slow.example": 0.1, "*": 1000}, per_second=20)
        channel, twin = carrier(database, body, fake.way), carrier(database, body, fake.way)
        began = monotonic()
        some = [message(n, f"p{n}@quick.example") for n in range(10)]
        channel.deliver(None, some)
        twin.deliver(None, [message(100 + n, f"p{n}@quick.example") for n in range(10)])
        took = monotonic() - began
        body = mail_body(smtp_of(fake.port), domains={"slow.example": 0.001})
        late = carrier(database, body, fake.way, key="late").deliver(
            None, [message(200 + n, f"p{n}@slow.example") for n in range(3)]
        )
    assert 0.9 <= took < 5, "two hosts together keep twenty a second"
    assert sorted(one.outcome for one in late) == ["deferred", "deferred", "sent"]
    assert min(one.retry_after_s or 1e9 for one in late) > 19
