#!/usr/bin/env bash
# Install the locked packages (run or dev) and this package into the virtual environment.
set -euo pipefail
which=$1
echo "Installing the packages of requirements/$which.txt (about half a minute)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "requirements/$which.txt"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
touch ".venv/$which.stamp"
if [ "$which" = dev ]; then touch .venv/run.stamp; fi
