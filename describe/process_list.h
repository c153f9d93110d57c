/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/process_list.h - door: the processes of one container, as `ps` shows them on the host.
 */
#pragma once

#include <stddef.h>

struct container;
struct error;
struct process_column;
struct strbuf;
struct strvec;

/* What of each process is shown. */
struct process_columns {
	const struct process_column *items[40];
	char titles[40][24];
	size_t count;
};

/* From words as ps takes them ("-ef", "aux", "-o", "pid,comm"); none: -ef. What ps could do besides
 * columns (threads, trees, sorting) is ERROR_UNSUPPORTED; ERROR_INVALID for what is no option, and
 * when there is no column PID, as with docker. */
int process_columns_parse(struct process_columns *columns, char *const *words, struct error *err);

/* The cells of a row. */
typedef void process_list_take(const struct strvec *row, void *data);
/* Hands over a row for each process in the cgroup of the container's first one or below; if that is
 * ours too, for each in its mount namespace. One that has gone has none. Tells that it was looked
 * at: the event "top". */
int process_list(const struct container *container, const struct process_columns *columns,
		 process_list_take *take, void *data, struct error *err);
