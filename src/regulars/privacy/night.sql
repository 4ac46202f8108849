-- name: left
select exists (select from privacy.erasure where state = 'erased')
