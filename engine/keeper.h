/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/keeper.h - this side of the keeper (engine/monitor/keeper/keeper.c), the few pages large
 * parent of each monitor.
 *
 * When a monitor is killed, its keeper has the ends of the container's output, learns how the
 * container ended if it does, and starts a fresh monitor. RUN's file "keeper" says who it is, for
 * commands that come across the container in between.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct engine;
struct error;

/* Forks. Returns in the child, with the socket to the keeper that its parent becomes. */
int keeper_fork(struct engine *engine, const char *id, struct error *err);
/* Leaves word of the keeper (our parent) in the container's run directory; fails when it could not
 * be executed. */
int keeper_record(int run_fd, int keeper_fd, struct error *err);

/* Gives the run into its care: the process and its output. @stderr_fd -1: @stdout_fd is a terminal.
 * Without a keeper nothing happens. */
void keeper_guard(int keeper_fd, pid_t pid, int stdout_fd, int stderr_fd);
/* How a process ended that was orphaned to the keeper: true with its exit code (128 + signal).
 * Waits up to @timeout_ms. */
bool keeper_ask(int keeper_fd, pid_t pid, int timeout_ms, int *exit_code);

/* Waits while the recorded keeper is about to start a monitor; false: there is no keeper. */
bool keeper_await_monitor(struct engine *engine, const char *id);
/* The terminal that the recorded keeper holds, -1 if none. */
int keeper_find_terminal(int run_fd);
