-- name: lock_person
-- Holds one person until the transaction ends; what depends on it is read in the next statement.
select person_id from access.person where person_id = %(person_id)s for update

-- name: set_deputy
-- Who stands in, from and to when; all null ends it.
update access.person
set deputy_id = %(deputy_id)s, deputy_from = %(starts_at)s, deputy_to = %(ends_at)s
where person_id = %(person_id)s

-- name: deputising
-- Everybody active for whom one person stands in at an instant, the highest level first.
select
    person_id, email, name, level, function, scope, active, deputy_id, deputy_from, deputy_to, has_password, created_at
from access.person_shown
where deputy_id = %(person_id)s and deputy_from <= %(at)s and %(at)s < deputy_to and active
order by level desc, person_id
