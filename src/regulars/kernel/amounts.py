"""Money and points: integers with a unit, never floats."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from regulars.kernel.errors import Finding, Invalid

# Digits after the point by ISO 4217, where they are not two.
MINOR_DIGITS = {
    "BHD": 3, "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KMF": 0,
    "KRW": 0, "KWD": 3, "LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0, "VND": 0, "VUV": 0,
    "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip


def minor_digits(currency: str) -> int:
    return MINOR_DIGITS.get(currency, 2)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units of an ISO 4217 currency."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str | Decimal | int, currency: str) -> "Money":
        """Read a decimal amount such as "12.30", rounding half up to the currency's digits.

        >>> Money.parse("12.305", "USD")
        Money(minor=1231, currency='USD')
        """
        try:
            amount = Decimal(text)
            minor = int(amount.scaleb(minor_digits(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        except (InvalidOperation, ValueError, OverflowError) as cause:
            problem = f"An amount of {currency} was asked and {text!r} was found; write it as 12.30."
            raise Invalid(problem, [Finding(path="", code="money.unreadable", message=problem)]) from cause
        return cls(minor, currency)

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))

    def format(self) -> str:
        return f"{self.decimal:,.{minor_digits(self.currency)}f} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise Invalid(f"{self.format()} and {other.format()} cannot be added: convert one of them first.")


@dataclass(frozen=True, slots=True, order=True)
class Points:
    """Points of one programme currency; `amount` counts the smallest unit, `scale` its digits."""

    amount: int
    currency: str
    scale: int = 0

    def format(self) -> str:
        return f"{Decimal(self.amount).scaleb(-self.scale):,.{self.scale}f} {self.currency}"
