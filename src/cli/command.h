// SPDX-License-Identifier: GPL-3.0-or-later
// command.h — the subcommands of the program; one file each.
//
// Each gets its own argv (argv[0] is "headway NAME", for messages) and returns the exit code
// of the process. Data goes to standard output, text for people to standard error.
#pragma once

int command_run(int argc, char **argv);
int command_replay(int argc, char **argv);
int command_score(int argc, char **argv);
int command_worker(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_token(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_analyze(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_submit(int argc, char **argv);
int command_watch(int argc, char **argv);
int command_list(int argc, char **argv);
int command_cancel(int argc, char **argv);
int command_retry(int argc, char **argv);
