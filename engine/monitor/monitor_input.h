/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/monitor/monitor_input.h - the writing end of the container's standard input.
 *
 * It is a pipe without a name: so /dev/stdin, opened again in the container after the end of its
 * input, is at its end too, while a FIFO would wait for a writer. Its first process has the reading
 * end as descriptor 0, through which the writing end is opened; later only if that still is the
 * pipe that RUN/containers/ID/stdin says.
 */
#pragma once

#include <stdbool.h>

struct error;
struct monitor;

/* Into monitor->stdin_fd, which stays -1 when there is no input any more. With @is_fresh the
 * process has not executed anything yet and is believed. */
int monitor_input_open(struct monitor *monitor, bool is_fresh, struct error *err);
/* The end of the input, for this monitor and any that follows. */
void monitor_input_forget(struct monitor *monitor);
