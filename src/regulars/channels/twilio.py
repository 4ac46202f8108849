"""Text messages by Twilio's API, or one that is the same: sending, and what comes back, signed."""

import base64
import hmac
import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from regulars.channels.asking import Asked, HttpWay, judged, read
from regulars.channels.body import Twilio
from regulars.channels.channel import Message, Receipt
from regulars.channels.counting import SEGMENTS_MAX, segments
from regulars.channels.mailboxes import Unsendable
from regulars.channels.work import Down, deferred
from regulars.outgoing import Answer, WayOut

NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
FORMATTING = re.compile(r"[ ()./-]")
# Of Twilio's error codes: the account is the trouble and not the message; or it is too much at once.
ACCOUNT = frozenset({20003, 20005, 20008, 21606, 21603, 21659, 30002})
SLOWER = frozenset({20429, 14107, 30001, 30022})
KEYWORDS: Mapping[str, Literal["stop", "start", "help"]] = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"), "stop"),
    **dict.fromkeys(("START", "UNSTOP", "YES"), "start"),
    **dict.fromkeys(("HELP", "INFO"), "help"),
}


class TwilioWay(HttpWay):
    def __init__(self, provider: Twilio, secret: str | None, *, way: WayOut, callback: str) -> None:
        super().__init__(
            provider.name,
            at_once=provider.at_once,
            per_second=provider.per_second,
            timeout_s=provider.timeout_s,
            way=way,
        )
        self._provider, self._secret, self._callback = provider, secret, callback

    def asked(self, message: Message) -> Asked:
        if self._secret is None:
            raise Down("Its auth token is not set, or was given for another place.")
        one = self._provider
        number = FORMATTING.sub("", message.address)
        if not NUMBER.fullmatch(number):
            raise Unsendable("The number is no whole one, as +15005550006 is; its country is missing.")
        if segments(message.text).count > SEGMENTS_MAX:
            raise Unsendable(
                f"The text takes {segments(message.text).count} segments, at most {SEGMENTS_MAX}."
            )
        given = {"To": number, "Body": message.text.strip()}
        given |= (
            {"MessagingServiceSid": one.messaging_service} if one.messaging_service else {"From": one.sender}
        )
        if self._callback:
            given["StatusCallback"] = f"{self._callback}?message={message.id}"
        if message.image:
            given["MediaUrl"] = message.image
        mark = base64.b64encode(f"{one.account}:{self._secret}".encode()).decode()
        return Asked(
            url=f"{one.url.rstrip('/')}/2010-04-01/Accounts/{one.account}/Messages.json",
            content=urlencode(given).encode(),
            headers={"content-type": "application/x-www-form-urlencoded", "authorization": f"Basic {mark}"},
        )

    def judged(self, message: Message, answer: Answer) -> Receipt:
        told = read(answer)
        code = told.get("code") or told.get("error_code") if isinstance(told, Mapping) else None
        said = str(told.get("message") or told.get("error_message") or "")[:250] if code else ""
        if code in ACCOUNT:
            raise Down(f"{code} {said}")
        if code in SLOWER:
            return deferred(message, "deferred", f"{code} {said}", 60.0)
        return judged(message, answer)


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """As Twilio signs what it sends: the whole address, then each field by its name, under the auth token."""
    told = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.digest(token.encode(), told.encode(), "sha1")).decode()


def is_genuine(token: str, url: str, form: Mapping[str, str], given: str) -> bool:
    return hmac.compare_digest(signature(token, url, form).encode(), given.encode("utf-8", "replace"))


def wish_of(text: str) -> Literal["stop", "start", "help"] | None:
    """What somebody asks for with one word.

    >>> wish_of(" Stop. "), wish_of("Please stop by our shop")
    ('stop', None)
    """
    return KEYWORDS.get(text.strip().strip(".!\"'").upper().replace("-", "").replace(" ", ""))


def reply(text: str) -> bytes:
    """The answer to a text that came in; none is an empty one."""
    inner = f"<Message>{escape(text)}</Message>" if text else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>'.encode()
