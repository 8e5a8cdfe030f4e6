// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_s3_answer.c — any bytes as the answer of an object store. What is taken from it must be
// whole, bounded, and without control characters where people see it.
#include "fuzz.h"

#include <assert.h>
#include <string.h>

#include "storage/s3_answer.h"

static void check_text(const char *text, size_t max)
{
    assert(strlen(text) < max);
    for (; *text; text++)
        assert((unsigned char)*text >= ' ' && *text != 0x7F);
}

static void check_page(const char *text, size_t size)
{
    struct error err;
    struct s3_page page;
    if (s3_answer_page(text, size, &page, &err) != OK) {
        assert(err.text[0] && page.object_count == 0 && page.upload_count == 0);
        return;
    }
    for (size_t i = 0; i < page.object_count; i++) {
        assert(strlen(page.objects[i].key) <= 1024 && page.objects[i].size_bytes <= INT64_MAX);
        assert(page.objects[i].modified_ms >= 0 && strlen(page.objects[i].tag) < S3_MAX_TAG);
    }
    for (size_t i = 0; i < page.upload_count; i++)
        assert(page.uploads[i].key && page.uploads[i].id && page.uploads[i].begun_ms >= 0);
    assert(!page.more || page.next);
    s3_page_done(&page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct s3_error refusal;
    if (s3_answer_error(text, size, &refusal)) {
        check_text(refusal.code, sizeof refusal.code);
        check_text(refusal.message, sizeof refusal.message);
    }
    char *id = NULL;
    if (s3_answer_upload_id(text, size, &id, NULL) == OK)
        assert(id[0] && strlen(id) <= 2048);
    free(id);
    char tag[S3_MAX_TAG];
    if (s3_answer_tag(text, size, tag, NULL) == OK)
        assert(strlen(tag) < sizeof tag);
    check_page(text, size);
    return 0;
}
