"""A template from the HTML of another system: harmful parts taken out, its variables made ours."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

from regulars.kernel import CallerError
from regulars.templates.liquid import SIGNS_MAX

DROPPED_WHOLE = frozenset(
    {"script", "iframe", "object", "embed", "applet", "noscript", "video", "audio", "svg"}
)
DROPPED_TAGS = frozenset({"form", "input", "button", "select", "option", "textarea", "base", "link"})
VOID = frozenset(
    {"br", "img", "hr", "input", "meta", "link", "area", "base", "col", "source", "wbr", "embed"}
)
ADDRESSES = frozenset({"href", "src", "background", "action", "poster", "srcset"})
BAD_ADDRESS = re.compile(r"(?:javascript|vbscript|data:text)", re.IGNORECASE)
NAME = '{{ customer.first_name | default: "" }}'
UNSUBSCRIBE, PREFERENCES, VIEW = "{{ unsubscribe_url }}", "{{ preferences_url }}", "{{ view_url }}"
FIELDS = {
    "first_name": NAME, "firstname": NAME, "fname": NAME,
    "last_name": '{{ traits.last_name | default: "" }}', "lname": '{{ traits.last_name | default: "" }}',
    "lastname": '{{ traits.last_name | default: "" }}',
    "name": '{{ customer.name | default: "" }}', "full_name": '{{ customer.name | default: "" }}',
    "email": '{{ customer.email | default: "" }}', "phone": '{{ customer.phone | default: "" }}',
    "phone_number": '{{ customer.phone | default: "" }}', "id": "{{ customer.id }}",
}  # fmt: skip
# By their names in Mailchimp; what is not here and no field of a person is left out and told.
MAILCHIMP = {
    "UNSUB": UNSUBSCRIBE, "UPDATE_PROFILE": PREFERENCES, "ARCHIVE": VIEW, "LIST:COMPANY": "{{ brand.name }}",
    "LIST:ADDRESS": '{{ brand.address | default: "" }}',
    "LIST:ADDRESSLINE": '{{ brand.address | default: "" }}',
    "LIST:URL": '{{ brand.website | default: "" }}', "LIST:DESCRIPTION": '{{ brand.footer | default: "" }}',
    "HTML:LIST_ADDRESS_HTML": '{{ brand.address | default: "" }}',
    "CURRENT_YEAR": "{{ 'now' | date: '%Y' }}", "MC:SUBJECT": "", "MC_PREVIEW_TEXT": "",
}  # fmt: skip
KLAVIYO_TAGS = {
    "unsubscribe": UNSUBSCRIBE, "unsubscribe_link": UNSUBSCRIBE, "manage_preferences": PREFERENCES,
    "manage_preferences_link": PREFERENCES, "web_view": VIEW, "web_view_link": VIEW, "view_in_browser": VIEW,
}  # fmt: skip
ADDRESS_WORDS = {
    "unsubscribe_url": UNSUBSCRIBE, "unsubscribe_link": UNSUBSCRIBE, "unsubscribe": UNSUBSCRIBE,
    "manage_subscription_preferences_url": PREFERENCES, "manage_preferences_url": PREFERENCES,
    "preferences_url": PREFERENCES, "view_in_browser_url": VIEW, "web_view": VIEW, "view_url": VIEW,
}  # fmt: skip
OF_ORGANIZATION = {
    "organization.name": "{{ brand.name }}",
    "organization.full_address": '{{ brand.address | default: "" }}',
    "organization.url": '{{ brand.website | default: "" }}',
}
STAR = re.compile(r"\*\|([A-Z0-9_:]+)(?:\|[^*]*)?\|\*", re.IGNORECASE)
BRACES = re.compile(r"\{\{-?\s*([\w.|'\"]+?)\s*((?:\|[^{}]*)?)-?\}\}")
BLOCK = re.compile(r"\{%-?\s*(\w+)([^%]*)-?%\}")
CONDITIONS = frozenset({
    "if", "elsif", "else", "endif", "unless", "endunless", "for", "endfor", "case", "when", "endcase",
    "assign", "capture", "endcapture", "comment", "endcomment", "raw", "endraw", "abort_message", "render",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The HTML as ours, and what was changed, in the order it was met, each told once."""

    html: str
    changes: tuple[str, ...]


class NotHtml(CallerError):
    """What was given is no HTML that can be taken over."""

    code = "messaging.not_html"


def import_html(source: str) -> Imported:
    """Return HTML of another system without scripts, forms and handlers, its merge tags as our variables."""
    if not re.search(r"<[a-zA-Z!]", source):
        raise NotHtml("There is no HTML in it: it should begin with a tag, as in <html>.")
    if len(source) > SIGNS_MAX:
        raise NotHtml(
            f"{len(source):,} signs are too many, at most {SIGNS_MAX:,} are taken; leave images outside."
        )
    told: dict[str, None] = {}

    def tell(change: str) -> None:
        told[change] = None

    cleaner = _Cleaner(tell)
    cleaner.feed(_ours(source, tell))
    cleaner.close()
    return Imported(html="".join(cleaner.parts), changes=tuple(told))


