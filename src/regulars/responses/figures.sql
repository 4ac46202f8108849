-- name: figures
-- What became of the messages of some sources, from the sums that are kept: each send once, as the furthest it came;
-- people and machines apart.
with named as (
    select distinct * from unnest(%(kinds)s::text[], %(keys)s::text[], %(versions)s::integer[], %(steps)s::text[])
        as given (source_kind, source_key, source_version, step)
),

handed as (
    select coalesce(sum(sends), 0)::bigint as sent
    from messaging.fact_send_sum
    inner join named using (source_kind, source_key, source_version, step)
    where state = 'sent'
),

judged as (
    select part.*, bounced_hard or (bounced_soft and not delivered and not opened) as is_bounced
    from messaging.fact_answer_sum as part
    inner join named using (source_kind, source_key, source_version, step)
    where part.state in ('sent', 'in_doubt')
),

answered as (
    select
        coalesce(sum(sends) filter (where state = 'in_doubt'), 0)::bigint as in_doubt,
        coalesce(sum(sends) filter (where deferred), 0)::bigint as deferred,
        coalesce(sum(sends) filter (where is_bounced), 0)::bigint as bounced,
        coalesce(sum(sends) filter (where is_bounced and bounced_hard), 0)::bigint as bounced_hard,
        coalesce(sum(sends) filter (where is_bounced and not bounced_hard), 0)::bigint as bounced_soft,
        coalesce(sum(sends) filter (where not is_bounced and opened), 0)::bigint as opened,
        coalesce(sum(sends) filter (where not is_bounced and machine_opened), 0)::bigint as machine_opened,
        coalesce(sum(sends) filter (where not is_bounced and clicked), 0)::bigint as clicked,
        coalesce(sum(sends) filter (where not is_bounced and machine_clicked), 0)::bigint as machine_clicked,
        coalesce(sum(sends) filter (where not is_bounced and unsubscribed), 0)::bigint as unsubscribed,
        coalesce(sum(sends) filter (where not is_bounced and complained), 0)::bigint as complained
    from judged
)

select
    '' as domain, sent + in_doubt as sent, sent + in_doubt - bounced as delivered, deferred, bounced, bounced_hard,
    bounced_soft, opened, machine_opened, clicked, machine_clicked, unsubscribed, complained
from handed, answered

-- name: by_domain
-- The same counted one by one, by the domain of the address that people have now, the largest first.
with named as (
    select distinct * from unnest(%(kinds)s::text[], %(keys)s::text[], %(versions)s::integer[], %(steps)s::text[])
        as given (source_kind, source_key, source_version, step)
),

reacted as (
    select
        send_id,
        bool_or(kind = 'deferred') as deferred,
        bool_or(kind = 'bounced') as bounced,
        bool_or(kind = 'bounced' and hard) as hard,
        bool_or(kind = 'delivered') as told,
        bool_or(kind in ('opened', 'viewed', 'clicked') and not machine) as opened,
        bool_or(kind in ('opened', 'viewed') and machine) as machine_opened,
        bool_or(kind = 'clicked' and not machine) as clicked,
        bool_or(kind = 'clicked' and machine) as machine_clicked,
        bool_or(kind = 'unsubscribed') as unsubscribed,
        bool_or(kind = 'complained') as complained
    from messaging.fact_reaction
    inner join named using (source_kind, source_key, source_version, step)
    group by send_id
),

judged as (
    select
        coalesce(lower(substring(customer.email from '@([^@]+)$')), '') as domain,
        coalesce(hard, false) or coalesce(bounced and not told and not opened, false) as is_bounced,
        send.state = 'in_doubt' as is_in_doubt, reacted.*
    from reacted
    inner join messaging.fact_send as send using (send_id)
    left join customers.fact_customer as customer on customer.customer_id = send.customer_id
    where send.state in ('sent', 'in_doubt')
),

-- Most sends are never answered: they are counted and not looked at one by one.
handed as (
    select
        coalesce(lower(substring(customer.email from '@([^@]+)$')), '') as domain,
        count(*) as sent
    from messaging.fact_send as send
    inner join named using (source_kind, source_key, source_version, step)
    left join customers.fact_customer as customer on customer.customer_id = send.customer_id
    where send.state = 'sent'
    group by domain
),

answered as (
    select
        domain,
        count(*) filter (where is_in_doubt) as in_doubt,
        count(*) filter (where deferred) as deferred,
        count(*) filter (where is_bounced) as bounced,
        count(*) filter (where is_bounced and hard) as bounced_hard,
        count(*) filter (where is_bounced and not hard) as bounced_soft,
        count(*) filter (where not is_bounced and opened) as opened,
        count(*) filter (where not is_bounced and machine_opened) as machine_opened,
        count(*) filter (where not is_bounced and clicked) as clicked,
        count(*) filter (where not is_bounced and machine_clicked) as machine_clicked,
        count(*) filter (where not is_bounced and unsubscribed) as unsubscribed,
        count(*) filter (where not is_bounced and complained) as complained
    from judged
    group by domain
)

