#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# overlay_vs_ffmpeg.sh: `headway run overlay` against the ffmpeg program making the same picture.
#
# $SECONDS_OF_FILM (default 10) s of 1920×1080, one standing ellipse throughout: outside × 0.6, a white outline with its rim.
# ffmpeg lays a picture that was drawn before (not timed) over every frame; decoder, encoder and
# their settings are the same. In turn, medians of $ROUNDS (default 5); PSNR between the two films.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${BUILD:-build}
rounds=${ROUNDS:-5}
length=${SECONDS_OF_FILM:-10}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ffmpeg -v error -y -i assets/clips/cockatoo.mp4 -t "$length" -vf scale=1920:1080:out_color_matrix=bt709:flags=bicubic,format=yuv420p \
    -c:v libx264 -preset veryfast -crf 18 -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv \
    -c:a aac "$folder/source.mp4"
cat >"$folder/spec.json" <<EOF
{"type": "overlay", "input": "$folder/source.mp4", "output": "$folder/headway.mp4", "dim_strength": 0.4,
 "regions": [{"start": 0, "end": 100, "keyframes": [{"time": 0, "x": 960, "y": 540, "radius_x": 150, "radius_y": 260}]}]}
EOF
# The same formula (src/media/spotlight.h) as one RGBA picture: black where it is dimmed, the outline over it.
python3 - "$folder/mask.rgba" <<'EOF'
import math, sys
W, H, CX, CY, RX, RY, DIM = 1920, 1080, 960, 540, 150, 260, .4
def cover(d): return min(max(.5 - d / 1.5, 0), 1)
far = bytes((0, 0, 0, round(255 * DIM)))
out = bytearray(far * (W * H))
for y in range(CY - RY - 10, CY + RY + 10):
    for x in range(CX - RX - 10, CX + RX + 10):
        dx, dy = x + .5 - CX, y + .5 - CY
        gx, gy = dx / RX ** 2, dy / RY ** 2
        f = math.sqrt(dx * gx + dy * gy)
        d = f * (f - 1) / math.hypot(gx, gy)
        rim, line = cover(abs(d) - 2), cover(abs(d) - 1)
        alpha = 1 - (1 - DIM * (1 - cover(d))) * (1 - rim) * (1 - line)
        white = .35 * rim * (1 - line) + line
        grey = round(255 * white / alpha) if alpha else 0
        out[4 * (y * W + x):4 * (y * W + x) + 4] = bytes((grey, grey, grey, round(255 * alpha)))
open(sys.argv[1], "wb").write(out)
EOF
ffmpeg -v error -y -f rawvideo -pix_fmt rgba -s 1920x1080 -i "$folder/mask.rgba" "$folder/mask.png"

seconds() { # FILE COMMAND…: appends how long it takes, on the clock and of the processor
    local file=$1 TIMEFORMAT='%R %U %S'
    shift
    { time "$@" >"$folder/log" 2>&1; } 2>"$folder/time" || { cat "$folder/log" >&2; exit 1; }
    awk '{print $1, $2 + $3}' "$folder/time" >>"$file"
}
median() { # FILE COLUMN
    awk -v c="$2" '{print $c}' "$1" | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

for ((i = 0; i < rounds; i++)); do
    seconds "$folder/headway.s" "$build/src/headway" run overlay --no-history --spec "$folder/spec.json"
    seconds "$folder/ffmpeg.s" ffmpeg -nostdin -y -i "$folder/source.mp4" -i "$folder/mask.png" \
        -filter_complex "[0:v][1:v]overlay=format=yuv420" -c:v libx264 -preset fast -crf 23 -profile:v high -g 40 \
        -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv -c:a aac -b:a 192k -ar 48000 -ac 2 \
        -movflags +faststart "$folder/ffmpeg.mp4"
done
psnr=$(ffmpeg -i "$folder/headway.mp4" -i "$folder/ffmpeg.mp4" -lavfi psnr -f null - 2>&1 | sed -n 's/.*average:\([0-9.inf]*\).*/\1/p')
echo "| | headway s | ffmpeg s | ratio |"
echo "|---|---|---|---|"
for column in 1 2; do
    echo "$(median "$folder/headway.s" "$column") $(median "$folder/ffmpeg.s" "$column") $column" |
        awk '{printf "| %s | %.2f | %.2f | %.2f |\n", $3 == 1 ? "clock" : "processor", $1, $2, $1 / $2}'
done
echo "PSNR of the two films: $psnr dB"
