/* SPDX-License-Identifier: Apache-2.0 */
/* `container port`: where the ports of a container are published. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "cli/container_tasks.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

/* "80", "53/udp": which port of the container is meant; NULL: all. */
struct wanted {
	const char *text;
	int64_t number;
	const char *protocol;
};

static int parse_wanted(struct wanted *wanted, const char *text, struct error *err)
{
	auto_free char *number = text ? strndup(text, strcspn(text, "/")) : NULL;
	const char *slash = text ? strchr(text, '/') : NULL;

	*wanted = (struct wanted){.text = text, .protocol = slash ? slash + 1 : "tcp"};
	if (number && units_parse_int(&wanted->number, number, 1, 65535, err) < 0)
		return error_wrap(err, "invalid port '%s'", text);
	return 0;
}

static void add_lines(struct strvec *lines, const struct container *container,
		      const struct wanted *wanted)
{
	for (size_t i = 0; i < container->state.port_count; i++) {
		const struct port_binding *port = &container->state.ports[i];
		bool has_colons = strchr(port->host_ip, ':') != NULL;
		auto_strbuf struct strbuf line = {0};

		if (wanted->text && (port->container_port != wanted->number ||
				     strcmp(port->protocol, wanted->protocol) != 0))
			continue;
		if (!wanted->text)
			strbuf_printf(&line, "%u/%s -> ", port->container_port, port->protocol);
		strbuf_printf(&line, has_colons ? "[%s]:%u" : "%s:%u", port->host_ip,
			      port->host_port);
		strvec_add(lines, strbuf_text(&line));
	}
}

static int by_nature(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

static int port_run(struct invocation *invocation, struct error *err)
{
	auto_strvec struct strvec lines = {0};
	struct container container;
	struct wanted wanted;

	if (parse_wanted(&wanted, invocation->arguments[1], err) < 0 ||
	    container_named(invocation, invocation->arguments[0], &container, err) < 0)
		return -1;
	add_lines(&lines, &container, &wanted);
	invocation->is_at_work = false;
	if (wanted.text && !lines.count)
		return error_set(err, ERROR_NOT_FOUND, "no public port '%s' published for %s",
				 wanted.text, invocation->arguments[0]);
	if (lines.count)
		qsort(lines.items, lines.count, sizeof(*lines.items), by_nature);
	strvec_each (line, &lines)
		output_line(*line);
	return 0;
}

const struct command cmd_container_port = COMMAND(
	"port", "CONTAINER [PORT[/PROTOCOL]]", "Show where ports of a container are published",
	EXAMPLE("web 80/tcp", "Print the addresses of this host that lead to port 80 of web"),
	.needs = FOR_OBJECTS | CHANGES_NOTHING, .least = 1, .most = 2, .run = port_run);
