#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# honesty.sh [TYPE…] [--rounds N]: the bar against the truth in real exports. See honesty.py.
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 bench/honesty.py "${BUILD:-build}/src/headway" assets "$@"
