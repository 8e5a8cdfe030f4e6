// SPDX-License-Identifier: GPL-3.0-or-later
// doctor.c — `headway doctor`: what this machine can do, each check with its reason.
#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json_write.h"
#include "cli/command.h"
#include "cli/doctor_store.h"
#include "cli/finding.h"
#include "cli/networks.h"
#include "cli/store_flags.h"
#include "media/caption.h"
#include "media/film.h"
#include "storage/sink.h"
#include "sys/terminal.h"
#include "vision/backend.h"
#include "vision/upscaler.h"

struct arguments {
    const char *model_dir;
    const char *folder; // to write to
    const char *store;  // NULL: none to try
    bool remove_leftovers;
    bool json;
};

// ---- the checks ----

static void check_processors(const struct arguments *a, struct finding *f)
{
    (void)a;
    f->ok = true;
    (void)snprintf(f->text, sizeof(f->text), "%d for this process", backend_cpu_count());
}

// Loads the default network and enlarges a tiny picture.
static void check_network(const struct arguments *a, struct finding *f)
{
    struct error err = {0};
    struct upscaler *upscaler AUTO(upscaler_free) = NULL;
    struct image in = {0};
    struct image out = {0};
    const struct upscaler_options options = {.model_dir = a->model_dir};
    enum status status = upscaler_new(&options, NULL, &upscaler, &err);
    if (status == OK)
        status = image_resize(&in, 32, 32, &err);
    for (size_t i = 0; status == OK && i < in.capacity; i++)
        in.data[i] = 0.5F;
    if (status == OK)
        status = upscaler_run(upscaler, &in, &out, NULL, &err);
    char text[sizeof(f->text)] = "";
    if (status == OK) {
        struct upscaler_info info = upscaler_info(upscaler);
        (void)snprintf(text, sizeof(text), "%s by %s on %s, %s, %s", info.model,
                       info.backend.engine, info.backend.device, info.backend.precision,
                       info.backend.implementation);
    }
    finding_set(f, status, &err, text);
    image_done(&in);
    image_done(&out);
}

static void check_models(const struct arguments *a, struct finding *f)
{
    struct error err = {0};
    struct buffer found BUFFER_AUTO;
    struct buffer missing BUFFER_AUTO;
    buffer_init(&found, sizeof(f->text) - 1);
    buffer_init(&missing, sizeof(f->text) - 1);
    enum status status = networks_look(a->model_dir, &found, &missing, &err);
    finding_set(f, status, &err, buffer_string(&found));
}

static void check_film(const struct arguments *a, struct finding *f)
{
    (void)a;
    struct error err = {0};
    enum status status = film_self_test(&err);
    finding_set(f, status, &err, "H.264 and AAC into MP4");
}

static void check_captions(const struct arguments *a, struct finding *f)
{
    (void)a;
    struct error err = {0};
    enum status status = caption_self_test(&err);
    finding_set(f, status, &err, "fonts for the scripts of the world and emoji");
}

static void check_folder(const struct arguments *a, struct finding *f)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/.headway-doctor", a->folder);
    struct error err = {0};
    struct sink *sink AUTO(sink_free) = NULL;
    enum status status = sink_open(NULL, path, NULL, &sink, &err);
    if (status == OK) {
        struct byte_sink *bytes = sink_bytes(sink);
        status = bytes->write_at(bytes, 0, "x", 1, &err);
    }
    finding_set(f, status, &err, "can be written, leaves nothing behind when interrupted");
}

static void check_terminal(const struct arguments *a, struct finding *f)
{
    (void)a;
    struct terminal t = terminal_look(STDERR_FILENO);
    f->ok = true;
    if (t.interactive)
        (void)snprintf(f->text, sizeof(f->text), "%d columns, %s, %s", t.columns,
                       t.colour ? "colour" : "no colour", t.utf8 ? "UTF-8" : "ASCII");
    else
        (void)snprintf(f->text, sizeof(f->text), "none: progress comes as plain lines");
}

static const struct check {
    const char *name, *label;
    void (*run)(const struct arguments *a, struct finding *f);
} checks[] = {
    {"processors", "Processors", check_processors},
    {"network", "Network", check_network},
    {"models", "Models", check_models},
    {"film", "Film", check_film},
    {"captions", "Captions", check_captions},
    {"folder", "Output folder", check_folder},
    {"terminal", "Terminal", check_terminal},
};
enum { CHECKS = sizeof(checks) / sizeof(checks[0]) };

// ---- the command ----

enum { KEY_JSON = 'j', KEY_MODEL_DIR = 1, KEY_FOLDER, KEY_STORE, KEY_REMOVE_LEFTOVERS };

