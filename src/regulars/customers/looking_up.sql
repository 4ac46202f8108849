-- name: candidates
-- Whose terms begin so, after a place in the order of terms, by each way in which a term is found, so many of each way.
-- An id or number counts for the person it belongs to now.
with recursive kind as (  -- Of claims: the first of each by index, for there are few.
    (select kind from customers.claim where %(phone)s::text is not null order by kind limit 1)
    union all
    select (select claim.kind from customers.claim where claim.kind > kind.kind order by claim.kind limit 1)
    from kind
    where kind.kind is not null
)

(
    select 'term' as way, term, customer_id
    from customers.search_term
    where
        term >= %(low)s and term < %(past)s
        and (%(term)s::text is null or (term, customer_id) > (%(term)s, %(customer_id)s::bigint))
    order by term, customer_id
    limit %(reach)s
)
union all
(
    select 'email', email_folded, customer_id
    from customers.customer
    where
        email_folded >= %(low)s and email_folded < %(past)s and char_length(email_folded) <= %(signs_max)s
        and (%(term)s::text is null or (email_folded, customer_id) > (%(term)s, %(customer_id)s::bigint))
    order by email_folded, customer_id
    limit %(reach)s
)
union all
select found.*
from (values ('user_id'), ('anonymous_id')) as own (kind)
cross join lateral (
    select own.kind as way, identifier.value as term, person.person_id
    from customers.identifier
    cross join lateral (
        select person_id from customers.fact_person where fact_person.customer_id = identifier.customer_id
        offset 0  -- By index, never the whole table.
    ) as person
    where
        identifier.kind = own.kind and identifier.value >= %(low)s and identifier.value < %(past)s
        and customers.is_plain_term(identifier.value)
        and (%(term)s::text is null or (identifier.value, person.person_id) > (%(term)s, %(customer_id)s::bigint))
    order by identifier.value
    limit %(reach)s
) as found
union all
select found.*
from kind
cross join lateral (
    select 'phone ' || kind.kind as way, substr(claim.value, 2) as term, person.customer_id
    from customers.claim
    cross join lateral (
        select survivor.customer_id
        from customers.fact_person as atom
        inner join customers.customer as survivor on survivor.customer_id = atom.person_id
        where atom.customer_id = claim.atom_id and survivor.phone = claim.value
        offset 0
    ) as person
    where
        claim.kind = kind.kind and claim.value >= '+' || %(low)s and claim.value < '+' || %(past)s
        and claim.value collate "C" ~ '^[+][1-9][0-9]{6,14}$'
        and (
            %(term)s::text is null
            or (substr(claim.value, 2), person.customer_id) > (%(term)s, %(customer_id)s::bigint)
        )
    order by claim.value, claim.atom_id
    limit %(reach)s
) as found
where kind.kind is not null

-- name: found
-- Of candidates in order, each customer once, at the first of their terms that begins so. The further words must each
-- begin a term of the same customer. For whom contact details are masked, an address or number is found by its whole
-- only, or it could be guessed by letters.
select
    hit.term, c.customer_id, c.user_id, c.name, c.email, c.phone, c.created_at, c.first_seen_at, c.last_seen_at,
    c.traits, c.test
from unnest(%(terms)s::text[], %(ids)s::bigint[]) with ordinality as hit (term, customer_id, nth)
cross join lateral (
    select
        *, left(email_folded, %(signs_max)s) as address,
        left(regexp_replace(phone, '[^0-9]+', '', 'g'), %(signs_max)s) as number
    from customers.fact_customer
    where fact_customer.customer_id = hit.customer_id
    offset 0
) as c
cross join lateral (
    select
        array_agg(every.term) as terms,
        array_agg(
            %(contacts)s or not (
                strpos(every.term, '@') > 0 or every.term = coalesce(c.address, '') or every.term = coalesce(c.number, '')
            )
        ) as open
    from (
        select term from customers.search_term where search_term.customer_id = c.customer_id
        union all
        select c.email_folded where char_length(c.email_folded) <= %(signs_max)s
        union all
        select c.number collate "C" where c.phone ~ '^[+][1-9][0-9]{6,14}$'
        union all
        select own.value
        from customers.customer as atom
        cross join lateral (
            select value from customers.identifier where identifier.customer_id = atom.customer_id
            offset 0
        ) as own
        where coalesce(atom.survivor_id, atom.customer_id) = c.customer_id and customers.is_plain_term(own.value)
    ) as every
) as known
where
    (
        %(contacts)s or hit.term = %(first)s
        or not (
            strpos(hit.term, '@') > 0 or hit.term = coalesce(c.address, '') or hit.term = coalesce(c.number, '')
        )
    )
    and not exists (
        select from unnest(known.terms, known.open) as earlier (term, open)
        where
            earlier.term collate "C" >= %(first)s and earlier.term collate "C" < hit.term
            and (earlier.open or earlier.term = %(first)s)
    )
    and not exists (
        select from unnest(%(further)s::text[], %(further_ends)s::text[]) as word (first, past)
        where not exists (
            select from unnest(known.terms, known.open) as other (term, open)
            where
                other.term collate "C" >= word.first and other.term collate "C" < word.past
                and (other.open or other.term = word.first)
        )
    )
order by hit.nth
limit %(limit)s
