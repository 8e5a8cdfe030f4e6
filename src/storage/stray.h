// SPDX-License-Identifier: GPL-3.0-or-later
// stray.h — what a process that died has left of the objects that it was writing. Threads: any.
#pragma once

#include <sys/types.h>

// Removes the temporary files that process `pid` had in the folder of the local object `where`; it
// is known to have ended, and nothing is done while another one has that number. Returns how many.
// Of an object in S3 nothing: object_abort_uploads() does that.
int stray_remove(const char *where, pid_t pid);
