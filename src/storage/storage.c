// SPDX-License-Identifier: GPL-3.0-or-later
// storage.c — see storage.h.
#include "storage/storage.h"

#include <pthread.h>

#include "storage/store.h"

struct storage {
    struct settings settings;
    pthread_mutex_t lock;
    struct s3_client *s3; // -- protected by lock; NULL until somebody needs it
};

enum status storage_new(const struct storage_options *options, struct storage **ret,
                        struct error *err)
{
    *ret = NULL;
    struct settings settings;
    enum status status = settings_read(options, &settings, err);
    if (status != OK)
        return status;
    struct storage *s = mem_new(struct storage);
    s->settings = settings;
    (void)pthread_mutex_init(&s->lock, NULL);
    *ret = s;
    return OK;
}

void storage_free(struct storage *s)
{
    if (!s)
        return;
    s3_client_free(s->s3);
    settings_done(&s->settings);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

enum status storage_s3(struct storage *s, struct s3_client **ret, struct error *err)
{
    *ret = NULL;
    if (!s)
        return error_set(err, ERR_INVALID, "there is no S3 store here, only local files");
    (void)pthread_mutex_lock(&s->lock);
    enum status status = s->s3 ? OK : s3_client_new(&s->settings, &s->s3, err);
    *ret = s->s3;
    (void)pthread_mutex_unlock(&s->lock);
    return status;
}

const struct store *store_of(const struct location *at)
{
    return at->place == PLACE_S3 ? &store_s3 : &store_file;
}
