"""The body of a channel: what it carries, who sends, by which providers in which order, and how fast."""

from typing import Any, Literal

import msgspec

Medium = Literal["email", "sms", "push", "inbox", "webhook"]


class _Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """One way out; its secret, if it has one, is kept sealed as channel/<key of the channel>.<name>."""

    name: str  # Within the channel, as in "main"; secrets and health go by it.
    per_second: float | None = None  # Messages at most, all hosts together.
    at_once: int = 4  # Connections or requests of one host at most.
    timeout_s: int = 30
    price: str = ""  # Of one message, of a text message one segment, for the estimate, as in 0.0075.


class Smtp(_Provider, frozen=True, kw_only=True, tag="smtp", omit_defaults=True):
    """A mail server. The secret is its password."""

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""


class Ses(_Provider, frozen=True, kw_only=True, tag="ses", omit_defaults=True):
    """Amazon SES, API version 2. The secret is the secret access key."""

    region: str
    access_key_id: str
    configuration_set: str = ""
    url: str = ""  # Left out: Amazon's address of the region.


class Http(_Provider, frozen=True, kw_only=True, tag="http", omit_defaults=True):
    """Any mail or text service that takes one message a request; texts are Liquid."""

    url: str
    method: Literal["POST", "PUT"] = "POST"
    headers: dict[str, str] = {}
    json: dict[str, Any] = {}  # The body, its strings Liquid; a string that is one {{ }} keeps its type.
    form: dict[str, str] = {}  # Instead of json.
    success: list[int] = msgspec.field(default_factory=lambda: [200, 201, 202])
    error_path: str = ""  # A place of the answer; something there means refused, as in errors[0].message.
    error_match: str = ""  # A pattern; an answer in which it is found means refused.


class Twilio(_Provider, frozen=True, kw_only=True, tag="twilio", omit_defaults=True):
    """Text messages by Twilio's API, or one that is the same. The secret is the auth token."""

    account: str
    sender: str = ""  # A number, or a word where the country allows it.
    messaging_service: str = ""  # Instead of a sender.
    url: str = "https://api.twilio.com"


class WebPush(_Provider, frozen=True, kw_only=True, tag="webpush", omit_defaults=True):
    """Notifications of browsers. The secret is the key pair, made by us."""

    contact: str  # Whom push services may ask, as in mailto:ops@shop.example.
    ttl_s: int = 86_400  # So long a push service keeps it for a browser that is away.
    urgency: Literal["very-low", "low", "normal", "high"] = "normal"


class Inbox(_Provider, frozen=True, kw_only=True, tag="inbox", omit_defaults=True):
    """Cards in one's own app or page, kept here and asked for by it."""

    keep_days: int = 30


class Webhook(_Provider, frozen=True, kw_only=True, tag="webhook", omit_defaults=True):
    """Each message as a signed request to one's own system. The secret signs, by Standard Webhooks."""

    url: str


class Recording(_Provider, frozen=True, kw_only=True, tag="recording", omit_defaults=True):
    """Keeps each message and sends nothing."""


Provider = Smtp | Ses | Http | Twilio | WebPush | Inbox | Webhook | Recording
ATOMIC = (Inbox, Recording)  # What they take stands in our own database.
FITS: dict[Medium, tuple[type[_Provider], ...]] = {
    "email": (Smtp, Ses, Http, Recording),
    "sms": (Twilio, Http, Recording),
    "push": (WebPush, Recording),
    "inbox": (Inbox, Recording),
    "webhook": (Webhook, Recording),
}


class Dkim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By which key letters are signed; the private one is kept sealed as dkim/<domain>/<selector>."""

    domain: str
    selector: str


class Texting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is answered to text messages of customers; empty: nothing, as where the provider answers."""

    stop: str = ""
    start: str = ""
    help: str = ""


class ChannelBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    title: str
    medium: Medium
    providers: list[Provider]  # The next one is asked when the one before is down.
    note: str = ""
    from_name: str = ""
    from_address: str = ""
    reply_to: str = ""
    dkim: list[Dkim] = []  # Two during a change of keys, or RSA beside Ed25519.
    tracking_domain: str = ""  # Where opens and clicks are counted, as in news.shop.example.
    bounce_domain: str = ""  # Where returned mail is taken; empty: it goes to from_address.
    per_second: float | None = None  # Messages at most, all hosts together.
    domains: dict[str, float] = {}  # The same by domain of the recipient; "*" for each other one.
    texting: Texting = Texting()