select
    domain,
    coalesce(handed.sent, 0) + coalesce(answered.in_doubt, 0) as sent,
    coalesce(handed.sent, 0) + coalesce(answered.in_doubt, 0) - coalesce(answered.bounced, 0) as delivered,
    coalesce(answered.deferred, 0) as deferred,
    coalesce(answered.bounced, 0) as bounced,
    coalesce(answered.bounced_hard, 0) as bounced_hard,
    coalesce(answered.bounced_soft, 0) as bounced_soft,
    coalesce(answered.opened, 0) as opened,
    coalesce(answered.machine_opened, 0) as machine_opened,
    coalesce(answered.clicked, 0) as clicked,
    coalesce(answered.machine_clicked, 0) as machine_clicked,
    coalesce(answered.unsubscribed, 0) as unsubscribed,
    coalesce(answered.complained, 0) as complained
from handed
full join answered using (domain)
order by sent desc, domain
limit %(limit)s

-- name: counted
-- How many messages of these sources left with pixel and links of ours.
select coalesce(sum(counted.messages), 0)::bigint
from responses.counted
where counted.source_id = any(%(source_ids)s::bigint[])

-- name: by_link
-- Who followed which link, the most followed first; links of one person each stand together as the empty one.
with named as (
    select distinct * from unnest(%(kinds)s::text[], %(keys)s::text[], %(versions)s::integer[], %(steps)s::text[])
        as given (source_kind, source_key, source_version, step)
),

clicks as (
    select
        reaction.send_id, reaction.machine,
        case when link.atom_id is null then reaction.link else '' end as link,
        heard.times
    from messaging.fact_reaction as reaction
    inner join named using (source_kind, source_key, source_version, step)
    left join responses.link
        on link.source_id = reaction.source_id and link.url_hash = sha256(convert_to(reaction.link, 'UTF8'))
    left join responses.heard
        on heard.send_id = reaction.send_id and heard.what = 'clicked' and heard.link_id = link.link_id
        and heard.machine = reaction.machine
    where reaction.kind = 'clicked'
)

select
    link,
    count(distinct send_id) filter (where not machine) as people,
    count(distinct send_id) filter (where machine) as machines,
    coalesce(sum(coalesce(times, 1)) filter (where not machine), 0)::bigint as times
from clicks
group by link
order by people desc, machines desc, link
limit %(limit)s

-- name: by_hour
-- Of each send the hour after it left in which a person first opened and first clicked it; the last is all later ones.
with named as (
    select distinct * from unnest(%(kinds)s::text[], %(keys)s::text[], %(versions)s::integer[], %(steps)s::text[])
        as given (source_kind, source_key, source_version, step)
),

firsts as (
    select
        send_id,
        min(at) filter (where kind in ('opened', 'viewed', 'clicked')) as opened_at,
        min(at) filter (where kind = 'clicked') as clicked_at
    from messaging.fact_reaction
    inner join named using (source_kind, source_key, source_version, step)
    where not machine and kind in ('opened', 'viewed', 'clicked')
    group by send_id
),

hours as (
    select
        firsts.send_id, told.what,
        least(%(last)s, greatest(0, floor(extract(epoch from told.at - send.resolved_at) / 3600)))::integer as hour
    from firsts
    inner join messaging.fact_send as send using (send_id)
    cross join lateral (values ('opened', firsts.opened_at), ('clicked', firsts.clicked_at)) as told (what, at)
    where send.resolved_at is not null and told.at is not null
)

select
    hour,
    count(*) filter (where hours.what = 'opened') as opened,
    count(*) filter (where hours.what = 'clicked') as clicked
from generate_series(0, %(last)s) as hour
left join hours using (hour)
group by hour
order by hour

-- name: attributed
-- Orders whose last touch by a person within the window was a message of these sources; of two at once the later send.
with named as (
    select distinct * from unnest(%(kinds)s::text[], %(keys)s::text[], %(versions)s::integer[], %(steps)s::text[])
        as given (source_kind, source_key, source_version, step)
),

touched as (
    select distinct customer_id
    from messaging.fact_reaction
    inner join named using (source_kind, source_key, source_version, step)
    where not machine and (kind = 'clicked' or kind in ('opened', 'viewed') and %(open_days)s > 0)
),

credited as (
    select bought.customer_id, bought.currency, bought.net_minor, touch.source_kind, touch.source_key,
        touch.source_version, touch.step
    from touched
    inner join orders.fact_order as bought using (customer_id)
    cross join lateral (
        select reaction.source_kind, reaction.source_key, reaction.source_version, reaction.step
        from messaging.fact_reaction as reaction
        where
            reaction.customer_id = bought.customer_id and not reaction.machine
            and reaction.at <= bought.occurred_at
            and (
                reaction.kind = 'clicked'
                and reaction.at > bought.occurred_at - make_interval(hours => 24 * %(click_days)s)
                or reaction.kind in ('opened', 'viewed')
                and reaction.at > bought.occurred_at - make_interval(hours => 24 * %(open_days)s)
            )
        -- A click goes before an open, however much later that is.
        order by reaction.kind = 'clicked' desc, reaction.at desc, reaction.send_id desc
        limit 1
    ) as touch
    where bought.status <> 'cancelled' and not bought.history
)

select
    credited.currency, count(*) as orders, count(distinct credited.customer_id) as people,
    sum(credited.net_minor)::bigint as minor
from credited
inner join named using (source_kind, source_key, source_version, step)
group by credited.currency
order by credited.currency
