-- name: hold_placed
-- The position up to which pieces are noted; nobody else notes, or changes what is noted, until the transaction ends.
select end_position from log.placed for update

-- name: hold_placed_or_pass
-- The same, where nobody else has it, and the first position that is not booked yet.
select placed.end_position, sequencer.next_position
from log.placed cross join log.sequencer
for update of placed skip locked

-- name: put_places
-- Note whose events stand in a piece.
insert into log.place (customer_id, first_position, end_position, last_at)
select customer_id, %(first_position)s::bigint, %(end_position)s::bigint, max(occurred_at)
from log.event
where position >= %(first_position)s and position < %(end_position)s and customer_id is not null
group by customer_id
order by customer_id

-- name: set_placed
update log.placed set end_position = %(end_position)s

-- name: forget_places
-- Of a piece, nothing is noted.
delete from log.place where first_position = %(first_position)s

-- name: forget_places_before
-- The same of those that end at a position.
delete from log.place where first_position <= %(to)s and end_position <= %(to)s + 1

-- name: forget_places_of
delete from log.place where customer_id = any(%(atoms)s::bigint[])
