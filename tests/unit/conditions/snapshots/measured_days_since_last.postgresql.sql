-- last had a message sent at least 7 days ago
select customer.customer_id, coalesce(g0.a0 <= %(p0)s::timestamptz, false) as c0, least(cast(null as timestamptz), (g0.a1 + %(p1)s::interval), case when (g0.a0 + %(p2)s::interval) > %(p3)s::timestamptz then (g0.a0 + %(p2)s::interval) end, case when (g0.a0 + %(p4)s::interval) > %(p3)s::timestamptz then (g0.a0 + %(p4)s::interval) end) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select fact.customer_id, max(fact.at) filter (where fact.at < %(p3)s::timestamptz) as a0, min(fact.at) filter (where fact.at >= %(p3)s::timestamptz) as a1
from (select fact.customer_id as customer_id, fact.at, fact.name
from (select customer_id, coalesce(resolved_at, decided_at, queued_at) as at, case when state in ('claimed', 'handed') then 'queued' else state end as name, source_key as campaign, source_kind as kind, channel, topic, purpose, template_key as template, reason, step, arm, null as link, null::boolean as hard from messaging.fact_send
union all select customer_id, at, case when machine then 'machine_' else '' end || kind, source_key, source_kind, channel, topic, purpose, template_key, nullif(signal, ''), step, null, nullif(link, ''), case when kind = 'bounced' then hard end from messaging.fact_reaction) as fact
where fact.name = %(p5)s::text offset 0) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: datetime.datetime(2025, 10, 27, 5, 0, tzinfo=datetime.timezone.utc)
-- p1: datetime.timedelta(microseconds=1)
-- p2: datetime.timedelta(days=7)
-- p3: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p4: datetime.timedelta(days=7, microseconds=1)
-- p5: 'sent'
