-- name: submissions
select
    submission.at, submission.how, submission.locale, choice.about, choice.channel, choice.topic, choice.given,
    choice.until, choice.every_days
from preferences.submission
left join preferences.choice using (submission_id)
where submission.atom_id = any(%(atoms)s::bigint[])
order by submission.submission_id, choice.about, choice.channel, choice.topic

-- name: requests
select asked_at, mailed_at, language
from preferences.link_request
where atom_id = any(%(atoms)s::bigint[]) or address_hash = any(%(hashes)s::bytea[])
order by request_id

-- name: erase_submissions
delete from preferences.submission where atom_id = any(%(atoms)s::bigint[])

-- name: erase_requests
-- Also those that were asked for by an address nobody had then.
delete from preferences.link_request
where atom_id = any(%(atoms)s::bigint[]) or address_hash = any(%(hashes)s::bytea[])
