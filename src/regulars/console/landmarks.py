"""What customers are placed by on every page: the lifecycle's stages and the programme's tiers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regulars import access, customers, loyalty, segments
from regulars.access import Actor
from regulars.console.formats import number
from regulars.console.parts import Chip, Tone
from regulars.customers import Customer
from regulars.db import Tx
from regulars.insights import Standing
from regulars.kernel import Points
from regulars.segments import Size

LIFECYCLE = "lifecycle"
# Of the ready-made stages; one that somebody else defined is shown without a colour.
STAGE_TONES: Mapping[str, Tone] = {
    "loyal": "good",
    "active": "live",
    "new": "live",
    "won-back": "good",
    "at-risk": "waiting",
    "lapsed": "bad",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmarks:
    approach: str | None  # The lifecycle if it is live, else the first approach.
    stages: Mapping[str, str]  # Title by key, in their order.
    programme: str | None  # The first that is live.
    programme_name: str
    tiers: tuple[str, ...]  # The first tier first.

    def stage_title(self, stage: str | None) -> str:
        return self.stages.get(stage or "", stage or "")

    @property
    def stage_choices(self) -> tuple[tuple[str, str], ...]:
        return (("", "Any stage"), *self.stages.items())

    @property
    def tier_choices(self) -> tuple[tuple[str, str], ...]:
        return (("", "Any tier"), *((tier, tier) for tier in self.tiers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A customer's stage and points as the pages show them."""

    stage: str
    tone: Tone
    tier: str
    points: str  # Spendable; empty for who is no member.


def landmarks(tx: Tx, sizes: Sequence[Size] | None = None) -> Landmarks:
    known = segments.sizes(tx) if sizes is None else sizes
    approaches = dict.fromkeys(size.approach for size in known if size.approach)
    approach = LIFECYCLE if LIFECYCLE in approaches else next(iter(approaches), None)
    of_it = [size for size in known if size.approach == approach and not size.names_stage and size.stage]
    programme = next((line for line in loyalty.programmes(tx) if line.live), None)
    tiers = loyalty.tiers(tx, programme.key) if programme else []
    return Landmarks(
        approach=approach,
        stages={str(size.stage): size.title for size in of_it},
        programme=programme.key if programme else None,
        programme_name=programme.name if programme else "",
        tiers=tuple(tier.name for tier in tiers),
    )


def stage_tone(stage: str | None) -> Tone:
    return STAGE_TONES.get(stage or "", "quiet")


def place(standing: Standing, marks: Landmarks) -> Place:
    return Place(
        stage=marks.stage_title(standing.stage),
        tone=stage_tone(standing.stage),
        tier=standing.tier or "",
        points=number(standing.active_points) if standing.active_points is not None else "",
    )


def points_text(amount: int | None, currency: str | None) -> str:
    return Points(amount, currency or "points").format() if amount is not None else ""


def chip(customer: Customer) -> Chip:
    note = customers.conceal_text(customer.user_id or "")
    return Chip(
        href=f"/customers/{customer.id}", name=customer.title, note=note if note != customer.title else ""
    )


def why_masked(actor: Actor) -> str:
    """Why contact details are masked for this person; empty when they are not."""
    decision = access.allows(actor, "customers.view_contacts")
    return "" if decision.outcome == "yes" else decision.reason
