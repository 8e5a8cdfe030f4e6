// SPDX-License-Identifier: GPL-3.0-or-later
// audio_tape.c — see audio_tape.h.
#include "media/audio_tape.h"

#include "media/audio_reader.h"

static enum status reader_seek(struct audio_tape *self, double start_s, struct error *err)
{
    return audio_reader_seek(((struct audio_reader_tape *)self)->reader, start_s, err);
}

static enum status reader_read(struct audio_tape *self, float *dst, size_t n, struct error *err)
{
    return audio_reader_read(((struct audio_reader_tape *)self)->reader, dst, n, err);
}

void audio_reader_tape_init(struct audio_reader_tape *tape, struct audio_reader *reader)
{
    *tape = (struct audio_reader_tape){{.seek = reader_seek, .read = reader_read}, reader};
}
