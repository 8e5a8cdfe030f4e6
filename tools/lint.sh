#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# lint.sh: everything that can be said about the sources without running them.
#
# Usage: lint.sh BUILD_DIR
# All checks run even when one fails; the exit code is 1 when any did.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

tools/setup.sh build test lint || exit 1
tools/build.sh "$1" plain >/dev/null || {
    echo "lint: does not build; run make to see why" >&2
    exit 1
}
failed=0

# step NAME COMMAND…
step() {
    local name=$1
    shift
    if "$@"; then
        echo "ok: $name"
    else
        echo "FAILED: $name" >&2
        failed=1
    fi
}

# The functions below are called through step.
# shellcheck disable=SC2317
list() {
    git ls-files -co --exclude-standard "$@"
}

# shellcheck disable=SC2317
formatted() {
    list '*.c' '*.h' | xargs -r clang-format --dry-run -Werror
}

# shellcheck disable=SC2317
scripts_parse() {
    list '*.py' | xargs -r python3 -c 'import ast, sys
for path in sys.argv[1:]:
    ast.parse(open(path).read(), path)'
}

# shellcheck disable=SC2317
shell_is_sound() {
    list '*.sh' '.ci/*' | xargs -r shellcheck
}

step "the rules of the tree" python3 tools/check_tree.py --build "$1"
step "their own tests" python3 tests/tools/test_check_tree.py >/dev/null
step "clang-format" formatted
step "python" scripts_parse
step "shellcheck" shell_is_sound
step "clang-tidy" python3 tools/tidy.py "$1"
exit "$failed"
