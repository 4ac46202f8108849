-- Why: an erased customer keeps a row that says so and nothing else, since orders and the ledger keep its number; it is
--      in no list and nobody's profile.
-- On 10M rows: a column without a default and a view, instant; the index is over erased rows alone.
-- Undo: create fact_customer as in 0021; drop the column.

alter table customers.customer add column erased_at timestamptz;
create index customer_erased on customers.customer (erased_at) where erased_at is not null;

create or replace view customers.fact_customer as
select
    customer.customer_id,
    (
        select min(identifier.value)
        from customers.identifier
        where identifier.customer_id = customer.customer_id and identifier.kind = 'user_id'
    ) as user_id,
    customer.name,
    customer.email,
    customer.email_folded,
    customer.phone,
    customer.created_at,
    least(customer.first_seen_at, customer.others_first_at) as first_seen_at,
    greatest(customer.last_seen_at, customer.others_last_at) as last_seen_at,
    case when customer.computed = '{}' then customer.traits else customer.traits || customer.computed end as traits,
    customer.test
from customers.customer
where
    customer.survivor_id is null
    -- Not "is null" a second time: before there are statistics, a plan would then expect nobody.
    and not coalesce(customer.erased_at is not null, false);

-- Who was erased, and when: a number and an instant.
create view customers.fact_erased as
select customer_id, erased_at from customers.customer where erased_at is not null;

-- Every identifier somebody has of their own: what events come under.
create view customers.fact_identifier as
select identifier.kind, identifier.value, identifier.customer_id, customer.created_at
from customers.identifier
inner join customers.customer using (customer_id);
