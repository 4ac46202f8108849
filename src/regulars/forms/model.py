"""A hosted form: what is asked, what is agreed to, and what somebody answered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from regulars.kernel import public_id

PREFIX = "sub"
CONFIRM_WITHIN = timedelta(days=7)
FieldType = Literal["text", "email", "phone", "number", "date", "choice", "choices", "tick"]
State = Literal["pending", "confirmed", "expired"]


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str  # The trait it fills; a dot goes into a nested one, as in preferences.colour.
    label: str
    type: FieldType = "text"
    choices: tuple[str, ...] = ()
    required: bool = False
    hint: str = ""


class Agreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A consent asked for, never ticked beforehand; the wording is kept with each answer."""

    channel: str  # Such as email.
    wording: str
    topic: str = ""
    required: bool = False
    wording_version: str = ""  # Of the consent policy's wordings of the topic; then the words are the same.
    purpose: str = ""  # What the data is used for.


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: str
    fields: tuple[Field, ...]
    text: str = ""
    agreements: tuple[Agreement, ...] = ()
    # Double opt-in: nothing but the address is taken over before its owner has confirmed.
    confirm: bool = True
    template: str | None = None  # The message that asks for the confirmation.
    channel: str = "recording"
    button: str = "Send"
    thanks: str = "Thank you."
    confirmed: str = "Thank you. Your address is confirmed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    submission_id: int
    form_key: str
    version: int
    state: State
    answers: dict[str, Any] | None  # Trait name to value; None once erased.
    agreed: list[int]  # Which agreements of that version, by their place from 0.
    person_key: str  # The anonymous id its events carry.
    submitted_at: datetime
    confirmed_at: datetime | None
    mailed_at: datetime | None
    asked_ip: str | None  # Of an answer that agrees to something: where it came from, and its confirmation.
    confirmed_ip: str | None

    @property
    def id(self) -> str:
        return public_id(PREFIX, self.submission_id)

    @property
    def email(self) -> str | None:
        found = (self.answers or {}).get("email")
        return found if isinstance(found, str) else None
