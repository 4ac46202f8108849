"""JSON: one object a line, or one list of objects; its keys become columns."""

import re
from collections.abc import Iterator
from pathlib import Path

from regulars.imports import duck
from regulars.imports.csv_rows import COLUMNS_MAX
from regulars.imports.duck import Duck
from regulars.imports.errors import unreadable

LINE_BYTES_MAX = 16_000_000
BROKEN_BYTES_MAX = 256 * 1024**2
TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]')


def write_rows(db: Duck, file: Path, into: Path, name: str, *, is_list: bool) -> list[str]:
    """Every object with its number, its top-level keys as columns; gives their names."""
    lines = into.with_suffix(".lines.parquet")
    if is_list:
        _write_elements(db, file, lines, name)
    else:
        _write_lines(db, file, lines)
    found = duck.rows(
        db,
        "select k from (select unnest(json_keys(line)) as k, row from read_parquet(?) where problem is null) "
        f"group by k order by min(row), count(*) desc limit {COLUMNS_MAX + 1}",
        str(lines),
    )
    names = [str(key) for (key,) in found if "\0" not in key]
    if not names:
        raise unreadable(f"{name} holds no JSON object; give one object a line, or a list of objects.")
    if len(names) > COLUMNS_MAX:
        raise unreadable(f"{name} has more than {COLUMNS_MAX:,} keys at its top; put lists below one key.")
    cells = ", ".join(
        f"json_extract_string(line, {duck.text(_place(key))}) as c{n}" for n, key in enumerate(names)
    )
    db.execute(
        f"copy (select row, problem, {cells} from read_parquet({duck.path(lines)}) order by row) "
        f"to {duck.path(into)} (format parquet, row_group_size 50000)"
    )
    lines.unlink()
    return names


def _place(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _write_lines(db: Duck, file: Path, into: Path) -> None:
    reading = (
        f"read_csv({duck.path(file)}, auto_detect=false, header=false, delim='\x01', quote='', escape='', "
        f"columns={{line: 'VARCHAR'}}, max_line_size={LINE_BYTES_MAX})"
    )
    try:
        _copy_lines(
            db, f"select row_number() over () as row, line, null::varchar as told from {reading}", into
        )
    except duck.Failed:
        clean = into.with_suffix(".clean.csv")
        _with_care(file, clean)
        reading = (
            f"read_csv({duck.path(clean)}, auto_detect=false, header=false, delim='\x01', quote='', "
            "escape='', "
            f"columns={{row: 'VARCHAR', line: 'VARCHAR', told: 'VARCHAR'}}, "
            f"max_line_size={2 * LINE_BYTES_MAX})"
        )
        _copy_lines(db, f"select row::bigint as row, line, nullif(told, '') as told from {reading}", into)
        clean.unlink()


def _copy_lines(db: Duck, select: str, into: Path) -> None:
    db.execute(
        f"""copy (
            select row, case when problem is null then line end as line, problem
            from (
                select row, line, case
                    when told is not null then told
                    when not json_valid(line) then 'json:' || line[:300]
                    when json_type(line) <> 'OBJECT' then 'object:' || line[:300]
                end as problem
                from ({select})
                where trim(coalesce(line, ''), ' ' || chr(9) || chr(13)) <> '' or told is not null
            )
        ) to {duck.path(into)} (format parquet, row_group_size 50000)"""
    )


def _with_care(file: Path, into: Path) -> None:
    with (
        file.open(encoding="utf-8-sig", errors="replace", newline="\n") as lines,
        into.open("w", encoding="utf-8") as clean,
    ):
        for number, line in enumerate(lines, 1):
            plain = line.rstrip("\r\n").replace("\x01", "\ufffd")
            huge = len(plain) > LINE_BYTES_MAX // 4
            clean.write(
                f"{number}\x01{'null' if huge else plain}\x01{f'huge:{len(plain)}' if huge else ''}\n"
            )


def _write_elements(db: Duck, file: Path, into: Path, name: str) -> None:
    reading = f"read_json_objects({duck.path(file)}, format='array', maximum_object_size={LINE_BYTES_MAX})"
    told = "row_number() over () as row, json::varchar as line, null::varchar as told"
    try:
        _copy_lines(db, f"select {told} from {reading}", into)
    except duck.Failed:
        if file.stat().st_size > BROKEN_BYTES_MAX:
            raise unreadable(
                f"{name} is a JSON list that is broken somewhere, and too large to look for the place. "
                "Export it as JSON Lines, one object a line."
            ) from None
        lines = into.with_suffix(".lines.jsonl")
        with lines.open("w", encoding="utf-8") as written:
            for element in _elements(file.read_text(encoding="utf-8-sig", errors="replace")):
                written.write(" ".join(element.split("\n")).replace("\r", " ") + "\n")
        _write_lines(db, lines, into)
        lines.unlink()


def _elements(text: str) -> Iterator[str]:
    """The texts between the commas of the outermost list: one that is broken costs itself alone."""
    depth, start = 0, 0
    for token in TOKENS.finditer(text):
        sign = token.group()
        if sign in ("[", "{"):
            depth += 1
            start = token.end() if depth == 1 else start
        elif sign in ("]", "}"):
            depth -= 1
        if (sign == "," and depth == 1) or (sign == "]" and depth == 0):
            yield text[start : token.start()].strip()
            start = token.end()
    if text[start:].strip():
        yield text[start:].strip()
