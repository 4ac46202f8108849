"""Services that are asked by HTTP: mail, texts, browsers, one's own system; each with what it may answer."""

import base64
import json
from email import message_from_bytes, policy
from urllib.parse import parse_qs

import http_ece
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from standardwebhooks.webhooks import Webhook as Checking

from regulars.channels import (
    addresses,
    count_subscriptions,
    is_genuine,
    new_pair,
    public_of,
    subscribe,
)
from regulars.channels.body import ChannelBody, Http, Inbox, Ses, Twilio, Webhook, WebPush
from regulars.channels.inbox import InboxChannel, cards, dismiss, mark_read, unread
from regulars.channels.push import packed, unpacked
from regulars.channels.standing import health, problems
from regulars.channels.twilio import signature
from regulars.db import Database
from regulars.kernel import WallClock
from regulars.outgoing import WayOut
from tests.integration.channels import fakes
from tests.integration.channels.channel_maker import AT, carrier, mail_body, message, outcomes, smtp_of

WELL_AND_NOT = ("ada", "refused-1", "busy-1", "lose-1", "late-1", "broken-1", "inside-1", "twice-1")
TRUE = {1: "sent", 2: "failed", 3: "deferred", 4: "in_doubt", 5: "in_doubt", 6: "in_doubt", 8: "sent"}


def test_mail_leaves_by_amazon_as_we_made_it_and_by_any_service_by_a_template(database: Database) -> None:
    letters = [message(n, f"{name}@example.com") for n, name in enumerate(WELL_AND_NOT, 1)]
    with fakes.http(late_s=1.6) as fake:
        ses = Ses(
            name="main",
            region="eu-central-1",
            access_key_id="A" * 16,
            url=fake.url,
            timeout_s=1,
            configuration_set="eu",
        )
        got = carrier(database, mail_body(ses), fake.way, {"main": "s3cret"}).deliver(None, letters)
        assert outcomes(got) == TRUE | {7: "sent"}, (
            "of Amazon an error is never inside an answer that says yes"
        )
        assert next(one.retry_after_s for one in got if one.send_id == 3) == 7
        to, raw = next(one for one in fake.taken if one[0] == "ada@example.com")
        letter = message_from_bytes(
            base64.b64decode(json.loads(raw)["Content"]["Raw"]["Data"]), policy=policy.default
        )
        assert (to, letter["Subject"]) == ("ada@example.com", "Your coffee misses you")
        assert letter["X-Regulars-Message"] == "msg_1"
        assert b"AWS4-HMAC-SHA256 Credential=AAAAAAAAAAAAAAAA/" in fake.commands[0]

    with fakes.http(late_s=1.6) as fake:
        given: dict[str, object] = {
            "to": "{{ to }}",
            "message_id": "{{ message_id }}",
            "headers": "{{ headers }}",
            "body": ["<b>{{ subject }}</b>", {"html": "{{ html }}"}],
        }
        service = Http(
            name="main", url=f"{fake.url}/send", json=given, headers={"Authorization": "Bearer {{ secret }}"},
            error_path="errors[0].message", timeout_s=1,
        )  # fmt: skip
        letters[0] = message(1, "ada@example.com", subject='"}], "to": "all@example.com')
        channel = carrier(database, mail_body(service), fake.way, {"main": "tok"}, key="any")
        got = channel.deliver(None, letters)
        assert outcomes(got) == TRUE | {7: "failed"}, "it answered 200 with an error inside"
        assert "no credit left" in next(one.detail or "" for one in got if one.send_id == 7)
        told = json.loads(next(body for to, body in fake.taken if to == "ada@example.com"))
        assert told["to"] == "ada@example.com" and told["body"][0] == '<b>"}], "to": "all@example.com</b>'
        assert told["headers"]["Message-ID"] == "<msg_1@shop.example>"
        assert b"Bearer tok" in fake.commands[0]
        fake.up = False
        [down] = channel.deliver(None, [message(50, "forbidden-1@example.com")])
        assert down.outcome == "in_doubt", "whoever answers 500 may have taken it"
    [gone] = channel.deliver(None, [message(51, "ada@example.com")])
    assert (gone.outcome, gone.reason) == ("deferred", "provider_down"), "nobody listens: certainly not taken"


