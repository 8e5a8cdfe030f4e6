// SPDX-License-Identifier: GPL-3.0-or-later
// fanout.c — many viewers of many jobs over WebSockets: how late they see, what the server pays.
//
// Usage: fanout PORT PID VIEWERS STALLED SECONDS < JOBS   (one job's id a line)
//
// Viewer i watches job i modulo their number. STALLED further ones connect and never read. The
// jobs' workers (fanout_worker.c) count the milliseconds of the wall clock, so a viewer sees in
// each count when it was said. Prints one line: delay of new counts in ms (median, 99th percentile,
// worst), messages a second, the server's processor time in percent of one core, its memory for
// each viewer.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_JOBS = 2000, MAX_ID = 80, ROOM = 16384, CIRCLE_MS = 1000000000, MAX_DELAY_MS = 10000 };
#define WARM_UP_S 3

struct viewer {
    int fd;
    bool is_open; // the handshake is done
    size_t size;
    long long last; // count seen last
    char bytes[ROOM];
};

struct bench {
    int port, pid, viewers, stalled, seconds;
    int jobs;
    char ids[MAX_JOBS][MAX_ID];
    struct viewer *all;
    long delays[MAX_DELAY_MS]; // histogram, a millisecond a bin
    long messages, counts;
    bool is_measuring;
};

static long long wall_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

// ---- the server's processor time and memory ----

static double cpu_s(int pid)
{
    char path[64];
    char line[1024] = "";
    unsigned long user = 0;
    unsigned long system = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f || !fgets(line, sizeof(line), f))
        die(path);
    (void)fclose(f);
    const char *rest = strrchr(line, ')');
    if (!rest || sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                        &system) != 2)
        die("stat");
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static long rss_kb(int pid)
{
    char path[64];
    char line[256];
    long kb = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof(line), f))
        (void)sscanf(line, "VmRSS: %ld", &kb);
    if (f)
        (void)fclose(f);
    return kb;
}

// ---- viewers ----

static int connect_to(const struct bench *b, int i)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)b->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        die("connect");
    char head[512];
    int n = snprintf(head, sizeof(head),
                     "GET /ws/exports/%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     "Sec-WebSocket-Version: 13\r\n\r\n",
                     b->ids[i % b->jobs], b->port);
    if (write(fd, head, (size_t)n) != n)
        die("write");
    return fd;
}

// A text of the server's; a new count tells how long it was on its way.
static void take_text(struct bench *b, struct viewer *v, const char *text, size_t n)
{
    static const char mark[] = "\"upscale\":[\"running\",";
    const char *at = memmem(text, n, mark, sizeof(mark) - 1);
    b->messages += b->is_measuring;
    if (!at)
        return;
    long long count = strtoll(at + sizeof(mark) - 1, NULL, 10);
    bool is_new = count != v->last;
    v->last = count;
    long long delay = wall_ms() % CIRCLE_MS - count;
    if (!b->is_measuring || !is_new || delay < 0)
        return;
    b->delays[delay < MAX_DELAY_MS ? delay : MAX_DELAY_MS - 1]++;
    b->counts++;
}

// The frames that are here whole (the server's are not masked); returns the bytes used.
static size_t take_frames(struct bench *b, struct viewer *v)
{
    size_t at = 0;
    while (v->size - at >= 4) {
        const uint8_t *p = (const uint8_t *)v->bytes + at;
        size_t head = (p[1] & 127) < 126 ? 2 : 4;
        size_t n = head == 2 ? (size_t)(p[1] & 127) : (size_t)(p[2] << 8 | p[3]);
        if (v->size - at < head + n)
            break;
        if ((p[0] & 15) == 1)
            take_text(b, v, (const char *)p + head, n);
        at += head + n;
    }
    return at;
}

static void take_bytes(struct bench *b, struct viewer *v)
{
    ssize_t got = read(v->fd, v->bytes + v->size, ROOM - v->size - 1);
    if (got <= 0)
        die("a viewer was dropped");
    v->size += (size_t)got;
    v->bytes[v->size] = '\0';
    size_t used = 0;
    if (!v->is_open) {
        const char *end = strstr(v->bytes, "\r\n\r\n");
        if (!end)
            return;
        if (strncmp(v->bytes, "HTTP/1.1 101", 12) != 0)
            die(v->bytes);
        used = (size_t)(end + 4 - v->bytes);
        v->is_open = true;
    } else {
        used = take_frames(b, v);
    }
    v->size -= used;
    memmove(v->bytes, v->bytes + used, v->size);
}

static void watch_for(struct bench *b, int poll, int seconds)
{
    struct epoll_event events[256];
    for (long long end = wall_ms() + seconds * 1000LL; wall_ms() < end;) {
        int n = epoll_wait(poll, events, 256, 50);
        for (int i = 0; i < n; i++)
            take_bytes(b, events[i].data.ptr);
    }
}

// ---- the figures ----

static long percentile(const struct bench *b, double share)
{
    long left = (long)((double)b->counts * share);
    for (int ms = 0; ms < MAX_DELAY_MS; ms++) {
        left -= b->delays[ms];
        if (left < 0)
            return ms;
    }
    return MAX_DELAY_MS;
}

static int read_jobs(struct bench *b)
{
    while (b->jobs < MAX_JOBS && scanf("%79s", b->ids[b->jobs]) == 1)
        b->jobs++;
    return b->jobs;
}

static void open_viewers(struct bench *b, int poll)
{
    for (int i = 0; i < b->viewers; i++) {
        struct viewer *v = &b->all[i];
        v->fd = connect_to(b, i);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = v};
        (void)epoll_ctl(poll, EPOLL_CTL_ADD, v->fd, &event);
        if (i % 50 == 49)
            watch_for(b, poll, 0);
    }
    for (int i = 0; i < b->stalled; i++)
        (void)connect_to(b, i);
}

int main(int argc, char **argv)
{
    static struct bench b;
    if (argc != 6 || read_jobs(&b) == 0) {
        (void)fprintf(stderr, "usage: fanout PORT PID VIEWERS STALLED SECONDS < JOBS\n");
        return 64;
    }
    b.port = atoi(argv[1]);
    b.pid = atoi(argv[2]);
    b.viewers = atoi(argv[3]);
    b.stalled = atoi(argv[4]);
    b.seconds = atoi(argv[5]);
    b.all = calloc((size_t)b.viewers, sizeof(*b.all));
    int poll = epoll_create1(EPOLL_CLOEXEC);
    long before_kb = rss_kb(b.pid);
    open_viewers(&b, poll);
    watch_for(&b, poll, WARM_UP_S);
    b.is_measuring = true;
    double cpu = cpu_s(b.pid);
    watch_for(&b, poll, b.seconds);
    cpu = cpu_s(b.pid) - cpu;
    long grown_kb = rss_kb(b.pid) - before_kb;
    (void)printf(
        "viewers %d stalled %d jobs %d: delay ms p50 %ld p99 %ld worst %ld, %.0f messages/s, "
        "%.0f counts/s, cpu %.1f %%, %.1f KB a viewer\n",
        b.viewers, b.stalled, b.jobs, percentile(&b, .5), percentile(&b, .99),
        percentile(&b, .999999), (double)b.messages / b.seconds, (double)b.counts / b.seconds,
        100 * cpu / b.seconds, (double)grown_kb / (b.viewers + b.stalled));
    free(b.all);
    return 0;
}
