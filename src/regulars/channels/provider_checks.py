"""What may be wrong with a provider, by its type: places within it, and what to write there."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from regulars.channels.body import Http, Inbox, Provider, Ses, Smtp, Twilio, Webhook, WebPush
from regulars.channels.request import problems

Wrong = list[tuple[str, str]]
URL_MAX = 2_000
PART = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
HOST = re.compile(rf"(?=.{{1,253}}$){PART}(\.{PART})*")
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[A-Za-z0-9 ]{1,11}")
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
HEADER_TEXT = re.compile(r"[\x20-\x7e]{0,1000}")
INSIDE = re.compile(r"(127|10|192\.168)(\.[0-9]{1,3}){2,3}|::1|localhost")
AT_ONCE_MAX, TIMEOUT_MAX, PORT_MAX, DAYS_MAX, TTL_MAX = 64, 120, 65_535, 365, 2_419_200


def problems_of(one: Provider) -> Wrong:
    found = [*_within(one, "at_once", 1, AT_ONCE_MAX), *_within(one, "timeout_s", 1, TIMEOUT_MAX)]
    if one.price and not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,6})?", one.price):
        found.append(("price", "An amount, as in 0.0075."))
    check = CHECKS.get(type(one))
    return found + (check(one) if check else [])


def _within(one: Any, name: str, least: int, most: int) -> Wrong:
    return [] if least <= getattr(one, name) <= most else [(name, f"Give a number from {least} to {most:,}.")]


def _smtp(one: Smtp) -> Wrong:
    found = _within(one, "port", 1, PORT_MAX)
    if not HOST.fullmatch(one.host):
        found.append(("host", "Write the name of the mail server, as in smtp.shop.example."))
    if one.user and one.security == "none":
        found.append(("security", "A password leaves encrypted only: starttls or tls."))
    if any(not sign.isprintable() for sign in one.user):
        found.append(("user", "One line of printable signs."))
    return found


def _ses(one: Ses) -> Wrong:
    found = _url(one.url) if one.url else []
    if not REGION.fullmatch(one.region):
        found.append(("region", "Write the region as its code, as in eu-central-1."))
    if not re.fullmatch(r"[A-Z0-9]{16,128}", one.access_key_id):
        found.append(("access_key_id", "Capital letters and digits, as Amazon shows it."))
    return found


def _http(one: Http) -> Wrong:
    found = _url(one.url)
    found += [
        (f"headers.{name[:80]}", "Plain printable signs in one line.")
        for name, text in one.headers.items()
        if not HEADER.fullmatch(name) or not HEADER_TEXT.fullmatch(text)
    ]
    if bool(one.json) == bool(one.form):
        found.append(("json", "Say what is sent, as json or as form, one of them."))
    if not one.success or any(code not in range(200, 300) for code in one.success):
        found.append(("success", "Name the answers that mean taken, from 200 to 299."))
    return found + problems(one)


def _twilio(one: Twilio) -> Wrong:
    found = _url(one.url)
    if not re.fullmatch(r"[A-Za-z0-9]{2,64}", one.account):
        found.append(("account", "Letters and digits, as in AC0123…"))
    if bool(one.sender) == bool(one.messaging_service):
        found.append(("sender", "Give a sender or a messaging service, one of them."))
    elif one.sender and not NUMBER.fullmatch(one.sender):
        found.append(("sender", "A number as +15005550006, or a word of at most 11 letters."))
    return found


def _webpush(one: WebPush) -> Wrong:
    found = _within(one, "ttl_s", 0, TTL_MAX)
    if not re.fullmatch(r"(mailto:[^@\s]+@[^@\s]+|https://\S+)", one.contact):
        found.append(("contact", "Begin with mailto: or https://."))
    return found


def _inbox(one: Inbox) -> Wrong:
    return _within(one, "keep_days", 1, DAYS_MAX)


def _webhook(one: Webhook) -> Wrong:
    return _url(one.url)


def _url(url: str) -> Wrong:
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[^\x21-\x7e]", url):
        return [("url", "Write the whole address, as in https://api.service.example/send.")]
    if parts.username or parts.password or parts.fragment or len(url) > URL_MAX:
        return [("url", "Leave out user, password and #; secrets are kept apart.")]
    if parts.scheme == "http" and not INSIDE.fullmatch(parts.hostname):
        return [("url", "Addresses of customers leave encrypted only: write https://.")]
    return []


CHECKS: Mapping[type[Any], Callable[[Any], Wrong]] = {
    Smtp: _smtp,
    Ses: _ses,
    Http: _http,
    Twilio: _twilio,
    WebPush: _webpush,
    Inbox: _inbox,
    Webhook: _webhook,
}
