"""May this actor do that: yes, by request, or no, with the reason as a sentence."""

from dataclasses import dataclass
from typing import Literal

from regulars.access.actor import Actor
from regulars.access.errors import NeedsApproval, NotAllowed, UnknownAction
from regulars.access.levels import function_words, level_words
from regulars.access.permissions import BY_KIND, PERMISSIONS, Permission

Outcome = Literal["yes", "request", "no"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    action: str  # The row of the table that judged.
    outcome: Outcome
    reason: str
    needed_level: int
    people_needed: int = 0  # How many others must say yes before it happens.
    assisted: bool = False  # Done under somebody's eye: it goes no further until that somebody takes it on.
    lasting: bool = False  # Cannot be undone.


def permission_for(action: str, kind: str | None = None) -> Permission:
    """The row that judges an action; for `definitions.*` the kind's own row, where it has one."""
    room, _, verb = action.partition(".")
    named = BY_KIND.get((verb, kind), action) if room == "definitions" and kind else action
    try:
        return PERMISSIONS[named]
    except KeyError:
        raise UnknownAction(f"No permission is named {named!r}; add it to the table.") from None


def allows(
    actor: Actor,
    action: str,
    *,
    kind: str | None = None,
    scope: str | None = None,
    amount: int | None = None,
    solo: bool = False,
) -> Decision:
    """Judge one action; `amount` is in the smallest unit, and without one only the level is judged.

    In solo a person may do everything and is asked again, by an approval of their own, where it lasts.
    """
    row = permission_for(action, kind)
    if actor.is_system:
        return _answer(row, "yes", "The product itself does what people have decided.")
    if (solo or actor.solo) and not actor.is_key:
        return _alone(row)
    if actor.function not in row.functions:
        told = f"Only {_functions(row)} may {row.deed}; you work in {function_words(actor.function)}."
        return _answer(row, "no", told)
    return _by_level(actor, row, scope, abs(amount or 0))


def require(
    actor: Actor,
    action: str,
    *,
    kind: str | None = None,
    scope: str | None = None,
    amount: int | None = None,
    solo: bool = False,
) -> Decision:
    """Pass, or raise NeedsApproval where it can be asked for and NotAllowed where it cannot."""
    decision = allows(actor, action, kind=kind, scope=scope, amount=amount, solo=solo)
    if decision.outcome == "request":
        raise NeedsApproval(decision)
    if decision.outcome == "no":
        raise NotAllowed(decision.reason)
    return decision


def _alone(row: Permission) -> Decision:
    if row.lasting:
        return _answer(
            row, "request", f"To {row.deed} cannot be undone: look a second time, then say yes.", people=1
        )
    return _answer(row, "yes", f"A company of one may {row.deed}.")


def _by_level(actor: Actor, row: Permission, scope: str | None, amount: int) -> Decision:
    needed = _level_for(row, amount)
    in_scope = not row.scoped or actor.covers(scope)
    able = actor.level >= needed and in_scope
    people = 2 if row.two_people_above is not None and amount > row.two_people_above else 1
    if able and people == 1:
        return _answer(row, "yes", f"Somebody who {level_words(needed)} may {row.deed}.", needed)
    if in_scope and row.below == "assisted":
        told = (
            f"You {_you(actor.level)}: you may {row.deed} under the eye of somebody who "
            f"{level_words(needed)}, who takes it on."
        )
        return _answer(row, "yes", told, needed, assisted=True)
    obstacle = _obstacle(actor, row, needed=needed, in_scope=in_scope, people=people)
    if row.below == "request" and actor.level >= row.asks_from:
        others = people - 1 if able else people
        asked = "You can ask for it." if others == 1 else f"You can ask for it; {others} people decide."
        return _answer(row, "request", f"{obstacle} {asked}", needed, people=others)
    return _answer(row, "no", obstacle, needed)


def _level_for(row: Permission, amount: int) -> int:
    """The lowest level whose limit takes the amount; above all limits, the highest level that has one."""
    enough = [level for level, most in row.limits if amount <= most]
    if enough:
        return max(row.level, enough[0])
    return max([row.level, *(level for level, _ in row.limits)])


def _obstacle(actor: Actor, row: Permission, *, needed: int, in_scope: bool, people: int) -> str:
    if not in_scope:
        return f"To {row.deed} outside {actor.scope} takes somebody whose scope is not {actor.scope} alone."
    if people > 1 and actor.level >= row.asks_from:
        return f"To {row.deed} by more than {row.two_people_above:,} takes two people, whatever their level."
    if row.limits and actor.level >= row.level:
        most = max(limit for level, limit in row.limits if level <= actor.level)
        return f"You may {row.deed} up to {most:,}; more takes somebody who {level_words(needed)}."
    return f"To {row.deed} takes somebody who {level_words(needed)}; you {_you(actor.level)}."


def _functions(row: Permission) -> str:
    words = [function_words(function) for function in row.functions]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _you(level: int) -> str:
    """The level's words in the second person.

    >>> _you(5)
    'ensure and advise'
    """
    return " ".join(
        {"applies": "apply"}.get(word, word.removesuffix("s")) for word in level_words(level).split()
    )


def _answer(
    row: Permission,
    outcome: Outcome,
    reason: str,
    needed: int | None = None,
    *,
    people: int = 0,
    assisted: bool = False,
) -> Decision:
    return Decision(
        action=row.action,
        outcome=outcome,
        reason=reason,
        needed_level=needed or row.level,
        people_needed=people,
        assisted=assisted,
        lasting=row.lasting,
    )
