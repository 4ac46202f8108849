"""Identifiers as they are compared: e-mail addresses, phone numbers, card numbers, and plain text.

What comes a million times, an ASCII address or an E.164 number, is recognised by one expression.
"""

import re
from dataclasses import dataclass
from typing import Literal

import phonenumbers
from email_validator import EmailNotValidError, validate_email

Form = Literal["email", "phone", "card", "text"]

SIGNS_MAX = 200
# A name of ordinary signs without a point at its ends or two in a row, and a domain of two or more labels.
PLAIN_EMAIL = re.compile(
    r"(?=.{3,254}\Z)(?=[^@]{1,64}@)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?",
    re.ASCII,
)
E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
CARD_SEPARATORS = re.compile(r"[\s.\-]+")
CARD = re.compile(r"[0-9]{8,19}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """What was given is no identifier of its form, and why."""

    reason: str


def normalise(form: Form, written: str, region: str = "") -> str | Unreadable:
    """The identifier as it is compared, or why there is none in it.

    >>> normalise("email", " Ann@Example.COM"), normalise("phone", "(0)30 123456", "DE")
    ('ann@example.com', '+4930123456')
    """
    text = written.strip()
    if not text:
        return Unreadable(reason="it is empty")
    if len(text) > 2 * SIGNS_MAX:
        return Unreadable(reason=f"it has {len(text)} signs; an identifier has at most {SIGNS_MAX}")
    if form == "email":
        return _email(text)
    if form == "phone":
        return _phone(text, region)
    if form == "card":
        return _card(text)
    return text if len(text) <= SIGNS_MAX else Unreadable(reason=f"it has more than {SIGNS_MAX} signs")


def _email(text: str) -> str | Unreadable:
    lowered = text.lower()
    if PLAIN_EMAIL.fullmatch(lowered) and "xn--" not in lowered:
        return lowered
    try:
        parts = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as cause:
        return Unreadable(reason=f"it is not an e-mail address: {str(cause).rstrip('.')}")
    if "." not in parts.domain:
        return Unreadable(reason="it is not an e-mail address: the part after @ has no point")
    return f"{parts.local_part.lower()}@{(parts.ascii_domain or parts.domain).lower()}"


def _phone(text: str, region: str) -> str | Unreadable:
    if E164.fullmatch(text):
        return text
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException as cause:
        if cause.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and not region:
            return Unreadable(reason="it has no country code, and the identity policy names no region")
        return Unreadable(reason="it is not a phone number")
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return Unreadable(reason="its area code is missing")
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        return Unreadable(reason="its country has no phone numbers of this length")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _card(text: str) -> str | Unreadable:
    digits = CARD_SEPARATORS.sub("", text)
    if not CARD.fullmatch(digits):
        return Unreadable(reason="a card number has 8 to 19 digits")
    if not has_check_digit(digits):
        return Unreadable(reason="its check digit is wrong: a digit was mistyped")
    return digits


def has_check_digit(digits: str) -> bool:
    """Whether the last digit fits the others, by the formula of ISO/IEC 7812 (Luhn).

    >>> has_check_digit("79927398713"), has_check_digit("79927398710")
    (True, False)
    """
    odd = sum(int(digit) for digit in digits[-1::-2])
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (odd + doubled) % 10 == 0
