-- name: head
-- The log's end, and what stands between a position and it.
select coalesce(max(position), 0) as head,
       (select received_at from log.fact_event where position > %(watermark)s order by position limit 1) as waits_since
from log.fact_event

-- name: chunks
-- Chunks the lake holds, and of these the ones that something touched since.
select name, count(*) as chunks,
       count(*) filter (where exists (
           select from analytics.touched where touched.name = cold.name and touched.chunk = cold.chunk)) as warm
from analytics.cold group by name

-- name: open_erasures
select count(*) from analytics.erasure where done_at is null
