-- name: visible
-- One's own and shared views, one's own first.
select view_id, owner_id, owner_name, name, filters, columns, shared, is_default, changed_at
from customers.saved_view
where owner_id = %(person_id)s or shared
order by owner_id <> %(person_id)s, name, view_id

-- name: get
select view_id, owner_id, owner_name, name, filters, columns, shared, is_default, changed_at
from customers.saved_view
where view_id = %(view_id)s and (owner_id = %(person_id)s or shared)

-- name: no_default
update customers.saved_view set is_default = false where owner_id = %(person_id)s and is_default

-- name: put
-- The same name again replaces the view.
insert into customers.saved_view
    (owner_id, owner_name, name, filters, columns, shared, is_default, changed_at)
values
    (%(person_id)s, %(owner_name)s, %(name)s, %(filters)s, %(columns)s, %(shared)s, %(is_default)s, %(at)s)
on conflict (owner_id, name) do update
set
    filters = excluded.filters, columns = excluded.columns, shared = excluded.shared,
    is_default = excluded.is_default, changed_at = excluded.changed_at
returning view_id, owner_id, owner_name, name, filters, columns, shared, is_default, changed_at

-- name: drop
delete from customers.saved_view where view_id = %(view_id)s and owner_id = %(person_id)s
