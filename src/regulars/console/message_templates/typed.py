"""The fields of a template's form as they were typed, and the body they mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from regulars.templates import Template

PARTS = ("subject", "preheader", "source", "text", "link", "image")
MEDIA = (
    ("email", "E-mail"),
    ("sms", "SMS"),
    ("push", "Push message"),
    ("inbox", "Card in the app or shop"),
    ("webhook", "Webhook"),
)
LANGUAGES_MAX = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is said in one language; `source` is MJML or HTML."""

    language: str = ""
    subject: str = ""
    preheader: str = ""
    source: str = ""
    text: str = ""
    link: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    title: str = ""
    key: str = ""
    etag: str = ""
    medium: str = "email"
    topic: str = ""
    purpose: str = "marketing"
    missing: str = "blank"
    markup: str = "mjml"  # What the source is: mjml or html.
    track: bool = True
    new: bool = False
    parts: tuple[Part, ...] = field(default_factory=lambda: (Part(),))  # The main text, then its variants.

    @property
    def main(self) -> Part:
        return self.parts[0]


def typed_of(body: Template, *, key: str, etag: str, new: bool) -> Typed:
    return Typed(
        title=body.title,
        key=key,
        etag=etag,
        new=new,
        medium=body.medium,
        topic=body.topic,
        purpose=body.purpose,
        missing=body.missing,
        markup="html" if body.html is not None else "mjml",
        track=body.track,
        parts=(_part(body), *(_part(one) for one in body.variants)),
    )


def _part(body: Any) -> Part:
    """Of the main text or of a variant, whose fields may be left out."""
    source = body.mjml if body.mjml is not None else body.html
    return Part(
        language=body.language,
        subject=body.subject or "",
        preheader=body.preheader or "",
        source=source or "",
        text=body.text or "",
        link=body.link or "",
        image=body.image or "",
    )


def read_form(given: Mapping[str, str]) -> Typed:
    """What the form holds; the parts are numbered from 0, which is the main text."""
    count = min(
        int(given.get("parts", "1") or 1) if given.get("parts", "1").isdecimal() else 1, LANGUAGES_MAX
    )
    return Typed(
        title=given.get("title", "").strip(),
        key=given.get("key", "").strip(),
        etag=given.get("etag", ""),
        new=given.get("new", "") == "1",
        medium=given.get("medium", "email"),
        topic=given.get("topic", ""),
        purpose=given.get("purpose", "marketing"),
        missing=given.get("missing", "blank"),
        markup=given.get("markup", "mjml"),
        track=given.get("track", "") == "on",
        parts=tuple(_part_of(given, number) for number in range(max(1, count))),
    )


def _part_of(given: Mapping[str, str], number: int) -> Part:
    said = {name: unified(given.get(f"p{number}.{name}", "")) for name in PARTS}
    return Part(language=given.get(f"p{number}.language", "").strip(), **said)


def unified(text: str) -> str:
    """Return the text with the line ends that a form turned into CRLF as they were."""
    return text.replace("\r\n", "\n")


def body_of(typed: Typed) -> dict[str, Any]:
    """The definition's body; what is not used by the medium is left out."""
    main = typed.main
    return {
        "title": typed.title,
        "medium": typed.medium,
        "topic": typed.topic,
        "purpose": typed.purpose,
        "missing": typed.missing,
        "track": typed.track,
        "language": main.language,
        "subject": main.subject,
        "text": main.text,
        **{name: getattr(main, name) for name in ("preheader", "link", "image") if getattr(main, name)},
        **_marked(typed, main),
        **({"variants": [_variant(typed, one) for one in typed.parts[1:]]} if typed.parts[1:] else {}),
    }


def _variant(typed: Typed, part: Part) -> dict[str, str]:
    said = {name: getattr(part, name) for name in ("subject", "preheader", "text", "link", "image")}
    return {
        "language": part.language,
        **{name: text for name, text in said.items() if text},
        **_marked(typed, part),
    }


def _marked(typed: Typed, part: Part) -> dict[str, str]:
    return {typed.markup: part.source} if part.source.strip() and typed.medium in ("email", "inbox") else {}
