// SPDX-License-Identifier: GPL-3.0-or-later
// remote.h — what the commands share that speak to a server: where it is, what is printed.
//
// The server is --server, else $HEADWAY_SERVER, else http://127.0.0.1:8080. The token comes from
// $HEADWAY_TOKEN alone: a command line can be read by everybody on the machine.
// Threads: one owner.
#pragma once

#include <argp.h>
#include <stdbool.h>

#include "client/api.h"

struct remote {
    const char *server; // NULL: not given
    bool json;
    char **jobs; // arguments that are no options; borrowed from argv
    int job_count;
};

// For argp's children; the input of a command that uses it is a struct remote.
extern const struct argp remote_argp;

MUST_USE enum status remote_open(const struct remote *remote, struct api **ret, struct error *err);
// A snapshot as one line of JSON on standard output.
void remote_print_json(const struct job_snapshot *snapshot);
// Says what is wrong; returns the exit code.
int remote_fail(const struct error *err);
