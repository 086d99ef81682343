#!/usr/bin/env bash
# Run every check that needs no server, and name those that fail at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/.venv/bin:$PATH
# Nothing of this shell's settings, nor of a platform started here, is to decide about the code.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
unset DATABASE_URL REDIS_URL PORT
export TICKETLIVE_HOME=$home DEBUG=true

failed=()
check() {
    printf '\n== %s\n' "$1"
    "${@:2}" || failed+=("$1")
}

deploy_check() {
    DEBUG=false SECRET_KEY=$(python -c 'import secrets; print(secrets.token_urlsafe(64))') \
        ALLOWED_HOSTS=ticketlive.example TRUSTED_PROXIES=1 DATABASE_URL=mysql://ticketlive@db/ticketlive \
        TOSS_API_BASE=https://api.tosspayments.com TOSS_SECRET_KEY=live_sk_check TOSS_CLIENT_KEY=live_ck_check \
        python manage.py check --deploy --fail-level WARNING
}

shell_scripts() { git ls-files '*.sh' .ci/run deploy | xargs grep -lE '^#!.*\b(ba)?sh$' | xargs shellcheck; }

check "ruff" ruff check .
check "formatting" ruff format --check .
# With what it has kept of another state of the tree, mypy looks for modules that are gone; who changes one keeps it.
check "types" mypy ${CI:+--cache-dir=/dev/null} apps ticketlive scripts
check "types of the pages' modules" node_modules/.bin/tsc --project tsconfig.json
check "imports between the rooms" lint-imports
check "translations" python -m scripts.messages --check
check "generated files" python -m scripts.counselor_states --check
check "lines of templates" python -m scripts.template_lines
check "links and references of docs/" python -m scripts.docs
check "words of the glossary" python -m scripts.glossary
check "drawing of the data model" python -m scripts.erd --check
check "migrations" python manage.py makemigrations --check --dry-run
check "settings for production" deploy_check
check "shell scripts" shell_scripts
check "Dockerfile" hadolint Dockerfile
check "docker-compose.yml" check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
check "workflow" check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/ci.yml

if [[ ${#failed[@]} -gt 0 ]]; then
    printf '\nfailed: %s\n' "$(IFS=,; echo "${failed[*]}")" >&2
    exit 1
fi
printf '\nall checks passed\n'
