-- name: server
-- What the server says of itself.
select current_setting('server_version') as version, current_setting('server_version_num')::integer as number,
       current_setting('server_encoding') as encoding, current_setting('max_connections')::integer as connections,
       clock_timestamp() as clock  -- wall clock

-- name: limit_time
-- A look must not become a load.
select set_config('statement_timeout', %(milliseconds)s::text, true)
