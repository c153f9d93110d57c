/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/invocation.h"
#include "cli/output.h"
#include "cli/process_list.h"

#include <stdio.h>

static void add_header(struct table *table)
{
	static const char *const names[] = {"SERVICE", "#",	"UID", "PID",  "PPID",
					    "C",       "STIME", "TTY", "TIME", "CMD"};
	struct strvec *row = table_row(table);

	for (size_t i = 0; i < array_length(names); i++)
		strvec_add(row, names[i]);
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

		if (container->state.pid <= 0)
			continue;
		snprintf(number, sizeof(number), "%d", invocation_number(container));
		if (process_list_add(&table, container->state.pid, invocation_service(container),
				     number, err) < 0)
			return -1;
	}
	table_print(&table);
	return 0;
}

const struct command cmd_top = {
	.name = "top",
	.usage = "[SERVICE...]",
	.help = "show the processes of services",
	.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_PROJECT | ALL_PROFILES | SERVICE_ARGUMENTS |
		 CHANGES_NOTHING,
	.most = ANY_NUMBER,
	.run = top_run,
};
