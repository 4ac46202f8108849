"""A programme in sentences: the same in list, page, file and approval."""

from regulars.loyalty.earning_rule import EarningRule
from regulars.loyalty.model import UNNAMED, Currency, Programme, amount_text, money_text
from regulars.loyalty.period import in_words
from regulars.loyalty.tier_set import TierSet

ROUNDED = {
    "floor": "rounded down",
    "half_up": "rounded half up",
    "half_even": "rounded half to even",
    "ceiling": "rounded up",
}
DOWNGRADES = {
    "none": "nobody is lowered",
    "one_step": "who collected too little goes down one step",
    "to_figures": "who collected too little goes down to what the points say",
}
RETURNS = {
    "only_pending": "Reversing an award takes only points that still wait.",
    "within_balance": "Reversing an award takes no more than is left; nobody owes points.",
    "unlimited": "Reversing an award that was already spent leaves a debt, repaid by later earning.",
}


def sentence(programme: Programme) -> str:
    return " ".join(sentences(programme))


def sentences(programme: Programme) -> list[str]:
    said = [earning(rule, programme.currency(rule.currency) or UNNAMED) for rule in programme.earning]
    said.append(" ".join([starting(programme), validity(programme)]))
    said.append(joining(programme))
    said.append(RETURNS[programme.returns])
    if programme.tier_set:
        said.append(tiers(programme.tier_set, programme.currency(programme.tier_set.currency) or UNNAMED))
    return said


def earning(rule: EarningRule, currency: Currency) -> str:
    amount = amount_text(rule.points, currency)
    if rule.points == 10**currency.scale and amount.endswith("s"):
        amount = amount[:-1]
    but = f", {len(rule.excluded_products)} products excepted" if rule.excluded_products else ""
    return (
        f"{amount} for every {money_text(rule)} after discounts{but}, {ROUNDED[rule.rounding]} "
        f"per {rule.rounded_per}."
    )


def starting(programme: Programme) -> str:
    if programme.starts is None:
        return "Spendable at once."
    if programme.starts.round_to.startswith("end_of"):
        return f"Spendable from {in_words(programme.starts)}."
    return f"Spendable after {in_words(programme.starts)}."


def validity(programme: Programme) -> str:
    if programme.valid is None:
        return "Valid for ever."
    if programme.valid.round_to.startswith("end_of"):
        return f"Valid to {in_words(programme.valid)}."
    return f"Valid for {in_words(programme.valid)}."


def joining(programme: Programme) -> str:
    how = "with the first points earned" if programme.join == "first_earn" else "by enrolling"
    return f"People join {how}, under terms {programme.terms_version} of {programme.legal_entity}."


def tiers(tier_set: TierSet, currency: Currency) -> str:
    steps = ", ".join(f"{tier.name} from {tier.threshold:,}" for tier in tier_set.tiers)
    favoured = [tier for tier in tier_set.tiers if tier.percent != 100]  # noqa: PLR2004 - per cent
    multiplied = ", ".join(f"{tier.name} earns {tier.multiplier} times" for tier in favoured)
    return (
        f"Tiers by {currency.name} collected in {tier_set.window_days} days: {steps}"
        f"{'; ' + multiplied if multiplied else ''}. Upgrades are at once and hold {tier_set.valid_days} "
        f"days; in the monthly review after that {DOWNGRADES[tier_set.downgrade]}."
    )
