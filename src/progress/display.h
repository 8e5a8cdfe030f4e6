// SPDX-License-Identifier: GPL-3.0-or-later
// display.h — the law by which the shown fraction moves: never back, never a leap, never stuck.
//
// The estimate may change its mind; the bar may only change its speed. With t the elapsed and R
// the remaining time, H = t + R, h = t / H, n = (1 − d) / R (the speed that arrives on time):
//
//   v = n + (h − d) / max(0.3 s, 0.08 H)                drawn towards h
//   v ∈ [0.15 n, 3 n],  v ≤ 0.02 /s × max(1, (60 s / H)^1.5)
//   v ≤ (0.998 − d) / max(0.1 s, 0.01 H)               brakes before the end, never stands still
//   d ← d + v dt
//
// The last limit keeps long jobs below 1 % in half a second; for jobs under a minute it grows
// faster than their natural speed 1 / H does, or they could never catch up (docs/progress.md,
// "What is shown"). Pure; a plain value; seconds and fractions.
#pragma once

struct display {
    double d; // shown fraction
    double v; // its speed, per second
};

// Moves the display over dt_s ≥ 0 seconds that ended now.
void display_step(struct display *x, double dt_s, double elapsed_s, double remaining_s);

// What a viewer shows `since_s` after it received (d, v): it coasts at v for due_s, the time in
// which the next message was expected, and at 0.15 v once that is overdue. Never reaches 1.
double display_coast(double d, double v, double since_s, double due_s);
