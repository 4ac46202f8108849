-- name: people
-- Everybody, or only who is active or only who is not; by name.
select
    person_id, email, name, level, function, scope, active, deputy_id, deputy_from, deputy_to, has_password, created_at
from access.person_shown
where %(active)s::boolean is null or active = %(active)s
order by name, person_id

-- name: person
-- One person.
select
    person_id, email, name, level, function, scope, active, deputy_id, deputy_from, deputy_to, has_password, created_at
from access.person_shown
where person_id = %(person_id)s

-- name: person_by_email
-- One person by the folded address.
select
    person_id, email, name, level, function, scope, active, deputy_id, deputy_from, deputy_to, has_password, created_at
from access.person_shown
where email_folded = %(email_folded)s

-- name: lock_person
-- Holds one person until the transaction ends; what depends on it is read in the next statement.
select person_id from access.person where person_id = %(person_id)s for update

-- name: add_person
-- Gives the new person's number, and nothing when the address is taken.
insert into access.person (email, email_folded, name, level, function, scope, created_at)
values (%(email)s, %(email_folded)s, %(name)s, %(level)s, %(function)s, %(scope)s, %(at)s)
on conflict (email_folded) do nothing
returning person_id

-- name: change_person
-- What may be changed about a person.
update access.person
set name = %(name)s, level = %(level)s, function = %(function)s, scope = %(scope)s, active = %(active)s
where person_id = %(person_id)s

-- name: count_managers
-- How many active people can manage people.
select count(*) from access.person where active and function = any(%(functions)s) and level >= %(level)s

-- name: end_access
-- Ends every session and takes back every invitation of one person.
with taken_back as (
    delete from access.once where person_id = %(person_id)s
)
update access.session set ended_at = %(now)s where person_id = %(person_id)s and ended_at is null
