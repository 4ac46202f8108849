-- name: clock
select mode, stands_at from log.clock

-- name: hold_clock
select clock.mode, clock.stands_at, nullif(sequencer.booked_at, '-infinity') as booked_at
from log.clock cross join log.sequencer
for update of clock

-- name: stand
update log.clock set mode = 'standing', stands_at = %(at)s

-- name: let_run
update log.clock set mode = 'wall', stands_at = null