static const struct argp_option own_options[] = {
    {"json", KEY_JSON, NULL, 0, "Print the findings as one JSON object", 0},
    {"model-dir", KEY_MODEL_DIR, "DIR", 0, "Where the networks are", 0},
    {"folder", KEY_FOLDER, "DIR", 0, "Where films are to be written (default: here)", 0},
    {"store", KEY_STORE, "WHERE", 0,
     "Try a store too: s3://BUCKET/PREFIX or a folder. Writes 5 MiB there and removes them", 0},
    {"remove-leftovers", KEY_REMOVE_LEFTOVERS, NULL, 0,
     "Remove uploads in that store that were begun a day ago or more and never ended", 0},
};
enum { OWN_OPTIONS = sizeof(own_options) / sizeof(own_options[0]) };

// NOLINTNEXTLINE(readability-non-const-parameter): argp wants this type
static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case KEY_JSON:
        a->json = true;
        return 0;
    case KEY_MODEL_DIR:
        a->model_dir = argument;
        return 0;
    case KEY_FOLDER:
        a->folder = argument;
        return 0;
    case KEY_STORE:
        a->store = argument;
        return 0;
    case KEY_REMOVE_LEFTOVERS:
        a->remove_leftovers = true;
        return 0;
    case ARGP_KEY_END:
        if (a->remove_leftovers && !a->store)
            argp_error(state, "--remove-leftovers: expected --store too");
        return 0;
    default:
        return store_flags_take(key, argument) ? 0 : ARGP_ERR_UNKNOWN;
    }
}

static void parse_arguments(int argc, char **argv, struct arguments *a)
{
    struct argp_option options[OWN_OPTIONS + STORAGE_SETTING_COUNT + 1] = {0};
    memcpy(options, own_options, sizeof(own_options));
    (void)store_flags_options(options + OWN_OPTIONS);
    const struct argp argp = {
        .options = options,
        .parser = take_option,
        .doc = "Check what this machine can do. The exit code is not 0 when something is missing.",
    };
    (void)argp_parse(&argp, argc, argv, 0, NULL, a);
}

// What was checked, found and how it is called.
struct row {
    const char *name, *label;
    struct finding finding;
};

static void print_json(const struct row *rows, size_t count, bool all_ok)
{
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 65536);
    struct json_writer w;
    jw_init(&w, &out);
    jw_object_begin(&w);
    jw_key_bool(&w, "ok", all_ok);
    jw_key(&w, "checks");
    jw_array_begin(&w);
    for (size_t i = 0; i < count; i++) {
        jw_object_begin(&w);
        jw_key_string(&w, "check", rows[i].name);
        jw_key_bool(&w, "ok", rows[i].finding.ok);
        jw_key_string(&w, "text", rows[i].finding.text);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    (void)puts(buffer_string(&out));
}

static void print_text(const struct row *rows, size_t count)
{
    struct terminal t = terminal_look(STDOUT_FILENO);
    const char *good = t.colour ? "\x1b[32m" : "";
    const char *bad = t.colour ? "\x1b[31m" : "";
    const char *reset = t.colour ? "\x1b[0m" : "";
    for (size_t i = 0; i < count; i++) {
        const struct finding *f = &rows[i].finding;
        const char *mark = f->ok ? (t.utf8 ? "✓" : "ok  ") : (t.utf8 ? "✗" : "FAIL");
        (void)printf(" %s%s%s %-14s %s\n", f->ok ? good : bad, mark, reset, rows[i].label, f->text);
    }
}

// Adds the rows of the store; returns how many.
static size_t look_at_store(const struct arguments *a, struct row *rows)
{
    struct finding findings[STORE_CHECK_COUNT];
    struct error err = {0};
    struct storage *storage AUTO(storage_free) = NULL;
    if (storage_new(NULL, &storage, &err) != OK) {
        rows[0] = (struct row){
            store_check_info(STORE_REACH)->name, store_check_info(STORE_REACH)->label, {0}};
        finding_set(&rows[0].finding, err.status, &err, NULL);
        return 1;
    }
    doctor_store(storage, a->store, a->remove_leftovers, findings);
    for (int i = 0; i < STORE_CHECK_COUNT; i++)
        rows[i] = (struct row){store_check_info((enum store_check)i)->name,
                               store_check_info((enum store_check)i)->label, findings[i]};
    return STORE_CHECK_COUNT;
}

int command_doctor(int argc, char **argv)
{
    struct arguments a = {.folder = "."};
    parse_arguments(argc, argv, &a);
    struct row rows[CHECKS + STORE_CHECK_COUNT];
    for (size_t i = 0; i < CHECKS; i++) {
        rows[i] = (struct row){checks[i].name, checks[i].label, {0}};
        checks[i].run(&a, &rows[i].finding);
    }
    size_t count = CHECKS + (a.store ? look_at_store(&a, rows + CHECKS) : 0);
    bool all_ok = true;
    for (size_t i = 0; i < count; i++)
        all_ok = all_ok && rows[i].finding.ok;
    if (a.json)
        print_json(rows, count, all_ok);
    else
        print_text(rows, count);
    return all_ok ? 0 : status_info(ERR_UNAVAILABLE)->exit_code;
}
