// SPDX-License-Identifier: GPL-3.0-or-later
// runnable.h — how many tasks of this machine want a processor at this moment, and how many there
// are.
//
// Runnable is the kernel's word: threads that run and those that would if they had a processor, of
// all users and all containers (proc(5), /proc/loadavg). What sleeps or waits for a disk is none.
// Threads: any.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The runnable tasks that a text of /proc/loadavg tells: the first number of its fourth field.
// False when it is not like that, or none is told: whoever reads it is one. Pure.
bool runnable_parse(const char *text, uint64_t *ret);

// Runnable tasks but the calling one: the lower quartile of a few readings, since programs that
// only woke for a moment do not count. Takes 3 ms alone, 8 in company, asleep. False where the
// system does not say.
bool runnable_others(uint64_t *ret);

// Processors that are online, also those that this process may not use; false where the system
// does not say.
bool runnable_processors(uint64_t *ret);
