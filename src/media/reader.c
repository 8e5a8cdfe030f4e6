// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/reader.h"

#include <math.h>
#include <string.h>

#include "media/av_reader.h"

#define EXPECT_SLACK_S 0.25 // pictures that are decoded besides, as they lean on each other

enum { EXPECT_GAP_BYTES = 1 << 20 }; // between picture and sound that are fetched as one

static AVStream *video_stream(const struct reader *reader)
{
    return reader->input.format->streams[reader->input.video];
}

static enum status check_video(struct reader *reader, struct error *err)
{
    const struct av_input *input = &reader->input;
    if (input->video < 0 && input->audio >= 0)
        return error_set(err, ERR_MEDIA, "%s has sound but no picture", input->name);
    if (input->video < 0)
        return error_set(err, ERR_MEDIA, "%s has no video stream", input->name);
    enum AVCodecID codec = video_stream(reader)->codecpar->codec_id;
    if (!avcodec_find_decoder(codec))
        return error_set(err, ERR_MEDIA, "%s cannot be decoded: there is no decoder for %s",
                         input->name, avcodec_get_name(codec));
    return av_input_describe(input, &reader->info, err);
}

enum status reader_open(struct byte_source *source, const char *name, struct cancel *cancel,
                        struct reader **ret, struct error *err)
{
    AUTO(reader_free) struct reader *reader = mem_new(struct reader);
    enum status status = av_input_open(&reader->input, source, name, cancel, err);
    if (status == OK)
        status = check_video(reader, err);
    if (status != OK)
        return status;
    av_input_only(&reader->input, reader->input.video);
    *ret = reader;
    reader = NULL;
    return OK;
}

void reader_free(struct reader *reader)
{
    if (!reader)
        return;
    av_frame_table_done(&reader->table);
    av_input_close(&reader->input);
    free(reader);
}

const struct media_info *reader_info(const struct reader *reader)
{
    return &reader->info;
}

double av_reader_time_s(const struct reader *reader, int64_t pts)
{
    return (double)(pts - reader->table.pts[0]) * av_q2d(video_stream(reader)->time_base);
}

enum status av_reader_table(struct reader *reader, struct error *err)
{
    if (reader->has_table)
        return OK;
    enum status status = av_frame_table_build(&reader->input, &reader->table, err);
    if (status != OK)
        return status;
    struct media_info *info = &reader->info;
    reader->has_table = true;
    info->has_frame_count = true;
    info->frame_count = reader->table.count;
    info->origin_s = (double)reader->table.pts[0] * av_q2d(video_stream(reader)->time_base);
    info->duration_s = av_reader_time_s(reader, reader->table.end_pts);
    return OK;
}

enum status reader_frame_times(struct reader *reader, struct frame_times *ret, struct error *err)
{
    enum status status = av_reader_table(reader, err);
    if (status != OK)
        return status;
    size_t count = reader->table.count;
    double *start_s = mem_try_array(count, sizeof *start_s);
    if (!start_s)
        return error_set(err, ERR_MEMORY, "no memory for the times of %zu frames", count);
    for (size_t i = 0; i < count; i++)
        start_s[i] = av_reader_time_s(reader, reader->table.pts[i]);
    *ret = (struct frame_times){start_s, count, reader->info.duration_s};
    return OK;
}

// Sum of the packets of one stream in the range. False when the container has no full index.
static bool indexed_bytes(AVStream *stream, double from_s, double to_s, uint64_t *sum)
{
    int n = avformat_index_get_entries_count(stream);
    if (n < 1 || (stream->nb_frames > 0 && n < stream->nb_frames))
        return false;
    double unit_s = av_q2d(stream->time_base);
    int first = av_index_search_timestamp(stream, (int64_t)floor(from_s / unit_s),
                                          AVSEEK_FLAG_BACKWARD);
    for (int i = first < 0 ? 0 : first; i < n; i++) {
        const AVIndexEntry *entry = avformat_index_get_entry(stream, i);
        if ((double)entry->timestamp * unit_s >= to_s)
            break;
        *sum += entry->size > 0 ? (uint64_t)entry->size : 0;
    }
    return true;
}

// Widens [from, to) to the packets of one stream in the range, with those that a decoder takes
// besides. False when the container has no full index.
static bool indexed_range(AVStream *stream, double from_s, double to_s, int64_t *from, int64_t *to)
{
    int n = avformat_index_get_entries_count(stream);
    if (n < 1 || (stream->nb_frames > 0 && n < stream->nb_frames))
        return false;
    double unit_s = av_q2d(stream->time_base);
    int first = av_index_search_timestamp(stream, (int64_t)floor(from_s / unit_s),
                                          AVSEEK_FLAG_BACKWARD);
    *from = INT64_MAX;
    *to = 0;
    for (int i = first < 0 ? 0 : first; i < n; i++) {
        const AVIndexEntry *entry = avformat_index_get_entry(stream, i);
        if ((double)entry->timestamp * unit_s >= to_s + EXPECT_SLACK_S)
            break;
        *from = entry->pos < *from ? entry->pos : *from;
        *to = entry->pos + entry->size > *to ? entry->pos + entry->size : *to;
    }
    return *from < *to;
}

void reader_expect(const struct reader *reader, double start_s, double end_s, bool sound)
{
    const struct av_input *input = &reader->input;
    struct byte_source *source = input->source;
    double from_s = start_s + reader->info.origin_s;
    double to_s = end_s + reader->info.origin_s;
    int64_t from[2];
    int64_t to[2];
    if (!source->expect || !strstr(reader->info.container, "mp4") ||
        !indexed_range(video_stream(reader), from_s, to_s, &from[0], &to[0]))
        return;
    sound = sound && input->audio >= 0 &&
            indexed_range(input->format->streams[input->audio], from_s, to_s, &from[1], &to[1]);
    if (sound && from[1] <= to[0] + EXPECT_GAP_BYTES && from[0] <= to[1] + EXPECT_GAP_BYTES) {
        from[0] = from[0] < from[1] ? from[0] : from[1];
        to[0] = to[0] > to[1] ? to[0] : to[1];
        sound = false;
    }
    source->expect(source, from[0], to[0]);
    if (sound)
        source->expect(source, from[1], to[1]);
}

uint64_t reader_bytes_needed(const struct reader *reader, double start_s, double end_s)
{
    const struct av_input *input = &reader->input;
    const struct media_info *info = &reader->info;
    uint64_t sum = 0;
    double from_s = start_s + info->origin_s;
    double to_s = end_s + info->origin_s;
    uint64_t size = (uint64_t)input->source->size_bytes;
    bool has_sizes = strstr(info->container, "mp4") || strstr(info->container, "avi");
    bool indexed = has_sizes && indexed_bytes(video_stream(reader), from_s, to_s, &sum);
    if (indexed && input->audio >= 0)
        indexed = indexed_bytes(input->format->streams[input->audio], from_s, to_s, &sum);
    if (indexed)
        return sum < size ? sum : size;
    double share = info->duration_s > 0 ? (end_s - start_s) / info->duration_s : 1;
    return (uint64_t)((double)size * fmin(1, fmax(0, share)));
}
