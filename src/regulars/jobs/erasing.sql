-- name: jobs_telling
select id, concat_ws(chr(31), args, result, error, message, key)
from jobs.job
where state in ('done', 'failed', 'cancelled')

-- name: erase
-- What ended jobs were given and said, where it names the person; a job that is not over keeps what it needs.
update jobs.job
set args = '{}', result = null, error = null, message = '', key = null
where
    id = any(%(ids)s::bigint[]) and state in ('done', 'failed', 'cancelled')
    and (
        args::text ~* %(pattern)s or result::text ~* %(pattern)s or error ~* %(pattern)s or message ~* %(pattern)s
        or key ~* %(pattern)s
    )
