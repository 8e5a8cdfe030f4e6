// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/finding.h"

#include <stdio.h>

void finding_set(struct finding *f, enum status status, const struct error *err, const char *text)
{
    f->ok = status == OK;
    (void)snprintf(f->text, sizeof(f->text), "%s", f->ok ? text : err->text);
}
