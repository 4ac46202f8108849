"""Erasing a customer: the row stays with its number, for orders and the ledger, and says nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.customers import identity
from regulars.customers.derived import digits
from regulars.db import Query, Statements, Tx, records, rows, run, value, values
from regulars.kernel import NotFound, pattern_of, pieces, public_id

PHONE_DIGITS_MIN = 7


class Sql(Statements, file="erasing.sql"):
    atoms: Query
    atoms_of: Query
    belonging: Query
    sure: Query
    known: Query
    withdrew: Query
    let_go: Query
    empty: Query
    erase_traits: Query
    erase_former: Query
    erase_terms: Query
    erase_claims: Query
    erase_problems: Query
    erase_asked: Query
    erase_unsettled: Query
    erase_members: Query
    erase_group_traits: Query
    erase_groups: Query
    erase_reasons: Query
    erase_views: Query
    held_profile: Query
    held_traits: Query
    held_claims: Query
    held_consents: Query
    held_groups: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One identifier or contact of a person."""

    kind: str
    value: str
    own: bool  # What events come under: a user or anonymous id.
    shared: bool  # Somebody else has it too, so it does not say who.
    atoms: list[int]  # Whose it is, of those who were asked for.


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A customer row that is part of somebody who is erased."""

    customer_id: int  # Somebody who was asked for.
    atom_id: int


def atoms(tx: Tx, customer_id: int) -> list[int]:
    """Every customer row of the person, the survivor among them; raises NotFound."""
    found = values(tx, SQL.atoms, customer_id=customer_id)
    if not found:
        raise NotFound(f"There is no customer {public_id('cus', customer_id)}.")
    return found


def atoms_of(tx: Tx, customer_ids: Sequence[int]) -> list[Part]:
    """The same for many at once, the nameless who belong to them too; nobody is there twice."""
    found = rows(tx, SQL.atoms_of, Part, customer_ids=list(customer_ids))
    owner = {part.atom_id: part.customer_id for part in found}
    more = [
        Part(customer_id=owner[one.customer_id], atom_id=one.atom_id) for one in _belonging(tx, list(owner))
    ]
    return found + more


def belonging(tx: Tx, atoms: Sequence[int]) -> list[int]:
    """Nameless others who are known by nothing but this person's contacts, so that they go with them."""
    return [one.atom_id for one in _belonging(tx, atoms)]


def _belonging(tx: Tx, atoms: Sequence[int]) -> list[Part]:
    contacts = identity.rules(tx).contacts
    return rows(tx, SQL.belonging, Part, atoms=list(atoms), contacts=contacts)


def known_as(tx: Tx, atoms: Sequence[int]) -> list[Known]:
    """All that a person is, and was seen with, as written and as compared."""
    read = identity.rules(tx).traits
    kinds, traits = [kind for kind, _ in read], [trait for _, trait in read]
    return rows(tx, SQL.known, Known, atoms=list(atoms), kinds=kinds, traits=traits)


def sure_names(tx: Tx, atoms: Sequence[int], names: Sequence[str]) -> list[str]:
    """Of the values those that surely are theirs: by the word of more than a page, and nobody else's."""
    told = values(tx, SQL.sure, atoms=list(atoms), unverified=list(identity.rules(tx).unverified_sources))
    sure = {one.lower() for one in told} | {digits(one) for one in told if one.startswith("+")}
    return [one for one in names if one.lower() in sure]


def names_of(known: Sequence[Known]) -> list[str]:
    """The values to look for where no customer's number stands: those of nobody else."""
    found = {one.value for one in known if not one.shared}
    found |= {short for one in known if one.kind == "phone" and not one.shared for short in _spellings(one)}
    return sorted(found)


def _spellings(phone: Known) -> list[str]:
    bare = digits(phone.value)
    return [bare] if len(bare) >= PHONE_DIGITS_MIN else []


def withdrew(tx: Tx, atoms: Sequence[int]) -> set[int]:
    """Who of them wanted no e-mail, so that their address is not written to after they are gone."""
    return set(values(tx, SQL.withdrew, atoms=list(atoms)))


def let_go(tx: Tx, atoms: Sequence[int], at: datetime) -> None:
    """Free the identifiers and take the person out of every list; the caller holds turn and sequencer."""
    run(tx, SQL.let_go, atoms=list(atoms))
    run(tx, SQL.empty, atoms=list(atoms), at=at)


def erase(tx: Tx, atoms: Sequence[int], names: Sequence[str]) -> dict[str, int]:
    """Delete all that is known of a person; the caller has taken the turn."""
    of: dict[str, Any] = {"atoms": list(atoms)}
    done = {
        "customers.identifier": run(tx, SQL.let_go, **of),
        "customers.trait": run(tx, SQL.erase_traits, **of),
        "customers.trait_value": run(tx, SQL.erase_former, **of),
        "customers.search_term": run(tx, SQL.erase_terms, **of),
        "customers.claim": int(value(tx, SQL.erase_claims, **of)),
        "customers.shared": 0,
        "customers.claim_problem": run(tx, SQL.erase_problems, **of),
        "customers.enrichment_asked": run(tx, SQL.erase_asked, **of),
        "customers.deed": run(tx, SQL.erase_reasons, **of),
        "customers.saved_view": sum(
            run(tx, SQL.erase_views, pattern=pattern_of(piece)) for piece in pieces(names)
        ),
        "customers.customer": run(tx, SQL.empty, **of, at=None),
    }
    run(tx, SQL.erase_unsettled, **of)
    return done | _erase_groups(tx, of)


def _erase_groups(tx: Tx, of: dict[str, Any]) -> dict[str, int]:
    alone = values(tx, SQL.erase_members, **of)
    return {
        "customers.circle_member": len(alone),
        "customers.circle_trait": run(tx, SQL.erase_group_traits, groups=alone),
        "customers.circle": run(tx, SQL.erase_groups, groups=alone),
    }


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Profile, traits with where each was told, identifiers and groups."""
    of = {"atoms": list(atoms)}
    return [
        ("Profile", records(tx, SQL.held_profile, **of)),
        ("Traits", records(tx, SQL.held_traits, **of)),
        ("Identifiers and contacts", records(tx, SQL.held_claims, **of)),
        ("Consents and wishes", records(tx, SQL.held_consents, **of)),
        ("Groups", records(tx, SQL.held_groups, **of)),
    ]
