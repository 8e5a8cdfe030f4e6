#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# extract.sh: extract_clip on the sample: the whole program, its worker alone, ffmpeg copying the same range.
set -euo pipefail
cd "$(dirname "$0")/.."

headway=${BUILD:-build}/src/headway
clip=assets/clips/cockatoo.mp4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
spec() {
  printf '{"type":"extract_clip","input":"%s","output":"%s/%s.mp4","start":%s,"end":%s,"copy_codec":%s}' "$clip" "$folder" "$1" \
    "$2" "$3" "$4" >"$folder/$1.json"
}
spec copy 10 13.5 true
spec cut 6.5 9 false
spec encode 10 14 false
hyperfine --warmup 2 --runs 10 --style basic \
  -n 'run, copy' "$headway run --no-history --spec $folder/copy.json" \
  -n 'worker, copy' "$headway worker <$folder/copy.json" \
  -n 'ffmpeg -c copy' "ffmpeg -v error -y -ss 10 -i $clip -t 3.5 -c copy -movflags faststart $folder/ffmpeg.mp4" \
  -n 'worker, exact: 15 of 50 frames encoded' "$headway worker <$folder/cut.json" \
  -n 'worker, exact: 80 of 80 frames encoded' "$headway worker <$folder/encode.json" 2>/dev/null |
  grep -E 'Benchmark|Time'
