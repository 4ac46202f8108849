"""Run one bench, or all of them and write their figures into docs/performance.md."""

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "performance.md"
START, END = "<!-- figures: start -->", "<!-- figures: end -->"


def names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem != "run" and path.stem[0] != "_")


def measure(name: str, size: str) -> dict[str, Any]:
    """Run a bench, showing what it prints; its last line is one JSON object."""
    print(f"== {name} ({size})", file=sys.stderr, flush=True)
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    command = [sys.executable, str(HERE / f"{name}.py"), "--size", size]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def shown(figure: object) -> str:
    if isinstance(figure, float):
        return f"{figure:,.3g}" if abs(figure) < 100 else f"{figure:,.0f}"
    return f"{figure:,}" if isinstance(figure, int) else str(figure)


def table(results: list[dict[str, Any]]) -> str:
    lines = ["| bench | ours | reference | ratio | further figures |", "| --- | --: | --: | --: | --- |"]
    for result in results:
        rest = [
            f"{k} {shown(v)}" for k, v in result.items() if k not in ("name", "ours", "reference", "ratio")
        ]
        first = [shown(result.get(key, "")) for key in ("ours", "reference", "ratio")]
        lines.append(f"| `{result['name']}` | {' | '.join(first)} | {'; '.join(rest)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", choices=names())
    # Medium is what few have: name the bench.
    parser.add_argument("--size", choices=["small", "medium", "full"], default="small")
    asked = parser.parse_args()
    if asked.name:
        print(json.dumps(measure(asked.name, asked.size)))
        return
    results = [measure(name, asked.size) for name in names()]
    machine = f"Measured on {os.cpu_count()} cores, Python {platform.python_version()}, size {asked.size}."
    before, rest = PAGE.read_text(encoding="utf-8").split(START)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{START}\n{machine}\n\n{table(results)}\n{END}{after}", encoding="utf-8")
    print(json.dumps(results))


if __name__ == "__main__":
    main()
