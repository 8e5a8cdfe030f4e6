// SPDX-License-Identifier: GPL-3.0-or-later
// settings.c — see settings.h.
#include "storage/settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "sys/file.h"

enum { MAX_CREDENTIALS_FILE = 1024 * 1024, MAX_CONNECTIONS = 16, MAX_ATTEMPTS = 100 };

static const struct storage_setting rows[STORAGE_SETTING_COUNT] = {
    [STORAGE_ENDPOINT] = {"s3-endpoint",
                          "URL",
                          "HEADWAY_S3_ENDPOINT",
                          {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"},
                          "The S3 service, https://host or http://host:port (default: Amazon's)"},
    [STORAGE_REGION] = {"s3-region",
                        "NAME",
                        "HEADWAY_S3_REGION",
                        {"AWS_REGION", "AWS_DEFAULT_REGION"},
                        "Its region (default: us-east-1, for Cloudflare R2 auto)"},
    [STORAGE_PROFILE] = {"s3-profile",
                         "NAME",
                         "HEADWAY_S3_PROFILE",
                         {"AWS_PROFILE"},
                         "Whose keys in ~/.aws/credentials are used (default: default)"},
    [STORAGE_ADDRESSING] = {"s3-addressing",
                            "HOW",
                            "HEADWAY_S3_ADDRESSING",
                            {NULL},
                            "Where the bucket stands: path (https://host/bucket) or host "
                            "(https://bucket.host; default only at Amazon)"},
    [STORAGE_PART] = {"s3-part",
                      "BYTES",
                      "HEADWAY_S3_PART",
                      {NULL},
                      "Size of the parts of an upload (default: 5 MiB, the least that S3 takes)"},
    [STORAGE_CONNECTIONS] = {"s3-connections",
                             "N",
                             "HEADWAY_S3_CONNECTIONS",
                             {NULL},
                             "How many requests for one object run at once (default: 4)"},
    [STORAGE_STALL] = {"s3-stall",
                       "SECONDS",
                       "HEADWAY_S3_STALL",
                       {NULL},
                       "How long a request may go without a byte (default: 30)"},
    [STORAGE_ATTEMPTS] = {"s3-attempts",
                          "N",
                          "HEADWAY_S3_ATTEMPTS",
                          {NULL},
                          "How often a request is tried (default: 10, about half a minute)"},
    [STORAGE_ACCESS_KEY] = {NULL, NULL, "HEADWAY_S3_ACCESS_KEY_ID", {"AWS_ACCESS_KEY_ID"}, NULL},
    [STORAGE_SECRET_KEY] =
        {NULL, NULL, "HEADWAY_S3_SECRET_ACCESS_KEY", {"AWS_SECRET_ACCESS_KEY"}, NULL},
    [STORAGE_SESSION_TOKEN] = {NULL, NULL, "HEADWAY_S3_SESSION_TOKEN", {"AWS_SESSION_TOKEN"}, NULL},
    [STORAGE_KEY_FILE] = {"s3-key-file",
                          "FILE",
                          "HEADWAY_S3_KEY_FILE",
                          {"AWS_SHARED_CREDENTIALS_FILE"},
                          "The file of keys (default: ~/.aws/credentials)"},
    [STORAGE_CA_FILE] = {"s3-ca-file",
                         "FILE",
                         "HEADWAY_S3_CA_FILE",
                         {"AWS_CA_BUNDLE"},
                         "Certificates to trust instead of the system's"},
};

const struct storage_setting *storage_setting(enum storage_setting_id id)
{
    return &rows[id];
}

struct raw {
    const char *values[STORAGE_SETTING_COUNT];  // NULL: not set
    const char *sources[STORAGE_SETTING_COUNT]; // the name of the option or variable
};

static const char *variable(const char *name)
{
    const char *value = name ? getenv(name) : NULL;
    return value && value[0] ? value : NULL;
}

static void look(const struct storage_options *options, struct raw *raw)
{
    for (int i = 0; i < STORAGE_SETTING_COUNT; i++) {
        const struct storage_setting *row = &rows[i];
        const char *const names[] = {row->variable, row->also[0], row->also[1]};
        if (options && options->values[i]) {
            raw->values[i] = options->values[i];
            raw->sources[i] = row->flag ? row->flag : row->variable;
        }
        for (size_t k = 0; !raw->values[i] && k < sizeof names / sizeof names[0]; k++) {
            raw->values[i] = variable(names[k]);
            raw->sources[i] = names[k];
        }
    }
}

// ---- single values ----

static enum status read_number(const struct raw *raw, enum storage_setting_id id, uint64_t min,
                               uint64_t max, uint64_t *value, struct error *err)
{
    const char *text = raw->values[id];
    char *end = NULL;
    if (!text)
        return OK;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < min ||
        number > max)
        return error_set(err, ERR_INVALID, "%s: expected a number from %llu to %llu, got %s",
                         raw->sources[id], (unsigned long long)min, (unsigned long long)max, text);
    *value = number;
    return OK;
}

