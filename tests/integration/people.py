"""Who is which person, changed the way the room of customers changes it: held alone, and followed at once."""

from collections.abc import Mapping, Sequence

from psycopg import sql

from regulars import customers
from regulars.customers import Follow, Moved
from regulars.db import Tx, run

KNOW = sql.SQL("""
    insert into customers.customer (customer_id, created_at, first_seen_at, last_seen_at)
    select id, '2025-01-01', '2025-01-01', '2025-01-01' from unnest(%(ids)s::bigint[]) as id
""")
LEAD = sql.SQL("""
    update customers.customer set survivor_id = nullif(told.person, told.atom)
    from unnest(%(atoms)s::bigint[], %(people)s::bigint[]) as told (atom, person)
    where customer_id = told.atom
""")
# As decisions made by hand, so that the reader of customers comes to the same result.
END = sql.SQL("""
    delete from customers.decision where low_id = any(%(atoms)s::bigint[]) or high_id = any(%(atoms)s::bigint[])
""")
DECIDE = sql.SQL("""
    with deed as (
        insert into customers.deed (deed, made_at, actor_name) values ('merge', '2025-01-01', 'Ada') returning deed_id
    )
    insert into customers.decision (low_id, high_id, same, deed_id)
    select least(told.atom, told.person), greatest(told.atom, told.person), true, deed.deed_id
    from deed, unnest(%(atoms)s::bigint[], %(people)s::bigint[]) as told (atom, person)
    where told.atom <> told.person
""")


def know(tx: Tx, ids: Sequence[int]) -> None:
    """Make profiles with these numbers, each a person of its own."""
    run(tx, KNOW, ids=list(ids))


def regroup(tx: Tx, people: Mapping[int, int], follow: Sequence[Follow]) -> list[Moved]:
    """Give each of these profiles its person, and let the rooms follow; again, nothing moves."""
    customers.hold_alone(tx)
    before = dict(
        tx.execute(
            "select customer_id, person_id from customers.fact_person where customer_id = any(%s)",
            (list(people),),
        ).fetchall()
    )
    run(tx, LEAD, atoms=list(people), people=list(people.values()))
    changed = {atom: person for atom, person in people.items() if before[atom] != person}
    run(tx, END, atoms=list(changed))
    run(tx, DECIDE, atoms=list(changed), people=list(changed.values()))
    moved = [
        Moved(atom_id=atom, before=before[atom], after=person)
        for atom, person in sorted(people.items())
        if before[atom] != person
    ]
    for one in follow:
        one(tx, moved)
    return moved
