// SPDX-License-Identifier: GPL-3.0-or-later
// placing.h — from the keys in a user's spec to the places where those objects are.
//
// Where there is a root, a spec may name nothing but objects of its user: keys, which
// job/object_key.h checks, and networks by name. Pure but for the folders.
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "job/spec.h"

// Every key in the spec becomes its place: "games/a.mp4" → "root/ada/games/a.mp4". ERR_INVALID
// names the field. The spec is not to be used after a failure.
MUST_USE enum status placing_apply(struct spec *spec, const char *root, const char *user,
                                   struct error *err);
// Makes the folders in which a placed spec's outputs will stand, where the root is a folder.
MUST_USE enum status placing_make_folders(const struct spec *spec, const char *root,
                                          struct error *err);
// Names the objects in `text` (a sentence of a worker's) as their user knows them: by their keys.
void placing_hide(const char *root, const char *user, char *text);
// Removes the folders again that are empty, up to the root.
void placing_remove_folders(const struct spec *spec, const char *root);
// Removes what process `worker`, which has ended, has left of the spec's outputs unfinished.
void placing_remove_strays(const struct spec *spec, pid_t worker);
