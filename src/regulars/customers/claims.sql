-- name: written_before
-- The same of the present traits of some atoms, for a policy that reads what no policy before it read.
select
    asked.atom_id, named.kind, trait.value #>> '{}' as written, true as verified,
    'regulars' as source, trait.occurred_at as first_at, trait.occurred_at as last_at
from unnest(%(atoms)s::bigint[]) as asked (atom_id)
cross join lateral (
    select name, value, occurred_at from customers.standing_trait where standing_trait.customer_id = asked.atom_id
    offset 0  -- By index, never the whole table.
) as trait
inner join unnest(%(trait_kinds)s::text[], %(traits)s::text[]) as named (kind, trait)
    on trait.name = named.trait
where
    jsonb_typeof(trait.value) in ('string', 'number')
    and not exists (select from customers.claim where claim.atom_id = asked.atom_id and claim.kind = named.kind)

-- name: take
-- Keep what was claimed, the links and plain identifiers of a range too. Gives what is new of the kinds that link (a
-- claim that was not there, is earlier than was known, or was not verified before), and what the range gives as
-- identifiers and is not plain, as it was written, once an atom, kind and writing.
with given as materialized (
    select
        event.customer_id as atom_id, named.kind, event.properties ->> named.trait as written,
        customers.plainly(named.form, event.properties ->> named.trait) as value,
        jsonb_typeof(event.properties -> named.trait) in ('string', 'number') as is_text,
        event.context, event.source, event.occurred_at
    from log.fact_event as event
    cross join unnest(%(trait_kinds)s::text[], %(traits)s::text[], %(forms)s::text[]) as named (kind, trait, form)
    where
        event.position > %(after)s and event.position <= %(to)s
        and event.type = 'identify' and event.customer_id is not null and event.properties ? named.trait
),

unread as (
    select
        atom_id, kind, written,
        -- What a page tells beside the ids it was given may be anybody's.
        bool_or(
            coalesce(context ->> 'verified' <> 'false', true) and coalesce(context ->> 'public' <> 'true', true)
            and source <> all(%(unverified)s::text[])
        ) as verified,
        (array_agg(source order by occurred_at, source))[1] as source,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from (
        select atom_id, kind, written, context, source, occurred_at from given where value is null and is_text
        union all
        select
            event.customer_id, named.kind, listed.value ->> 'id', event.context, event.source, event.occurred_at
        from log.fact_event as event
        cross join jsonb_array_elements(
            case when jsonb_typeof(event.context -> 'externalIds') = 'array' then event.context -> 'externalIds' end
        ) as listed
        inner join unnest(%(id_kinds)s::text[], %(id_types)s::text[]) as named (kind, type)
            on listed.value ->> 'type' = named.type
        where
            event.position > %(after)s and event.position <= %(to)s and event.customer_id is not null
            and jsonb_typeof(listed.value -> 'id') in ('string', 'number')
            -- An atom's own identifier ties it to nobody.
            and not (named.kind = 'user_id' and listed.value ->> 'id' = coalesce(event.user_id, ''))
            and not (named.kind = 'anonymous_id' and event.user_id is null and listed.value ->> 'id' = event.anonymous_id)
    ) as every
    group by atom_id, kind, written
),

linked as (
    select
        event.customer_id as atom_id, 'anonymous_id' as kind, event.anonymous_id as value, event.context,
        event.source, event.occurred_at
    from log.fact_event as event
    where
        event.position > %(after)s and event.position <= %(to)s and event.customer_id is not null
        and event.user_id is not null and event.anonymous_id is not null
    union all
    select event.customer_id, former.kind, former.value, event.context, event.source, event.occurred_at
    from log.fact_event as event
    cross join lateral (
        values ('anonymous_id', event.context ->> 'previousId'), ('user_id', event.context ->> 'previousId')
    ) as former (kind, value)
    where
        event.position > %(after)s and event.position <= %(to)s and event.customer_id is not null
        and event.type = 'alias' and event.user_id is not null
        and former.value <> event.user_id
    union all
    select
        atom_id, kind, value, case when context -> 'public' = 'true' then '{"verified": false}' else context end,
        source, occurred_at
    from given
    where value is not null
),

