-- did “A” since their renewal
select customer.customer_id, coalesce(coalesce(g0.a0, 0) >= %(p0)s::float8, false) as c0, least(cast(null as timestamptz), (g0.a1 + %(p1)s::interval)) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select fact.customer_id, count(*) filter (where fact.at < %(p5)s::timestamptz) as a0, min(fact.at) filter (where fact.at >= %(p5)s::timestamptz) as a1
from (select person.person_id as customer_id, fact.at, fact.name
from (select position, customer_id, occurred_at as at, name, properties as told from log.fact_event
where type in ('track', 'page', 'screen') and source <> 'regulars') as fact
inner join customers.fact_person as person on person.customer_id = fact.customer_id
inner join (select customer_id, case when (case when word ~ '^([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' then substr(word, 6, 5) not in ('02-30', '02-31', '04-31', '06-31', '09-31', '11-31') and (case when substr(word, 6, 5) = '02-29' then (mod(cast(substr(word, 1, 4) as integer), 4) = 0 and (mod(cast(substr(word, 1, 4) as integer), 100) <> 0 or mod(cast(substr(word, 1, 4) as integer), 400) = 0)) else true end) else false end) then case when (((word)::timestamp at time zone %(p3)s::text) - interval '1 hour') at time zone %(p3)s::text >= (word)::timestamp then ((word)::timestamp at time zone %(p3)s::text) - interval '1 hour' else ((word)::timestamp at time zone %(p3)s::text) end when word ~ '^([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$' then customers.instant(word) end as since
from (select customer_id, case when jsonb_typeof(customer.told) = 'string' then (customer.told) #>> '{}' end as word
from (select customer.customer_id, customer.traits -> %(p4)s::text as told from customers.fact_customer as customer) as customer) as customer) as beginning on beginning.customer_id = person.person_id
where fact.name = %(p2)s::text and fact.at >= beginning.since offset 0) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 1.0
-- p1: datetime.timedelta(microseconds=1)
-- p2: 'A'
-- p3: 'America/New_York'
-- p4: 'renewal'
-- p5: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
