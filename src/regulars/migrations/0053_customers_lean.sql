-- Why: a million customers of a file are kept in a third of the rows: whoever was told of by one event alone has its
--      traits on the customer's own row, until a second event tells something.
-- On 10M rows: columns without a default and views, instant.
-- Undo: insert what customers.standing_trait gives beyond customers.trait into customers.trait; create fact_told as in
--      0043; drop view customers.standing_trait; drop the columns added here.

-- The one event that told all traits there are of this atom: they stand in the column traits and nowhere else, and
-- nothing was told before or since, no member belongs to it, nothing expires, and everything fits.
alter table customers.customer
    add column told_position bigint,
    add column told_at timestamptz,
    add column told_source text collate "C",
    add column told_origin text collate "C";

-- Every trait that stands, wherever it is kept.
create view customers.standing_trait as
select customer_id, name, value, occurred_at, position, source, origin, expires_at
from customers.trait
union all
select
    customer.customer_id, once.name collate "C", once.value, customer.told_at, customer.told_position,
    customer.told_source, customer.told_origin, null::timestamptz
from customers.customer
cross join lateral jsonb_each(customer.traits) as once (name, value)
where customer.told_position is not null;

create or replace view customers.fact_told as
select
    coalesce(atom.survivor_id, atom.customer_id) as customer_id, told.customer_id as atom_id, told.name, told.value,
    told.occurred_at, told.position, told.source, told.origin, told.expires_at, told.stands, told.fits
from (
    select customer_id, name, value, occurred_at, position, source, origin, expires_at, true as stands, true as fits
    from customers.standing_trait
    union all
    select customer_id, name, value, occurred_at, position, source, origin, expires_at, false, fits
    from customers.trait_value
) as told
inner join customers.customer as atom on atom.customer_id = told.customer_id;
