// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/spoken.h"

static const double clear =
    1.25;                      // what is left of the rival, in parts of what is left of the other
static const double plain = 3; // and that which needs no waiting
static const int64_t patience_ns = 500000000;

// Does another take over from the phase that was told and is still at work?
static bool gives_way(struct spoken *s, enum phase limiting, const double left_s[PHASE_COUNT],
                      int64_t now_ns)
{
    double rival_s = left_s[limiting];
    double own_s = left_s[s->phase];
    if (limiting == (enum phase)s->phase || rival_s < clear * own_s) {
        s->rivalled = false;
        return false;
    }
    if (!s->rivalled)
        s->rival_ns = now_ns;
    s->rivalled = true;
    return rival_s >= plain * own_s || now_ns - s->rival_ns >= patience_ns;
}

enum phase spoken_step(struct spoken *s, enum phase limiting, uint32_t at_work,
                       const double left_s[PHASE_COUNT], int64_t now_ns)
{
    bool goes_on = s->begun && (at_work >> s->phase & 1) != 0;
    if (!goes_on || gives_way(s, limiting, left_s, now_ns))
        *s = (struct spoken){.begun = true, .phase = (uint8_t)limiting};
    return (enum phase)s->phase;
}