def _ours(source: str, tell: Callable[[str], object]) -> str:
    """The source with the variables of Mailchimp, Klaviyo and Customer.io as ours."""

    def star(found: re.Match[str]) -> str:
        name = found[1].upper()
        said = MAILCHIMP.get(name, FIELDS.get(found[1].lower()))
        return _changed(found[0], said, tell)

    def braces(found: re.Match[str]) -> str:
        return _changed(found[0], _variable(found[1], found[2].strip()), tell)

    def block(found: re.Match[str]) -> str:
        if found[1] in CONDITIONS:
            return found[0]
        return _changed(found[0], KLAVIYO_TAGS.get(found[1]), tell)

    return BLOCK.sub(block, BRACES.sub(braces, STAR.sub(star, source)))


def _variable(path: str, filters: str) -> str | None:
    if path in OF_ORGANIZATION:
        return OF_ORGANIZATION[path]
    if path.partition("|")[0] in ADDRESS_WORDS:
        return ADDRESS_WORDS[path.partition("|")[0]]
    parts = path.split("|")
    name = parts[0].removeprefix("customer.").removeprefix("person.").removeprefix("recipient.")
    default = re.search(r"default:?\s*=?\s*['\"]([^'\"]*)['\"]", "|".join([*parts[1:], filters]))
    words = default[1] if default else ""
    if name in FIELDS:
        return FIELDS[name].replace('default: ""', f'default: "{words}"')
    if path.startswith(("event.", "trigger.", "journey.")):
        inside = path.partition(".")[2]
        where = "entry" if path.startswith("journey.") else "event"
        return f'{{{{ {where}.{inside} | default: "{words}" }}}}'
    if path.startswith(("customer.", "person.", "recipient.")) or "." not in path:
        return (
            f'{{{{ traits.{name} | default: "{words}" }}}}' if re.fullmatch(r"[A-Za-z_]\w*", name) else None
        )
    return None


def _changed(before: str, after: str | None, tell: Callable[[str], object]) -> str:
    if after is None:
        tell(f"{before[:60]} is not known here and was left out.")
        return ""
    if before != after:
        tell(f"{before[:60]} became {after or 'nothing'}.")
    return after


class _Cleaner(HTMLParser):
    """Writes down what it reads, but for what no message should hold."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self.tell = tell
        self.inside: list[str] = []  # Of what is dropped whole.

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.inside or tag in DROPPED_WHOLE:
            if not self.inside:
                self.tell(f"The element {tag} was taken out.")
            if tag in DROPPED_WHOLE and tag not in VOID:
                self.inside.append(tag)
        elif tag in DROPPED_TAGS or (
            tag == "meta" and any(name == "http-equiv" and "refresh" in str(v).lower() for name, v in attrs)
        ):
            self.tell(f"The tag {tag} was taken out.")
        else:
            self.parts.append(f"<{tag}{''.join(self._kept(tag, attrs))}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        before = len(self.inside)
        self.handle_starttag(tag, attrs)
        del self.inside[before:]

    def handle_endtag(self, tag: str) -> None:
        if self.inside:
            if tag == self.inside[-1]:
                self.inside.pop()
        elif tag not in DROPPED_TAGS and tag not in DROPPED_WHOLE:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._write(data)

    def handle_entityref(self, name: str) -> None:
        self._write(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._write(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        # Conditional comments are for one mail program; a script in one is none of it.
        if data.startswith("[if") and not re.search(r"<script|javascript:", data, re.IGNORECASE):
            self._write(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._write(f"<!{decl}>")

    def unknown_decl(self, data: str) -> None:
        self._write(f"<![{data}]>")

    def _write(self, text: str) -> None:
        if not self.inside:
            self.parts.append(text)

    def _kept(self, tag: str, attrs: list[tuple[str, str | None]]) -> list[str]:
        kept = []
        for name, value in attrs:
            bare = re.sub(r"[\x00-\x20]", "", value or "")
            if name.startswith("on"):
                self.tell(f"The handler {name} of {tag} was taken out.")
            elif name in ADDRESSES and BAD_ADDRESS.match(bare):
                self.tell(f"A script in {name} of {tag} was taken out.")
                kept.append(f' {name}="#"')
            elif value is None:
                kept.append(f" {name}")
            else:
                kept.append(f" {name}={_quoted(value)}")
        return kept


def _quoted(value: str) -> str:
    """Liquid stays as it is, so its quotes decide on ours."""
    if "{{" in value or "{%" in value:
        mark = "'" if '"' in value and "'" not in value else '"'
        return f"{mark}{value}{mark}" if mark not in value else f'"{value.replace(chr(34), chr(39))}"'
    return f'"{escape(value)}"'
