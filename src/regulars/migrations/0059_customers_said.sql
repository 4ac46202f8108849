-- Why: conditions ask what has been agreed to for so many days, and by which kinds of identifiers somebody is known.
-- On 10M rows: views, instant.
-- Undo: drop view customers.fact_said; drop view customers.fact_identified;

-- Every believed statement of consent, as they followed one another.
create view customers.fact_said as
select
    coalesce(atom.survivor_id, atom.customer_id) as customer_id, consent.atom_id, consent.channel, consent.topic,
    consent.given, consent.occurred_at, consent.position
from customers.consent
inner join customers.customer as atom on atom.customer_id = consent.atom_id
where consent.believed and consent.about = 'consent';

-- The kinds of identifiers that a profile came under or was seen with.
create view customers.fact_identified as
select customer_id, kind from customers.identifier
union all
select atom_id, kind from customers.claim;
