// SPDX-License-Identifier: GPL-3.0-or-later
// options.h — what a server can be told; the flags, environment and file that tell it are cli's.
//
// Each limit bounds something that a client can send or hold open. Units in the names.
#pragma once

#include <stdint.h>

struct server_options {
    const char *listen;   // "HOST:PORT" or "[V6]:PORT"; port 0: one that is free
    const char *data_dir; // holds headway.db and, where no other store is named, objects/
    const char *store;    // where objects live: a folder or "s3://bucket/prefix"; NULL: in data_dir
    const char *hosts;    // further names that the server goes by, comma-separated; NULL: none
    const char *web_dir;  // static files; NULL or missing: none
    const char *tls_cert; // PEM file of the certificate chain; NULL: no TLS
    const char *tls_key;  // PEM file of its key

    int64_t connections;             // open at once
    int64_t connections_per_address; // of them, from one address
    int64_t half_open;               // of them, that have not said their request yet
    int64_t header_bytes;            // of the head of one request
    int64_t object_bytes;            // of one object that is uploaded
    int64_t uploads;                 // that run at once, of all users
    int64_t viewers;                 // that watch at once, in all
    int64_t viewers_per_user;
    int64_t viewers_per_job;
    int64_t header_s;    // until the head of a request must be there
    int64_t idle_s;      // that a connection may be silent
    int64_t ping_s;      // between two pings; a peer that answers none of two is gone
    int64_t tick_ms;     // between two messages to one viewer
    int64_t stop_wait_s; // how long a stop waits for jobs that run; 0: the next server adopts them
};
