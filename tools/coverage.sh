#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# coverage.sh: which lines of src/ the tests reach, as a table here and as HTML.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh build test lint
tools/build.sh build-coverage coverage
find build-coverage -name '*.gcda' -delete
meson test -C build-coverage --no-rebuild --print-errorlogs || true
gcovr --root . --filter src/ --exclude-throw-branches --html-details \
    build-coverage/coverage.html --txt-metric line --txt - build-coverage 2>/dev/null ||
    gcovr --root . --filter src/ --html-details build-coverage/coverage.html build-coverage
gcovr --root . --filter src/ --print-summary build-coverage | tail -n 4
echo "The report is build-coverage/coverage.html"