static enum status read_seconds(const struct raw *raw, enum storage_setting_id id, double min,
                                double max, double *value, struct error *err)
{
    const char *text = raw->values[id];
    char *end = NULL;
    if (!text)
        return OK;
    double seconds = strtod(text, &end);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || !(seconds >= min && seconds <= max))
        return error_set(err, ERR_INVALID, "%s: expected %g to %g seconds, got %s",
                         raw->sources[id], min, max, text);
    *value = seconds;
    return OK;
}

static enum status read_numbers(const struct raw *raw, struct settings *s, struct error *err)
{
    uint64_t part = 5 << 20;
    uint64_t connections = 4;
    double stall_s = 30;
    uint64_t attempts = 10;
    enum status status = read_number(raw, STORAGE_PART, 65536, UINT64_C(5) << 30, &part, err);
    if (status == OK)
        status = read_number(raw, STORAGE_CONNECTIONS, 1, MAX_CONNECTIONS, &connections, err);
    if (status == OK)
        status = read_seconds(raw, STORAGE_STALL, 0.1, 3600, &stall_s, err);
    if (status == OK)
        status = read_number(raw, STORAGE_ATTEMPTS, 1, MAX_ATTEMPTS, &attempts, err);
    s->part_bytes = part;
    s->connections = (int)connections;
    s->stall_ns = (int64_t)(stall_s * 1e9);
    s->attempts = (int)attempts;
    return status;
}

static enum status bad_endpoint(const struct raw *raw, struct error *err)
{
    return error_set(err, ERR_INVALID,
                     "%s: expected https://host or http://host:port, without a path or user",
                     raw->sources[STORAGE_ENDPOINT]);
}

static enum status read_endpoint(const struct raw *raw, struct settings *s, struct error *err)
{
    const char *text = raw->values[STORAGE_ENDPOINT];
    char amazon[128];
    s->has_endpoint = text != NULL;
    if (!text) {
        (void)snprintf(amazon, sizeof amazon, "https://s3.%s.amazonaws.com", s->region);
        text = amazon;
    }
    bool secure = text_starts(text, "https://");
    if (!secure && !text_starts(text, "http://"))
        return bad_endpoint(raw, err);
    const char *host = text + strlen(secure ? "https://" : "http://");
    size_t n = strcspn(host, "/?#@ ");
    if (n == 0 || host[n + (host[n] == '/')] != '\0')
        return bad_endpoint(raw, err);
    s->scheme = mem_strdup(secure ? "https" : "http");
    s->host = mem_strndup(host, n);
    return OK;
}

static enum status read_addressing(const struct raw *raw, struct settings *s, struct error *err)
{
    const char *text = raw->values[STORAGE_ADDRESSING];
    s->path_style = s->has_endpoint;
    if (!text)
        return OK;
    s->path_style = strcmp(text, "path") == 0;
    if (s->path_style || strcmp(text, "host") == 0)
        return OK;
    return error_set(err, ERR_INVALID, "%s: expected path or host, got %s",
                     raw->sources[STORAGE_ADDRESSING], text);
}

static enum status read_region(const struct raw *raw, struct settings *s, struct error *err)
{
    const char *endpoint = raw->values[STORAGE_ENDPOINT];
    const char *region = raw->values[STORAGE_REGION];
    if (!region)
        region = endpoint && strstr(endpoint, ".r2.cloudflarestorage.com") ? "auto" : "us-east-1";
    s->region = mem_strdup(region);
    size_t n = strspn(region, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");
    return region[n] == '\0' && n <= 64
               ? OK
               : error_set(err, ERR_INVALID, "%s: expected the name of a region, got %s",
                           raw->sources[STORAGE_REGION], region);
}

// ---- keys ----

static char *trim(char *text)
{
    text += strspn(text, " \t\r");
    size_t n = strlen(text);
    while (n > 0 && strchr(" \t\r", text[n - 1]))
        text[--n] = '\0';
    return text;
}

static void replace(char **slot, const char *text)
{
    free(*slot);
    *slot = mem_strdup(text);
}

static void take_pair(char *line, struct settings *s)
{
    char *value = strchr(line, '=');
    if (!value)
        return;
    *value++ = '\0';
    const char *name = trim(line);
    value = trim(value);
    if (strcmp(name, "aws_access_key_id") == 0)
        replace(&s->access_key, value);
    else if (strcmp(name, "aws_secret_access_key") == 0)
        replace(&s->secret_key, value);
    else if (strcmp(name, "aws_session_token") == 0 && value[0])
        replace(&s->session_token, value);
}

// [profile] and "name = value" lines; '#' and ';' begin comments.
static void take_profile(char *text, const char *profile, struct settings *s)
{
    bool inside = false;
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));) {
        line = trim(line);
        size_t n = strlen(line);
        if (line[0] == '[' && n > 1 && line[n - 1] == ']') {
            line[n - 1] = '\0';
            inside = strcmp(trim(line + 1), profile) == 0;
        } else if (inside && line[0] != '#' && line[0] != ';') {
            take_pair(line, s);
        }
    }
}

