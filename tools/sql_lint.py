"""Check the SQL files: business time is an argument, PostgreSQL 15 suffices, rooms keep to their tables."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "regulars"

CLOCK = re.compile(
    r"\b(now\s*\(|current_timestamp|current_date|current_time|localtimestamp|localtime"
    r"|(clock|statement|transaction)_timestamp\s*\()",
    re.IGNORECASE,
)
FORBIDDEN = {
    r"\buuidv[47]\s*\(": "is newer than PostgreSQL 15",
    r"\bany_value\s*\(": "is newer than PostgreSQL 15",
    r"\bjson_(table|exists|value|query|scalar|serialize)\b": "is newer than PostgreSQL 15",
    r"\barray_(sort|reverse|shuffle|sample)\s*\(": "is newer than PostgreSQL 15",
    r"\brandom\s*\(\s*[^)\s]": "with bounds is newer than PostgreSQL 15",
    r"\breturning\s+(with|old\b|new\b)": "is newer than PostgreSQL 15",
    r"\bmerge\s+into\b(?s:.)*\breturning\b": "is newer than PostgreSQL 15",
    r"\bwithout\s+overlaps\b|\bvirtual\b": "is newer than PostgreSQL 15",
    r"(?-i:\bE)'[^']*\\v": "means vertical tab only since PostgreSQL 16, before that the letter: write \\x0b",
    r"\bprovider\s*=\s*(icu|builtin)|-x-icu\b": "is not in every server: the embedded one has no ICU",
    r"\bcreate\s+extension\b(?!.*plpgsql)": "is not in the embedded server",
    r"\b(crypt|digest|hmac|gen_salt)\s*\(": "is not in the embedded server",
    r"\blz4\b": "is not in the embedded server",
    r"\bilike\b": "folds by the server's locale: fold in Python into a column of its own",
}
PUBLISHED_FUNCTIONS = {("log", "append"), ("log", "places_of")}


def layers() -> dict[str, int]:
    """Each room's height, from the import contract: a larger number is higher."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    lines = list(reversed(contract["layers"]))
    return {
        re.sub(r"[()\s]|regulars\.", "", room): height
        for height, line in enumerate(lines)
        for room in line.split("|")
    }


def room_of(path: Path) -> str:
    if path.parent.name == "migrations":
        return path.stem[5:].split("_")[0]
    return path.relative_to(PACKAGE).parts[0]


def findings(path: Path, text: str, heights: dict[str, int]) -> list[str]:
    found = []
    bare = "\n".join(line.split("--")[0] for line in text.split("\n"))
    for number, (line, code) in enumerate(zip(text.split("\n"), bare.split("\n"), strict=True), 1):
        if CLOCK.search(code) and "-- wall clock" not in line:
            found.append(
                f"{path}:{number}: the business time is an argument; a wall-clock table says so behind it"
            )
    for pattern, why in FORBIDDEN.items():
        for match in re.finditer(pattern, bare, re.IGNORECASE):
            number = bare[: match.start()].count("\n") + 1
            found.append(f"{path}:{number}: {match.group(0).split()[0]} {why}")
    return found + foreign(path, bare, heights)


def foreign(path: Path, bare: str, heights: dict[str, int]) -> list[str]:
    room, found = room_of(path), []
    # What a migration founds for a second room.
    founded = re.findall(r"^create schema ([a-z]+);", bare, re.MULTILINE)
    for match in re.finditer(r"(?<![\w.'])([a-z]+)\.([a-z_]+)\b", bare):
        other, thing = match.groups()
        if other == room or other in founded or other not in heights or other in ("db", "kernel", "settings"):
            continue
        number = bare[: match.start()].count("\n") + 1
        if not thing.startswith("fact_") and (other, thing) not in PUBLISHED_FUNCTIONS:
            found.append(f"{path}:{number}: {other}.{thing} belongs to {other}; read its views named fact_…")
        elif heights.get(room, 99) <= heights[other]:
            found.append(f"{path}:{number}: {room} stands below {other} and cannot read from it")
    return found


def main() -> int:
    heights = layers()
    found = []
    for path in sorted(PACKAGE.rglob("*.sql")):
        if "procrastinate" in path.name:
            continue  # The library's own schema, checked against the installed version by a test.
        found += findings(path, path.read_text(encoding="utf-8"), heights)
    for line in found:
        print(line.replace(f"{ROOT}/", ""))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
