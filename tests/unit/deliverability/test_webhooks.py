"""What providers tell is read in each of their shapes, and only when it is proven to be theirs."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from regulars.deliverability import BounceWebhook, Mapped, Request, read_request
from regulars.deliverability.shapes import Unfit, read_shape

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOPIC = "arn:aws:sns:eu-central-1:123456789012:bounces"
ADA = "ada@example.org"


def told(shape, body, query=None, **more):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    found = read_shape(BounceWebhook(title="x", shape=shape, **more), raw, query or {})
    return [(one.kind, one.addresses, one.messages) for one in found]


def ses(kind, part, **mail):
    said = {
        "notificationType": kind,
        "mail": {"commonHeaders": {"messageId": "<msg_z8@shop.example>"}, **mail},
    }
    return {"Message": json.dumps(said | part)}


OURS = ((ADA,), ("msg_z8",))
SES_TO = {"bouncedRecipients": [{"emailAddress": ADA, "status": "5.1.1", "diagnosticCode": "550 unknown"}]}
GENERIC = Mapped(
    items="data.events", message="id", address="to", kind="what", kinds={"dead": "hard"}, code="c"
)


@pytest.mark.parametrize(
    ("shape", "body", "kind"),
    [
        ("ses", ses("Bounce", {"bounce": {"bounceType": "Permanent", **SES_TO}}), "hard"),
        ("ses", ses("Bounce", {"bounce": {"bounceType": "Transient", **SES_TO}}), "soft"),
        ("ses", ses("Complaint", {"complaint": {"complainedRecipients": [{"emailAddress": ADA}]}}), "complaint"),
        ("ses", ses("Delivery", {"delivery": {"recipients": [ADA]}}), "delivered"),
        ("sendgrid", [{"event": "bounce", "type": "bounce", "status": "5.1.1", "email": ADA,
                       "smtp-id": "<msg_z8@shop.example>"}], "hard"),
        ("sendgrid", [{"event": "bounce", "type": "blocked", "status": "5.7.1", "email": ADA,
                       "regulars_message": "msg_z8"}], "block"),
        ("sendgrid", [{"event": "spamreport", "email": ADA, "regulars_message": "msg_z8"}], "complaint"),
        ("postmark", {"RecordType": "Bounce", "Type": "HardBounce", "Email": ADA,
                      "Metadata": {"regulars_message": "msg_z8"}}, "hard"),
        ("postmark", {"RecordType": "Bounce", "Type": "AutoResponder", "Email": ADA,
                      "Metadata": {"regulars_message": "msg_z8"}}, "auto_reply"),
        ("postmark", {"RecordType": "Bounce", "Type": "Transient", "Email": ADA,
                      "Metadata": {"regulars_message": "msg_z8"}}, "soft"),
        ("mailgun", {"event-data": {"event": "failed", "severity": "permanent", "recipient": ADA,
                     "delivery-status": {"code": 550, "message": "550 5.1.1 no such user"},
                     "message": {"headers": {"message-id": "msg_z8@shop.example"}}}}, "hard"),
        ("mailgun", {"event-data": {"event": "failed", "severity": "temporary", "recipient": ADA,
                     "user-variables": {"regulars_message": "msg_z8"}}}, "deferred"),
        ("generic", {"data": {"events": [{"id": "msg_z8", "to": ADA, "what": "dead", "c": "5.1.1"}]}}, "hard"),
    ],
)  # fmt: skip
def test_each_provider_tells_the_same_things(shape, body, kind):
    more = {"mapped": GENERIC} if shape == "generic" else {}
    assert told(shape, body, **more) == [(kind, *OURS)]


def test_text_messages_name_ours_in_the_address_that_is_called():
    raw = b"MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30005&To=%2B15005550006"
    assert told("twilio", raw, {"message": "msg_z8"}) == [("hard", ("+15005550006",), ("msg_z8",))]


@pytest.mark.parametrize("shape", ["ses", "sendgrid", "postmark", "mailgun", "twilio", "generic"])
@pytest.mark.parametrize(
    "raw", [b"", b"null", b"[]", b"[1]", b'{"a": 1}', b"[" * 5_000, b"\xff\xfe", b'{"event-data": []}']
)
def test_what_is_in_no_shape_is_told_so(shape, raw):
    try:
        found = told(shape, raw, mapped=GENERIC)
    except Unfit:
        return
    assert all(kind == "other" for kind, *_ in found)


def asked(shape, raw, secrets, headers=None, get=None, now=NOW, **more):
    request = Request(headers=headers or {}, raw=raw, url="https://shop.example/v1/bounces/x?message=msg_z8",
                      query={"message": "msg_z8"})  # fmt: skip
    body = BounceWebhook(title="x", shape=shape, **more)
    read = read_request("x", body, request, secrets, get or (lambda _: b""), now)
    return read.heard.outcome if read.heard else "read"


def test_signatures_tokens_and_passwords_prove_and_nothing_else_does():
    stamp = str(NOW.timestamp())
    mailgun = {"signature": {"timestamp": stamp, "token": "t"}, "event-data": {"event": "opened"}}
    mailgun["signature"]["signature"] = hmac.digest(b"key", f"{stamp}t".encode(), "sha256").hex()
    raw = json.dumps(mailgun).encode()
    assert asked("mailgun", raw, ["old", "key"]) == "read"
    assert asked("mailgun", raw, ["other"]) == "refused"
    assert asked("mailgun", raw, ["key"], now=NOW + timedelta(days=2)) == "refused"

    key = ec.generate_private_key(ec.SECP256R1())
    public = base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    signed = {
        "x-twilio-email-event-webhook-timestamp": stamp,
        "x-twilio-email-event-webhook-signature": base64.b64encode(
            key.sign(stamp.encode() + b"[]", ec.ECDSA(SHA256()))
        ).decode(),
    }
    assert asked("sendgrid", b"[]", [public.decode()], signed) == "read"
    assert asked("sendgrid", b"[ ]", [public.decode()], signed) == "refused"

    form = b"MessageStatus=delivered&To=%2B1"
    text = "https://shop.example/v1/bounces/x?message=msg_z8MessageStatusdeliveredTo+1"
    signature = base64.b64encode(hmac.digest(b"auth", text.encode(), hashlib.sha1)).decode()
    assert asked("twilio", form, ["auth"], {"x-twilio-signature": signature}) == "read"
    assert asked("twilio", form + b"&More=1", ["auth"], {"x-twilio-signature": signature}) == "refused"

    basic = base64.b64encode(b"regulars:secret").decode()
    body = b'{"RecordType": "Delivery"}'
    assert asked("postmark", body, ["secret"], {"authorization": f"Basic {basic}"}) == "read"
    assert asked("postmark", body, ["secret"], {"authorization": "Bearer secret"}) == "read"
    assert asked("postmark", body, ["secret"], {"authorization": "Bearer other"}) == "refused"
    assert asked("postmark", body, [], {"authorization": "Bearer "}) == "refused"
    assert asked("postmark", body, ["secret"]) == "refused"


class Amazon:
    """Signs as SNS does; `asked` are the addresses that were opened."""

    def __init__(self):
        self.key, self.asked = rsa.generate_private_key(public_exponent=65537, key_size=2048), []
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        made = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
        )
        made = made.serial_number(1).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1))
        self.pem = made.sign(self.key, SHA256()).public_bytes(Encoding.PEM)

    def get(self, url):
        self.asked.append(url)
        return self.pem

    def sent(self, kind="Notification", version="1", host="sns.eu-central-1.amazonaws.com", **more):
        told = {"Type": kind, "MessageId": "1", "TopicArn": TOPIC, "Message": "{}", "Timestamp": "2026",
                "SignatureVersion": version, "SigningCertURL": f"https://{host}/SimpleNotificationService-1.pem"}  # fmt: skip
        told |= more
        names = ["Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type"]
        text = "".join(f"{name}\n{told[name]}\n" for name in names if name in told)
        digest = SHA256() if version == "2" else SHA1()
        told["Signature"] = base64.b64encode(
            self.key.sign(text.encode(), padding.PKCS1v15(), digest)
        ).decode()
        return told


def test_amazon_is_known_by_its_certificate_and_asked_back_only_at_its_own_address():
    amazon = Amazon()

    def outcome(sent):
        return asked("ses", json.dumps(sent).encode(), [], get=amazon.get, topic=TOPIC)

    assert outcome(amazon.sent()) == "read"
    assert outcome(amazon.sent(version="2", Subject="About")) == "read"
    assert outcome(amazon.sent() | {"Message": "forged"}) == "refused"
    assert outcome(amazon.sent(TopicArn=TOPIC + "x")) == "refused"
    amazon.asked.clear()
    for host in ("evil.example", "sns.eu-central-1.amazonaws.com.evil.example", "sns.x.amazonaws.com:444"):
        assert outcome(amazon.sent(host=host)) == "refused"
    assert amazon.asked == []

    link = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
    assert outcome(amazon.sent("SubscriptionConfirmation", SubscribeURL=link, Token="t")) == "confirmed"
    assert amazon.asked[-1] == link
    inside = amazon.sent("SubscriptionConfirmation", SubscribeURL="http://169.254.169.254/", Token="t")
    assert outcome(inside) == "refused"


def test_what_was_proven_once_is_the_same_however_it_is_dressed_when_it_comes_again():
    amazon = Amazon()
    bounce = amazon.sent(
        Message=json.dumps({"notificationType": "Bounce", "bounce": {"bouncedRecipients": []}})
    )
    stamp = str(NOW.timestamp())
    signature = {"timestamp": stamp, "token": "t"}
    signature["signature"] = hmac.digest(b"key", f"{stamp}t".encode(), "sha256").hex()

    def digest(shape, told, query=None, **more):
        raw = json.dumps(told, **more).encode()
        head = {"authorization": "Bearer key"}
        request = Request(headers=head, raw=raw, url="https://shop.example/v1/bounces/x", query=query or {})
        body = BounceWebhook(title="x", shape=shape, topic=TOPIC)
        came = read_request("x", body, request, ["key"], amazon.get, NOW).came
        assert came is not None
        return came.digest

    other = amazon.sent(Message='{"notificationType": "Delivery", "delivery": {"recipients": []}}')
    assert digest("ses", bounce) == digest("ses", bounce | {"Extra": "1"}, {"a": "1"}, indent=1)
    assert digest("ses", bounce) != digest("ses", other)
    events = [{"event": "opened"}, {"event": "complained", "recipient": "ada@shop.example"}]
    first, forged = ({"signature": signature, "event-data": one} for one in events)
    assert digest("mailgun", first) == digest("mailgun", forged)
    delivered = {"RecordType": "Delivery", "Recipient": "ada@shop.example"}
    assert digest("postmark", delivered) == digest("postmark", delivered, {"a": "1"})
    assert digest("postmark", delivered) != digest("postmark", delivered | {"Recipient": "bob@shop.example"})
