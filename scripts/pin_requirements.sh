#!/usr/bin/env bash
# Pin requirements*.in in requirements*.txt. Arguments go to pip-compile, `--upgrade` for one.
set -euo pipefail
cd "$(dirname "$0")/.."

export CUSTOM_COMPILE_COMMAND="make requirements"
for name in requirements requirements-dev; do
    .venv/bin/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-options \
        --output-file "$name.txt" "$@" "$name.in"
done
