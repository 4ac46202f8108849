-- name: page
-- Identifiers that two people or more were seen with, who were not said to be different; each with the
-- smallest of them and the next ones. By kind and value, after a place in that order.
with bearer as (
    select distinct claim.kind, claim.value, person.person_id
    from customers.shared
    inner join customers.claim using (kind, value)
    inner join customers.fact_person as person on person.customer_id = claim.atom_id
    where
        (%(kind)s::text is null or shared.kind = %(kind)s)
        and (%(after_kind)s::text is null or (shared.kind, shared.value) > (%(after_kind)s, %(after_value)s::text))
        and (%(person)s::bigint is null or exists (
            select from customers.claim as own
            inner join customers.fact_person as owner on owner.customer_id = own.atom_id
            where own.kind = shared.kind and own.value = shared.value and owner.person_id = %(person)s
        ))
),

gathered as (
    select kind, value, min(person_id) as first_id, array_agg(person_id order by person_id) as people
    from bearer
    group by kind, value
    having count(*) between 2 and %(sharers_max)s
)

select
    gathered.kind, gathered.value, gathered.first_id as one_id, other.person_id as other_id,
    (
        select bool_and(claim.verified)
        from customers.claim
        inner join customers.fact_person as person on person.customer_id = claim.atom_id
        where
            claim.kind = gathered.kind and claim.value = gathered.value
            and person.person_id in (gathered.first_id, other.person_id)
    ) as verified
from gathered
cross join lateral unnest(gathered.people[2:]) as other (person_id)
where not exists (
    select from customers.decision
    inner join customers.fact_person as low on low.customer_id = decision.low_id
    inner join customers.fact_person as high on high.customer_id = decision.high_id
    where
        not decision.same and decision.ended_by_id is null
        and low.person_id in (gathered.first_id, other.person_id)
        and high.person_id in (gathered.first_id, other.person_id)
)
order by gathered.kind, gathered.value, other.person_id
limit %(limit)s

-- name: problems
-- What came as an identifier and is none, the latest first.
select
    person.person_id as customer_id, problem.kind, problem.written, problem.reason, problem.source,
    problem.first_at
from customers.claim_problem as problem
inner join customers.fact_person as person on person.customer_id = problem.atom_id
where %(person)s::bigint is null or person.person_id = %(person)s
order by problem.first_at desc, problem.atom_id, problem.kind, problem.written
limit %(limit)s

-- name: too_wide
select too_wide.atom_id as customer_id, too_wide.atoms, too_wide.found_at
from customers.too_wide
order by too_wide.atoms desc, too_wide.atom_id
limit %(limit)s

-- name: records
-- The atoms of a person with their own identifier, the person's own first.
select
    atom.customer_id, own.kind, own.value, atom.first_seen_at, atom.last_seen_at,
    atom.survivor_id is null as leads,
    (
        select move.moved_at from customers.move
        where move.atom_id = atom.customer_id order by move.move_id desc limit 1
    ) as came_at,
    (
        select deed.actor_name from customers.move
        left join customers.deed using (deed_id)
        where move.atom_id = atom.customer_id order by move.move_id desc limit 1
    ) as came_by
from customers.customer as atom
inner join customers.identifier as own using (customer_id)
where atom.customer_id = %(person)s or atom.survivor_id = %(person)s
order by atom.survivor_id is not null, atom.first_seen_at, atom.customer_id
limit %(limit)s

-- name: claims
-- What the atoms of a person were seen with, and how many other people were too.
select
    claim.atom_id, claim.kind, claim.value, claim.verified, claim.source, claim.first_at, claim.last_at,
    (
        select count(distinct person.person_id)
        from customers.claim as other
        inner join customers.fact_person as person on person.customer_id = other.atom_id
        where other.kind = claim.kind and other.value = claim.value and person.person_id <> %(person)s
    ) as others
from customers.claim
inner join customers.customer as atom on atom.customer_id = claim.atom_id
where atom.customer_id = %(person)s or atom.survivor_id = %(person)s
order by claim.atom_id, claim.kind, claim.first_at, claim.value
limit %(limit)s
