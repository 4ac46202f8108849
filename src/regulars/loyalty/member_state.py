"""What rules ask of a member, apart from the basket: so that evaluating is a function of values alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from regulars.loyalty.earning_rule import CapPer

# Of a member; of a customer who is none yet; of somebody nobody knows.
Relation = Literal["member", "customer", "stranger"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CapKey:
    """What a cap counts: by a rule, or by all of a currency (rule ''), in the span that holds the instant."""

    rule: str
    currency: str
    per: CapPer


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberState:
    relation: Relation = "member"
    tiers: Mapping[str, str] = field(default_factory=dict)  # By tier set: the tier's name; none: the first.
    holds: frozenset[str] = frozenset()  # Of whom it is asked: "rule/<key>", "multiplier/<key>".
    earned: Mapping[CapKey, int] = field(default_factory=dict)  # Net of returns.
    given: Mapping[str, int] = field(default_factory=dict)  # By rule, to everybody, net of returns.
    carried: Mapping[str, Fraction] = field(default_factory=dict)  # By rule: points that rounding left.
    spendable: Mapping[str, int] = field(default_factory=dict)  # By currency.


STRANGER = MemberState(relation="stranger")
