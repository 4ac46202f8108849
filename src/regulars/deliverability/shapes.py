"""What providers tell, each in its own shape, read as what came back."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from regulars.deliverability.codes import code_in, kind_of
from regulars.deliverability.mail_reading import OURS
from regulars.deliverability.returned import ADDRESS_SIGNS, Returned, ReturnedKind, one_line
from regulars.deliverability.webhook import BounceWebhook, Mapped
from regulars.kernel import CallerError

OURS_AS = "regulars_message"
EVENTS_MAX = 2_000
POSTMARK: Mapping[str, ReturnedKind] = {
    "HardBounce": "hard",
    "BadEmailAddress": "hard",
    "ManuallyDeactivated": "hard",
    "AddressChange": "hard",
    "SpamNotification": "block",
    "SpamComplaint": "complaint",
    "Blocked": "block",
    "DMARCPolicy": "block",
    "SMTPApiError": "block",
    "TemplateRenderingFailed": "other",
    "AutoResponder": "auto_reply",
    "Unsubscribe": "other",
    "Subscribe": "other",
}
# As Twilio's list of errors has it: what will not work another time is the number's.
TWILIO: Mapping[str, ReturnedKind] = {
    "21211": "hard",
    "21614": "hard",
    "21610": "complaint",  # They answered STOP.
    "30004": "block",
    "30005": "hard",
    "30006": "hard",
    "30007": "block",
    "30034": "block",
}


class Unfit(CallerError):
    """The request is not what this provider tells."""

    code = "deliverability.unfit"


def read_shape(body: BounceWebhook, raw: bytes, query: Mapping[str, str]) -> list[Returned]:
    """What a proven request tells; raises Unfit."""
    try:
        if body.shape == "twilio":
            return [_twilio(dict(parse_qsl(raw.decode(), max_num_fields=200)), query)]
        told = parsed(raw)
        readers = {"sendgrid": _sendgrid, "postmark": _postmark, "mailgun": _mailgun, "ses": _ses}
        found = list(_generic(told, body.mapped) if body.shape == "generic" else readers[body.shape](told))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise Unfit(f"The request is not in the shape {body.shape}: {type(error).__name__}.") from error
    return found[:EVENTS_MAX]


def parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Unfit("The request is no JSON.") from error


def _made(
    kind: ReturnedKind, address: object, ids: Iterator[object], code: str = "", detail: object = ""
) -> Returned:
    """`ids`: whatever may hold our id, bare or within a Message-ID."""
    texts = [str(one)[:2_000] for one in ids if one]
    named = [found for text in texts for found in (OURS.findall(text) or [text] * text.startswith("msg_"))]
    given = one_line(str(address or ""), ADDRESS_SIGNS)
    return Returned(
        kind=kind,
        addresses=(given,) if given else (),
        messages=tuple(dict.fromkeys(one.lower() for one in named)),
        code=code_in(str(code)) or str(code)[:10],
        detail=one_line(str(detail or "")),
    )


def _ses(told: Any) -> Iterator[Returned]:
    """The notification within what SNS sends."""
    said = parsed(str(told["Message"]).encode()) if "Message" in told else told
    mail = said.get("mail", {})
    kind = said.get("notificationType") or said.get("eventType")
    heads = mail.get("headers") or []
    wanted = ("message-id", "x-regulars-message")
    ids = [one.get("value") for one in heads if str(one.get("name", "")).lower() in wanted]
    ids.append((mail.get("commonHeaders") or {}).get("messageId"))
    ids += (mail.get("tags") or {}).get(OURS_AS, [])
    if kind == "Bounce":
        yield from _ses_bounces(said["bounce"], ids)
    elif kind == "Complaint":
        complaint = said["complaint"]
        spam = complaint.get("complaintFeedbackType") != "not-spam"
        for one in complaint["complainedRecipients"]:
            yield _made("complaint" if spam else "other", one["emailAddress"], iter(ids))
    elif kind == "Delivery":
        for address in said["delivery"]["recipients"]:
            yield _made("delivered", address, iter(ids))
    elif kind == "DeliveryDelay":
        for one in said["deliveryDelay"]["delayedRecipients"]:
            yield _made(
                "deferred", one["emailAddress"], iter(ids), one.get("status", ""), one.get("diagnosticCode")
            )


def _ses_bounces(bounce: Any, ids: list[object]) -> Iterator[Returned]:
    subtype = str(bounce.get("bounceSubType", ""))
    for one in bounce["bouncedRecipients"]:
        words, code = str(one.get("diagnosticCode") or ""), str(one.get("status") or "")
        kind: ReturnedKind = "hard"
        if bounce.get("bounceType") != "Permanent":
            kind = "block" if subtype in ("ContentRejected", "AttachmentRejected") else "soft"
        elif kind_of(code, words) == "block":
            kind = "block"
        yield _made(kind, one["emailAddress"], iter(ids), code, words or subtype)


def _sendgrid(told: Any) -> Iterator[Returned]:
    kinds: dict[str, ReturnedKind] = {
        "delivered": "delivered",
        "deferred": "deferred",
        "spamreport": "complaint",
    }
    for one in told:
        event = one["event"]
        ids = [one.get(OURS_AS), one.get("smtp-id")]
        code, words = str(one.get("status") or ""), str(one.get("reason") or one.get("response") or "")
        kind = kinds.get(event, "other")
        if event == "bounce":
            blocked = one.get("type") == "blocked"
            kind = ("soft" if code.startswith("4") else "block") if blocked else kind_of(code, words)
        elif event == "dropped" and "spam" not in words.lower():
            kind = "hard" if "bounced" in words.lower() or "invalid" in words.lower() else "other"
        yield _made(kind, one.get("email"), iter(ids), code, words)


def _postmark(told: Any) -> Iterator[Returned]:
    record = told["RecordType"]
    ids = iter([(told.get("Metadata") or {}).get(OURS_AS)])
    address = told.get("Email") or told.get("Recipient")
    if record == "Bounce":
        kind = POSTMARK.get(told["Type"], "soft")
        words = f"{told.get('Details') or ''} {told.get('Description') or ''}"
        yield _made(kind, address, ids, code_in(words), words)
    elif record in ("SpamComplaint", "Delivery"):
        yield _made("complaint" if record == "SpamComplaint" else "delivered", address, ids)


def _mailgun(told: Any) -> Iterator[Returned]:
    data = told["event-data"]
    event, status = data["event"], data.get("delivery-status") or {}
    heads = (data.get("message") or {}).get("headers") or {}
    ids = iter([(data.get("user-variables") or {}).get(OURS_AS), heads.get("message-id")])
    words = f"{status.get('message') or ''} {status.get('description') or ''}"
    code = str(status.get("enhanced-code") or status.get("code") or "")
    if event == "failed" and data.get("severity") == "permanent":
        yield _made(kind_of(code, words), data.get("recipient"), ids, code, words)
    elif event == "failed":
        yield _made("deferred", data.get("recipient"), ids, code, words)
    elif event in ("complained", "delivered"):
        kind: ReturnedKind = "complaint" if event == "complained" else "delivered"
        yield _made(kind, data.get("recipient"), ids, code, words)


def _twilio(told: Mapping[str, str], query: Mapping[str, str]) -> Returned:
    status, code = told["MessageStatus"], told.get("ErrorCode", "")
    kind: ReturnedKind = "other"
    if status == "delivered":
        kind = "delivered"
    elif status in ("undelivered", "failed"):
        kind = TWILIO.get(code, "soft")
    return _made(kind, told.get("To"), iter([query.get("message")]), code, told.get("ErrorMessage", ""))


def _generic(told: Any, mapped: Mapped) -> Iterator[Returned]:
    items = at_path(told, mapped.items) if mapped.items else told
    for one in items if isinstance(items, list) else [items]:
        said = str(at_path(one, mapped.kind))
        kind: Any = mapped.kinds.get(said, "other")
        code, words = str(at_path(one, mapped.code) or ""), at_path(one, mapped.detail)
        ids = iter([at_path(one, mapped.message)])
        yield _made(kind, at_path(one, mapped.address), ids, code, words)


def at_path(told: Any, path: str) -> Any:
    """What stands there; None when nothing does.

    >>> at_path({"data": [{"to": "a@b.example"}]}, "data.0.to")
    'a@b.example'
    """
    for name in path.split(".") if path else ():
        if isinstance(told, dict):
            told = told.get(name)
        elif isinstance(told, list) and name.isdigit() and int(name) < len(told):
            told = told[int(name)]
        else:
            return None
    return told if path else None
