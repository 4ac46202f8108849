-- name: add
insert into deliverability.dkim_key (domain, selector, algorithm, public_key, made_at, made_by)
values (%(domain)s, %(selector)s, %(algorithm)s, %(public_key)s, %(made_at)s, %(made_by)s)

-- name: taken
select selector from deliverability.dkim_key where domain = %(domain)s

-- name: of_domain
select domain, selector, algorithm, public_key, made_at, made_by
from deliverability.dkim_key
where domain = %(domain)s
order by made_at desc, selector

-- name: forget
delete from deliverability.dkim_key where domain = %(domain)s and selector = %(selector)s
