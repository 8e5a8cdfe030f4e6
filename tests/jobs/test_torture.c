// SPDX-License-Identifier: GPL-3.0-or-later
// test_torture.c — a supervisor's process and its workers are killed and stopped at random.
//
// The supervisor runs in a process of its own, which is killed and started anew; its workers are
// this program again (fake_worker.h). This process does the harm and is the viewer: every snapshot
// comes over a pipe. With a number as argument so much harm is done (make torture); else a little.
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../storage/folder.h"
#include "base/text.h"
#include "fake_worker.h"
#include "history/jobs.h"
#include "jobs/supervisor.h"
#include "sys/clock.h"

enum { JOBS = 24, SHORT_HARM = 40 };
#define MS_NS INT64_C(1000000)

// What the viewer is told, in one write.
struct told {
    char job[64];
    int index; // of the answer to a submit; −1: a snapshot
    enum job_state state;
    uint64_t seq;
    double fraction;
    char text[160]; // of the error
};

// ---- the supervisor's process ----

static int tell_fd;

static void tell(const struct job_snapshot *snapshot, int index)
{
    struct told told = {.index = index,
                        .state = snapshot->state,
                        .seq = snapshot->seq,
                        .fraction = snapshot->progress.fraction};
    strcpy(told.job, snapshot->job);
    if (snapshot->has_error)
        (void)text_copy(told.text, sizeof(told.text), snapshot->error.text);
    ssize_t n = write(tell_fd, &told, sizeof(told));
    (void)n;
}

static void on_snapshot(void *context, const char *user, const struct job_snapshot *snapshot)
{
    (void)context;
    (void)user;
    tell(snapshot, -1);
}

static void on_answer(void *context, const struct supervisor_answer *answer)
{
    if (answer->error) {
        (void)fprintf(stderr, "# %s\n", answer->error->text);
        _exit(3);
    }
    tell(answer->jobs[0].snapshot, *(int *)context);
}

static void submit(struct supervisor *s, int *index)
{
    static const enum fake_kind kinds[] = {FAKE_USUAL, FAKE_USUAL,  FAKE_MUTE,
                                           FAKE_USUAL, FAKE_COARSE, FAKE_TORN};
    char spec[256];
    char key[16];
    struct error err;
    int n = snprintf(spec, sizeof(spec),
                     "{\"type\":\"framing_ai\",\"input\":\"in-%s.mp4\",\"output\":\"out/%d\"}",
                     fake_name(kinds[*index % 6]), *index);
    (void)snprintf(key, sizeof(key), "key-%d", *index);
    const struct supervisor_submit ask = {
        .user = "ada", .spec = spec, .spec_bytes = (size_t)n, .idempotency_key = key};
    if (supervisor_submit(s, &ask, (struct supervisor_reply){on_answer, index}, &err) != OK)
        _exit(3);
}

static _Noreturn void serve(void)
{
    static int indices[JOBS];
    struct supervisor *s = NULL;
    struct error err = {0};
    const struct supervisor_options options = {
        .data_dir = "data",
        .workers = 4,
        .retry = {.max_attempts = 30, .first_ms = 10, .longest_ms = 50},
        .silence_ms = 400,
        .stopped_ms = 300,
        .lost_ms = 20000,
        .on_snapshot = on_snapshot,
    };
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (supervisor_new(&options, &s, &err) != OK) {
        (void)fprintf(stderr, "# %s\n", err.text);
        _exit(2);
    }
    for (int i = 0; i < JOBS; i++) {
        indices[i] = i;
        submit(s, &indices[i]);
    }
    for (;;)
        (void)pause();
}

// ---- the viewer ----

struct viewed {
    char job[64];
    struct told newest;
    bool any;
};

struct world {
    pid_t server;
    int from_server;
    struct viewed viewed[JOBS];
    int falls, backwards, after_end;
    int kills, stops, server_kills;
    int64_t slowest_answer_ns;
    int64_t started_ns; // of the server; 0: it has answered
    uint64_t random;
};

static double uniform(struct world *w)
{
    w->random = w->random * 6364136223846793005U + 1442695040888963407U;
    return (double)(w->random >> 11) / 9007199254740992.0;
}

