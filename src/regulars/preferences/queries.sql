-- name: key
select value, generation from preferences.secret

-- name: turn
-- From now on no link that was made before opens.
update preferences.secret set generation = mod(generation, 65535) + 1
returning generation

-- name: one_at_a_time
-- Until the end of the transaction nobody else saves for this person.
select pg_advisory_xact_lock(7246058, hashint8(%(customer_id)s))

-- name: add_submission
-- One saved page; the same page on the same screen again gives nothing.
insert into preferences.submission (nonce, atom_id, how, source_id, locale, at, received_at)
values (%(nonce)s, %(atom_id)s, %(how)s, %(source_id)s, %(locale)s, %(at)s, %(now)s)
on conflict (nonce) do nothing
returning submission_id

-- name: add_choices
-- What it said, in the order given; of two words on one thing the last.
insert into preferences.choice (submission_id, about, channel, topic, given, until, every_days, at)
select distinct on (said.about, said.channel, said.topic)
    %(submission_id)s, said.about, said.channel, said.topic, said.given, said.until,
    said.every_days, said.at
from unnest(
    %(abouts)s::text[], %(channels)s::text[], %(topics)s::text[], %(givens)s::boolean[],
    %(untils)s::timestamptz[], %(every)s::integer[], %(instants)s::timestamptz[]
) with ordinality as said (about, channel, topic, given, until, every_days, at, place)
order by said.about, said.channel, said.topic, said.place desc

-- name: lately
-- What a person said here since an instant of the wall clock, the latest last.
select choice.about, choice.channel, choice.topic, choice.given, choice.until, choice.every_days, choice.at
from customers.fact_person as person
inner join preferences.submission on submission.atom_id = person.customer_id
inner join preferences.choice using (submission_id)
where person.person_id = %(customer_id)s and submission.received_at >= %(since)s
order by choice.at, submission.submission_id

-- name: submitted
-- The language chosen last here since an instant of the wall clock.
select submission.locale
from customers.fact_person as person
inner join preferences.submission on submission.atom_id = person.customer_id
where person.person_id = %(customer_id)s and submission.received_at >= %(since)s and submission.locale is not null
order by submission.submission_id desc
limit 1

-- name: ask_link
-- A link to be mailed; the same page sent twice is one request.
insert into preferences.link_request (nonce, atom_id, address_hash, origin_hash, language, page, asked_at)
values (%(nonce)s, %(atom_id)s, %(address_hash)s, %(origin_hash)s, %(language)s, %(page)s, %(now)s)
on conflict (nonce) do nothing

-- name: asking_alone
-- Who asks from one place or for one address at the same moment comes one after the other, so that each is counted.
select
    pg_advisory_xact_lock(hashtextextended('preferences.origin/' || encode(%(origin_hash)s, 'hex'), 0)),
    pg_advisory_xact_lock(hashtextextended('preferences.address/' || encode(%(address_hash)s, 'hex'), 0))

-- name: asked_lately
-- How often a link was asked for from one place, and for one address.
select
    count(*) filter (where origin_hash = %(origin_hash)s) as from_origin,
    count(*) filter (where address_hash = %(address_hash)s) as for_address
from preferences.link_request
where asked_at > %(since)s and (origin_hash = %(origin_hash)s or address_hash = %(address_hash)s)

-- name: waiting
-- Links that were asked for and not mailed, the longest waiting first.
select request_id, atom_id, address_hash, language, page
from preferences.link_request
where mailed_at is null and atom_id is not null and asked_at > %(since)s
order by request_id
limit %(limit)s

-- name: mailed
update preferences.link_request set mailed_at = %(now)s
where request_id = any(%(request_ids)s) and mailed_at is null

-- name: forget_requests
delete from preferences.link_request where asked_at < %(before)s

-- name: visit
insert into preferences.visit as known (day, what, times)
values (%(day)s, %(what)s, 1)
on conflict (day, what) do update set times = known.times + 1

-- name: visits
-- How often it was looked at and used since a day, by what was done.
select what, sum(times)::bigint as times
from preferences.visit
where day >= %(since)s
group by what
order by what

-- name: opt_outs
-- Who withdrew here, by week and topic; one person once a week and topic.
select
    date_trunc('week', choice.at at time zone %(zone)s)::date as week,
    choice.channel, choice.topic, count(distinct person.person_id)::bigint as people
from preferences.choice
inner join preferences.submission using (submission_id)
inner join customers.fact_person as person on person.customer_id = submission.atom_id
where
    submission.at >= %(since)s and choice.about = 'consent' and not choice.given and choice.channel <> 'tracking'
group by 1, 2, 3
order by 1, 2, 3

-- name: changes
-- What was said here since an instant, by kind: how many times, by how many people.
select
    case when choice.channel = 'tracking' then choice.channel else choice.about end as about, choice.given,
    count(*)::bigint as times, count(distinct person.person_id)::bigint as people
from preferences.choice
inner join preferences.submission using (submission_id)
inner join customers.fact_person as person on person.customer_id = submission.atom_id
where submission.at >= %(since)s
group by 1, 2
order by 1, 2
