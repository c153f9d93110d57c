/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/keeper.h - keeps a container's terminal open while no monitor does.
 *
 * When the last descriptor of a pty's master is closed, the kernel hangs up its session: a killed
 * monitor would take an interactive container with it. A process that does nothing but hold the
 * master and wait for the container's exit prevents that; an adopting monitor copies the descriptor
 * out of it (pidfd_getfd, Linux 5.6).
 */
#pragma once

struct error;

int keeper_start(int run_fd, int terminal_fd, int pidfd, struct error *err);
/* The master, or -1 when there is no keeper. */
int keeper_find(int run_fd);
