-- name: credentials
-- What a password is checked against.
select person_id, active, password_hash from access.person where email_folded = %(email_folded)s

-- name: keep_password
-- Keeps a password's hash.
update access.person set password_hash = %(password_hash)s where person_id = %(person_id)s

-- name: anybody
-- Whether there is a first person yet.
select exists (select from access.person)

-- name: hand_out
-- Keeps the hash of a one-time token.
insert into access.once (token_hash, purpose, person_id, expires_at)
values (%(token_hash)s, %(purpose)s, %(person_id)s, %(expires_at)s)

-- name: take_back
-- Every token of a purpose, of one person or of nobody.
delete from access.once where purpose = %(purpose)s and person_id is not distinct from %(person_id)s::bigint

-- name: invited
-- Whom a living invitation is for.
select person_id from access.once
where token_hash = %(token_hash)s and purpose = 'invitation' and expires_at > %(now)s

-- name: redeem
-- Uses a token up; of two at once, one.
delete from access.once
where token_hash = %(token_hash)s and purpose = %(purpose)s and expires_at > %(now)s

-- name: forget_old
-- Tokens past their time.
delete from access.once where expires_at <= %(now)s
