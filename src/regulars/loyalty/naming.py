"""Lists and names in sentences."""

from collections.abc import Iterable, Sequence

from regulars.loyalty.model import Programme


def both(names: Sequence[str]) -> str:
    """As in "Coffee, Tea and Cocoa"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def either(names: Sequence[str]) -> str:
    """As in "north or south"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def joined(parts: Iterable[str], by: str = ", ") -> str:
    return by.join(part for part in parts if part)


def rule_labels(programme: Programme) -> dict[str, str]:
    """What each rule is called, by key: its name where no other has it."""
    names = [one.name for one in programme.earning] + [one.key for one in programme.earning]
    return {
        one.key: one.name if one.name and names.count(one.name) == 1 else one.key for one in programme.earning
    }


def tier_label(programme: Programme, tier: str) -> str:
    """As in "Gold", or "Gold of Club" where several sets have one."""
    key, _, name = tier.partition("/")
    sets = [one for one in programme.tier_sets if any(step.name == name for step in one.tiers)]
    found = next((one for one in sets if one.key == key), None)
    if found is None:
        return tier  # It is none of the programme's.
    return name if len(sets) == 1 else f"{name} of {found.name or found.key}"
