-- name: erase
-- Requests that concern some customers or name them; what asks for the erasure itself holds numbers only.
update access.approval
set
    preview = '{}', reason = '',
    subject = regexp_replace(subject, %(over)s, 'erased', 'gi'),
    closed_at = case when state = 'pending' then requested_at else closed_at end,
    state = case when state = 'pending' then 'withdrawn' else state end
where
    action <> 'privacy.erase'
    and (
        split_part('/' || subject, '/', -1) = any(%(subjects)s::text[])
        or preview::text ~* %(pattern)s or reason ~* %(pattern)s or subject ~* %(pattern)s
    )

-- name: erase_comments
update access.verdict set comment = 'erased' where comment ~* %(pattern)s
