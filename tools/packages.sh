#!/usr/bin/env bash
# Install Debian packages that are not there yet; as an ordinary user through sudo, or say what to install.
set -euo pipefail
missing=()
for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root=(sudo -n)
    else
        echo "These Debian packages are needed and only root can install them: ${missing[*]}. Run: apt-get install ${missing[*]}" >&2
        exit 1
    fi
fi
echo "Installing the Debian packages ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
# The tests start servers of their own, so the distribution's is not started.
"${as_root[@]}" mkdir -p /etc/postgresql-common
printf 'create_main_cluster = false\n' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
