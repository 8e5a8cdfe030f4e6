// SPDX-License-Identifier: GPL-3.0-or-later
// facts_history.c — what past exports took, and how right their forecasts were; read on the desk.
#include <math.h>
#include <string.h>

#include "base/json_write.h"
#include "history/learned_weights.h"
#include "history/records.h"
#include "progress/weights.h"
#include "server/wire.h"

struct phase_sum {
    uint64_t count;
    double busy_s, wall_s;
};

struct type_sum {
    uint64_t count;
    double total_s;
    struct phase_sum phases[PHASE_COUNT];
};

// One forecast and what came.
struct forecast_row {
    enum export_type type;
    int64_t at_ms;
    double estimated_s, actual_s;
};

enum { MAX_ROWS = 1000, DEFAULT_ROWS = 200, LEARNED_FROM = 10 };

struct history_errand {
    struct task task; // first member: the task is the errand
    struct exchange *x;
    char *db_path;
    struct type_sum sums[EXPORT_TYPE_COUNT];
    struct weights_file learned;
    int limit, rows; // of the ring
    uint64_t seen;
    struct forecast_row ring[MAX_ROWS]; // the newest `limit`
    struct error error;                 // status OK: none
};

// ---- on the desk ----

static void add_record(void *context, int64_t id, const struct benchmark *b)
{
    (void)id;
    struct history_errand *e = context;
    const struct record *r = &b->record;
    struct type_sum *sum = &e->sums[r->type];
    sum->count++;
    sum->total_s += r->total_s;
    for (int k = 0; k < PHASE_COUNT; k++) {
        if (!r->phases[k].present)
            continue;
        sum->phases[k].count++;
        sum->phases[k].busy_s += record_own_s(r, (enum phase)k);
        sum->phases[k].wall_s += r->phases[k].wall_s;
    }
    if (!b->has_estimate)
        return;
    e->ring[e->seen++ % (uint64_t)e->limit] = (struct forecast_row){r->type, r->at_ms,
                                                                    b->estimated_s, r->total_s};
    if (e->rows < e->limit)
        e->rows++;
}

static void work(struct task *task)
{
    struct history_errand *e = (struct history_errand *)task;
    struct db *db AUTO(db_free) = NULL;
    const struct db_options options = {.path = e->db_path};
    enum status status = db_open(&options, &db, &e->error);
    if (status == OK)
        status = records_each(db, 0, add_record, e, &e->error);
    if (status == OK && e->x->route == ROUTE_BENCHMARKS)
        (void)!learned_weights(db, &e->learned, &e->error);
}

// ---- on the loop ----

static void write_phases(const struct history_errand *e, enum export_type type,
                         struct json_writer *w)
{
    const struct type_sum *sum = &e->sums[type];
    jw_key(w, "phases");
    jw_object_begin(w);
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct phase_sum *p = &sum->phases[k];
        if (p->count == 0)
            continue;
        jw_key(w, phase_info((enum phase)k)->name);
        jw_object_begin(w);
        jw_key_uint(w, "count", p->count);
        jw_key_number(w, "mean_busy_s", p->busy_s / (double)p->count, 3);
        jw_key_number(w, "mean_wall_s", p->wall_s / (double)p->count, 3);
        const struct weight *weight = &e->learned.set.weights[type][k];
        if (weight->has_range)
            jw_key_number(w, "share", (weight->end_percent - weight->start_percent) / 100, 4);
        jw_object_end(w);
    }
    jw_object_end(w);
}

