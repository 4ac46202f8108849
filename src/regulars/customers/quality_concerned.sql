-- name: missing
-- Customers without a value of a trait; of a source: whom it tells of, and not this.
select customer.customer_id
from customers.customer
where
    customer.survivor_id is null and customer.customer_id > %(after)s
    and case
        when %(source)s = '' then not customer.traits ? %(trait)s
        else
            exists (
                select from customers.customer as atom
                cross join lateral (
                    select source, value from customers.standing_trait
                    where standing_trait.customer_id = atom.customer_id
                    offset 0  -- By index, here and below, never the whole table.
                ) as trait
                where
                    (atom.customer_id = customer.customer_id or atom.survivor_id = customer.customer_id)
                    and trait.source = %(source)s and trait.value <> 'null'
            )
            and not exists (
                select from customers.customer as atom
                cross join lateral (
                    select name, source, value from customers.standing_trait
                    where standing_trait.customer_id = atom.customer_id
                    offset 0
                ) as trait
                where
                    (atom.customer_id = customer.customer_id or atom.survivor_id = customer.customer_id)
                    and trait.source = %(source)s and trait.name = %(trait)s and trait.value <> 'null'
            )
    end
order by customer.customer_id
limit %(limit)s

-- name: unfit
-- Customers whose latest value of a trait does not fit its declared type.
select distinct coalesce(atom.survivor_id, atom.customer_id) as customer_id
from customers.trait_value as former
inner join customers.customer as atom on atom.customer_id = former.customer_id
left join customers.trait as stands on stands.customer_id = former.customer_id and stands.name = former.name
where
    former.name = %(trait)s and not former.fits and (%(source)s = '' or former.source = %(source)s)
    and (stands.name is null or former.occurred_at > stands.occurred_at)
    and coalesce(atom.survivor_id, atom.customer_id) > %(after)s
order by customer_id
limit %(limit)s

-- name: shared_value
-- Customers whose standing value of a trait somebody else has too, compared folded.
with held as (
    select
        coalesce(atom.survivor_id, atom.customer_id) as customer_id, customers.folded(trait.value #>> '{}') as value
    from customers.standing_trait as trait
    inner join customers.customer as atom on atom.customer_id = trait.customer_id
    where trait.name = %(trait)s and trait.value <> 'null' and (%(source)s = '' or trait.source = %(source)s)
)

select distinct held.customer_id
from held
inner join (select value from held group by value having count(distinct customer_id) > 1) as twice using (value)
where held.customer_id > %(after)s
order by held.customer_id
limit %(limit)s

-- name: shared_contact
-- Customers with an identifier or contact that somebody else was seen with too, as it is compared.
with held as (
    select shared.value, coalesce(atom.survivor_id, atom.customer_id) as customer_id
    from customers.shared
    inner join customers.claim on claim.kind = shared.kind and claim.value = shared.value
    inner join customers.customer as atom on atom.customer_id = claim.atom_id
    where shared.kind = %(trait)s and (%(source)s = '' or claim.source = %(source)s)
)

select distinct held.customer_id
from held
inner join (select value from held group by value having count(distinct customer_id) > 1) as twice using (value)
where held.customer_id > %(after)s
order by held.customer_id
limit %(limit)s

-- name: stale
-- Customers whose value of a trait was last told before an instant.
select coalesce(atom.survivor_id, atom.customer_id) as customer_id
from customers.standing_trait as trait
inner join customers.customer as atom on atom.customer_id = trait.customer_id
where
    trait.name = %(trait)s and trait.value <> 'null' and (%(source)s = '' or trait.source = %(source)s)
    and coalesce(atom.survivor_id, atom.customer_id) > %(after)s
group by coalesce(atom.survivor_id, atom.customer_id)
having max(trait.occurred_at) <= %(before)s
order by customer_id
limit %(limit)s

-- name: is_contact
-- Whether a trait is an identifier or contact, which is compared in its normal form.
select exists (select from customers.claim where kind = %(trait)s)
