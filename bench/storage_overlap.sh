#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# storage_overlap.sh: an export from a slow store to a slow store, against its slowest stage.
set -euo pipefail
cd "$(dirname "$0")/.."
exec /usr/bin/python3 bench/storage_overlap.py "${BUILD:-build}" assets "$@"
