"""A message as a page, for readers whose mail program does not show it well."""

import re
from dataclasses import dataclass
from html import escape

from regulars import messaging
from regulars.app import App
from regulars.db import Tx
from regulars.definitions import get
from regulars.kernel import NotFound, RegularsError, public_id
from regulars.messaging import Letter, Recipient, SentMessage, SourceName
from regulars.templates import TEMPLATE, Abort, Rendered

# What was written for a mail program runs nothing, sends nothing and stands in nobody's frame.
POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation; "
    "default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline' https:; "
    "font-src https: data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
PIXEL = re.compile(r"""<img src="[^"<>]*/o/[A-Za-z0-9_=-]{20,}\.gif"[^<>]*>""")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePage:
    body: bytes
    headers: list[tuple[bytes, bytes]]


def page_of(tx: Tx, app: App, send_id: int) -> MessagePage | None:
    """The message as it left, where it is kept, else as it reads now; None when its reader is erased."""
    try:
        kept = messaging.message(tx, public_id("msg", send_id), cut=False)
        said = _kept(kept) or _anew(tx, app, kept)
    except (RegularsError, Abort):
        return None
    # The page itself says that it is looked at; its pixel would say it twice.
    html = PIXEL.sub("", said.html) if said.html else _plain(said.subject, said.text)
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-security-policy", POLICY.encode())]
    return MessagePage(body=html.encode(), headers=headers)


def _kept(one: SentMessage) -> Rendered | None:
    if one.text_body is None:
        return None
    return Rendered(
        subject=one.subject or "", preheader=one.preheader or "", text=one.text_body, html=one.html_body
    )


def _anew(tx: Tx, app: App, one: SentMessage) -> Rendered:
    """What no channel keeps is put together again, of what is known today; its links are not counted."""
    if one.state not in ("sent", "in_doubt"):
        raise NotFound("This message never left.")
    name = SourceName(kind=one.source_kind, key=one.source_key, version=one.source_version, step=one.step)
    source = messaging.find_source(tx, name)
    to = Recipient(send_id=one.send_id, customer_id=one.customer_id, address="")
    letter = app.sender.letters(tx, source, [to]).get(one.send_id, Letter())
    body = get(tx, TEMPLATE, one.template_key, one.template_version).body
    more = {**letter.variables, "event": one.data or {}}
    return messaging.rehearse(tx, app.sender, body, one.customer_id, more=more)


def _plain(subject: str, text: str) -> str:
    return (
        '<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(subject)}</title></head>"
        f'<body style="max-width:40rem;margin:2rem auto;padding:0 1rem;font-family:system-ui">'
        f'<pre style="white-space:pre-wrap;font:inherit">{escape(text)}</pre></body></html>'
    )
