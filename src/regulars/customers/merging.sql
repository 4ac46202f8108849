-- name: touched
-- Atoms whose person may have changed: claimants of what is new, whose own identifier it is, who shares it;
-- and atoms of the range that others claim who belong to somebody else, for they may have come later.
with fresh as materialized (
    select kind, value, atom_id
    from unnest(%(kinds)s::text[], %(values)s::text[], %(atoms)s::bigint[]) as given (kind, value, atom_id)
),

owned as (
    select fresh.atom_id, owner.customer_id as owner_id
    from fresh
    inner join customers.identifier as owner using (kind, value)
),

shared as (
    select distinct fresh.kind, fresh.value
    from fresh
    where
        fresh.kind not in ('user_id', 'anonymous_id')
        and (
            select count(*) from (
                select from customers.claim
                where claim.kind = fresh.kind and claim.value = fresh.value and claim.verified
                limit %(sharers_max)s + 2
            ) as sharers
        ) between 2 and %(sharers_max)s + 1
)

select atom_id from owned
union
select owner_id from owned
union
select claim.atom_id
from shared
inner join customers.claim using (kind, value)
where claim.verified
union
select present.customer_id
from (
    select distinct event.customer_id
    from log.fact_event as event
    where
        event.position > %(after)s and event.position <= %(to)s and event.customer_id is not null
        -- Nobody claims an own identifier where nothing but contacts is told.
        and (select exists (select from customers.claim where claim.kind in ('user_id', 'anonymous_id')))
) as present
cross join lateral (
    select kind, value from customers.identifier where identifier.customer_id = present.customer_id
    offset 0  -- By index, here and below, never joined with the whole table.
) as own
cross join lateral (
    select atom_id from customers.claim
    where claim.kind = own.kind and claim.value = own.value and claim.verified
    offset 0
) as claimed
cross join lateral (
    select atom.survivor_id, coalesce(atom.survivor_id, atom.customer_id) as person_id
    from customers.customer as atom
    where atom.customer_id = present.customer_id and claimed.atom_id is not null
    offset 0  -- After the claims, which hardly anybody has.
) as customer
inner join customers.fact_person as claimant on claimant.customer_id = claimed.atom_id
where
    (own.kind = 'user_id' or customer.survivor_id is null)
    and claimant.person_id <> customer.person_id

-- name: reach
-- One step from some atoms: those of the same person, and those that evidence or a decision ties to them.
with frontier as materialized (
    select
        customer.customer_id as atom_id, coalesce(customer.survivor_id, customer.customer_id) as person_id,
        own.kind, own.value
    from unnest(%(atoms)s::bigint[]) as asked (atom_id)
    inner join customers.customer on customer.customer_id = asked.atom_id
    inner join customers.identifier as own on own.customer_id = asked.atom_id
),

claimed as materialized (
    select claim.atom_id, claim.kind, claim.value
    from frontier
    inner join customers.claim using (atom_id)
    where
        claim.verified
        and (claim.kind in ('user_id', 'anonymous_id') or claim.kind = any(%(linking)s::text[]))
),

-- Anonymous ids that a member is, or was seen with.
browser as (
    select value, atom_id as owner_id from frontier where kind = 'anonymous_id'
    union
    select claimed.value, owner.customer_id
    from claimed
    inner join customers.identifier as owner using (kind, value)
    where claimed.kind = 'anonymous_id'
),

tied as (
    select browser.owner_id, first.atom_id
    from browser
    cross join lateral (
        select claim.atom_id
        from customers.claim
        inner join customers.identifier as claimant
            on claimant.customer_id = claim.atom_id and claimant.kind = 'user_id'
        where claim.kind = 'anonymous_id' and claim.value = browser.value and claim.verified
        order by claim.first_at, claimant.value
        limit 1
    ) as first
),

named as (
    select kind, value from claimed where kind <> 'anonymous_id'
    union
    select kind, value from frontier where kind = 'user_id'
),

narrow as (
    select kind, value
    from named
    where (
        select count(*) from (
            select from customers.claim
            where claim.kind = named.kind and claim.value = named.value and claim.verified
            limit %(sharers_max)s + 1
        ) as sharers
    ) <= %(sharers_max)s
)

