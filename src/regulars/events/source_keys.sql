-- name: assign
-- One source a key; assigning again moves the key.
insert into events.source_key (key_id, source_key) values (%(key_id)s, %(source)s)
on conflict (key_id) do update set source_key = excluded.source_key

-- name: assigned
-- The source a key was given, if any.
select source_key from events.source_key where key_id = %(key_id)s

-- name: all_assigned
-- Every key with a source, by key.
select key_id, source_key from events.source_key order by key_id
