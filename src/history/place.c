// SPDX-License-Identifier: GPL-3.0-or-later
// place.c — see place.h: the XDG base directories, where a state folder that is not an absolute
// path counts as not said.
#include "history/place.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *home(void)
{
    const char *said = getenv("HOME");
    if (said && said[0] == '/')
        return said;
    const struct passwd *user = getpwuid(getuid());
    return user && user->pw_dir && user->pw_dir[0] == '/' ? user->pw_dir : NULL;
}

// Makes the folder and those above it, for this user alone.
static enum status make_folders(char *path, struct error *err)
{
    for (char *at = path + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        bool last = *at == '\0';
        *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return error_set_errno(err, errno, "make the folder %s", path);
        if (last)
            return OK;
        *at = '/';
    }
}

enum status place_history(char **ret, struct error *err)
{
    const char *state = getenv("XDG_STATE_HOME");
    char *folder AUTO(mem_free) = NULL;
    *ret = NULL;
    if ((!state || state[0] != '/') && !home())
        return error_set(err, ERR_NOT_FOUND,
                         "there is no home for the history; expected "
                         "XDG_STATE_HOME or HOME to name a folder");
    int n = state && state[0] == '/' ? asprintf(&folder, "%s/headway", state)
                                     : asprintf(&folder, "%s/.local/state/headway", home());
    if (n < 0)
        abort();
    enum status status = make_folders(folder, err);
    if (status == OK && asprintf(ret, "%s/history.db", folder) < 0)
        abort();
    return status;
}
