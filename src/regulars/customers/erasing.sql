-- name: atoms
-- Everybody who is one person with a customer, erased ones too.
select customer_id
from customers.customer
where coalesce(survivor_id, customer_id) = (
    select coalesce(asked.survivor_id, asked.customer_id)
    from customers.customer as asked where asked.customer_id = %(customer_id)s
)
order by customer_id

-- name: atoms_of
-- The same for many: each row with the one asked for whose person it is, the first of several.
select min(asked.customer_id) as customer_id, atom.customer_id as atom_id
from customers.customer as asked
inner join customers.customer as atom
    on coalesce(atom.survivor_id, atom.customer_id) = coalesce(asked.survivor_id, asked.customer_id)
where asked.customer_id = any(%(customer_ids)s::bigint[])
group by atom.customer_id
order by atom.customer_id

-- name: belonging
-- People without an id of their own, known by nothing but contacts of this person: an answer to a form, a row of a file.
-- What comes under an address that somebody else with an id has too may be theirs, and stays.
with contact as materialized (
    select claim.kind, claim.value, min(claim.atom_id) as owner_id from customers.claim
    where
        claim.atom_id = any(%(atoms)s::bigint[]) and claim.kind = any(%(contacts)s::text[])
        and not exists (
            select from customers.claim as theirs
            inner join customers.customer as them on them.customer_id = theirs.atom_id
            inner join customers.customer as member
                on coalesce(member.survivor_id, member.customer_id) = coalesce(them.survivor_id, them.customer_id)
            inner join customers.identifier as own
                on own.customer_id = member.customer_id and own.kind = 'user_id'
            where
                theirs.kind = claim.kind and theirs.value = claim.value
                and theirs.atom_id <> all(%(atoms)s::bigint[])
        )
    group by claim.kind, claim.value
),

other as materialized (
    select person.person_id, min(contact.owner_id) as owner_id
    from contact
    inner join customers.claim using (kind, value)
    inner join customers.fact_person as person on person.customer_id = claim.atom_id
    where claim.atom_id <> all(%(atoms)s::bigint[])
    group by person.person_id
)

select other.owner_id as customer_id, atom.customer_id as atom_id
from other
inner join customers.customer as atom on coalesce(atom.survivor_id, atom.customer_id) = other.person_id
where not exists (
    select from customers.customer as member
    where
        coalesce(member.survivor_id, member.customer_id) = other.person_id
        and (
            exists (
                select from customers.identifier as own
                where own.customer_id = member.customer_id and own.kind = 'user_id'
            )
            or exists (
                select from customers.claim
                where
                    claim.atom_id = member.customer_id and claim.kind <> 'anonymous_id'
                    and not exists (
                        select from contact where contact.kind = claim.kind and contact.value = claim.value
                    )
            )
        )
)
order by atom.customer_id

-- name: known
-- What the atoms are and were seen with, and whether somebody else is too.
with known as (
    select own.kind, own.value, true as own, own.customer_id as atom_id
    from customers.identifier as own where own.customer_id = any(%(atoms)s::bigint[])
    union all
    select claim.kind, claim.value, false, claim.atom_id from customers.claim where claim.atom_id = any(%(atoms)s::bigint[])
    union all
    select problem.kind, problem.written, false, problem.atom_id
    from customers.claim_problem as problem where problem.atom_id = any(%(atoms)s::bigint[])
    union all
    select 'email', customer.email, false, customer.customer_id
    from customers.customer where customer.customer_id = any(%(atoms)s::bigint[]) and customer.email is not null
    union all
    select 'phone', customer.phone, false, customer.customer_id
    from customers.customer where customer.customer_id = any(%(atoms)s::bigint[]) and customer.phone is not null
    union all
    select named.kind, told.value #>> '{}', false, told.customer_id
    from (
        select customer_id, name, value from customers.standing_trait where customer_id = any(%(atoms)s::bigint[])
        union all
        select customer_id, name, value from customers.trait_value where customer_id = any(%(atoms)s::bigint[])
    ) as told
    inner join unnest(%(kinds)s::text[], %(traits)s::text[]) as named (kind, trait) on named.trait = told.name
    where jsonb_typeof(told.value) in ('string', 'number')
)

select
    known.kind, known.value, bool_or(known.own) as own,
    bool_or(
        exists (
            select from customers.claim
            where claim.kind = known.kind and claim.value = known.value and claim.atom_id <> all(%(atoms)s::bigint[])
        )
        or exists (
            select from customers.identifier as other
            where
                other.kind = known.kind and other.value = known.value
                and other.customer_id <> all(%(atoms)s::bigint[])
        )
    ) as shared,
    array_agg(distinct known.atom_id order by known.atom_id) as atoms
from known
where known.value <> ''
group by known.kind, known.value
order by known.kind, known.value

-- name: withdrew
-- Who of them had taken back the consent to e-mail, by the last word.
select distinct customer_id
from customers.fact_consent
where customer_id = any(%(atoms)s::bigint[]) and channel = 'email' and not given

