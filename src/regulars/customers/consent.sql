-- name: keep
-- What a range of the log tells of consents; the same range again changes nothing.
insert into customers.consent
    (atom_id, channel, topic, given, source, basis, wording, occurred_at, position)
select
    event.customer_id, left(event.properties ->> 'channel', 63),
    coalesce(left(event.properties ->> 'topic', 63), ''),
    event.name = 'Consent Given', coalesce(event.properties ->> 'source', event.source),
    event.properties ->> 'basis', event.properties ->> 'wording', event.occurred_at, event.position
from log.fact_event as event
where
    event.position > %(after)s and event.position <= %(to)s
    and event.type = 'track' and event.name in ('Consent Given', 'Consent Withdrawn')
    and event.customer_id is not null and event.properties ->> 'channel' <> ''
order by event.position
on conflict (position) do nothing

-- name: present
-- What a person consents to now, by channel and topic.
select distinct on (channel, topic)
    channel, topic, given, source, basis, wording, occurred_at, position
from customers.consent
where atom_id = any(%(atoms)s)
order by channel, topic, occurred_at desc, position desc

-- name: history
-- Everything a person said of consent, the latest first.
select channel, topic, given, source, basis, wording, occurred_at, position
from customers.consent
where atom_id = any(%(atoms)s)
order by occurred_at desc, position desc
limit %(limit)s
