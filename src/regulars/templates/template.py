"""The kind `template`: what is said, with the variables of one customer put in."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

Purpose = Literal["marketing", "transactional"]
Medium = Literal["email", "sms", "push", "inbox", "webhook"]
Variables = Mapping[str, Any]


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same in another language; what is left out is as in the main text."""

    language: str  # As in de or pt-BR.
    subject: str | None = None
    preheader: str | None = None
    text: str | None = None
    html: str | None = None
    mjml: str | None = None
    link: str | None = None
    image: str | None = None


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: str
    subject: str
    text: str  # Left empty beside HTML or MJML, it is derived from that.
    preheader: str = ""
    topic: str = ""  # Of the consent policy; empty: whoever takes the channel as a whole hears it.
    # Transactional is part of what somebody ordered or asked for, and passes opt-outs; advertising never is.
    purpose: Purpose = "marketing"
    html: str | None = None  # Left out, the message is plain text.
    mjml: str | None = None  # What the HTML is compiled from; instead of `html`.
    medium: Medium = "email"
    link: str = ""  # Where a press on a push message or a card leads.
    image: str = ""  # Of a push message or a card.
    language: str = ""  # Of the main text; empty: that of whoever has no variant.
    variants: tuple[Variant, ...] = ()
    track: bool = True  # Whether opens and clicks are counted, of those who allow it.
    missing: Literal["blank", "skip"] = (
        "blank"  # What a variable without value and default does at send time.
    )


def sentence(body: Template) -> str:
    how = "HTML and plain text" if body.html or body.mjml else "plain text"
    if body.medium != "email":
        how = f"a message of medium {body.medium}"
    others = [variant.language for variant in body.variants]
    if others:
        how += f", also in {', '.join(others)}"
    left_out = "is left blank" if body.missing == "blank" else "keeps the message from being sent"
    about = f" about {body.topic}" if body.topic else ""
    passes = "; it is transactional and passes opt-outs" if body.purpose == "transactional" else ""
    words = body.subject or body.text[:60]
    return f"Says “{words}”{about} in {how}; a missing variable without a default {left_out}{passes}."
