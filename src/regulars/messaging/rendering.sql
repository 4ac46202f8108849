-- name: title
select body ->> 'title' from definitions.fact_live where kind = %(kind)s and key = %(key)s
