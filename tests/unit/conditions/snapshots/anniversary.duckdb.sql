-- has an anniversary of their birthday today or in the next 7 days
select customer.customer_id, coalesce((case when (case when regexp_full_match(case when json_type(customer.t0) = 'VARCHAR' then json_extract_string(customer.t0, '$') end, '([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])') then substr(case when json_type(customer.t0) = 'VARCHAR' then json_extract_string(customer.t0, '$') end, 6, 5) not in ('02-30', '02-31', '04-31', '06-31', '09-31', '11-31') and (case when substr(case when json_type(customer.t0) = 'VARCHAR' then json_extract_string(customer.t0, '$') end, 6, 5) = '02-29' then (mod(cast(substr(case when json_type(customer.t0) = 'VARCHAR' then json_extract_string(customer.t0, '$') end, 1, 4) as integer), 4) = 0 and (mod(cast(substr(case when json_type(customer.t0) = 'VARCHAR' then json_extract_string(customer.t0, '$') end, 1, 4) as integer), 100) <> 0 or mod(cast(substr(case when json_type(customer.t0) = 'VARCHAR' then json_extract_string(customer.t0, '$') end, 1, 4) as integer), 400) = 0)) else true end) else false end) then substr(case when json_type(customer.t0) = 'VARCHAR' then json_extract_string(customer.t0, '$') end, 6, 5) in ($p2::varchar, $p3::varchar, $p4::varchar, $p5::varchar, $p6::varchar, $p7::varchar, $p8::varchar, $p9::varchar) when regexp_full_match(case when json_type(customer.t0) = 'VARCHAR' then json_extract_string(customer.t0, '$') end, '([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])') then substr(strftime(timezone($p1::varchar, try_cast(case when json_type(customer.t0) = 'VARCHAR' then json_extract_string(customer.t0, '$') end as timestamptz)), '%Y-%m-%d'), 6, 5) in ($p2::varchar, $p3::varchar, $p4::varchar, $p5::varchar, $p6::varchar, $p7::varchar, $p8::varchar, $p9::varchar) else false end), false) as c0, least(cast(null as timestamptz), case when coalesce(json_type(customer.t0) <> 'NULL', false) then $p10::timestamptz end) as n0
from (select customer.customer_id, json_extract(customer.traits, $p0::varchar) as t0 from copied_customer as customer) as customer
-- p0: '/birthday'
-- p1: 'America/New_York'
-- p2: '11-03'
-- p3: '11-04'
-- p4: '11-05'
-- p5: '11-06'
-- p6: '11-07'
-- p7: '11-08'
-- p8: '11-09'
-- p9: '11-10'
-- p10: datetime.datetime(2025, 11, 4, 5, 0, tzinfo=datetime.timezone.utc)
