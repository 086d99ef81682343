#!/usr/bin/env bash
# Set up what the platform needs in this checkout: distribution packages that are missing, `.venv`, what pages (and
# tests) take from npm in `node_modules`, and the compiled translations.
#
#   scripts/setup.sh run     what `make run` needs
#   scripts/setup.sh dev     also what `make test` and `make check` need
#   scripts/setup.sh bench   also what `make bench` needs
#
# Done once, it costs some milliseconds: stamps beside what was installed remember it.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly level=${1:-run}
readonly venv=.venv
case $level in
    run) readonly requirements=requirements.txt npm_options=(--omit=dev) ;;
    dev | bench) readonly requirements=requirements-dev.txt npm_options=() ;;
    *) echo "usage: scripts/setup.sh run|dev|bench" >&2; exit 2 ;;
esac
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { printf 'set-up: %s\n' "$*"; }
fail() { printf 'set-up: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null; }

# What the stamp has to say: the place, because a virtual environment cannot be moved, and the pinned packages.
fingerprint() { { pwd; cat "$1"; } | sha256sum; }

stamp_of() { echo "$venv/$1.stamp"; }

is_set_up() {
    local stamp
    stamp=$(stamp_of "$requirements")
    [[ -f $stamp && $(<"$stamp") == "$(fingerprint "$requirements")" ]] \
        && "$venv/bin/python" -c 'import django' 2>/dev/null \
        && [[ -z $(missing_programs) ]]
}

npm_stamp() { echo "node_modules/.${1}.stamp"; }

have_npm_packages() {
    local stamp
    stamp=$(npm_stamp "$requirements")
    [[ -f $stamp && $(<"$stamp") == "$(fingerprint package-lock.json)" ]]
}

have_translations() {
    local catalogue
    for catalogue in locale/*/LC_MESSAGES/*.po; do
        [[ ${catalogue%.po}.mo -nt $catalogue ]] || return 1
    done
}

# Chromium without the windows of a desktop; where the distribution has none it is the whole.
readonly browser=chromium-headless-shell

missing_programs() {
    have redis-server || echo redis-server
    have curl || echo curl # for the walk through a sale in the README, which the tests walk too
    if [[ $level != run ]]; then
        have mariadbd && have mariadb-install-db || echo mariadb-server-core
        have my_print_defaults || echo mariadb-client-core
        have chromium-headless-shell || have chromium || echo "$browser" # that the pages are tried in
        have xgettext || echo gettext # finds the texts that are to be translated
        [[ -n $(fonts_for_korean) ]] || echo fonts-nanum # for screenshots that can be read
        have wrk || echo wrk # the client of the benchmarks, which the tests run once
    fi
    # RabbitMQ takes part in the benchmarks of STOMP where it is asked for.
    [[ $level != bench || -z ${BENCH_PEERS:-} ]] || have rabbitmq-server || echo rabbitmq-server
}

fonts_for_korean() { have fc-list && fc-list :lang=ko family; }

# mysqlclient is compiled where it is installed.
missing_build_packages() {
    have gcc || echo gcc libc6-dev
    have pkg-config || echo pkg-config
    pkg-config --exists libmariadb 2>/dev/null || pkg-config --exists mysqlclient 2>/dev/null || echo libmariadb-dev
    "$python" - <<'PYTHON'
import importlib.util, pathlib, sys, sysconfig
version = f"python{sys.version_info.major}.{sys.version_info.minor}"
if not importlib.util.find_spec("ensurepip"):
    print(f"{version}-venv")
if not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists():
    print(f"{version}-dev")
PYTHON
}

# The distribution's interpreter goes first: it is built with profile-guided optimization, which one that was compiled
# at home by default is not, and is a quarter faster. PYTHON=... chooses another.
find_python() {
    local candidate
    for candidate in ${PYTHON:-/usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11}; do
        if have "$candidate" && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    [[ -z ${PYTHON:-} ]] || fail "Python 3.11 or newer is needed, and PYTHON=$PYTHON is none."
    fail "Python 3.11 or newer is needed and was not found; install the package python3 (or python3.11)."
}

# The packages' own scripts would start the servers they bring. policy-rc.d tells them not to; one that is
# there already belongs to the machine and stays as it is.
readonly policy=/usr/sbin/policy-rc.d
readonly policy_mark='# Written by the set-up of Ticket-Live while it installs packages; can be removed.'

install_packages() {
    local as_root=()
    have apt-get || fail "this machine has no apt-get; please install what these packages of Debian have: $*"
    if [[ $EUID -ne 0 ]]; then
        have sudo || fail "these packages are missing and need root or sudo to install: $*"
        as_root=(sudo)
    fi
    say "installing from the distribution: $*"
    if [[ ! -e $policy ]] || grep -qsF "$policy_mark" "$policy"; then
        # shellcheck disable=SC2064  # now, while as_root is known
        trap "${as_root[*]} rm -f $policy" EXIT
        printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
    fi
    "${as_root[@]}" apt-get update -qq || say "apt-get update failed; trying with the lists that are there"
    if [[ " $* " == *" $browser "* && -z $(apt-cache search --names-only "^$browser\$" 2>/dev/null) ]]; then
        set -- "${@/#$browser/chromium}" # the whole browser does as well, and takes longer
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" \
        || fail "apt-get could not install: $*"
    if [[ " $* " == *" redis-server "* ]] && have systemctl; then
        "${as_root[@]}" systemctl disable --quiet redis-server 2>/dev/null || true # the platform starts its own
    fi
}

make_venv() {
    if ! "$venv/bin/python" -c 'import pip' 2>/dev/null \
        || [[ $("$venv/bin/python" -c 'import sys; print(sys.prefix)') != "$PWD/$venv" ]]; then
        say "making $venv with $("$python" --version)"
        "$python" -m venv --clear "$venv"
    fi
    say "installing the Python packages of $requirements"
    rm -f "$venv"/*.stamp
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" \
        || fail "pip could not install $requirements; is the package registry reachable?"
    fingerprint requirements.txt >"$(stamp_of requirements.txt)" # the packages for development have these in them
    fingerprint "$requirements" >"$(stamp_of "$requirements")"
}

install_npm_packages() {
    say "installing the packages of package-lock.json in node_modules"
    PATH=$PWD/$venv/bin:$PATH npm ci "${npm_options[@]}" --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null \
        || fail "npm could not install package-lock.json; is the package registry reachable?"
    fingerprint package-lock.json >"$(npm_stamp requirements.txt)" # the packages for development have these in them
    fingerprint package-lock.json >"$(npm_stamp "$requirements")"
}

compile_translations() {
    local domain
    for domain in django djangojs deskjs; do
        "$venv/bin/pybabel" --quiet compile --directory locale --domain "$domain" || fail "a translation does not compile"
    done
}

exec 9<"scripts/setup.sh"
flock 9 # two commands at once set up one after the other

if ! is_set_up; then
    python=$(find_python)
    mapfile -t packages < <(missing_programs; missing_build_packages)
    # shellcheck disable=SC2048,SC2086  # a line may name two packages
    [[ ${#packages[@]} -eq 0 ]] || install_packages ${packages[*]}
    make_venv
fi
have_npm_packages || install_npm_packages
have_translations || compile_translations