// The ranges of the plain bar: of what was learned here, once that is enough.
static void write_weights(const struct history_errand *e, enum export_type type,
                          struct json_writer *w)
{
    struct weight_set measured;
    bool is_learned = e->learned.samples[type] >= LEARNED_FROM;
    weights_measured(&measured);
    const struct weight_set *set = is_learned ? &e->learned.set : &measured;
    jw_key_string(w, "weights_from", is_learned ? "learned" : "measured");
    jw_key(w, "weights_percent");
    jw_object_begin(w);
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct weight *weight = &set->weights[type][k];
        if (!weight->has_range)
            continue;
        jw_key(w, phase_info((enum phase)k)->name);
        jw_array_begin(w);
        jw_number(w, weight->start_percent, 2);
        jw_number(w, weight->end_percent, 2);
        jw_array_end(w);
    }
    jw_object_end(w);
}

static void write_benchmarks(const struct history_errand *e, struct json_writer *w)
{
    jw_object_begin(w);
    jw_key(w, "types");
    jw_object_begin(w);
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        const struct type_sum *sum = &e->sums[type];
        jw_key(w, export_info((enum export_type)type)->name);
        jw_object_begin(w);
        jw_key_uint(w, "count", sum->count);
        if (sum->count > 0)
            jw_key_number(w, "mean_total_s", sum->total_s / (double)sum->count, 3);
        write_phases(e, (enum export_type)type, w);
        write_weights(e, (enum export_type)type, w);
        jw_object_end(w);
    }
    jw_object_end(w);
    jw_object_end(w);
}

static void write_row(const struct forecast_row *row, struct json_writer *w)
{
    jw_object_begin(w);
    jw_key_string(w, "type", export_info(row->type)->name);
    jw_key_int(w, "ended_at_ms", row->at_ms);
    jw_key_number(w, "estimated_s", row->estimated_s, 3);
    jw_key_number(w, "actual_s", row->actual_s, 3);
    jw_object_end(w);
}

static void write_accuracy(const struct history_errand *e, struct json_writer *w)
{
    double error = 0;
    jw_object_begin(w);
    jw_key(w, "exports"); // the newest first
    jw_array_begin(w);
    for (int i = 0; i < e->rows; i++) {
        const struct forecast_row *row = &e->ring[(e->seen - 1 - (uint64_t)i) % (uint64_t)e->limit];
        error += row->actual_s > 0 ? fabs(row->estimated_s - row->actual_s) / row->actual_s : 0;
        write_row(row, w);
    }
    jw_array_end(w);
    jw_key_int(w, "count", e->rows);
    if (e->rows > 0)
        jw_key_number(w, "mean_relative_error", error / e->rows, 4);
    jw_object_end(w);
}

static void finish(struct task *task)
{
    struct history_errand *e = (struct history_errand *)task;
    struct exchange *x = e->x;
    if (!exchange_return(x)) {
        // nobody wants it any more
    } else if (e->error.status != OK) {
        exchange_fail(x, &e->error);
    } else {
        struct json_writer w;
        reply_json(&x->reply, 200);
        jw_init(&w, &x->reply.body);
        if (x->route == ROUTE_ACCURACY)
            write_accuracy(e, &w);
        else
            write_benchmarks(e, &w);
        exchange_answer(x);
    }
    free(e->db_path);
    free(e);
}

static void ask_history(struct exchange *x, int limit)
{
    struct history_errand *e = mem_new(struct history_errand);
    struct buffer path BUFFER_AUTO;
    buffer_init(&path, 4096);
    buffer_printf(&path, "%s/headway.db", x->server->options->data_dir);
    e->db_path = buffer_take(&path);
    e->x = x;
    e->limit = limit;
    e->task = (struct task){.work = work, .finish = finish};
    exchange_leave(x);
    desk_do(x->server->desk, &e->task);
}

void facts_benchmarks(struct exchange *x)
{
    ask_history(x, DEFAULT_ROWS);
}

void facts_accuracy(struct exchange *x)
{
    struct error err;
    int64_t limit = DEFAULT_ROWS;
    if (request_integer(&x->request, "limit", 1, MAX_ROWS, &limit, &err) != OK)
        exchange_fail(x, &err);
    else
        ask_history(x, (int)limit);
}