static void no_keys(struct settings *s, const char *path, const char *profile, const char *why)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 4096);
    buffer_printf(&text,
                  "there are no keys for the S3 store: set AWS_ACCESS_KEY_ID and "
                  "AWS_SECRET_ACCESS_KEY, or put them under [%s] in %s (%s)",
                  profile, path, why);
    s->why_no_keys = buffer_take(&text);
}

static void read_key_file(const struct raw *raw, struct settings *s)
{
    char fallback[1024];
    const char *home = variable("HOME");
    (void)snprintf(fallback, sizeof fallback, "%s/.aws/credentials", home ? home : "");
    const char *path = raw->values[STORAGE_KEY_FILE];
    const char *profile = raw->values[STORAGE_PROFILE];
    if (!path)
        path = fallback;
    if (!profile)
        profile = "default";
    struct error why = {0};
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, MAX_CREDENTIALS_FILE);
    if (file_read(path, &text, &why) != OK) {
        no_keys(s, path, profile, why.status == ERR_NOT_FOUND ? "no such file" : why.text);
        return;
    }
    if (text.size > 0) {
        take_profile(text.data, profile, s);
        explicit_bzero(text.data, text.size);
    }
    s->has_keys = s->access_key && s->access_key[0] && s->secret_key && s->secret_key[0];
    if (!s->has_keys)
        no_keys(s, path, profile, "no such profile there, or not both keys");
}

static enum status read_keys(const struct raw *raw, struct settings *s, struct error *err)
{
    const char *access = raw->values[STORAGE_ACCESS_KEY];
    const char *secret = raw->values[STORAGE_SECRET_KEY];
    if (!access != !secret)
        return error_set(err, ERR_INVALID, "%s is set, but not %s",
                         raw->sources[access ? STORAGE_ACCESS_KEY : STORAGE_SECRET_KEY],
                         rows[access ? STORAGE_SECRET_KEY : STORAGE_ACCESS_KEY].variable);
    if (!access) {
        read_key_file(raw, s);
        return OK;
    }
    s->has_keys = true;
    s->access_key = mem_strdup(access);
    s->secret_key = mem_strdup(secret);
    s->session_token = mem_strdup(raw->values[STORAGE_SESSION_TOKEN]);
    return OK;
}

// They become header lines, which a control character would break.
static enum status check_keys(const struct settings *s, struct error *err)
{
    const char *const texts[] = {s->access_key, s->secret_key, s->session_token};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (const char *c = texts[i]; c && *c; c++) {
            if ((unsigned char)*c <= ' ' || *c == 0x7F)
                return error_set(err, ERR_INVALID,
                                 "a key of the S3 store has a space or control character in it");
        }
    }
    return OK;
}

enum status settings_read(const struct storage_options *options, struct settings *ret,
                          struct error *err)
{
    struct raw raw = {0};
    *ret = (struct settings){0};
    look(options, &raw);
    enum status status = read_region(&raw, ret, err);
    if (status == OK)
        status = read_endpoint(&raw, ret, err);
    if (status == OK)
        status = read_addressing(&raw, ret, err);
    if (status == OK)
        status = read_numbers(&raw, ret, err);
    if (status == OK)
        status = read_keys(&raw, ret, err);
    if (status == OK)
        status = check_keys(ret, err);
    ret->ca_file = mem_strdup(raw.values[STORAGE_CA_FILE]);
    if (status != OK)
        settings_done(ret);
    return status;
}

static void forget(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void settings_done(struct settings *s)
{
    free(s->scheme);
    free(s->host);
    free(s->region);
    free(s->why_no_keys);
    free(s->ca_file);
    forget(s->access_key);
    forget(s->secret_key);
    forget(s->session_token);
    *s = (struct settings){0};
}
