"""The kind `form`, as the composition root registers it."""

import re
from collections.abc import Iterator

from regulars.channels import no_channel
from regulars.customers import CONSENT_POLICY, CONSENT_POLICY_KEY, ConsentPolicy
from regulars.definitions import Kind, Lookup, Ref
from regulars.forms.model import Agreement, Field, Form
from regulars.kernel import Finding
from regulars.templates import TEMPLATE

FIELDS_MAX = 40
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62}){0,3}")


def _sentence(form: Form) -> str:
    asked = ", ".join(field.label for field in form.fields)
    how = "after the address is confirmed" if form.confirm else "at once"
    consents = "a consent" if len(form.agreements) == 1 else f"{len(form.agreements)} consents"
    agreed = f" and {consents}" if form.agreements else ""
    return f"Asks for {asked}{agreed}, and takes the answers over {how}."


def _validate(form: Form, lookup: Lookup) -> list[Finding]:
    return [
        Finding(path=path, code="forms.wrong_form", message=message)
        for path, message in _problems(form, lookup)
    ]


def _problems(form: Form, lookup: Lookup) -> Iterator[tuple[str, str]]:
    if not form.title.strip():
        yield "title", "Give the form a title; people see it."
    if not 1 <= len(form.fields) <= FIELDS_MAX:
        yield "fields", f"A form asks for 1 to {FIELDS_MAX} things; this one asks for {len(form.fields)}."
    names = [field.name for field in form.fields]
    for place, field in enumerate(form.fields):
        if names.index(field.name) != place:
            yield f"fields[{place}].name", f"{field.name!r} is asked for twice."
        yield from ((f"fields[{place}].{path}", text) for path, text in _field_problems(field))
    policy = lookup.live(CONSENT_POLICY, CONSENT_POLICY_KEY)
    for place, asked in enumerate(form.agreements):
        if not asked.wording.strip() or not asked.channel.strip():
            yield f"agreements[{place}]", "Say what is agreed to, and for which channel."
        if policy is not None:
            found = _agreement_problems(asked, policy, confirmed=form.confirm)
            yield from ((f"agreements[{place}].{path}", text) for path, text in found)
    if told := no_channel(form.channel, lookup):
        yield "channel", told
    if form.confirm:
        yield from _confirming(form, lookup)


def _agreement_problems(
    asked: Agreement, policy: ConsentPolicy, *, confirmed: bool
) -> Iterator[tuple[str, str]]:
    topic = policy.topic(asked.topic)
    if asked.topic and topic is None:
        known = ", ".join(one.key for one in policy.topics) or "none yet"
        yield "topic", f"The consent policy has no topic {asked.topic[:80]!r}; it has {known}."
    if topic and topic.double_opt_in and not confirmed:
        yield "topic", f"“{topic.title}” asks for a double opt-in: let this form confirm the address."
    words = topic.wordings.get(asked.wording_version) if topic else None
    if asked.wording_version and words != asked.wording:
        told = "no such version" if words is None else "other words under this version"
        yield "wording_version", f"The consent policy has {told}: {asked.wording_version[:63]!r}."


def _field_problems(field: Field) -> Iterator[tuple[str, str]]:
    if not NAME.fullmatch(field.name):
        yield "name", f"{field.name!r} is no name of a trait: letters, digits and _, parts joined by dots."
    if not field.label.strip():
        yield "label", "Give the field a label; people see it."
    if field.type in ("choice", "choices") and not field.choices:
        yield "choices", "Give the choices to choose from."
    if field.name == "email" and field.type != "email":
        yield "type", "The trait email is asked for by a field of the type email."


def _confirming(form: Form, lookup: Lookup) -> Iterator[tuple[str, str]]:
    asked = next((field for field in form.fields if field.name == "email"), None)
    if asked is None or not asked.required:
        yield "fields", "To be confirmed an address is needed: ask for email, and require it."
    if form.template is None:
        yield "template", "Name the template of the message that asks for the confirmation."
    elif not lookup.has(Ref(kind="template", key=form.template)):
        yield "template", f"There is no live template {form.template!r}."


def _uses(form: Form) -> list[Ref]:
    return [Ref(kind="template", key=form.template)] if form.template else []


assert TEMPLATE.name == "template"

FORM = Kind(
    name="form",
    title="Form",
    plural="Forms",
    body=Form,
    sentence=_sentence,
    validate=_validate,
    uses=_uses,
)