static void start_server(struct world *w, int to_viewer)
{
    w->started_ns = clock_now_ns();
    w->server = fork();
    if (w->server == 0) {
        tell_fd = to_viewer;
        serve();
    }
    assert_true(w->server > 0);
}

static void view(struct world *w, const struct told *told)
{
    struct viewed *v = NULL;
    for (int i = 0; i < JOBS && !v; i++) {
        if (strcmp(w->viewed[i].job, told->job) == 0 ||
            (told->index == i && w->viewed[i].job[0] == '\0'))
            v = &w->viewed[i];
    }
    if (!v)
        return; // its submit was not answered yet
    strcpy(v->job, told->job);
    if (w->started_ns && told->index >= 0) {
        int64_t took_ns = clock_now_ns() - w->started_ns;
        w->slowest_answer_ns = took_ns > w->slowest_answer_ns ? took_ns : w->slowest_answer_ns;
        w->started_ns = 0;
    }
    if (v->any) {
        w->falls += told->fraction < v->newest.fraction;
        w->backwards += told->seq <= v->newest.seq && told->index < 0;
        w->after_end += job_state_terminal(v->newest.state) && told->state != v->newest.state;
    }
    v->any = true;
    v->newest = *told;
}

static void look(struct world *w, int wait_ms)
{
    struct pollfd fd = {.fd = w->from_server, .events = POLLIN};
    while (poll(&fd, 1, wait_ms) > 0) {
        struct told told;
        assert_int_equal(read(w->from_server, &told, sizeof(told)), sizeof(told));
        view(w, &told);
        wait_ms = 0;
    }
}

static bool all_ended(const struct world *w)
{
    for (int i = 0; i < JOBS; i++) {
        if (!w->viewed[i].any || !job_state_terminal(w->viewed[i].newest.state))
            return false;
    }
    return true;
}

// ---- harm ----

// Ids of our workers; returns how many there are.
static int find_workers(pid_t *pids, int max)
{
    char own[4096] = "";
    DIR *proc = opendir("/proc");
    int n = 0;
    assert_non_null(proc);
    assert_true(readlink("/proc/self/exe", own, sizeof(own) - 1) > 0);
    for (const struct dirent *entry; n < max && (entry = readdir(proc));) {
        char path[300];
        char text[4096] = "";
        (void)snprintf(path, sizeof(path), "/proc/%s/exe", entry->d_name);
        if (readlink(path, text, sizeof(text) - 1) < 0 || strcmp(text, own) != 0)
            continue;
        (void)snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
        FILE *f = fopen(path, "r");
        size_t size = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
        if (f)
            (void)fclose(f);
        if (size > 8 && strcmp(text, "headway") == 0 && strcmp(text + 8, "worker") == 0)
            pids[n++] = (pid_t)atol(entry->d_name);
    }
    (void)closedir(proc);
    return n;
}

static void harm_worker(struct world *w, int signal, int *count)
{
    pid_t pids[16];
    int n = find_workers(pids, 16);
    if (n > 0 && kill(pids[(int)(uniform(w) * n)], signal) == 0)
        ++*count;
}

static void kill_server(struct world *w, int to_viewer)
{
    assert_int_equal(kill(w->server, SIGKILL), 0);
    assert_int_equal(waitpid(w->server, NULL, 0), w->server);
    w->server_kills++;
    look(w, 0); // what it said last
    start_server(w, to_viewer);
}

static void do_harm(struct world *w, int to_viewer)
{
    double what = uniform(w);
    if (what < 0.6)
        harm_worker(w, SIGKILL, &w->kills);
    else if (what < 0.8)
        harm_worker(w, SIGSTOP, &w->stops);
    else
        kill_server(w, to_viewer);
}

// ---- the case ----

static int harm_wanted = SHORT_HARM;

