-- name: reject
-- One event that could not be stored, kept as text.
insert into log.reject (stage, reason, payload) values ('append', %(reason)s, %(payload)s)
