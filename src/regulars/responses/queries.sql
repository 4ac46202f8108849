-- name: secret
-- What pixels, links and views are sealed with.
select value from responses.secret

-- name: keep_links
-- Each target once a source; who else gets a target that was one person's makes it nobody's own.
insert into responses.link (source_id, url_hash, url, atom_id)
select %(source_id)s, told.url_hash, told.url, told.atom_id
from unnest(%(hashes)s::bytea[], %(urls)s::text[], %(atoms)s::bigint[]) as told (url_hash, url, atom_id)
order by told.url_hash
on conflict (source_id, url_hash) do update
set atom_id = case when link.atom_id = excluded.atom_id then link.atom_id end, url = excluded.url
where link.atom_id is distinct from excluded.atom_id and link.atom_id is not null or link.url is null

-- name: links
select link_id, url from responses.link where source_id = %(source_id)s and url_hash = any(%(hashes)s::bytea[])

-- name: target
select url from responses.link where link_id = %(link_id)s

-- name: link_urls
select link_id, url from responses.link where link_id = any(%(link_ids)s::bigint[])

-- name: count
insert into responses.counted (source_id, messages, at) values (%(source_id)s, %(messages)s, %(at)s)

-- name: one_at_a_time
-- Until the commit nobody else writes what was heard: two processes would otherwise each see half of a burst.
select pg_advisory_xact_lock(7246074, 0)

-- name: known
-- Of these sends those that are ours, of people who are not erased.
select send.send_id, send.customer_id, send.resolved_at
from messaging.fact_send as send
where
    send.send_id = any(%(send_ids)s::bigint[])
    and not exists (select from customers.fact_erased where fact_erased.customer_id = send.atom_id)

-- name: hear
-- Add to what was heard; gives what was never heard before.
with told as (
    insert into responses.heard (send_id, what, link_id, machine, signal, times, first_at, last_at)
    select given.* from unnest(
        %(send_ids)s::bigint[], %(whats)s::text[], %(link_ids)s::bigint[], %(machines)s::boolean[],
        %(signals)s::text[], %(times)s::integer[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[]
    ) as given (send_id, what, link_id, machine, signal, times, first_at, last_at)
    order by given.send_id, given.what, given.link_id, given.machine
    on conflict (send_id, what, link_id, machine) do update
    set times = heard.times + excluded.times,
        first_at = least(heard.first_at, excluded.first_at),
        last_at = greatest(heard.last_at, excluded.last_at)
    returning heard.send_id, heard.what, heard.link_id, heard.machine, heard.signal, heard.times, heard.xmax = 0 as is_new
)

select send_id, what as use, link_id, machine, signal from told where is_new order by send_id, what, link_id, machine

-- name: bursts
-- Of these messages the clicks that counted as a person's and stand in a burst: with another link within the pair's
-- time, with two others within the longer one, or around a click on the link that nobody sees.
with click as (
    select send_id, link_id, machine, span.at
    from responses.heard
    cross join lateral (values (heard.first_at), (heard.last_at)) as span (at)
    where heard.send_id = any(%(send_ids)s::bigint[]) and heard.what = 'clicked'
)

select
    click.send_id, click.link_id,
    case when bool_or(other.link_id = 0) then 'trap' else 'burst' end as signal
from click
inner join click as other on other.send_id = click.send_id and other.link_id <> click.link_id
    and abs(extract(epoch from other.at - click.at)) <= case
        when other.link_id = 0 then %(trap_s)s else %(several_s)s
    end
where not click.machine
group by click.send_id, click.link_id, click.at
having
    bool_or(other.link_id = 0)
    or bool_or(other.link_id <> 0 and abs(extract(epoch from other.at - click.at)) <= %(pair_s)s)
    or count(distinct other.link_id) >= 2
order by click.send_id, click.link_id

-- name: turn
-- What was heard as a person's is a machine's from now on.
with turned as (
    delete from responses.heard
    using unnest(%(send_ids)s::bigint[], %(link_ids)s::bigint[], %(signals)s::text[]) as told (send_id, link_id, signal)
    where heard.send_id = told.send_id and heard.what = 'clicked' and heard.link_id = told.link_id and not heard.machine
    returning heard.*, told.signal as said
)

insert into responses.heard (send_id, what, link_id, machine, signal, times, first_at, last_at)
select send_id, what, link_id, true, said, times, first_at, last_at from turned
order by send_id, link_id
on conflict (send_id, what, link_id, machine) do update
set times = heard.times + excluded.times,
    first_at = least(heard.first_at, excluded.first_at),
    last_at = greatest(heard.last_at, excluded.last_at)

-- name: of_message
-- What came back of one message, in order.
select kind, machine, signal, hard, link, detail, at
from messaging.fact_reaction
where send_id = %(send_id)s
order by at, reaction_id

-- name: heard_of_message
select heard.what as use, heard.machine, coalesce(link.url, '') as link, heard.times
from responses.heard
left join responses.link using (link_id)
where heard.send_id = %(send_id)s

-- name: erase_links
-- Where the links of these people alone led; links of others stay.
update responses.link set url = null, url_hash = sha256(int8send(link_id)), atom_id = null
where atom_id = any(%(atoms)s::bigint[])

-- name: erase_heard
delete from responses.heard
using messaging.fact_send as send
where send.atom_id = any(%(atoms)s::bigint[]) and heard.send_id = send.send_id

-- name: held
select
    send.source_key as campaign, heard.what, heard.machine, heard.signal, link.url as link, heard.times,
    heard.first_at, heard.last_at
from messaging.fact_send as send
inner join responses.heard using (send_id)
left join responses.link using (link_id)
where send.atom_id = any(%(atoms)s::bigint[])
order by heard.send_id, heard.what, heard.link_id

-- name: forget_heard
delete from responses.heard where last_at < %(before)s
