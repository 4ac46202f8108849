"""Reading single fields of what somebody told of a product or a store, each with its place."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from regulars.kernel import Finding, minor_digits

AMOUNT_MAX = Decimal(10) ** 12
WORDS = {
    "true": True, "yes": True, "1": True, "active": True,
    "false": False, "no": False, "0": False, "inactive": False,
}  # fmt: skip


class Fields:
    """Reads one mapping by several names a field, and collects all that is wrong."""

    def __init__(self, told: Mapping[str, Any], code: str) -> None:
        self.told = told
        self.code = code
        self.findings: list[Finding] = []

    def wrong(self, path: str, message: str) -> None:
        self.findings.append(Finding(path=path, code=self.code, message=message))

    def given(self, *names: str) -> tuple[str, Any]:
        """The first of the names that says anything, with what it says."""
        for name in names:
            value = self.told.get(name)
            if value is not None and value != "":
                return name, value
        return names[0], None

    def text(self, *names: str, signs_max: int = 400) -> str | None:
        name, value = self.given(*names)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
            self.wrong(name, f"is not a text: found {type(value).__name__}")
            return None
        said = str(value).strip()
        if "\x00" in said or any("\ud800" <= sign <= "\udfff" for sign in said):
            self.wrong(name, "holds a sign that cannot be stored (NUL or half of a pair): remove it")
            return None
        if len(said) > signs_max:
            self.wrong(name, f"is longer than {signs_max} signs: shorten it")
            return None
        return said or None

    def decimal(self, *names: str) -> Decimal | None:
        name, value = self.given(*names)
        if value is None:
            return None
        try:
            if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
                raise InvalidOperation
            read = Decimal(str(value).strip())
        except InvalidOperation:
            self.wrong(name, f"is not a number such as 12.30: found {str(value)[:40]!r}")
            return None
        if not read.is_finite() or abs(read) > AMOUNT_MAX:
            self.wrong(name, "is beyond 1,000,000,000,000")
            return None
        return read

    def minor(self, currency: str | None, *names: str) -> int | None:
        amount = self.decimal(*names)
        if amount is None:
            return None
        name = self.given(*names)[0]
        if amount < 0:
            self.wrong(name, f"is below zero: found {amount}")
            return None
        if currency is None:
            self.wrong("currency", f"is missing: {name} needs one, such as USD")
            return None
        scaled = amount.scaleb(minor_digits(currency))
        return int(scaled.to_integral_value(rounding="ROUND_HALF_UP"))

    def currency(self) -> str | None:
        said = self.text("currency")
        if said is None:
            return None
        code = said.upper()
        if len(code) != 3 or not code.isascii() or not code.isalpha():  # noqa: PLR2004 - of ISO 4217.
            self.wrong("currency", f"is not three letters such as USD: found {said[:40]!r}")
            return None
        return code

    def flag(self, *names: str) -> bool | None:
        name, value = self.given(*names)
        if value is None or isinstance(value, bool):
            return value
        read = WORDS.get(str(value).strip().lower())
        if read is None:
            self.wrong(name, f"is neither true nor false: found {str(value)[:40]!r}")
        return read

    def day(self, *names: str) -> date | None:
        name, value = self.given(*names)
        if value is None or isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value).strip()[:10])
        except ValueError:
            self.wrong(name, f"is not a day such as 2025-03-01: found {str(value)[:40]!r}")
            return None

    def between(self, low: float, high: float, *names: str) -> float | None:
        read = self.decimal(*names)
        if read is None:
            return None
        if not low <= read <= high:
            self.wrong(self.given(*names)[0], f"is not between {low:g} and {high:g}: found {read}")
            return None
        return float(read)
