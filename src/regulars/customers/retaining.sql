-- name: old_traits
select count(*)::bigint as rows, min(occurred_at) as oldest
from customers.trait_value
where %(before)s::timestamptz is null or occurred_at < %(before)s

-- name: forget_traits
delete from customers.trait_value where occurred_at < %(before)s

-- name: old_proofs
-- Proofs of what was said and no longer stands, since something later was said.
select count(*)::bigint as rows, min(consent.occurred_at) as oldest
from customers.consent
where
    consent.erased_at is null and (%(before)s::timestamptz is null or consent.occurred_at < %(before)s)
    and exists (
        select from customers.consent as later
        where
            later.atom_id = consent.atom_id and later.about = consent.about and later.channel = consent.channel
            and later.topic = consent.topic and later.occurred_at > consent.occurred_at
    )

-- name: forget_proofs
update customers.consent
set
    basis = null, purpose = null, wording = null, wording_version = null, ip = null, asked_ip = null, recorded_by = null,
    reason = null, source = '', erased_at = clock_timestamp()  -- wall clock
where
    consent.erased_at is null and consent.occurred_at < %(before)s
    and exists (
        select from customers.consent as later
        where
            later.atom_id = consent.atom_id and later.about = consent.about and later.channel = consent.channel
            and later.topic = consent.topic and later.occurred_at > consent.occurred_at
    )

-- name: old_people
select count(*)::bigint as rows, min(last_seen_at) as oldest
from customers.fact_customer
where %(before)s::timestamptz is null or last_seen_at < %(before)s

-- name: inactive
-- Who was not seen since, the longest away first.
select customer_id from customers.fact_customer where last_seen_at < %(before)s order by last_seen_at, customer_id limit %(limit)s
