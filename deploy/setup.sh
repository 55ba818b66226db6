# Sourced by the commands of deploy/: installs what is missing, and says so. Works as root and as a user with sudo.
# Knows no command's purpose; each names the packages and the lock that it needs.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="$ROOT/.venv"
PYTHON="${PYTHON:-python3}"

say() { printf '\033[1m▸ %s\033[0m\n' "$*" >&2; }

give_up() {
    printf '✗ %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        give_up "this needs root for: $* — run it as root, or install sudo"
    fi
}

# need_packages PACKAGE… installs Debian packages that are missing, without starting their services.
need_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    say "Installing Debian packages: ${missing[*]}"
    local policy=/usr/sbin/policy-rc.d own_policy=
    if [ ! -e "$policy" ]; then
        # Packages must not start servers of their own on this machine: 101 is 'action forbidden'.
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        own_policy=1
    fi
    local failed= log
    log="$(mktemp)"
    {
        as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
    } >"$log" 2>&1 || failed=1
    [ -z "$own_policy" ] || as_root rm -f "$policy"
    if [ -n "$failed" ]; then
        tail -n 15 "$log" >&2
        give_up "could not install: ${missing[*]} — try: apt-get install ${missing[*]}"
    fi
    rm -f "$log"
}

# need_venv LOCK makes the project's virtual environment hold what LOCK names, by hash, and the project itself.
need_venv() {
    local lock="$ROOT/$1" stamp
    stamp="$VENV/.installed-$(cat "$lock" "$ROOT/pyproject.toml" | sha256sum | cut -c1-16)"
    [ -e "$stamp" ] && return 0
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        give_up "Python 3.11 or newer is needed; Debian 12 has it: apt-get install python3"
    [ -x "$VENV/bin/python" ] || { say "Making the virtual environment .venv" && "$PYTHON" -m venv "$VENV"; }
    say "Installing Python packages from $1"
    "$VENV/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$lock" ||
        give_up "pip could not install $1; is a package registry reachable?"
    "$VENV/bin/python" -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e "$ROOT" ||
        give_up "pip could not install the project itself"
    rm -f "$VENV"/.installed-*
    touch "$stamp"
    # The full lock contains the small one: whoever installed it need not install that again.
    if [ "$1" = requirements-dev.lock ]; then
        touch "$VENV/.installed-$(cat "$ROOT/requirements.lock" "$ROOT/pyproject.toml" | sha256sum | cut -c1-16)"
    fi
}

BUILD_PACKAGES=(python3-venv python3-dev gcc libldap-dev libsasl2-dev)
