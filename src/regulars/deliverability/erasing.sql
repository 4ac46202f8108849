-- name: erase_bounces
-- That something came back stays for the figures; what it said and whose address it was goes.
update deliverability.bounce
set address_hash = null, domain = '', detail = ''
where atom_id = any(%(atoms)s::bigint[]) and (address_hash is not null or domain <> '' or detail <> '')

-- name: erase_mail
-- What was kept of mails that name the person; that it came stays, so that it is not taken again.
update deliverability.mail
set address = '', excerpt = '', reason = case when reason ~* %(pattern)s then '' else reason end, outcome = 'ignored'
where address ~* %(pattern)s or excerpt ~* %(pattern)s or reason ~* %(pattern)s

-- name: erase_problems
update deliverability.mailbox_state set problem = null where problem ~* %(pattern)s

-- name: held_bounces
select kind, domain, code, detail, at from deliverability.bounce
where atom_id = any(%(atoms)s::bigint[])
order by bounce_id

-- name: held_mail
select via, received_at, kind, reason, address, excerpt from deliverability.mail
where address ~* %(pattern)s or excerpt ~* %(pattern)s
order by mail_id