select person_id as atom_id from frontier
union
select member.customer_id
from frontier
inner join customers.customer as member on member.survivor_id = frontier.person_id
union
select unnest(array[tied.owner_id, tied.atom_id])
from tied
where exists (select from frontier where frontier.atom_id in (tied.owner_id, tied.atom_id))
union
select claim.atom_id
from narrow
inner join customers.claim using (kind, value)
where claim.verified
union
select owner.customer_id
from narrow
inner join customers.identifier as owner using (kind, value)
where narrow.kind = 'user_id'
union
select unnest(array[decision.low_id, decision.high_id])
from frontier
inner join customers.decision on frontier.atom_id in (decision.low_id, decision.high_id)
where decision.same and decision.ended_by_id is null

-- name: atoms
-- The atoms with their own identifier and whose they are now.
select
    customer.customer_id as atom_id, own.kind, own.value,
    coalesce(customer.survivor_id, customer.customer_id) as person_id
from unnest(%(atoms)s::bigint[]) as asked (atom_id)
inner join customers.customer on customer.customer_id = asked.atom_id
inner join customers.identifier as own on own.customer_id = asked.atom_id

-- name: links
-- What the atoms claim that ties them to one another, an identifier of too many left out.
select claim.atom_id, claim.kind, claim.value, claim.first_at as at
from unnest(%(atoms)s::bigint[]) as asked (atom_id)
inner join customers.claim using (atom_id)
left join customers.identifier as owner on owner.kind = claim.kind and owner.value = claim.value
where
    claim.verified
    and case
        when claim.kind in ('user_id', 'anonymous_id') then owner.customer_id = any(%(atoms)s::bigint[])
        else claim.kind = any(%(linking)s::text[])
    end
    and (
        claim.kind = 'anonymous_id'
        or (
            select count(*) from (
                select from customers.claim as other
                where other.kind = claim.kind and other.value = claim.value and other.verified
                limit %(sharers_max)s + 1
            ) as sharers
        ) <= %(sharers_max)s
    )

-- name: decisions
select decision.low_id as one, decision.high_id as other, decision.same
from unnest(%(atoms)s::bigint[]) as asked (atom_id)
inner join customers.decision on decision.low_id = asked.atom_id
where decision.ended_by_id is null and decision.high_id = any(%(atoms)s::bigint[])

-- name: move
-- Give the atoms their persons, and keep that they moved.
with moved as (
    select atom_id, before_id, after_id
    from unnest(%(atoms)s::bigint[], %(befores)s::bigint[], %(afters)s::bigint[])
        as given (atom_id, before_id, after_id)
),

settled as (
    update customers.customer
    set survivor_id = nullif(moved.after_id, customer.customer_id)
    from moved
    where customer.customer_id = moved.atom_id
)

insert into customers.move (atom_id, before_id, after_id, moved_at, deed_id)
select atom_id, before_id, after_id, %(at)s, %(deed_id)s
from moved
order by atom_id
returning move_id, atom_id, before_id, after_id

-- name: see_anew
-- First and last seen of those merged into some persons.
update customers.customer
set others_first_at = others.first_at, others_last_at = others.last_at
from (
    select
        asked.person_id, min(member.first_seen_at) as first_at, max(member.last_seen_at) as last_at
    from unnest(%(persons)s::bigint[]) as asked (person_id)
    left join customers.customer as member on member.survivor_id = asked.person_id
    group by asked.person_id
) as others
where customer.customer_id = others.person_id

-- name: note_too_wide
with found as (
    select atom_id, atoms
    from unnest(%(smallest)s::bigint[], %(sizes)s::integer[]) as given (atom_id, atoms)
),

mended as (
    delete from customers.too_wide
    where atom_id = any(%(atoms)s::bigint[]) and not exists (select from found where found.atom_id = too_wide.atom_id)
)

insert into customers.too_wide (atom_id, atoms, found_at)
select atom_id, atoms, %(at)s from found
on conflict (atom_id) do update
set atoms = excluded.atoms

-- name: take_unsettled
-- A bounded number of those that wait to be settled anew.
delete from customers.unsettled
where atom_id = any(array(select atom_id from customers.unsettled order by atom_id limit %(limit)s))
returning atom_id
