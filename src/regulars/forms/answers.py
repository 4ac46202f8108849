"""Reading what was typed into a form: every problem with its field, nothing guessed."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from regulars.forms.model import Field, Form
from regulars.kernel import Finding, Invalid

SIGNS_MAX = 1_000
NUMBER_MAX = Decimal(10) ** 12
Typed = Mapping[str, Sequence[str]]


def read_answers(form: Form, typed: Typed) -> dict[str, Any]:
    """The traits by name; raises Invalid with a finding for each field that is wrong.

    A field left empty gives no trait, so that it does not take away what was known.
    """
    answers: dict[str, Any] = {}
    findings: list[Finding] = []
    for field in form.fields:
        given = [one.strip() for one in typed.get(field.name, ()) if one.strip()]
        try:
            value = _value(field, given)
        except ValueError as problem:
            findings.append(Finding(path=field.name, code="forms.wrong_answer", message=str(problem)))
            continue
        if value is not None:
            answers[field.name] = value
        elif field.required:
            findings.append(Finding(path=field.name, code="forms.missing", message="Please fill this in."))
    if findings:
        raise Invalid("Some answers need another look.", findings)
    return answers


def read_agreed(form: Form, typed: Typed) -> list[int]:
    """Which agreements were ticked; raises Invalid when a required one was not."""
    agreed = [place for place in range(len(form.agreements)) if typed.get(f"agree-{place}")]
    missing = [
        Finding(path=f"agree-{place}", code="forms.not_agreed", message="This cannot be sent without it.")
        for place, asked in enumerate(form.agreements)
        if asked.required and place not in agreed
    ]
    if missing:
        raise Invalid("Some answers need another look.", missing)
    return agreed


def _value(field: Field, given: list[str]) -> Any:
    if field.type == "tick":
        return bool(given) or None
    if not given:
        return None
    if any(len(one) > SIGNS_MAX or "\0" in one for one in given):
        raise ValueError(f"At most {SIGNS_MAX} signs fit here.")
    if field.type == "choices":
        return [_chosen(field, one) for one in given]
    return _READ[field.type](field, given[0])


def _chosen(field: Field, given: str) -> str:
    if given not in field.choices:
        raise ValueError("Choose one of those offered.")
    return given


def _text(_field: Field, given: str) -> str:
    return given.encode("utf-8", "replace").decode()  # A lone surrogate cannot be stored.


def _email(_field: Field, given: str) -> str:
    try:
        return str(validate_email(given, check_deliverability=False).normalized)
    except EmailNotValidError as problem:
        raise ValueError(f"This is not an e-mail address: {problem}") from None


def _phone(_field: Field, given: str) -> str:
    try:
        number = phonenumbers.parse(given, None)
    except phonenumbers.NumberParseException:
        raise ValueError("Begin with + and the country, as in +44 20 7946 0018.") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("This number is too short or too long.")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _number(_field: Field, given: str) -> int | float:
    try:
        number = Decimal(given.replace(",", "."))
    except InvalidOperation:
        raise ValueError("Write a number, as in 12.5.") from None
    if not number.is_finite() or abs(number) > NUMBER_MAX:
        raise ValueError("Write a number, as in 12.5.")
    return int(number) if number == number.to_integral_value() else float(number)


def _date(_field: Field, given: str) -> str:
    try:
        return date.fromisoformat(given).isoformat()
    except ValueError:
        raise ValueError("Write a date as year-month-day, as in 1990-04-23.") from None


_READ = {
    "text": _text,
    "email": _email,
    "phone": _phone,
    "number": _number,
    "date": _date,
    "choice": _chosen,
}
