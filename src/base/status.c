// SPDX-License-Identifier: GPL-3.0-or-later
// status.c — the table behind status.h. Exit codes follow <sysexits.h> where it has one.
#include "base/status.h"

#include <assert.h>
#include <string.h>
#include <sysexits.h>

static const struct status_info rows[] = {
    [OK] = {"ok", 0, 200, false, "done"},
    [ERR_USAGE] = {"usage", EX_USAGE, 400, false, "wrong command line"},
    [ERR_INVALID] = {"invalid", EX_DATAERR, 400, false, "a value is not acceptable"},
    [ERR_NOT_FOUND] = {"not_found", EX_NOINPUT, 404, false, "it does not exist"},
    [ERR_PERMISSION] = {"permission", EX_NOPERM, 403, false, "access is denied"},
    [ERR_CONFLICT] = {"conflict", 79, 409, false, "the state does not allow it"},
    [ERR_MEDIA] = {"media", 80, 422, false, "the input cannot be used as video"},
    [ERR_MODEL] = {"model", EX_CONFIG, 500, false, "the model cannot be used"},
    [ERR_IO] = {"io", EX_IOERR, 500, true, "reading or writing failed"},
    [ERR_NO_SPACE] = {"no_space", EX_CANTCREAT, 507, false, "no space is left"},
    [ERR_TIMEOUT] = {"timeout", 81, 504, true, "nothing came in time"},
    [ERR_UNAVAILABLE] = {"unavailable", EX_UNAVAILABLE, 503, true, "it is not available now"},
    [ERR_LIMIT] = {"limit", 82, 413, false, "it is larger than allowed"},
    [ERR_MEMORY] = {"memory", EX_OSERR, 500, true, "not enough memory"},
    [ERR_CANCELLED] = {"cancelled", 130, 409, false, "cancelled"},
    [ERR_WORKER] = {"worker", EX_TEMPFAIL, 502, true, "the worker died"},
    [ERR_INTERNAL] = {"internal", EX_SOFTWARE, 500, false, "a bug in this program"},
};
static_assert(sizeof(rows) / sizeof(rows[0]) == STATUS_COUNT, "a row for every status");

const struct status_info *status_info(enum status status)
{
    assert((unsigned)status < STATUS_COUNT);
    return &rows[status];
}

enum status status_from_name(const char *name)
{
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0)
            return (enum status)i;
    }
    return ERR_INTERNAL;
}
