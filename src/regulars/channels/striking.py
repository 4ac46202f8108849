"""Striking our secrets out of what a provider says: some repeat the request, credentials and all.

Struck is what is known, in every form in which it leaves, and what looks like credentials: of anything else
nobody can tell. What is kept is cut, so a secret may stand at its end in part.
"""

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape
from urllib.parse import quote, quote_plus

from regulars.channels.body import Provider
from regulars.channels.channel import Receipt

STRUCK = "•••"
SIGNS_MIN = 6  # A shorter secret would strike words; joined with its user it is struck all the same.
LINE_MIN = 20  # A line of a key in PEM.
HEADER = re.compile(
    r"(?i)\b((?:proxy-)?authorization|x-api-key|api[-_]?key|access[-_]?token|auth[-_]?token|client[-_]?secret|password)"
    r"(\\?[\"']?\s*[:=]\s*\\?[\"']?)(?:(?:basic|bearer|token|digest|vapid|aws4-hmac-sha256)\s+)?[^\s\"',;&}]+"
)
SCHEME = re.compile(r"(?i)\b(basic|bearer|token|vapid)\s+(?=\S*[0-9=])[A-Za-z0-9+/=._~-]{8,}")
SIGNATURE = re.compile(r"(?i)\b(credential|signature)=[^\s,;\"'&]{8,}")
USERS = ("user", "account", "access_key_id")

Strike = Callable[[str], str]


def striking(providers: Sequence[Provider], secrets: Mapping[str, str | None]) -> Strike:
    """What strikes the secrets of these providers, by their names, out of a text."""
    forms = sorted({form for one in providers for form in _forms(one, secrets.get(one.name))}, key=len)[::-1]

    def struck(text: str) -> str:
        for form in forms:
            text = text.replace(form, STRUCK)
        text = _without_beginning(text, forms)
        text = HEADER.sub(rf"\1\2{STRUCK}", text)
        return SIGNATURE.sub(rf"\1={STRUCK}", SCHEME.sub(rf"\1 {STRUCK}", text))

    return struck


def struck_out(receipts: Iterable[Receipt], strike: Strike) -> list[Receipt]:
    return [replace(one, detail=strike(one.detail)) if one.detail else one for one in receipts]


def _forms(provider: Provider, secret: str | None) -> Iterable[str]:
    if not secret:
        return
    for user in filter(None, (getattr(provider, name, "") for name in USERS)):
        for joined in (f"{user}:{secret}", f"\0{user}\0{secret}", f"{user}\0{user}\0{secret}"):
            yield from _encoded(joined)
    if len(secret) < SIGNS_MIN:
        return
    once = json.dumps(secret)[1:-1]
    yield from (secret, " ".join(secret.split()), once, json.dumps(once)[1:-1], escape(secret))
    yield from (quote(secret), quote(secret, safe=""), quote_plus(secret))
    for joined in (secret, f":{secret}", f"{secret}:", f"api:{secret}"):
        yield from _encoded(joined)
    yield from (line for line in secret.split() if len(line) >= LINE_MIN)


def _encoded(text: str) -> Iterable[str]:
    for encode in (b64encode, urlsafe_b64encode):
        made = encode(text.encode()).decode()
        yield from (made, made.rstrip("="))


def _without_beginning(text: str, forms: Sequence[str]) -> str:
    for form in forms:
        if text[-SIGNS_MIN:] not in form:
            continue
        for length in range(len(form) - 1, SIGNS_MIN - 1, -1):
            if text.endswith(form[:length]):
                return text[:-length] + STRUCK
    return text
