// SPDX-License-Identifier: GPL-3.0-or-later
// object_key.h — names of objects as clients of a server say them, and where those objects are.
//
// A key is a relative path below a user's own folder (or prefix) of the store: "games/a.mp4".
// It can neither leave that folder nor name a hidden or temporary file in it, so that no spelling
// of a key reaches what belongs to somebody else. Pure.
#pragma once

#include "base/error.h"
#include "base/memory.h"

enum {
    OBJECT_KEY_MAX = 512,      // bytes of a key
    OBJECT_KEY_PART_MAX = 200, // bytes between two slashes
    USER_NAME_MAX = 32,        // bytes of a user's name
};

// ERR_INVALID says what is wrong with it: empty or too long, no UTF-8, a control character or a
// backslash, an empty part ("a//b", a slash at either end), a part that begins with a dot.
MUST_USE enum status object_key_check(const char *key, struct error *err);

// Letters a–z, digits, - and _, 1 to USER_NAME_MAX of them, a letter or digit first.
MUST_USE enum status user_name_check(const char *user, struct error *err);

// Where the object is: "root/user/key". `root` is a folder or URL without a slash at its end. Both
// names are checked. Free *ret; NULL on failure.
MUST_USE enum status object_key_location(const char *root, const char *user, const char *key,
                                         char **ret, struct error *err);
