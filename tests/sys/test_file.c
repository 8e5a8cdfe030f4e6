// SPDX-License-Identifier: GPL-3.0-or-later
#include "sys/file.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "test.h"

// A file of n bytes 'x' under a fresh name, removed by the caller.
static void make_file(char *path, size_t n)
{
    strcpy(path, "/tmp/headway-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    char *bytes AUTO(mem_free) = mem_zeroed(n + 1, 1);
    memset(bytes, 'x', n);
    assert_int_equal(file_write_fd(fd, path, bytes, n, NULL), OK);
    (void)close(fd);
}

static void a_file_is_read_whole(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 16384, 16385, 70000};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char path[64];
        make_file(path, sizes[i]);
        struct buffer out BUFFER_AUTO;
        buffer_init(&out, 70000);
        struct error err;
        assert_int_equal(file_read(path, &out, &err), OK);
        assert_int_equal(out.size, sizes[i]);
        assert_int_equal(strspn(buffer_string(&out), "x"), sizes[i]);
        (void)unlink(path);
    }
}

static void more_than_the_limit_is_refused(void **state)
{
    (void)state;
    char path[64];
    make_file(path, 5001);
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 5000);
    struct error err;
    assert_int_equal(file_read(path, &out, &err), ERR_LIMIT);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "5.0 kB"));
    (void)unlink(path);
}

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 100);
    struct error err;
    assert_int_equal(file_read("/nonexistent/spec.json", &out, &err), ERR_NOT_FOUND);
    assert_string_equal(err.text, "open /nonexistent/spec.json: No such file or directory");
    assert_int_equal(file_read("/tmp", &out, &err), ERR_INVALID);
    assert_int_equal(file_read_fd(-1, "the input", NULL, &out, &err), ERR_IO);
    assert_string_equal(err.text, "read the input: Bad file descriptor");
}

static void *fire(void *cancel)
{
    cancel_fire(cancel);
    return NULL;
}

static void the_wait_for_a_silent_writer_ends_with_the_cancel(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 100);
    struct error err;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    assert_int_equal(write(ends[1], "half", 4), 4);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, fire, cancel), 0);
    assert_int_equal(file_read_fd(ends[0], "pipe", cancel, &out, &err), ERR_CANCELLED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void ignore(int signal)
{
    (void)signal;
}

// A signal again and again, so that a write in progress ends early; 0 stops it.
static void interrupt_every_us(int us)
{
    struct sigaction action = {.sa_handler = ignore};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    struct itimerval timer = {{0, us}, {0, us}};
    assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

// Runs in a thread that leaves the signals to the writer.
static void *read_all(void *fd)
{
    sigset_t alarms;
    (void)sigemptyset(&alarms);
    (void)sigaddset(&alarms, SIGALRM);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &alarms, NULL), 0);
    struct buffer *out = mem_new(struct buffer);
    buffer_init(out, 10000000);
    assert_int_equal(file_read_fd(*(int *)fd, "pipe", NULL, out, NULL), OK);
    return out;
}

static void more_than_a_pipe_holds_is_written_whole_whatever_interrupts(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    (void)fcntl(ends[1], F_SETPIPE_SZ, 4096); // the writer waits, and is interrupted, often
    pthread_t reader;
    assert_int_equal(pthread_create(&reader, NULL, read_all, &ends[0]), 0);
    enum { SIZE = 8000000 };
    char *bytes AUTO(mem_free) = mem_zeroed(SIZE, 1);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (char)(i * i >> 7);
    interrupt_every_us(100);
    assert_int_equal(file_write_fd(ends[1], "pipe", bytes, SIZE, NULL), OK);
    interrupt_every_us(0);
    (void)close(ends[1]);
    void *result = NULL;
    assert_int_equal(pthread_join(reader, &result), 0);
    struct buffer *out = result;
    assert_int_equal(out->size, SIZE);
    assert_memory_equal(out->data, bytes, SIZE);
    (void)close(ends[0]);
    buffer_done(out);
    free(out);
}

static void a_full_disk_is_told_from_other_failures(void **state)
{
    (void)state;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        skip();
    struct error err;
    assert_int_equal(file_write_fd(fd, "film.mp4", "x", 1, &err), ERR_NO_SPACE);
    assert_non_null(strstr(err.text, "film.mp4"));
    (void)close(fd);
    assert_int_equal(file_write_fd(-1, "film.mp4", "x", 1, &err), ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_whole),
        cmocka_unit_test(more_than_the_limit_is_refused),
        cmocka_unit_test(what_cannot_be_read_is_named),
        cmocka_unit_test(the_wait_for_a_silent_writer_ends_with_the_cancel),
        cmocka_unit_test(more_than_a_pipe_holds_is_written_whole_whatever_interrupts),
        cmocka_unit_test(a_full_disk_is_told_from_other_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
