-- Why: a million customers of a file are kept in a third of the rows: whoever was told of by one event alone has its
--      traits on the customer's own row, until a second event tells something; and addresses, numbers and ids are found
--      where they stand already.
-- On 10M rows: columns without a default and views are instant; the two indexes of search terms take some minutes, in
--      which nobody can write them.
-- Undo: insert what customers.standing_trait gives beyond customers.trait into customers.trait; create fact_told as in
--      0043; drop view customers.standing_trait; drop the columns and the function added here; add back the key of
--      survivor_id; give search_term its keys as in 0006 and have the reader of search terms begin anew.

-- The one event that told all traits there are of this atom: they stand in the column traits and nowhere else, and
-- nothing was told before or since, no member belongs to it, nothing expires, and everything fits.
alter table customers.customer
    add column told_position bigint,
    add column told_at timestamptz,
    add column told_source text collate "C",
    add column told_origin text collate "C";

-- Asked again at each row of a million, though only the readers of customers write it, from atoms that are there.
alter table customers.customer drop constraint customer_survivor_id_fkey;

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

-- A term that its own index finds: as it would be folded, and no longer than a cursor can hold.
create function customers.is_plain_term(term text) returns boolean language sql immutable as $$
    select
        octet_length(term) between 1 and 44 and octet_length(term) = char_length(term)
        and term = customers.folded(term)
$$;

-- Words of names, and of the rest only what is not found where it stands: e-mail by customer_by_email, ids by the key
-- of customers.identifier, numbers by that of customers.claim. Terms written before stay until their person is told of.
alter table customers.search_term drop constraint search_term_pkey;

drop index customers.search_term_by_term;

alter table customers.search_term add primary key (term, customer_id);

create index search_term_by_customer on customers.search_term (customer_id);
