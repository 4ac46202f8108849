-- name: tell_order
insert into checkout.told_order (order_key, customer_id, fields, told_at)
values (%(order_key)s, %(customer_id)s, %(fields)s, %(at)s)
on conflict (order_key) do nothing
returning order_key

-- name: wall_clock
-- The till's own moment, where the workspace's clock stands still.
select clock_timestamp()  -- wall clock

-- name: told_order
select fields from checkout.told_order
where order_key = %(order_key)s

-- name: tell_refund
insert into checkout.told_refund (order_key, refund_key, fields, told_at)
values (%(order_key)s, %(refund_key)s, %(fields)s, %(at)s)
on conflict (order_key, refund_key) do nothing
returning order_key

-- name: told_refund
select fields from checkout.told_refund
where order_key = %(order_key)s and refund_key = %(refund_key)s
