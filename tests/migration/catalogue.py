"""Everything a database's catalogue says of its schemas, as comparable lines."""

from regulars.db import Query, Tx, values

OURS = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"

PARTS = [
    f"""select format('column %%s.%%s.%%s %%s null:%%s default:%%s identity:%%s', n.nspname, c.relname, a.attname,
               format_type(a.atttypid, a.atttypmod), not a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity)
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where {OURS} and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm')""",
    f"""select format('constraint %%s.%%s %%s %%s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid))
        from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
        where {OURS}""",
    f"""select 'index ' || pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indrelid
        join pg_namespace n on n.oid = c.relnamespace where {OURS}""",
    f"""select format('view %%s.%%s %%s', n.nspname, c.relname, pg_get_viewdef(c.oid))
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where {OURS} and c.relkind in ('v', 'm')""",
    f"""select 'function ' || pg_get_functiondef(p.oid) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where {OURS} and p.prokind in ('f', 'p')""",
    f"""select 'trigger ' || pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
        join pg_namespace n on n.oid = c.relnamespace where {OURS} and not t.tgisinternal""",
    f"""select format('sequence %%s.%%s', n.nspname, c.relname)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where {OURS} and c.relkind = 'S'""",
    f"""select format('type %%s.%%s %%s', n.nspname, t.typname, array(select e.enumlabel::text from pg_enum e
               where e.enumtypid = t.oid order by e.enumsortorder))
        from pg_type t join pg_namespace n on n.oid = t.typnamespace where {OURS} and t.typtype in ('e', 'd')""",
]


def catalogue(tx: Tx) -> list[str]:
    return sorted(line for part in PARTS for line in values(tx, Query(part)))
