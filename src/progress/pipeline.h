// SPDX-License-Identifier: GPL-3.0-or-later
// pipeline.h — when a chain of overlapping stages is through. Pure.
#pragma once

enum { PIPELINE_MAX_STAGES = 8, PIPELINE_BLOCKS = 24 };

struct pipeline_stage {
    double share;  // done, in [0, 1]
    double gate_s; // may not go on before this, from now
    double behind; // share by which it follows the stage before; 1: only when that one is through
};

// Seconds from now until the last stage is through, when stage k needs seconds[k] alone for its
// whole work. The work is cut into blocks; a block of stage k follows the one before it, the
// same block of stage k − 1, and, as queues are bounded, block i − B of stage k + 1:
//   C[i][k] = max(C[i−1][k], C[i][k−1], C[i−B][k+1]) + d_k.
double pipeline_seconds(const struct pipeline_stage *stages, const double *seconds, int count);
