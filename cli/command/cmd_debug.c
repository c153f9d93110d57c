/* SPDX-License-Identifier: Apache-2.0 */
/* `debug dns` and `debug ports`: why something is reachable, or is not. */
#include "base/error.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "engine/container.h"
#include "engine/explain/explain.h"

/* 1 when something is not as one may expect. */
static int show(const struct explanation *explanation)
{
	strvec_each (line, &explanation->lines)
		output_line(*line);
	return explanation->has_problem;
}

static int dns_run(struct invocation *invocation, struct error *err)
{
	auto_explanation struct explanation explanation = {0};
	struct container from;

	if (explain_find(invocation->engine, invocation->arguments[1], &from, invocation->arena,
			 err) < 0 ||
	    explain_name(invocation->engine, &from, invocation->arguments[0], &explanation, err) <
		    0)
		return -1;
	return show(&explanation);
}

static const struct command cmd_debug_dns = COMMAND(
	"dns", "NAME CONTAINER", "Explain what a name is in a container, and why",
	EXAMPLE("db web", "Say who db is for web, a service or container, or why there is nobody"),
	.needs = FOR_CONTAINERS | CHANGES_NOTHING, .least = 2, .most = 2, .run = dns_run);

static bool publishes(const struct container *container)
{
	return container->config.port_count > 0 || container->state.port_count > 0;
}

static int explain_all(struct invocation *invocation, struct explanation *out, struct error *err)
{
	struct container *containers;
	size_t count;

	if (container_list(invocation->engine, NULL, &containers, &count, invocation->arena, err) <
	    0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (publishes(&containers[i]) &&
		    explain_ports(invocation->engine, &containers[i], out, err) < 0)
			return -1;
	return 0;
}

static int ports_run(struct invocation *invocation, struct error *err)
{
	auto_explanation struct explanation explanation = {0};
	struct container container;
	int result = 0;

	if (!*invocation->arguments)
		result = explain_all(invocation, &explanation, err);
	for (char **name = invocation->arguments; *name && result == 0; name++) {
		result =
			explain_find(invocation->engine, *name, &container, invocation->arena, err);
		if (result == 0)
			result = explain_ports(invocation->engine, &container, &explanation, err);
	}
	return result < 0 ? -1 : show(&explanation);
}

static const struct command cmd_debug_ports = COMMAND(
	"ports", "[CONTAINER...]", "Explain where ports of containers can be reached, and why not",
	EXAMPLE("web", "Compare what web publishes with what listens in it"),
	.needs = FOR_CONTAINERS | CHANGES_NOTHING, .most = ANY_NUMBER, .run = ports_run);

static const struct command_entry verbs[] = {
	{"dns", &cmd_debug_dns},
	{"ports", &cmd_debug_ports},
	{0},
};

const struct command cmd_debug = COMMAND(
	"debug", "COMMAND", "Explain why something is reachable, or is not",
	EXAMPLE("dns db web", "Say who db is for web"), .needs = CHANGES_NOTHING, .verbs = verbs);
