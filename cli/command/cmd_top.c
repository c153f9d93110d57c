/* SPDX-License-Identifier: Apache-2.0 */
/* `top`: the processes of the project's containers. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/invocation.h"
#include "cli/output.h"
#include "describe/process_list.h"
#include "engine/labels.h"

#include <stdio.h>

struct rows {
	struct table *table;
	const char *service, *number;
};

static void add_header(struct table *table)
{
	struct strvec *row = table_row(table);

	strvec_add(row, "SERVICE");
	strvec_add(row, "#");
	for (const char *const *title = process_list_titles; *title; title++)
		strvec_add(row, *title);
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
	struct container_list list;

	if (invocation_list(invocation, invocation->arguments, true, &list, err) < 0)
		return -1;
	add_header(&table);
	for (size_t i = 0; i < list.count; i++) {
		const struct container *container = &list.items[i];
		char number[16];
		struct rows rows = {&table, labels_service(container), number};

		if (container->state.pid <= 0)
			continue;
		snprintf(number, sizeof(number), "%d", labels_number(container));
		if (process_list(container->state.pid, add_process, &rows, err) < 0)
			return -1;
	}
	table_print(&table);
	return 0;
}

const struct command cmd_top = COMMAND("top", "[SERVICE...]", "show the processes of services",
				       .needs = FOR_SERVICES | SERVICE_ARGUMENTS | CHANGES_NOTHING,
				       .most = ANY_NUMBER, .run = top_run);
