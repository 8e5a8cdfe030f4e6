// SPDX-License-Identifier: GPL-3.0-or-later
// file_store.c — the store of local files: a folder is a prefix, a path below it a name.
#include "storage/file_store.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Changes with every write that the file system can tell apart.
static void describe(const struct stat *st, struct object_info *ret)
{
    ret->size_bytes = (uint64_t)st->st_size;
    ret->modified_ms = (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
    (void)snprintf(ret->tag, sizeof ret->tag, "%llx-%llx-%llx", (unsigned long long)st->st_ino,
                   (unsigned long long)st->st_size,
                   (unsigned long long)st->st_mtim.tv_sec * 1000000000ULL +
                       (unsigned long long)st->st_mtim.tv_nsec);
}

static enum status head(const struct store_call *call, struct object_info *ret, struct error *err)
{
    struct stat st;
    if (stat(call->at->path, &st) != 0)
        return error_set_errno(err, errno, "look at %s", call->where);
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERR_INVALID, "%s: expected a regular file, got %s", call->where,
                         S_ISDIR(st.st_mode) ? "a folder" : "a device or pipe");
    describe(&st, ret);
    return OK;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static enum status walk(const struct store_call *call, FTS *tree, object_listener *listener,
                        void *context, struct error *err)
{
    size_t skip = strlen(call->at->path);
    for (FTSENT *entry; (entry = fts_read(tree));) {
        if (cancel_check(call->cancel, err) != OK)
            return ERR_CANCELLED;
        if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS)
            return error_set_errno(err, entry->fts_errno, "list %s", entry->fts_path);
        if (entry->fts_info != FTS_F)
            continue;
        struct object_info info;
        describe(entry->fts_statp, &info);
        const char *name = entry->fts_path + skip;
        if (!listener(context, name + strspn(name, "/"), &info))
            return OK;
    }
    return errno == 0 ? OK : error_set_errno(err, errno, "list %s", call->where);
}

static enum status list(const struct store_call *call, object_listener *listener, void *context,
                        struct error *err)
{
    struct stat st;
    if (stat(call->at->path, &st) != 0)
        return error_set_errno(err, errno, "list %s", call->where);
    if (!S_ISDIR(st.st_mode))
        return error_set(err, ERR_INVALID, "%s: expected a folder", call->where);
    char *roots[] = {call->at->path, NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    if (!tree)
        return error_set_errno(err, errno, "list %s", call->where);
    enum status status = walk(call, tree, listener, context, err);
    (void)fts_close(tree);
    return status;
}

static enum status remove_file(const struct store_call *call, struct error *err)
{
    if (unlink(call->at->path) == 0 || errno == ENOENT || errno == ENOTDIR)
        return OK;
    return error_set_errno(err, errno, "remove %s", call->where);
}

const struct store store_file = {
    .open_source = file_source_open,
    .open_sink = file_sink_open,
    .head = head,
    .list = list,
    .remove = remove_file,
};
