-- Why: whoever waits for another day of a warm-up plan is looked for whenever nothing else of a source is due.
-- On 10M rows: one pass over the table, some 10 s; the index holds only who waits, at first nobody.
-- Undo: drop index messaging.send_warming.

create index send_warming on messaging.send (source_id, not_before) where state = 'queued' and reason = 'warm_up';
