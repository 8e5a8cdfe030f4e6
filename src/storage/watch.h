// SPDX-License-Identifier: GPL-3.0-or-later
// watch.h — who is told what a source or sink does, as it happens.
//
// Interface only. The calls come from threads of the store as well as from the caller's own,
// several at a time; they must not call the source or sink back, but to read its counts.
#pragma once

struct transfer_watch {
    // A transfer begins, has ended. They nest: several may run at once.
    void (*work)(struct transfer_watch *self);
    void (*rest)(struct transfer_watch *self);
    // The count of bytes has grown.
    void (*moved)(struct transfer_watch *self);
};