-- name: sure
-- What surely is theirs: told by somebody else than a page, whose key is public, and known of nobody else.
with told as (
    select claim.kind, claim.value
    from customers.claim where claim.atom_id = any(%(atoms)s::bigint[]) and claim.verified
    union
    select named.kind, named.value
    from log.fact_event as event
    cross join lateral (
        values
            ('user_id', event.user_id),
            ('anonymous_id', case when event.user_id is null then event.anonymous_id end)
    ) as named (kind, value)
    where
        event.customer_id = any(%(atoms)s::bigint[]) and named.value is not null
        and event.context -> 'public' is distinct from 'true' and event.source <> all(%(unverified)s::text[])
)

select distinct told.value
from told
where
    not exists (
        select from customers.claim
        where claim.kind = told.kind and claim.value = told.value and claim.atom_id <> all(%(atoms)s::bigint[])
    )
    and not exists (
        select from customers.identifier as other
        where
            other.kind = told.kind and other.value = told.value
            and other.customer_id <> all(%(atoms)s::bigint[])
    )

-- name: let_go
-- From now on nobody has these identifiers: who comes under one of them is somebody new.
delete from customers.identifier where customer_id = any(%(atoms)s::bigint[])

-- name: empty
-- The row stays with its number and says that it was erased. Days of seeing are cut to the year.
update customers.customer
set
    name = null, name_folded = null, email = null, email_folded = null, phone = null, traits = '{}', computed = '{}',
    told_position = null, told_at = null, told_source = null, told_origin = null,
    created_at = date_trunc('year', created_at, 'UTC'), first_seen_at = date_trunc('year', first_seen_at, 'UTC'),
    last_seen_at = greatest(date_trunc('year', last_seen_at, 'UTC'), date_trunc('year', first_seen_at, 'UTC')),
    others_first_at = null, others_last_at = null, erased_at = coalesce(erased_at, %(at)s::timestamptz)
where
    customer_id = any(%(atoms)s::bigint[])
    and (
        erased_at is null or num_nonnulls(name, email, phone, told_position) > 0 or traits <> '{}' or computed <> '{}'
    )

-- name: erase_traits
delete from customers.trait where customer_id = any(%(atoms)s::bigint[])

-- name: erase_former
delete from customers.trait_value where customer_id = any(%(atoms)s::bigint[])

-- name: erase_terms
delete from customers.search_term where customer_id = any(%(atoms)s::bigint[])

-- name: erase_claims
-- With them goes what was shared with at most one other.
with gone as (
    delete from customers.claim where atom_id = any(%(atoms)s::bigint[]) returning kind, value
),

alone as (
    delete from customers.shared
    using gone
    where
        shared.kind = gone.kind and shared.value = gone.value
        and (
            select count(*) from customers.claim
            where
                claim.kind = gone.kind and claim.value = gone.value and claim.atom_id <> all(%(atoms)s::bigint[])
        ) < 2
)

select count(*)::integer from gone

-- name: erase_problems
delete from customers.claim_problem where atom_id = any(%(atoms)s::bigint[])

-- name: erase_asked
delete from customers.enrichment_asked where customer_id = any(%(atoms)s::bigint[])

-- name: erase_unsettled
delete from customers.unsettled where atom_id = any(%(atoms)s::bigint[])

-- name: erase_members
-- Leaves the groups; a group that nobody else was ever in goes with them.
with gone as (
    delete from customers.circle_member where atom_id = any(%(atoms)s::bigint[]) returning group_id
)

select distinct group_id from gone
where not exists (
    select from customers.circle_member as other
    where other.group_id = gone.group_id and other.atom_id <> all(%(atoms)s::bigint[])
)

-- name: erase_group_traits
delete from customers.circle_trait where group_id = any(%(groups)s::bigint[])

-- name: erase_groups
delete from customers.circle where group_id = any(%(groups)s::bigint[])

-- name: erase_reasons
-- What somebody wrote when they said who is one person.
update customers.deed
set reason = null
from customers.decision
where
    decision.deed_id = deed.deed_id and deed.reason is not null
    and (decision.low_id = any(%(atoms)s::bigint[]) or decision.high_id = any(%(atoms)s::bigint[]))

-- name: erase_views
-- A list that was kept under a name in order to find this person.
delete from customers.saved_view where name ~* %(pattern)s or filters::text ~* %(pattern)s

-- name: held_profile
select customer_id, created_at, first_seen_at, last_seen_at, name, email, phone, traits, computed
from customers.customer
where customer_id = any(%(atoms)s::bigint[])
order by customer_id

-- name: held_traits
select name, value, occurred_at, source, origin, expires_at, true as stands
from customers.standing_trait where customer_id = any(%(atoms)s::bigint[])
union all
select name, value, occurred_at, source, origin, expires_at, false
from customers.trait_value where customer_id = any(%(atoms)s::bigint[])
order by name, occurred_at

-- name: held_claims
select kind, value, verified, source, first_at, last_at
from customers.claim where atom_id = any(%(atoms)s::bigint[])
union all
select kind, value, true, null, null, null
from customers.identifier where customer_id = any(%(atoms)s::bigint[])
order by kind, value

-- name: held_consents
select about, channel, topic, given, purpose, basis, wording, wording_version, source, via, ip, asked_at, asked_ip, occurred_at
from customers.consent
where atom_id = any(%(atoms)s::bigint[])
order by occurred_at, consent_id

-- name: held_groups
select circle.type, circle.key, circle.name, member.belongs, member.since
from customers.circle_member as member
inner join customers.circle using (group_id)
where member.atom_id = any(%(atoms)s::bigint[])
order by circle.type, circle.key
