-- is on the list “guests”
select customer.customer_id, coalesce(g0.a0, false) as c0, least(cast(null as timestamp), g0.a1) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select coalesce(person.person_id, part.customer_id) as customer_id, bool_or(part.a0) as a0, min(part.a1) as a1
from (select fact.customer_id, bool_or((fact."until" is null or fact."until" > cast(:p0 as timestamp))) filter (where fact.name = cast(:p1 as string)) as a0, min(fact."until") filter (where fact.name = cast(:p1 as string) and fact."until" > cast(:p0 as timestamp)) as a1
from (select fact.customer_id as customer_id, fact."until", fact.at, fact.name
from (select * from copied_list) as fact) as fact
group by fact.customer_id) as part
left join persons as person on person.customer_id = part.customer_id
group by coalesce(person.person_id, part.customer_id)) as g0 on g0.customer_id = customer.customer_id
-- p0: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p1: 'guests'
