#!/usr/bin/env bash
# Make the virtual environment with the given Python.
set -euo pipefail
python=${1:-}
if [ -z "$python" ] || ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Python 3.11 or newer was asked, and ${python:-none} was found. Install it, or say where it is: make PYTHON=/path/to/python3.11" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    "$(dirname "$0")/packages.sh" python3-venv
fi
echo "Making the virtual environment with $("$python" --version)"
rm -rf .venv
"$python" -m venv .venv
