// SPDX-License-Identifier: GPL-3.0-or-later
// main.c — one binary, a table of subcommands.
#include <argp.h>
#include <fcntl.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "cli/command.h"
#include "sys/log.h"

struct command {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
    bool computes; // with the threads of OpenMP
};

static const struct command commands[] = {
    {"run", "run one export on this machine and show how far it is", command_run, false},
    {"replay", "what the bar showed in recorded jobs, a line a sample", command_replay, false},
    {"score", "how honest the bar was in recorded jobs, beside other bars", command_score, false},
    {"worker", "run the job whose spec comes on standard input, telling its progress in lines",
     command_worker, true},
    {"submit", "give an export to a server", command_submit, false},
    {"watch", "watch jobs of a server", command_watch, false},
    {"list", "list the jobs of a server", command_list, false},
    {"cancel", "cancel jobs of a server", command_cancel, false},
    {"retry", "run jobs of a server again that failed", command_retry, false},
    {"analyze", "say where the time of exports goes, and what not to believe", command_analyze,
     false},
    {"bench", "measure exports of all types and lengths, cold and warm", command_bench, false},
    {"serve", "take exports over HTTP, run them, show everybody how far they are", command_serve,
     false},
    {"token", "who may use a server: add, list and remove tokens", command_token, false},
    {"doctor", "check what this machine can do", command_doctor, true},
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_help(FILE *to)
{
    (void)fprintf(to,
                  "headway %s: video exports, and the truth about how far they are\n\n"
                  "Usage: headway COMMAND [OPTION...]\n\n",
                  HEADWAY_VERSION);
    for (int i = 0; i < COMMANDS; i++)
        (void)fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].summary);
    (void)fprintf(
        to, "\n`headway COMMAND --help` tells a command's options. HEADWAY_LOG=debug says more.\n");
}

static void set_up_log(void)
{
    static const char *const levels[] = {
        [LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};
    const char *wanted = getenv("HEADWAY_LOG");
    for (int i = 0; wanted && i < LOG_LEVEL_COUNT; i++) {
        if (strcmp(levels[i], wanted) == 0)
            log_set_level((enum log_level)i);
    }
}

// Whoever started us may have closed some of them; a film must not get their numbers.
static void open_standard_streams(void)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            abort();
    }
}

// OpenMP's threads spin while they wait, which takes the processors from the stages that run beside
// them. The library reads this variable when it is loaded: who computes starts itself anew, unless
// whoever started it has set the variable, as we do for our workers.
static void wait_passively(const struct command *command, char **argv)
{
    if (getenv("OMP_WAIT_POLICY") || setenv("OMP_WAIT_POLICY", "passive", 1) != 0)
        return;
    if (command->computes)
        (void)execv("/proc/self/exe", argv);
    // without it the program is slower, not wrong
}

int main(int argc, char **argv)
{
    open_standard_streams();
    (void)setlocale(LC_CTYPE, "");
    set_up_log();
    argp_err_exit_status = status_info(ERR_USAGE)->exit_code;
    const char *name = argc > 1 ? argv[1] : "--help";
    if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(name, "--version") == 0) {
        (void)printf("headway %s\n", HEADWAY_VERSION);
        return 0;
    }
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        wait_passively(&commands[i], argv);
        char title[32];
        (void)snprintf(title, sizeof(title), "headway %s", name);
        argv[1] = title;
        return commands[i].run(argc - 1, argv + 1);
    }
    log_line(LOG_ERROR, "unknown command %s; `headway --help` lists them", name);
    return status_info(ERR_USAGE)->exit_code;
}
