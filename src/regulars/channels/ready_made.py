"""Channels that a new one can start from."""

from collections.abc import Mapping
from typing import Any

from regulars.channels.body import (
    ChannelBody,
    Dkim,
    Http,
    Inbox,
    Recording,
    Ses,
    Smtp,
    Texting,
    Twilio,
    Webhook,
    WebPush,
)

MAIL: dict[str, Any] = {
    "from_name": "Our shop",
    "from_address": "news@shop.example",
    "reply_to": "service@shop.example",
}
SIGNED = [Dkim(domain="shop.example", selector="regulars1")]
READY_MADE: Mapping[str, ChannelBody] = {
    "mail-server": ChannelBody(
        title="E-mail by our mail server",
        note="Any mail server that takes a user and a password.",
        medium="email",
        providers=[Smtp(name="main", host="smtp.shop.example", user="news@shop.example")],
        dkim=SIGNED,
        **MAIL,
    ),
    "amazon-ses": ChannelBody(
        title="E-mail by Amazon SES",
        note="With our own mail server when SES is down.",
        medium="email",
        providers=[
            Ses(name="ses", region="eu-central-1", access_key_id="AKIAIOSFODNN7EXAMPLE", per_second=14),
            Smtp(name="spare", host="smtp.shop.example", user="news@shop.example"),
        ],
        dkim=SIGNED,
        **MAIL,
    ),
    "mail-service": ChannelBody(
        title="E-mail by a mail service",
        note="Any service that takes a letter as JSON; this is the form most of them have.",
        medium="email",
        providers=[
            Http(
                name="main",
                url="https://api.service.example/v3/mail/send",
                headers={"Authorization": "Bearer {{ secret }}"},
                json={
                    "from": {"email": "{{ from_address }}", "name": "{{ from_name }}"},
                    "personalizations": [
                        {
                            "to": [{"email": "{{ to }}"}],
                            "custom_args": {"regulars_message": "{{ message_id }}"},
                        }
                    ],
                    "subject": "{{ subject }}",
                    "content": [
                        {"type": "text/plain", "value": "{{ text }}"},
                        {"type": "text/html", "value": "{{ html }}"},
                    ],
                },
                error_path="errors[0].message",
            )
        ],
        **MAIL,
    ),
    "texts": ChannelBody(
        title="Text messages",
        note="By Twilio, or a service with the same interface.",
        medium="sms",
        providers=[Twilio(name="main", account="AC00000000000000000000000000000000", sender="+15005550006")],
        texting=Texting(help="Our shop: write to service@shop.example. STOP ends these messages."),
    ),
    "push": ChannelBody(
        title="Browser notifications",
        medium="push",
        providers=[WebPush(name="main", contact="mailto:service@shop.example")],
    ),
    "inbox": ChannelBody(
        title="Cards in our app", medium="inbox", providers=[Inbox(name="main", keep_days=30)]
    ),
    "own-system": ChannelBody(
        title="Our own system",
        note="Each message as a signed request.",
        medium="webhook",
        providers=[Webhook(name="main", url="https://shop.example/messages")],
    ),
    "only-recorded": ChannelBody(
        title="Only recorded",
        note="Keeps each letter as it would have left, and sends nothing.",
        medium="email",
        providers=[Recording(name="main")],
        **MAIL,
    ),
}