def test_no_secret_stands_in_what_is_kept_when_a_provider_repeats_the_request(database: Database) -> None:
    secret = 'tok"en 7f3a/+ 81bc'
    basic = base64.b64encode(f"AC1:{secret}".encode()).decode()
    with fakes.http() as fake, fakes.smtp(password="another") as post:
        service = Http(
            name="main", url=f"{fake.url}/send", json={"to": "{{ to }}", "key": "{{ secret }}"},
            headers={"X-Own": "{{ secret | url_encode }}", "Authorization": "Bearer 0123456789abcdef"},
        )  # fmt: skip
        twilio = Twilio(name="main", account="AC1", sender="+15005550006", url=fake.url)
        ses = Ses(name="main", region="eu-central-1", access_key_id="A" * 16, url=fake.url)
        mailer = smtp_of(post.port, user="post")
        texts = ChannelBody(title="Texts", medium="sms", providers=[twilio])
        kept = []
        for body, way, key in ((mail_body(service), fake.way, "any"), (mail_body(ses), fake.way, "ses"),
                               (texts, fake.way, "texts"), (mail_body(mailer), post.way, "post")):  # fmt: skip
            channel = carrier(database, body, way, {"main": secret}, key=key)
            letter = message(1, "+15005550001" if body is texts else "echo-1@example.com", text="echo-1")
            [got] = channel.deliver(None, [letter])
            with database.transaction() as tx:
                told = [one.detail for one in problems(tx, key)] + [health(tx, key)["main"].last_error]
            kept += [(key, got.outcome, text) for text in (got.detail or "", *told)]
    assert {(key, outcome) for key, outcome, _ in kept} == {
        ("any", "failed"), ("ses", "failed"), ("texts", "failed"), ("post", "deferred"),
    }  # fmt: skip
    assert [one for one in kept if "•••" not in one[2]] == []
    whole = " ".join(text for _, _, text in kept)
    assert "malformed" in whole and "535 5.7.8 wrong name or password" in whole, "what is no secret stays"
    plain = base64.b64encode(f"\0post\0{secret}".encode()).decode()
    for form in (secret, "7f3a", "81bc", basic, basic[:12], plain[:12], "0123456789abcdef", "Signature=0"):
        assert form not in whole, form


def test_an_answer_that_nobody_can_read_was_an_answer_and_nobody_else_is_asked(database: Database) -> None:
    given: dict[str, object] = {"to": "{{ to }}", "message_id": "{{ message_id }}"}
    with fakes.http() as first, fakes.http() as second:
        both = [
            Http(name=f"n{n}", url=f"{one.url}/send", json=given) for n, one in enumerate((first, second))
        ]
        way = WayOut(allow=frozenset({first.place, second.place}))
        channel = carrier(database, mail_body(*both), way)
        letters = [message(1, "packed-1@example.com"), message(2, "ada@example.com")]
        assert outcomes(channel.deliver(None, letters)) == {1: "in_doubt", 2: "sent"}
        assert sorted((first.ids + second.ids).values()) == [1, 1], "nobody got one twice"


def test_texts_leave_by_twilios_interface_and_what_comes_back_is_known_by_its_signature(
    database: Database,
) -> None:
    with fakes.http(late_s=1.6) as fake:
        twilio = Twilio(name="main", account="AC1", sender="+15005550006", url=fake.url, timeout_s=1)
        body = ChannelBody(title="Texts", medium="sms", providers=[twilio])
        texts = [
            message(n, "+1 (500) 555-0001", text=f"{name}@x", html=None)
            for n, name in enumerate(WELL_AND_NOT[:6], 1)
        ]
        texts.append(message(9, "0171 1234567", text="no country", html=None))
        got = carrier(database, body, fake.way, {"main": "tok"}, key="texts").deliver(None, texts)
        assert outcomes(got) == {n: outcome for n, outcome in TRUE.items() if n < 7} | {9: "failed"}
        fields = {name: found[0] for name, found in parse_qs(fake.taken[0][1].decode()).items()}
        assert fields["To"] == "+15005550001"
        url = fields["StatusCallback"]
        assert url.startswith("https://engage.shop.example/ch/texts/texts/main/status?message=msg_")
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert is_genuine("tok", url, form, signature("tok", url, form))
    assert not is_genuine("tok", url, form | {"MessageStatus": "failed"}, signature("tok", url, form))
    # The example of Twilio's own documentation.
    told = {"CallSid": "CA1234567890ABCDE", "Caller": "+12349013030", "Digits": "1234", "From": "+12349013030", "To": "+18005551212"}  # fmt: skip
    assert (
        signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", told)
        == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    )


