// SPDX-License-Identifier: GPL-3.0-or-later
// process.h — recognise a process again, also one that is not our child.
//
// A process id alone says little: it is used again. Together with the moment the process was
// started and the boot of the machine it names one process for good. A process keeps its identity
// through exec. Threads: any.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROCESS_BOOT = 40 }; // bytes of a boot id, with the NUL

struct process_id {
    pid_t pid;
    uint64_t start_ticks; // since boot, as /proc says it
    char boot[PROCESS_BOOT];
};

enum process_state { PROCESS_GONE, PROCESS_RUNNING, PROCESS_STOPPED };

// False when there is no such process, or it has ended and only waits to be reaped.
bool process_identify(pid_t pid, struct process_id *ret);
// A descriptor that polls readable once that very process has ended; -1 when it has already. The
// caller closes it.
int process_open(const struct process_id *id);
// Stopped: by SIGSTOP or a debugger.
enum process_state process_state(pid_t pid);
