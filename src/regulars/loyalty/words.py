"""A programme in sentences: the same in list, page, file and approval."""

from regulars.loyalty.meant_words import left_out_words
from regulars.loyalty.model import UNNAMED, Programme
from regulars.loyalty.policy_words import (
    RETURNS,
    ending,
    giving,
    joining,
    sharing,
    spending,
    standing,
    watching,
)
from regulars.loyalty.rule_words import COMBINED, capping, earning, multiplied
from regulars.loyalty.tier_words import tiers
from regulars.loyalty.time_words import starting, validity


def sentence(programme: Programme) -> str:
    return " ".join(sentences(programme))


def sentences(programme: Programme) -> list[str]:
    """Everything it says, rules first; what is as usual is left unsaid."""
    said = [
        earning(rule, programme.currency(rule.currency) or UNNAMED, programme) for rule in programme.earning
    ]
    said += [multiplied(programme, one) for one in programme.multipliers]
    if programme.multipliers or len(programme.tier_sets) > 1:
        said.append(COMBINED[programme.combined])
    said.append(left_out_words(programme.left_out) if programme.left_out else "")
    said += capping(programme)
    said.append(f"{starting(programme.starts)} {validity(programme.valid)}")
    said += ending(programme)
    said.append(joining(programme))
    said += giving(programme)
    said.append(RETURNS[programme.returns])
    said += spending(programme)
    said += sharing(programme)
    said += watching(programme)
    said += [tiers(programme, one) for one in programme.tier_sets]
    said += standing(programme)
    return [one for one in said if one]
