/* SPDX-License-Identifier: Apache-2.0 */
/* `port`: the host's address of a published port. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "describe/objects.h"

#include <stdlib.h>
#include <string.h>

struct port_options {
	int index;
	const char *protocol;
};

static const struct option_spec port_options[] = {
	OPTION(INT, "index", 0, port_options, index, "Choose the replica with this number",
	       .value = "N", .fallback = "the first"),
	OPTION(STRING, "protocol", 0, port_options, protocol, "The port's protocol",
	       .value = "PROTOCOL", .words = "tcp udp", .fallback = "tcp"),
	{0},
};

static int port_run(struct invocation *invocation, struct error *err)
{
	const struct port_options *options = invocation->options;
	const char *protocol = options->protocol ? options->protocol : "tcp";
	struct container_choice choice = {invocation->arguments[0], options->index, false};
	struct container container;
	auto_free char *known = NULL;
	int64_t wanted;

	if (units_parse_int(&wanted, invocation->arguments[1], 1, 65535, err) < 0)
		return error_wrap(err, "port");
	if (invocation_choose(invocation, &choice, &container, err) < 0)
		return -1;
	for (size_t i = 0; i < container.state.port_count; i++) {
		const struct port_binding *port = &container.state.ports[i];

		if (port->container_port != wanted || strcmp(port->protocol, protocol) != 0)
			continue;
		output_printf(strchr(port->host_ip, ':') ? "[%s]:%u\n" : "%s:%u\n", port->host_ip,
			      port->host_port);
		return 0;
	}
	known = describe_ports(&container);
	return error_set(err, ERROR_NOT_FOUND,
			 "no port %lld/%s for container %s: it publishes %s (%s)",
			 (long long)wanted, protocol, container.name, *known ? known : "none",
			 container_statuses[container.state.status]);
}

const struct command cmd_port = COMMAND(
	"port", "SERVICE PRIVATE_PORT", "Show where a port of a service is published",
	EXAMPLE("web 80", "Print the address and port of this host that lead to port 80 of web"),
	.needs = FOR_SERVICES | SERVICE_FIRST | CHANGES_NOTHING, .least = 2, .most = 2,
	COMMAND_OPTIONS(port_options, port_options), .run = port_run);
