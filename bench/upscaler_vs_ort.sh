#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# upscaler_vs_ort.sh — the upscaler against ONNX Runtime: same weights, frame and threads.
#
#   bench/upscaler_vs_ort.sh BUILD_DIR [ROUNDS]        needs node, npm, ffmpeg and the assets
#
# Per model and thread count each round runs, in turn, ONNX Runtime and the upscaler with the
# processor's own instruction set, capped to AVX-512 and capped to AVX2 (ONNX Runtime is never
# capped: it has no such switch). A round's ratio pairs neighbours in time, so that a busy machine
# slows both; the table shows the medians over the rounds. PSNR is against ONNX Runtime's output.
set -eu

build=${1:-${BUILD:?usage: bench/upscaler_vs_ort.sh BUILD_DIR [ROUNDS]}}
rounds=${2:-5}
root=$(cd "$(dirname "$0")/.." && pwd)
ours=$build/tests/vision/bench_upscaler
models=$root/assets/models
export HEADWAY_MODEL_DIR="$models" OMP_WAIT_POLICY=passive
size=205x365

[ -d "$root/bench/ort/node_modules" ] || npm ci --prefix "$root/bench/ort" --ignore-scripts --silent
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# A 9:16 crop of a real frame; gbrp planes are in the order green, blue, red.
for plane in r g b; do
    ffmpeg -v error -ss 3 -i "$root/assets/clips/cockatoo.mp4" -frames:v 1 \
        -vf "crop=205:365:540:180,format=gbrpf32le,extractplanes=$plane" -f rawvideo - </dev/null
done >"$work/frame"

number() { # FIELD: its value in the line of JSON on stdin
    sed "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/"
}

median() {
    sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

ours_at() { # CAP MODEL THREADS PRECISION → appends to times
    ONEDNN_MAX_CPU_ISA=$1 "$ours" "$2" "$3" "$4" $size 3 "$work/frame" "$work/out.$1.$4" \
        2>/dev/null >"$work/line"
    number ms_per_mpx <"$work/line" >>"$work/ms.$1.$4"
    awk "BEGIN { print $(cat "$work/ort") / $(number ms_per_mpx <"$work/line") }" >>"$work/ratio.$1.$4"
}

row() { # CAP MODEL THREADS PRECISION
    db=$(node "$root/bench/ort/psnr.mjs" "$work/out.$1.$4" "$work/out.ort")
    printf '| %s | %s | %s %s | %.0f | %.0f | %.2f | %s |\n' "$2" "$3" "$1" "$4" \
        "$(median <"$work/ms.$1.$4")" "$(median <"$work/ms.ort")" "$(median <"$work/ratio.$1.$4")" "$db"
}

compare() { # MODEL FILE THREADS
    rm -f "$work"/ms.* "$work"/ratio.*
    cases='DEFAULT.auto AVX512_CORE.f32 AVX2.f32'
    for _ in $(seq "$rounds"); do
        for c in $cases; do
            node "$root/bench/ort/run.mjs" "$models/$2.param" "$3" $size 3 "$work/frame" \
                "$work/out.ort" | number ms_per_mpx >"$work/ort"
            cat "$work/ort" >>"$work/ms.ort"
            ours_at "${c%.*}" "$1" "$3" "${c#*.}"
        done
    done
    for c in $cases; do
        row "${c%.*}" "$1" "$3" "${c#*.}"
    done
}

printf '%s, %s rounds\n\n' "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)" "$rounds"
printf '| model | threads | cap, precision | ms per Mpx | ONNX Runtime | times faster | PSNR dB |\n'
printf '|---|---|---|---|---|---|---|\n'
for threads in 1 2; do
    compare x4fast realesrgan-x4fast $threads
    compare animevideov3 realesr-animevideov3-x4 $threads
done
