-- name: standings
-- Where some persons stand, and their last words on consent, or on one channel and topic, as arrays side by side;
-- with or without those who said nothing.
with asked as materialized (
    select distinct person_id
    from unnest(%(ids)s::bigint[]) as given (customer_id)
    inner join customers.fact_person as person using (customer_id)
),

word as (
    select distinct on (asked.person_id, consent.about, consent.channel, consent.topic)
        asked.person_id, consent.about, consent.channel, consent.topic, consent.given, consent.until,
        consent.every_days, consent.occurred_at
    from asked
    inner join customers.fact_person as atom using (person_id)
    inner join customers.consent on consent.atom_id = atom.customer_id
    where
        consent.believed
        and (
            %(channel)s::text is null or consent.about <> 'consent' or consent.channel = 'tracking'
            or consent.channel = %(channel)s and consent.topic in ('', %(topic)s)
        )
    order by
        asked.person_id, consent.about, consent.channel, consent.topic, consent.occurred_at desc, consent.given,
        consent.until desc nulls first, consent.every_days desc nulls first
)

select
    asked.person_id as customer_id,
    coalesce(bool_or(not word.given) filter (where word.about = 'profiling'), false) as profiling_objected,
    coalesce(bool_or(not word.given) filter (where word.about = 'processing'), false) as restricted,
    coalesce(
        bool_or(word.given)
            filter (where word.about = 'consent' and word.channel = 'tracking' and word.topic = ''),
        (select tracking_by_default from customers.consent_rule)
    ) as tracking_allowed,
    coalesce(bool_or(not word.given) filter (where word.about = 'pause'), false) as pause_asked,
    max(word.until) filter (where word.about = 'pause' and not word.given) as pause_until,
    coalesce(bool_or(not word.given) filter (where word.about = 'frequency'), false) as less_often,
    max(word.every_days) filter (where word.about = 'frequency' and not word.given) as every_days,
    coalesce(array_agg(word.channel order by word.channel, word.topic) filter (where word.about = 'consent'), '{}')
        as channels,
    coalesce(array_agg(word.topic order by word.channel, word.topic) filter (where word.about = 'consent'), '{}')
        as topics,
    coalesce(array_agg(word.given order by word.channel, word.topic) filter (where word.about = 'consent'), '{}')
        as givens,
    coalesce(array_agg(word.occurred_at order by word.channel, word.topic) filter (where word.about = 'consent'), '{}')
        as instants
from asked
left join word using (person_id)
where %(silent)s or word.person_id is not null
group by asked.person_id

-- name: restricted
-- Of these customers, atoms or persons, those whose data may only be kept.
select given.customer_id
from unnest(%(ids)s::bigint[]) as given (customer_id)
inner join customers.fact_person as person using (customer_id)
inner join customers.fact_wish as wish on wish.customer_id = person.person_id
where wish.about = 'processing' and not wish.given
