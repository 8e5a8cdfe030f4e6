// SPDX-License-Identifier: GPL-3.0-or-later
// pipeline.c — the finishing time of a chain with bounded queues, block by block.
//
// C[i][k] needs C[i + L_k][k − 1], L_k the blocks by which stage k is behind, and C[i − B_k][k +
// 1]. Visited in waves w = i + ΣL both are known, as B_k > L_{k+1}.
#include "progress/pipeline.h"

#include <assert.h>
#include <math.h>

enum { N = PIPELINE_BLOCKS };

// Blocks that a queue holds; more where a stage was seen to run further ahead.
static const int queue_blocks = 4;

struct grid {
    const struct pipeline_stage *stages;
    int count;
    int behind[PIPELINE_MAX_STAGES]; // L_k
    int ahead[PIPELINE_MAX_STAGES];  // B_k
    double done[PIPELINE_MAX_STAGES][N];
    double at[PIPELINE_MAX_STAGES]; // when stage k was through with its newest block
};

// The share of block i that is still to do.
static double block_left(double share, int i)
{
    double begin = fmax((double)i / N, share);
    return fmax(0, (double)(i + 1) / N - begin);
}

static void lay_out(struct grid *g, const struct pipeline_stage *stages, int count)
{
    g->stages = stages;
    g->count = count;
    for (int k = 0; k < count; k++) {
        g->behind[k] = k > 0 ? (int)(stages[k].behind * N) : 0;
        g->at[k] = stages[k].gate_s;
    }
    for (int k = 0; k + 1 < count; k++) {
        double seen = fmax(0, stages[k].share - stages[k + 1].share);
        int blocks = (int)ceil(seen * N);
        if (blocks < g->behind[k + 1])
            blocks = g->behind[k + 1];
        g->ahead[k] = queue_blocks + blocks;
    }
}

static void run_block(struct grid *g, int i, int k, double block_s)
{
    double left = block_left(g->stages[k].share, i);
    g->done[k][i] = 0;
    if (left <= 0)
        return;
    double at = g->at[k];
    if (k > 0) {
        int needs = i + g->behind[k] < N ? i + g->behind[k] : N - 1;
        at = fmax(at, g->done[k - 1][needs]);
    }
    if (k + 1 < g->count && i >= g->ahead[k])
        at = fmax(at, g->done[k + 1][i - g->ahead[k]]);
    g->at[k] = g->done[k][i] = at + left * block_s;
}

double pipeline_seconds(const struct pipeline_stage *stages, const double *seconds, int count)
{
    assert(count >= 0 && count <= PIPELINE_MAX_STAGES);
    if (count == 0)
        return 0;
    struct grid g = {0};
    lay_out(&g, stages, count);
    int offset = 0;
    for (int k = 1; k < count; k++)
        offset += g.behind[k];
    for (int wave = 0; wave < N + offset; wave++) {
        int i = wave;
        for (int k = 0; k < count; k++) {
            i -= g.behind[k];
            if (i >= 0 && i < N)
                run_block(&g, i, k, seconds[k]);
        }
    }
    double end = 0;
    for (int k = 0; k < count; k++)
        end = fmax(end, g.done[k][N - 1]);
    return end;
}