static void check_job(const struct world *w, int i, struct jobs *jobs)
{
    static const char *const reasons[] = {"killed by signal 9", "stopped by somebody",
                                          "ended while nobody watched it", "the film is torn"};
    const struct told *t = &w->viewed[i].newest;
    char path[32];
    struct stat st;
    struct job_row row;
    struct error err;
    bool is_reason = false;
    (void)snprintf(path, sizeof(path), "out/%d", i);
    assert_int_equal(jobs_find(jobs, t->job, &row, NULL, &err), OK);
    assert_int_equal(row.state, t->state); // the viewer has not missed the end
    if (t->state == JOB_COMPLETE) {
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_size, FAKE_BYTES);
        return;
    }
    assert_int_equal(t->state, JOB_FAILED);
    for (size_t r = 0; r < sizeof(reasons) / sizeof(reasons[0]); r++)
        is_reason = is_reason || strstr(t->text, reasons[r]);
    if (!is_reason || (i % 6 == 5) != (strstr(t->text, "torn") != NULL))
        fail_msg("job %d failed: %s", i, t->text);
}

// Who made an output and is not the attempt that its job ended with must be known to have died, and
// nobody made one after it was taken for dead.
static void check_ledger(struct jobs *jobs)
{
    char id[64];
    unsigned attempt;
    long long made_ms;
    FILE *f = fopen("made.txt", "r");
    assert_non_null(f);
    while (fscanf(f, "%63s %u %lld", id, &attempt, &made_ms) == 3) {
        struct job_row row;
        struct attempt_row tried;
        struct error err;
        assert_int_equal(jobs_find(jobs, id, &row, NULL, &err), OK);
        assert_int_equal(jobs_attempt(jobs, row.number, attempt, &tried, &err), OK);
        assert_true(tried.ended);
        assert_true(made_ms <= tried.ended_ms);
        if (attempt == row.attempt)
            continue;
        assert_string_not_equal(tried.how, "result");
        assert_string_not_equal(tried.how, "");
    }
    (void)fclose(f);
}

static void check_world(const struct world *w)
{
    struct jobs *jobs AUTO(jobs_free) = NULL;
    struct jobs_counts counts;
    struct error err;
    pid_t pids[4];
    assert_int_equal(jobs_open("data/headway.db", &jobs, &err), OK);
    for (int i = 0; i < JOBS; i++)
        check_job(w, i, jobs);
    check_ledger(jobs);
    assert_int_equal(jobs_count(jobs, &counts, &err), OK);
    assert_int_equal(counts.open_attempts, 0);
    assert_int_equal(find_workers(pids, 4), 0);
    assert_int_equal(chdir("data/spool"), 0);
    assert_int_equal(folder_entries(), 0);
    assert_int_equal(chdir("../../out"), 0);
    int complete = 0;
    for (int i = 0; i < JOBS; i++)
        complete += w->viewed[i].newest.state == JOB_COMPLETE;
    assert_int_equal(folder_entries(), complete);
    assert_int_equal(chdir(".."), 0);
    assert_true(complete > JOBS / 2);
}

static void every_job_comes_to_its_true_end(void **state)
{
    (void)state;
    struct world w = {.random = (uint64_t)clock_now_ns()};
    int fds[2];
    int64_t deadline_ns = clock_now_ns() + (60 + harm_wanted) * 1000 * MS_NS;
    assert_int_equal(mkdir("out", 0700), 0);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    w.from_server = fds[0];
    start_server(&w, fds[1]);
    while (!all_ended(&w)) {
        int done = w.kills + w.stops + w.server_kills;
        look(&w, (int)(20 + 120 * uniform(&w)));
        if (done < harm_wanted && w.started_ns == 0)
            do_harm(&w, fds[1]);
        assert_true(clock_now_ns() < deadline_ns);
    }
    assert_int_equal(kill(w.server, SIGKILL), 0);
    assert_int_equal(waitpid(w.server, NULL, 0), w.server);
    print_message("# %d workers killed, %d stopped, %d supervisors killed; slowest start %.0f ms\n",
                  w.kills, w.stops, w.server_kills, (double)w.slowest_answer_ns / 1e6);
    assert_int_equal(w.falls, 0);
    assert_int_equal(w.backwards, 0);
    assert_int_equal(w.after_end, 0);
    assert_true(w.slowest_answer_ns < 2000 * MS_NS);
    check_world(&w);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "worker") == 0)
        return fake_worker(argc, argv);
    if (argc > 1)
        harm_wanted = atoi(argv[1]);
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_job_comes_to_its_true_end)};
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
