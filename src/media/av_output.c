// SPDX-License-Identifier: GPL-3.0-or-later
// av_output.c — see av_output.h.
#include "media/av_output.h"

enum {
    SINK_BUFFER_BYTES = 256 * 1024,
    MAX_INTERLEAVE_S = 10, // film.h promises it as FILM_MAX_INTERLEAVE_S

    // Room in the index, in bytes. Per video packet: stsz 4, ctts 8, stss 4, stco 8, stsc 12.
    // Per audio packet the same without ctts and stss. Fixed: everything else in moov.
    INDEX_VIDEO_PACKET = 36,
    INDEX_AUDIO_PACKET = 24,
    INDEX_FIXED = 64 * 1024,
    HEAD_MARGIN = 4096, // ftyp before the index, free and mdat headers behind it
};

int64_t av_output_index_bytes(int64_t video_packets, int64_t audio_packets)
{
    return INDEX_FIXED + video_packets * INDEX_VIDEO_PACKET + audio_packets * INDEX_AUDIO_PACKET;
}

int64_t av_output_head_bytes(int64_t index_bytes)
{
    return index_bytes + HEAD_MARGIN;
}

static int sink_write(void *opaque, uint8_t *bytes, int n)
{
    struct av_output *o = opaque;
    if (o->sink_error.status != OK)
        return AVERROR(EIO);
    if (o->position < o->size && o->position + n > o->head_bytes)
        error_set(&o->sink_error, ERR_INTERNAL, "the film's index does not fit in front of it");
    else if (cancel_check(o->cancel, &o->sink_error) == OK)
        o->sink_error.status = o->sink->write_at(o->sink, o->position, bytes, (size_t)n,
                                                 &o->sink_error);
    if (o->sink_error.status != OK)
        return AVERROR(EIO);
    o->position += n;
    if (o->position > o->size)
        o->size = o->position;
    return n;
}

static int64_t sink_seek(void *opaque, int64_t offset, int whence)
{
    struct av_output *o = opaque;
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
        return o->size;
    case SEEK_CUR:
        offset += o->position;
        break;
    case SEEK_END:
        offset += o->size;
        break;
    default:
        break;
    }
    if (offset < 0)
        return AVERROR(EINVAL);
    o->position = offset;
    return offset;
}

enum status av_output_failed(struct av_output *o, int rc, struct error *err, const char *doing)
{
    if (o->sink_error.status != OK) {
        if (err)
            *err = o->sink_error;
        return o->sink_error.status;
    }
    return av_error(err, o->cancel, rc, "%s", doing);
}

enum status av_output_open(struct av_output *o, struct byte_sink *sink, const struct cancel *cancel,
                           struct error *err)
{
    av_quiet();
    *o = (struct av_output){.sink = sink, .cancel = cancel};
    int rc = avformat_alloc_output_context2(&o->mux, NULL, "mp4", NULL);
    if (rc < 0)
        return av_error(err, cancel, rc, "open the MP4 writer");
    o->mux->flags |= AVFMT_FLAG_BITEXACT;
    o->mux->max_interleave_delta = (int64_t)MAX_INTERLEAVE_S * AV_TIME_BASE;
    uint8_t *buffer = av_malloc(SINK_BUFFER_BYTES);
    if (buffer)
        o->mux->pb = avio_alloc_context(buffer, SINK_BUFFER_BYTES, 1, o, NULL, sink_write,
                                        sink_seek);
    if (!o->mux->pb) {
        av_free(buffer);
        return error_set(err, ERR_MEMORY, "no memory for the film's output buffer");
    }
    o->mux->pb->seekable = AVIO_SEEKABLE_NORMAL;
    return OK;
}

void av_output_close(struct av_output *o)
{
    if (!o->mux)
        return;
    if (o->mux->pb)
        av_freep(&o->mux->pb->buffer);
    avio_context_free(&o->mux->pb);
    avformat_free_context(o->mux);
    o->mux = NULL;
}

enum status av_output_begin(struct av_output *o, int64_t index_bytes, int movie_timescale,
                            struct error *err)
{
    AVDictionary *options = NULL;
    o->head_bytes = av_output_head_bytes(index_bytes);
    av_dict_set_int(&options, "moov_size", index_bytes, 0);
    if (movie_timescale > 0)
        av_dict_set_int(&options, "movie_timescale", movie_timescale, 0);
    int rc = avformat_write_header(o->mux, &options);
    av_dict_free(&options);
    return rc < 0 ? av_output_failed(o, rc, err, "begin the film") : OK;
}

enum status av_output_packet(struct av_output *o, AVPacket *packet, struct error *err)
{
    int rc = av_interleaved_write_frame(o->mux, packet);
    if (rc < 0 || o->sink_error.status != OK)
        return av_output_failed(o, rc, err, "write the film");
    return OK;
}

enum status av_output_end(struct av_output *o, struct error *err)
{
    int rc = av_write_trailer(o->mux); // above 0 is success too
    if (rc >= 0) {
        avio_flush(o->mux->pb);
        rc = o->mux->pb->error;
    }
    if (rc < 0 || o->sink_error.status != OK)
        return av_output_failed(o, rc, err, "finish the film");
    return OK;
}
