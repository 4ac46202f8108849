#!/usr/bin/env bash
# All tests in two lanes side by side, one a core: what runs in a browser and in processes of its own, and the rest.
# Each lane has its own servers and folders. With one core, the lanes come one after the other.
set -uo pipefail
cd "$(dirname "$0")/.."
pytest=.venv/bin/pytest
told=$(mktemp)
lane=
.venv/bin/python -m compileall -q src # Hundreds of processes load it, and not every machine keeps what it compiled.
trap 'rm -f "$told"; [ -z "$lane" ] || kill -- "-$lane" 2>/dev/null' EXIT

rest() {
  echo "== integration and migration tests on the distribution's PostgreSQL"
  # The API has no SQL of its own: what it calls is tested room by room.
  $pytest -q --postgres system --ignore tests/integration/api tests/integration tests/migration
  local on_system=$?
  echo "== unit, integration and migration tests on the embedded PostgreSQL"
  $pytest -q tests/unit tests/integration tests/migration && return $on_system
}

if [ "$(nproc)" -gt 1 ]; then
  set -m # The lane is a process group of its own, so that it can be ended as a whole.
  rest >"$told" 2>&1 &
  lane=$!
  set +m
fi
echo "== acceptance tests"
$pytest -q tests/acceptance
acceptance=$?
if [ -n "$lane" ]; then
  wait "$lane"
  others=$?
  lane=
  cat "$told"
else
  rest
  others=$?
fi
exit $((acceptance != 0 || others != 0))