told as (
    select
        kind, value, atom_id,
        coalesce(context ->> 'verified' <> 'false', true) and source <> all(%(unverified)s::text[]) as verified,
        source, occurred_at as first_at, occurred_at as last_at
    from linked
    union all
    select kind, value, atom_id, verified, source, first_at, last_at
    from unnest(
        %(kinds)s::text[], %(values)s::text[], %(atoms)s::bigint[], %(verifieds)s::boolean[],
        %(sources)s::text[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[]
    ) as read (kind, value, atom_id, verified, source, first_at, last_at)
),

-- "offset 0" here and below: a few rows are looked up by index, never joined with the whole table.
staged as materialized (
    select
        every.*,
        exists (
            select from customers.claim where claim.kind = every.kind and claim.value = every.value
            offset 0
        ) as is_known
    from (
        select
            kind, value, atom_id, bool_or(verified) as verified,
            (array_agg(source order by first_at, source))[1] as source,
            min(first_at) as first_at, date_trunc('day', max(last_at)) as last_at
        from told
        group by kind, value, atom_id
        offset 0
    ) as every
),

fresh as materialized (
    select staged.kind, staged.value, staged.atom_id, staged.is_known
    from staged
    left join lateral (
        select claim.first_at, claim.verified
        from customers.claim
        where
            staged.is_known
            and claim.kind = staged.kind and claim.value = staged.value and claim.atom_id = staged.atom_id
        offset 0
    ) as known on true
    where known.first_at is null or staged.first_at < known.first_at or (staged.verified and not known.verified)
),

-- What nobody claimed needs no look for a conflict: only who has the turn writes claims.
added as (
    insert into customers.claim (kind, value, atom_id, verified, source, first_at, last_at)
    select kind, value, atom_id, verified, source, first_at, last_at
    from staged
    where not is_known
    order by kind, value, atom_id  -- As its key is.
),

written as (
    insert into customers.claim (kind, value, atom_id, verified, source, first_at, last_at)
    select kind, value, atom_id, verified, source, first_at, last_at
    from staged
    where is_known
    order by kind, value, atom_id
    on conflict (kind, value, atom_id) do update
    set
        verified = claim.verified or excluded.verified,
        source = case when excluded.first_at < claim.first_at then excluded.source else claim.source end,
        first_at = least(claim.first_at, excluded.first_at),
        last_at = greatest(claim.last_at, excluded.last_at)
    where
        excluded.first_at < claim.first_at or excluded.last_at > claim.last_at
        or (excluded.verified and not claim.verified)
),

twice as (
    select kind, value from fresh group by kind, value having count(*) > 1
),

sharing as (
    insert into customers.shared (kind, value)
    select fresh.kind, fresh.value
    from fresh
    where
        fresh.is_known and fresh.kind not in ('user_id', 'anonymous_id')
        and exists (
            select from customers.claim as other
            where other.kind = fresh.kind and other.value = fresh.value and other.atom_id <> fresh.atom_id
            offset 0
        )
    union
    select kind, value from twice where kind not in ('user_id', 'anonymous_id')
    on conflict do nothing
)

select
    kind, value, atom_id, false as is_unread, false as verified, '' as source, null::timestamptz as first_at,
    null::timestamptz as last_at
from fresh
where kind in ('user_id', 'anonymous_id') or kind = any(%(linking)s::text[])
union all
select kind, written, atom_id, true, verified, source, first_at, last_at from unread

-- name: note_problems
insert into customers.claim_problem (atom_id, kind, written, reason, source, first_at)
select atom_id, kind, written, reason, source, first_at
from unnest(
    %(atoms)s::bigint[], %(kinds)s::text[], %(writtens)s::text[], %(reasons)s::text[], %(sources)s::text[],
    %(firsts)s::timestamptz[]
) as found (atom_id, kind, written, reason, source, first_at)
on conflict (atom_id, kind, written) do update
set first_at = least(claim_problem.first_at, excluded.first_at)
where excluded.first_at < claim_problem.first_at
