/* SPDX-License-Identifier: Apache-2.0 */
/* `top` and `container top`: the processes of a project's containers, and of one that is named. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/container_tasks.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "describe/process_list.h"
#include "engine/labels.h"

#include <stdio.h>
#include <string.h>

struct rows {
	struct table *table;
	const char *service, *number;
};

static void add_titles(struct strvec *row, const struct process_columns *columns)
{
	for (size_t i = 0; i < columns->count; i++)
		strvec_add(row, columns->titles[i]);
}

/* Where there is no room for all: what says least of a process goes first. Columns that were asked
 * for stay. */
static void set_yields(struct table *table, const struct process_columns *columns, size_t before)
{
	static const char *const titles[] = {"C", "TTY", "PPID", "STIME", "UID"};

	for (size_t i = 0; i < array_length(titles); i++)
		for (size_t j = 0; j < columns->count && before + j < TABLE_COLUMNS; j++)
			if (strcmp(columns->titles[j], titles[i]) == 0)
				table->yields[before + j] = (unsigned char)(i + 1);
}

static void add_header(struct table *table, const struct process_columns *columns)
{
	struct strvec *row = table_row(table);

	strvec_add(row, "SERVICE");
	strvec_add(row, "#");
	set_yields(table, columns, row->count);
	add_titles(row, columns);
}

static void add_process(const struct strvec *cells, void *data)
{
	const struct rows *rows = data;
	struct strvec *row = table_row(rows->table);

	strvec_add(row, rows->service);
	strvec_add(row, rows->number);
	strvec_each (cell, cells)
		strvec_add(row, *cell);
}

static int top_run(struct invocation *invocation, struct error *err)
{
	auto_table struct table table = {0};
	struct process_columns columns;
	struct container_list list;

	if (process_columns_parse(&columns, NULL, err) < 0 ||
	    invocation_list(invocation, invocation->arguments, true, &list, err) < 0)
		return -1;
	add_header(&table, &columns);
	for (size_t i = 0; i < list.count; i++) {
		const struct container *container = &list.items[i];
		char number[16];
		struct rows rows = {&table, labels_service(container), number};

		if (container->state.pid <= 0)
			continue;
		snprintf(number, sizeof(number), "%d", labels_number(container));
		if (process_list(container, &columns, add_process, &rows, err) < 0)
			return -1;
	}
	if (table.count > 1)
		table_print(&table);
	return 0;
}

const struct command cmd_top = COMMAND("top", "[SERVICE...]", "Show the processes of services",
				       EXAMPLE("web", "Show what runs in the containers of web"),
				       .needs = FOR_SERVICES | SERVICE_ARGUMENTS | CHANGES_NOTHING,
				       .most = ANY_NUMBER, .run = top_run);

static void add_named_process(const struct strvec *cells, void *data)
{
	strvec_add_all(table_row(data), cells->items);
}

static int container_top_run(struct invocation *invocation, struct error *err)
{
	auto_table struct table table = {.least_width = 20};
	struct process_columns columns;
	struct container container;

	if (process_columns_parse(&columns, invocation->arguments + 1, err) < 0 ||
	    container_named(invocation, invocation->arguments[0], &container, err) < 0)
		return -1;
	if (container.state.status == CONTAINER_RESTARTING)
		return error_set(err, ERROR_CONFLICT,
				 "Container %s is restarting, wait until the container is running",
				 container.id);
	if (container.state.pid <= 0)
		return error_set(err, ERROR_CONFLICT, "container %s is not running", container.id);
	if (!invocation->arguments[1])
		set_yields(&table, &columns, 0);
	add_titles(table_row(&table), &columns);
	if (process_list(&container, &columns, add_named_process, &table, err) < 0)
		return -1;
	table_print(&table);
	return 0;
}

const struct command cmd_container_top =
	COMMAND("top", "CONTAINER [PS-OPTION...]", "Show the processes of a container",
		EXAMPLE("web", "Show what runs in web"),
		.needs = FOR_OBJECTS | CHANGES_NOTHING | OPTIONS_FIRST_ONLY, .least = 1,
		.most = ANY_NUMBER, .run = container_top_run);
