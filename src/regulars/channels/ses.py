"""Amazon SES by its HTTP API, version 2: the letter as we made it, signed with Signature Version 4."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit

from regulars.channels.asking import Asked, HttpWay, judged, read, said
from regulars.channels.body import Ses
from regulars.channels.channel import Message, Receipt
from regulars.channels.composing import Composer
from regulars.channels.work import Down, deferred
from regulars.kernel import Clock
from regulars.outgoing import Answer, WayOut

PATH = "/v2/email/outbound-emails"
# What SES says when it takes nothing from us any more, whatever the letter.
NOTHING_MORE = frozenset(
    {"AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException"}
)
SLOWER = frozenset({"TooManyRequestsException", "LimitExceededException"})
QUOTA_S = 300.0


class SesWay(HttpWay):
    def __init__(
        self, provider: Ses, composer: Composer, secret: str | None, *, way: WayOut, wall: Clock
    ) -> None:
        super().__init__(
            provider.name,
            at_once=provider.at_once,
            per_second=provider.per_second,
            timeout_s=provider.timeout_s,
            way=way,
        )
        self._provider, self._composer, self._secret, self._wall = provider, composer, secret, wall

    def asked(self, message: Message) -> Asked:
        if self._secret is None:
            raise Down("Its secret access key is not set, or was given for another place.")
        letter = self._composer.compose(message, more={"X-Regulars-Message": message.id})
        given = {
            "FromEmailAddress": self._composer.body.from_address,
            "Destination": {"ToAddresses": [letter.recipient]},
            "Content": {"Raw": {"Data": b64encode(letter.data).decode()}},
            "EmailTags": [{"Name": "regulars_message", "Value": message.id}],
        }
        if self._provider.configuration_set:
            given["ConfigurationSetName"] = self._provider.configuration_set
        content = json.dumps(given).encode()
        base = self._provider.url.rstrip("/") or f"https://email.{self._provider.region}.amazonaws.com"
        url = f"{base}{PATH}"
        signed = signature(
            "POST",
            url,
            {"content-type": "application/json"},
            content,
            region=self._provider.region,
            service="ses",
            key_id=self._provider.access_key_id,
            secret=self._secret,
            at=self._wall.now(),
        )
        return Asked(url=url, content=content, headers=signed)

    def judged(self, message: Message, answer: Answer) -> Receipt:
        told = read(answer)
        kind = str(answer.headers.get("x-amzn-errortype", "")).partition(":")[0]
        if not kind and isinstance(told, Mapping):
            kind = str(told.get("__type", "")).rpartition("#")[2]
        if kind in NOTHING_MORE:
            raise Down(f"{kind}: {said(answer)}")
        if kind in SLOWER:
            return deferred(message, "deferred", f"{kind}: {said(answer)}", QUOTA_S)
        return judged(message, answer)


def signature(
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: bytes,
    *,
    region: str,
    service: str,
    key_id: str,
    secret: str,
    at: datetime,
) -> dict[str, str]:
    """The headers with those of Signature Version 4."""
    parts = urlsplit(url)
    stamp = f"{at:%Y%m%dT%H%M%SZ}"
    day, hashed = stamp[:8], hashlib.sha256(content).hexdigest()
    given = {name.lower(): " ".join(text.split()) for name, text in headers.items()}
    given |= {"host": parts.netloc, "x-amz-date": stamp}
    names = ";".join(sorted(given))
    lines = "".join(f"{name}:{given[name]}\n" for name in sorted(given))
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    whole = "\n".join([method, quote(parts.path or "/", safe="/-_.~"), query, lines, names, hashed])
    scope = f"{day}/{region}/{service}/aws4_request"
    told = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(whole.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for step in (day, region, service, "aws4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    signed = hmac.digest(key, told.encode(), "sha256").hex()
    mark = f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signed}"
    return {name: text for name, text in given.items() if name != "host"} | {"authorization": mark}
