"""Lock the dependencies with hashes, or check that the lock is in step with pyproject.toml."""

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGETS = {
    "run.txt": ["--extra", "demo", "--group", "build"],
    "dev.txt": ["--extra", "demo", "--group", "build", "--group", "dev"],
    "spark.txt": ["--extra", "demo", "--extra", "spark", "--group", "build"],
}


def fingerprint() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [
        project["project"]["dependencies"],
        project["project"]["optional-dependencies"],
        project["dependency-groups"],
        project["project"]["requires-python"],
    ]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]


def head() -> str:
    return (
        f"# Made by `make lock` from pyproject.toml; its dependencies have the fingerprint {fingerprint()}.\n"
    )


def lock(name: str, options: list[str]) -> None:
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *options]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--quiet"]
    compiled = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    (ROOT / "requirements" / name).write_text(head() + compiled)


def main() -> int:
    if "--check" in sys.argv:
        stale = [n for n in TARGETS if not (ROOT / "requirements" / n).read_text().startswith(head())]
        for name in stale:
            print(f"requirements/{name} is not in step with pyproject.toml: run `make lock` and commit it.")
        return 1 if stale else 0
    for name, options in TARGETS.items():
        lock(name, options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
