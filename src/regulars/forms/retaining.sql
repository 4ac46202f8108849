-- name: old
select count(*)::bigint as rows, min(submitted_at) as oldest
from forms.submission
where answers is not null and (%(before)s::timestamptz is null or submitted_at < %(before)s)

-- name: forget
update forms.submission
set answers = null, state = case when state = 'pending' then 'expired' else state end
where answers is not null and submitted_at < %(before)s
