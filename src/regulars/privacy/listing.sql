-- name: back_again
-- People of whom an identifier is on the list and who are older than their erasure. An erasure that the database knows of
-- is over or goes on: who has the identifier there took it afterwards, also with a profile that is older.
with listed as materialized (
    select kind, hash, max(erased_at) as erased_at
    from unnest(%(kinds)s::text[], %(hashes)s::bytea[], %(instants)s::timestamptz[]) as given (kind, hash, erased_at)
    group by kind, hash
)

select distinct person.person_id as customer_id
from listed
inner join customers.fact_identifier as known
    on known.kind = listed.kind and privacy.hash_of(known.kind, known.value) = listed.hash
inner join customers.fact_person as person on person.customer_id = known.customer_id
where
    known.created_at < listed.erased_at
    and not exists (
        select from privacy.erased
        where erased.kind = listed.kind and erased.hash = listed.hash and erased.erased_at >= listed.erased_at
    )
order by 1

-- name: decide_asked
update privacy.erasure
set state = 'waiting', decided_by = %(by)s, starts_at = %(at)s
where customer_id = any(%(customer_ids)s::bigint[]) and state = 'asked'
