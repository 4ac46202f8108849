-- did “A” since their renewal
select customer.customer_id, coalesce(coalesce(g0.a0, 0) >= cast(:p0 as double), false) as c0, least(cast(null as timestamp), (g0.a1 + cast(:p1 as interval day to second))) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select fact.customer_id, count(*) filter (where fact.at < cast(:p5 as timestamp)) as a0, min(fact.at) filter (where fact.at >= cast(:p5 as timestamp)) as a1
from (select coalesce(person.person_id, fact.customer_id) as customer_id, fact.at, fact.name
from (select customer_id, occurred_at as at, name, properties as told from events
where type in ('track', 'page', 'screen') and source <> 'regulars') as fact
left join persons as person on person.customer_id = fact.customer_id
inner join (select customer_id, case when (case when word rlike '^([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' then substr(word, 6, 5) not in ('02-30', '02-31', '04-31', '06-31', '09-31', '11-31') and (case when substr(word, 6, 5) = '02-29' then (mod(cast(substr(word, 1, 4) as integer), 4) = 0 and (mod(cast(substr(word, 1, 4) as integer), 100) <> 0 or mod(cast(substr(word, 1, 4) as integer), 400) = 0)) else true end) else false end) then to_utc_timestamp(try_cast(word as timestamp), cast(:p3 as string)) when word rlike '^([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$' then try_cast(case when substr(word, 17, 1) = ':' then word else substr(word, 1, 16) || ':00' || substr(word, 17) end as timestamp) end as since
from (select customer_id, case when schema_of_variant(customer.told) = 'STRING' then try_variant_get(customer.told, '$', 'string') end as word
from (select customer.customer_id, try_element_at(try_variant_get(customer.traits, '$', 'map<string,variant>'), cast(:p4 as string)) as told
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer) as customer) as beginning on beginning.customer_id = coalesce(person.person_id, fact.customer_id)
where fact.name in (cast(:p2 as string)) and fact.at >= beginning.since) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 1.0
-- p1: datetime.timedelta(microseconds=1)
-- p2: 'A'
-- p3: 'America/New_York'
-- p4: 'renewal'
-- p5: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
