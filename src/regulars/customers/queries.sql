-- name: register_unseen
-- Make a customer for each identifier of the batch that nobody has; user_id counts first.
with keyed as (
    select
        case when user_id is not null then 'user_id' else 'anonymous_id' end as kind,
        coalesce(user_id, anonymous_id) as value,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at
    from pg_temp.log_batch
    where customer_id is null and coalesce(user_id, anonymous_id) is not null
    group by 1, 2
),

unseen as materialized (
    select
        nextval(pg_get_serial_sequence('customers.customer', 'customer_id')) as customer_id,
        keyed.*
    from keyed
    where not exists (
        select from customers.identifier
        where identifier.kind = keyed.kind and identifier.value = keyed.value
    )
),

made as (
    insert into customers.customer (customer_id, created_at, first_seen_at, last_seen_at)
    select customer_id, first_seen_at, first_seen_at, last_seen_at from unseen
)

insert into customers.identifier (kind, value, customer_id)
select kind, value, customer_id from unseen

-- name: assign
-- Write the customer into each row of the batch that has an identifier and no customer yet.
update pg_temp.log_batch
set customer_id = identifier.customer_id
from customers.identifier
where
    log_batch.customer_id is null
    and identifier.kind = case when log_batch.user_id is not null then 'user_id' else 'anonymous_id' end
    and identifier.value = coalesce(log_batch.user_id, log_batch.anonymous_id)

-- name: see
-- Widen first and last seen by the customer's own doings; the product's doings do not count. The row of a
-- person keeps beside its own what was seen of those merged into it. What tells at once all that is known of
-- somebody is seen where that is written.
with seen as (
    select customer_id, min(occurred_at) as first_at, max(occurred_at) as last_at
    from log.fact_event
    where
        position > %(after)s and position <= %(to)s and not starts_with(name, 'regulars.')
        and (type <> 'identify' or position = any(%(again)s::bigint[]))
    group by customer_id
),

widened as (
    select
        customer_id, min(first_at) as first_at, max(last_at) as last_at,
        min(others_first_at) as others_first_at, max(others_last_at) as others_last_at
    from (
        select customer_id, first_at, last_at, null::timestamptz as others_first_at, null::timestamptz as others_last_at
        from seen
        union all
        select atom.survivor_id, null, null, seen.first_at, seen.last_at
        from seen
        inner join customers.customer as atom using (customer_id)
        where atom.survivor_id is not null
    ) as every
    group by customer_id
)

update customers.customer
set
    first_seen_at = least(customer.first_seen_at, widened.first_at),
    last_seen_at = greatest(customer.last_seen_at, widened.last_at),
    others_first_at = least(customer.others_first_at, widened.others_first_at),
    others_last_at = greatest(customer.others_last_at, widened.others_last_at)
from widened
where
    customer.customer_id = widened.customer_id
    and (
        widened.first_at < customer.first_seen_at or widened.last_at > customer.last_seen_at
        or least(customer.others_first_at, widened.others_first_at) is distinct from customer.others_first_at
        or greatest(customer.others_last_at, widened.others_last_at) is distinct from customer.others_last_at
    )

-- name: get
select
    customer_id, user_id, name, email, phone, created_at, first_seen_at, last_seen_at, traits, test
from customers.fact_customer
where customer_id = coalesce(
    (select survivor_id from customers.customer where customer_id = %(customer_id)s), %(customer_id)s
)

-- name: find
-- The one person behind an identifier, their own or one they were seen with; null when it is of several.
select case when count(distinct person.person_id) = 1 then min(person.person_id) end
from (
    select own.customer_id
    from customers.identifier as own
    where own.kind = %(kind)s and own.value = %(value)s
    union all
    select claim.atom_id
    from customers.claim
    where
        claim.kind = %(kind)s and claim.value = %(value)s and claim.verified
        and not exists (
            select from customers.identifier as own where own.kind = %(kind)s and own.value = %(value)s
        )
) as atom
inner join customers.fact_person as person using (customer_id)

-- name: identifiers
-- Everything a person is known by and was seen with, contacts left out, by kind and value.
select known.kind, known.value
from customers.customer as atom
cross join lateral (
    select own.kind, own.value from customers.identifier as own where own.customer_id = atom.customer_id
    union all
    select claim.kind, claim.value
    from customers.claim
    where
        claim.atom_id = atom.customer_id and claim.verified and claim.kind <> all(%(contacts)s::text[])
        and not exists (  -- Somebody else's own: a shared browser, a former user id.
            select from customers.identifier as own
            inner join customers.fact_person as owner using (customer_id)
            where own.kind = claim.kind and own.value = claim.value and owner.person_id <> %(customer_id)s
        )
) as known
where atom.customer_id = %(customer_id)s or atom.survivor_id = %(customer_id)s
group by known.kind, known.value
order by known.kind, known.value

-- name: list_page
-- The newest customers first.
select
    customer_id, user_id, name, email, phone, created_at, first_seen_at, last_seen_at, traits, test
from customers.fact_customer
where
    (%(before)s::bigint is null or customer_id < %(before)s)
    and (%(named)s::boolean is null or (name is not null) = %(named)s)
    and (%(with_email)s::boolean is null or (email is not null) = %(with_email)s)
    and (%(test)s::boolean is null or test = %(test)s)
    and (%(seen_since)s::timestamptz is null or last_seen_at >= %(seen_since)s)
    and (%(seen_before)s::timestamptz is null or last_seen_at < %(seen_before)s)
    and (%(ids)s::bigint[] is null or customer_id = any(%(ids)s))
order by customer_id desc
limit %(limit)s

-- name: by_ids
-- Many customers at once, by id; one that was merged is the one they were merged into.
select
    asked.customer_id as asked_id, c.customer_id, c.user_id, c.name, c.email, c.phone, c.created_at, c.first_seen_at,
    c.last_seen_at, c.traits, c.test
from unnest(%(ids)s::bigint[]) as asked (customer_id)
inner join customers.fact_person as person using (customer_id)
inner join customers.fact_customer as c on c.customer_id = person.person_id
order by asked.customer_id

-- name: count
-- How many customers there are, those merged away not counted.
select count(*) from customers.customer where survivor_id is null and erased_at is null

-- name: merged
-- The customer and everybody merged into them.
select customer_id from customers.customer
where customer_id = %(customer_id)s or survivor_id = %(customer_id)s
