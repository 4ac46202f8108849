-- Why: what conditions and the reach of a channel ask of consent: the last words of a person, and what the policy says of
--      who said nothing.
-- On 10M rows: views, instant. Undo: drop view customers.fact_last_word, customers.fact_consent_rule;

-- One row. The defaults are those of a policy that leaves them out; without a live one the built-in policy holds.
create view customers.fact_consent_rule as
select
    policy.body is null or coalesce(policy.body ->> 'basis', 'consent') <> 'consent' as may_write_unasked,
    coalesce((policy.body -> 'targeting_is_profiling')::boolean, true) as targeting_is_profiling,
    coalesce((policy.body -> 'less_often_days')::integer, 30) as less_often_days
from (select 1) as always
left join definitions.fact_live as policy on policy.kind = 'consent-policy' and policy.key = 'consent';

-- The last words of a person on a channel as a whole and on what else they asked of us.
create view customers.fact_last_word as
select distinct on (person.customer_id, consent.about, consent.channel)
    person.customer_id, consent.about, consent.channel, consent.given, consent.until, consent.every_days
from customers.consent
cross join lateral (
    select coalesce(customer.survivor_id, customer.customer_id) as customer_id
    from customers.customer
    where customer.customer_id = consent.atom_id
) as person
where consent.believed and consent.topic = ''
order by
    person.customer_id, consent.about, consent.channel, consent.occurred_at desc, consent.given,
    consent.until desc nulls first, consent.every_days desc nulls first;
