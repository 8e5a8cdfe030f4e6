// SPDX-License-Identifier: GPL-3.0-or-later
// terminal.c — see terminal.h.
#include "sys/terminal.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && value[0] != '\0';
}

struct terminal terminal_look(int fd)
{
    const char *kind = getenv("TERM");
    struct terminal t = {.columns = 80};
    t.interactive = isatty(fd) && kind && strcmp(kind, "dumb") != 0;
    t.colour = t.interactive && !is_set("NO_COLOR");
    t.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    struct winsize size = {0};
    if (t.interactive && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        t.columns = size.ws_col;
    return t;
}

// The end of the escape sequence (ECMA-48 CSI) at `text`, or `text` when there is none.
static const char *skip_escape(const char *text)
{
    if (text[0] != '\x1b' || text[1] != '[')
        return text;
    text += 2;
    while (*text && !(*text >= '@' && *text <= '~'))
        text++;
    return *text ? text + 1 : text;
}

int terminal_width(const char *text)
{
    int columns = 0;
    mbstate_t state = {0};
    while (*text) {
        const char *next = skip_escape(text);
        if (next != text) {
            text = next;
            continue;
        }
        wchar_t c = 0;
        size_t n = mbrtowc(&c, text, strlen(text), &state);
        if (n == (size_t)-1 || n == (size_t)-2) { // not in this locale: a byte, a column
            state = (mbstate_t){0};
            n = 1;
            c = L'?';
        }
        int width = wcwidth(c);
        columns += width > 0 ? width : 0;
        text += n;
    }
    return columns;
}
