"""Looking at sends: what became of each person, the message itself, and why somebody did not get it."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from regulars.channels import mime
from regulars.customers import conceal_text, masked_text, masked_values
from regulars.db import Query, Statements, Tx, one, rows
from regulars.kernel import NotFound, Page, decode_cursor, encode_cursor, parse_public_id, public_id
from regulars.messaging.checks import REASONS
from regulars.messaging.ledger import ArmName, Send, send_of_person
from regulars.messaging.source import SourceName, find_source

PAGE_SIZE = 50
# The links of its reader to their own page, and what counts them: whoever else looks at the message shall
# neither go in by them nor be counted as the reader.
OWN_LINK = re.compile(r"(/[pmocv]/)[A-Za-z0-9_-]{20,}")
# An address in a link; and what only looks like one: a picture for fine screens.
QUOTED_AT, FINE_PICTURE = re.compile(r"%40"), re.compile(r"@(?=[0-9.]+x\.)")


class Sql(Statements, file="reading.sql"):
    messages: Query
    message: Query
    kept_back: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """One send with all that is known of it; what has no message was not sent."""

    send_id: int
    customer_id: int
    arm: ArmName
    state: str
    reason: str | None
    detail: str | None
    decided_at: datetime | None
    resolved_at: datetime | None
    source_kind: str
    source_key: str
    source_version: int
    step: str
    channel: str
    template_key: str
    template_version: int
    address: str | None
    headers: dict[str, str] | None
    subject: str | None
    preheader: str | None
    text_body: str | None
    html_body: str | None
    data: dict[str, Any] | None  # What the template could ask for as `event`.

    @property
    def id(self) -> str:
        return public_id("msg", self.send_id)

    @property
    def answer(self) -> str:
        return answer(self.state, self.reason, self.detail)

    def concealed(self) -> "SentMessage":
        """As somebody sees it who may not see contact details: letters say in words whom they are to."""
        headers = self.headers
        if headers is not None:
            headers = headers | {
                "To": masked_text(headers.get("To")) or "",
                "Subject": _concealed(headers.get("Subject")) or "",
            }
        return replace(
            self,
            address=masked_text(self.address),
            headers=headers,
            subject=_concealed(self.subject),
            preheader=_concealed(self.preheader),
            text_body=_concealed(self.text_body),
            html_body=_concealed(self.html_body),
            data=masked_values(self.data) if self.data else self.data,
        )

    def mime(self) -> bytes | None:
        """Return the bytes as they would have left."""
        if self.headers is None or self.text_body is None:
            return None
        return mime(self.headers, self.text_body, self.html_body)


def messages(
    tx: Tx, name: SourceName, *, state: str | None = None, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[Send]:
    """Return what became of each person in a source, a page at a time, in the order of the ledger."""
    after = decode_cursor(cursor, (int,))[0] if cursor else 0
    found = rows(
        tx,
        SQL.messages,
        Send,
        kind=name.kind,
        key=name.key,
        version=name.version,
        state=state,
        after=after,
        limit=limit + 1,
    )
    more = encode_cursor(found[limit - 1].send_id) if len(found) > limit else None
    return Page(tuple(found[:limit]), more)


def message(tx: Tx, public: str, *, cut: bool = True) -> SentMessage:
    """Return one send by its public id, as in msg_3f; its reader's links are cut off, but for themselves."""
    found = one(tx, SQL.message, SentMessage, send_id=parse_public_id("msg", public))
    if not cut:
        return found
    return replace(
        found,
        headers={name: _cut(text) or "" for name, text in found.headers.items()} if found.headers else None,
        subject=_cut(found.subject),
        preheader=_cut(found.preheader),
        text_body=_cut(found.text_body),
        html_body=_cut(found.html_body),
    )


def _cut(text: str | None) -> str | None:
    return OWN_LINK.sub(r"\1…", text) if text else text


def _concealed(text: str | None) -> str | None:
    if not text:
        return text
    return conceal_text(FINE_PICTURE.sub("\0", QUOTED_AT.sub("@", text))).replace("\0", "@")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    reason: str
    messages: int


def kept_back(tx: Tx, since: datetime) -> dict[str, int]:
    """How many messages the policy kept back since an instant, or makes wait, by the code of the reason."""
    return {one.reason: one.messages for one in rows(tx, SQL.kept_back, _Kept, since=since)}


def why_not(tx: Tx, name: SourceName, customer_id: int) -> str:
    """Answer in one sentence why this person did or did not get the message."""
    try:
        found = send_of_person(tx, find_source(tx, name), customer_id)
    except NotFound:
        return "Nothing has been sent from this yet."
    if found is None:
        return "The person was not in the audience when it was fixed."
    return answer(found.state, found.reason, found.detail)


def answer(state: str, reason: str | None, detail: str | None) -> str:
    because = REASONS.get(reason or "", reason or "")
    # Some providers repeat the address, which is asked of more people than may see it.
    more = f" ({conceal_text(detail)})" if detail else ""
    waits = f"{because}{more}" if because else "the message waits for its turn"
    sentences = {
        "queued": f"Not yet: {waits}.",
        "claimed": "Not yet: the message is being checked.",
        "handed": "The message is being handed over.",
        "sent": "It was sent.",
        "held_out": f"Held out: {because or 'it would have been sent, and was kept back for comparison'}.",
    }
    return sentences.get(state) or f"{_HEADS[state]}: {because}{more}."


_HEADS = {"skipped": "Not sent", "failed": "Failed", "in_doubt": "In doubt, and not sent again"}