def test_only_the_browser_can_read_a_notification_and_one_that_is_gone_is_forgotten(
    database: Database,
) -> None:
    browser, auth = ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef"
    point = packed(browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    pem = new_pair()
    with fakes.http() as fake:
        body = ChannelBody(
            title="Browsers",
            medium="push",
            providers=[WebPush(name="main", contact="mailto:ops@shop.example")],
        )
        with database.transaction() as tx:
            for person, name in [(1, "well-1"), (2, "gone-1"), (2, "well-2"), (3, "gone-2"), (4, "busy-1")]:
                subscribe(
                    tx, "push", person, endpoint=f"{fake.url}/{name}", p256dh=point, auth=packed(auth),
                    now=WallClock().now(),
                )  # fmt: skip
        channel = carrier(database, body, fake.way, {"main": pem}, key="push")
        with database.transaction() as tx:
            assert addresses(tx, channel, [1, 5]) == {1: "cus_1"}
        some = [
            message(n, "", subject="Schöne Grüße", text="é" * 5_000, link="https://shop.example/")
            for n in range(1, 6)
        ]
        got = channel.deliver(None, some)
        assert outcomes(got) == {1: "sent", 2: "sent", 3: "failed", 4: "deferred", 5: "failed"}
        with database.transaction() as tx:
            assert count_subscriptions(tx, "push") == 3, "two answered that they are gone"

        sealed = next(data for name, data in fake.taken if name == "well-1")
        opened = http_ece.decrypt(sealed, private_key=browser, auth_secret=auth, version="aes128gcm")
        read = json.loads(opened)
        assert (read["title"], read["link"], read["id"]) == ("Schöne Grüße", "https://shop.example/", "msg_1")
        assert len(sealed) <= 4_096
        headers = fake.commands[0].decode()
        token = headers.partition("vapid t=")[2].partition(",")[0]
        _check_token(token, public_of(pem), fake.url)
        assert f"k={public_of(pem)}" in headers and "'ttl': '86400'" in headers.lower()


def _check_token(token: str, public: str, audience: str) -> None:
    head, claims, mark = token.split(".")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpacked(public))
    raw = unpacked(mark)
    made = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(made, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert json.loads(unpacked(claims))["aud"] == audience


def test_ones_own_system_gets_signed_requests_and_cards_stay_until_read_or_over(database: Database) -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    with fakes.http(late_s=1.6) as fake:
        body = ChannelBody(
            title="Our app",
            medium="webhook",
            providers=[Webhook(name="main", url=f"{fake.url}/hook", timeout_s=1)],
        )
        some = [message(n, "", subject=name) for n, name in enumerate(WELL_AND_NOT[:6], 1)]
        got = carrier(database, body, fake.way, {"main": secret}, key="hook").deliver(None, some)
        assert outcomes(got) == {n: outcome for n, outcome in TRUE.items() if n < 7}
        raw = next(data for to, data in fake.taken if to == "ada")
        headers = next(one for one in map(bytes.decode, fake.commands) if "'webhook-id': 'msg_1'" in one)
        found = json.loads(headers.partition(" ")[2].replace("'", '"'))
        assert Checking(secret).verify(raw.decode(), found)["data"]["customer"] == "cus_1"

    inbox = InboxChannel("cards", Inbox(name="main", keep_days=30))
    with database.transaction() as tx:
        for _ in range(2):
            inbox.deliver(tx, [message(n, "") for n in (1, 2)])
        own = [one.title for one in cards(tx, "cards", 1, at=AT)]
        assert own == ["Your coffee misses you"], "handed over twice, it stands once"
        [card] = cards(tx, "cards", 1, at=AT)
        assert unread(tx, "cards", 1, at=AT) == 1
        assert mark_read(tx, "cards", 2, [card.card_id], at=AT) == [], "of somebody else"
        assert mark_read(tx, "cards", 1, [card.card_id], at=AT) == [1]
        assert mark_read(tx, "cards", 1, None, at=AT) == []
        assert unread(tx, "cards", 1, at=AT) == 0
        assert dismiss(tx, "cards", 1, [card.card_id], at=AT) == [1]
        assert cards(tx, "cards", 1, at=AT) == []
        assert cards(tx, "cards", 2, at=AT.replace(month=4)) == [], "over after thirty days"
