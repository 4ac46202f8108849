-- name: solo
-- Whether this is a company of one.
select solo from access.workspace

-- name: lock_workspace
-- The same, and nobody else changes who is active until the transaction ends.
select solo from access.workspace for update

-- name: set_solo
-- Make it a company of one, or end that.
update access.workspace set solo = %(solo)s

-- name: count_active
-- How many people are active.
select count(*) from access.person where active

-- name: zone
select zone from access.workspace

-- name: set_zone
update access.workspace set zone = %(zone)s
