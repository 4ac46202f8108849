-- name: standing
-- The traits of a person that stand, each with where it came from and how many other values are kept of it.
select distinct on (trait.name)
    trait.name, trait.value, trait.occurred_at, trait.position,
    coalesce(trait.source, event.source, '') as source,
    coalesce(trait.origin, '') as origin,
    coalesce(event.context #>> '{provenance,by}', '') as by,
    trait.expires_at, true as fits, true as stands,
    (
        select count(*) from customers.trait_value as former
        where
            former.name = trait.name and former.customer_id = any(%(atoms)s)
            and (former.value <> trait.value or not former.fits)
    )::integer as former,
    (
        select count(*) from customers.trait_value as former
        where former.name = trait.name and former.customer_id = any(%(atoms)s) and not former.fits
    )::integer as unfit
from customers.standing_trait as trait
left join log.fact_event as event
    on event.position = trait.position and (trait.source is null or trait.origin is not null)
where trait.customer_id = any(%(atoms)s)
order by trait.name, trait.occurred_at desc, trait.position desc

-- name: history
-- Every value kept of one trait of a person, the latest occurred first.
select
    kept.name, kept.value, kept.occurred_at, kept.position, coalesce(kept.source, event.source, '') as source,
    coalesce(kept.origin, '') as origin, coalesce(event.context #>> '{provenance,by}', '') as by,
    kept.expires_at, kept.fits,
    kept.present and row_number() over (
        order by kept.present desc, kept.occurred_at desc, kept.position desc
    ) = 1 as stands,
    0 as former, 0 as unfit
from (
    select name, value, occurred_at, position, source, origin, expires_at, true as fits, true as present
    from customers.standing_trait
    where customer_id = any(%(atoms)s) and name = %(name)s
    union all
    select name, value, occurred_at, position, source, origin, expires_at, fits, false as present
    from customers.trait_value
    where customer_id = any(%(atoms)s) and name = %(name)s
) as kept
left join log.fact_event as event on event.position = kept.position
order by kept.occurred_at desc, kept.position desc
limit %(limit)s

-- name: unfit_names
-- Traits of a person of which values were told that do not fit, where none stands.
select distinct name from customers.trait_value
where customer_id = any(%(atoms)s) and not fits
order by name

-- name: typed
-- A value as a declared type has it; SQL null when it does not fit.
select customers.typed(%(value)s::jsonb, %(type)s)

-- name: known
-- The customers behind many identifiers of one kind; of a contact that several persons share, nobody.
select value, customer_id from customers.identifier where kind = %(kind)s and value = any(%(values)s)
union all
select claim.value, min(person.person_id) as customer_id
from customers.claim
inner join customers.fact_person as person on person.customer_id = claim.atom_id
where claim.kind = %(kind)s and claim.value = any(%(values)s)
group by claim.value
having count(distinct person.person_id) = 1
