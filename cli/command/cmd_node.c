/* SPDX-License-Identifier: Apache-2.0 */
/* `node`: this host, the only one. */
#include "base/arena.h"
#include "base/error.h"
#include "cli/command/cmd_stack.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "compose/stack/stack.h"
#include "compose/stack/swarm.h"
#include "engine/engine.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

/* ------------------------------------------------------------------ ls */

static const struct option_spec ls_options[] = {
	NOUNS_FORMAT,
	NOUNS_QUIET("Print ids only"),
	{0},
};

static const struct format_column columns[] = {
	{"ID", "ID", false},
	{"Hostname", "HOSTNAME", false},
	{"Status", "STATUS", false},
	{"Availability", "AVAILABILITY", false},
	{"ManagerStatus", "MANAGER STATUS", false},
	{"EngineVersion", "ENGINE VERSION", false},
	{"Self", "SELF", true},
	{"TLSStatus", "TLS STATUS", true},
	{0},
};

static int add_rows(struct invocation *invocation, json *rows, struct error *err)
{
	const struct nouns_ls_options *options = invocation->options;
	bool is_marked =
		!options->quiet && (!options->format || strncmp(options->format, "table", 5) == 0);
	char id[SWARM_ID_SIZE], shown[SWARM_ID_SIZE + 2];
	struct utsname name;
	json *row = json_new_object();

	(void)err;
	uname(&name);
	swarm_node_id(id, &invocation->engine->layout);
	/* In the table a star shows which one this is. */
	snprintf(shown, sizeof(shown), "%s%s", id, is_marked ? " *" : "");
	json_set_string(row, "ID", shown);
	json_set_string(row, "Hostname", name.nodename);
	json_set_string(row, "Status", "Ready");
	json_set_string(row, "Availability", "Active");
	json_set_string(row, "ManagerStatus", "Leader");
	json_set_string(row, "EngineVersion", CORACLE_VERSION);
	json_set_bool(row, "Self", true);
	json_set_string(row, "TLSStatus", "Ready");
	json_add(rows, row);
	return 0;
}

/* ------------------------------------------------------------------ inspect */

static bool is_this(const char *text, const struct layout *layout)
{
	char id[SWARM_ID_SIZE];
	struct utsname name;

	uname(&name);
	swarm_node_id(id, layout);
	return strcmp(text, "self") == 0 || strcmp(text, name.nodename) == 0 ||
	       (strlen(text) >= 3 && strncmp(id, text, strlen(text)) == 0);
}

static int check_node(struct invocation *invocation, const char *text, struct error *err)
{
	if (is_this(text, &invocation->engine->layout))
		return 0;
	return error_set(err, ERROR_NOT_FOUND, "no such node: %s", text);
}

static json *object_in(json *parent, const char *name)
{
	json *member = json_new_object();

	json_set(parent, name, member);
	return member;
}

static void add_description(json *document)
{
	json *description = object_in(document, "Description"), *part;
	struct utsname name;
	struct sysinfo memory;

	uname(&name);
	json_set_string(description, "Hostname", name.nodename);
	part = object_in(description, "Platform");
	json_set_string(part, "Architecture", name.machine);
	json_set_string(part, "OS", "linux");
	part = object_in(description, "Resources");
	json_set_int(part, "NanoCPUs", sysconf(_SC_NPROCESSORS_ONLN) * 1000000000L);
	if (sysinfo(&memory) == 0)
		json_set_int(part, "MemoryBytes", (int64_t)memory.totalram * memory.mem_unit);
	part = object_in(description, "Engine");
	json_set_string(part, "EngineVersion", CORACLE_VERSION);
}

json *cmd_stack_describe_node(struct invocation *invocation, const char *text, struct error *err)
{
	char id[SWARM_ID_SIZE];
	json *document, *part;

	if (check_node(invocation, text, err) < 0)
		return NULL;
	document = json_new_object();
	swarm_node_id(id, &invocation->engine->layout);
	json_set_string(document, "ID", id);
	json_set_int(object_in(document, "Version"), "Index", 1);
	part = object_in(document, "Spec");
	object_in(part, "Labels");
	json_set_string(part, "Role", "manager");
	json_set_string(part, "Availability", "active");
	add_description(document);
	part = object_in(document, "Status");
	json_set_string(part, "State", "ready");
	json_set_string(part, "Addr", "127.0.0.1");
	part = object_in(document, "ManagerStatus");
	json_set_bool(part, "Leader", true);
	json_set_string(part, "Reachability", "reachable");
	json_set_string(part, "Addr", "127.0.0.1:2377");
	return document;
}

static const struct noun node_noun = {
	cmd_stack_describe_node, add_rows, columns, "ID", NULL, "nodesFormat"};

static const struct command cmd_node_ls = NOUNS_LS(
	&node_noun, FOR_OBJECTS, "List nodes, which is this host",
	EXAMPLE("-q", "Print nothing but its id"), COMMAND_OPTIONS(nouns_ls_options, ls_options));
static const struct command cmd_node_inspect =
	NOUNS_INSPECT(&node_noun, "self|NODE...", "Show what is known of this host, as JSON",
		      EXAMPLE("self", "Show this host"));

/* ------------------------------------------------------------------ ps */

static int ps_run(struct invocation *invocation, struct error *err)
{
	struct stack_service *services;
	size_t count;
	int result;

	for (size_t i = 0; i < invocation->argument_count; i++)
		if (check_node(invocation, invocation->arguments[i], err) < 0)
			return -1;
	if (stack_list_services(&services, &count, &invocation->engine->layout, NULL,
				invocation->arena, err) < 0)
		return -1;
	result = cmd_stack_print_tasks(invocation, services, count, err);
	stack_release_services(services, count);
	return result;
}

static const struct command cmd_node_ps =
	COMMAND("ps", "[NODE...]", "List the tasks of this host",
		EXAMPLE("--filter desired-state=running self", "List the tasks that shall run"),
		.needs = FOR_CONTAINERS | CHANGES_NOTHING, .most = ANY_NUMBER,
		COMMAND_OPTIONS(tasks_options, cmd_stack_tasks_options), .run = ps_run);

static const struct command_entry verbs[] = {
	{"inspect", &cmd_node_inspect},
	{"list", &cmd_node_ls},
	{"ls", &cmd_node_ls},
	{"ps", &cmd_node_ps},
	{0},
};

const struct command cmd_node = COMMAND(
	"node", "COMMAND", "Show this host as the only node of a swarm",
	EXAMPLE("ps", "List the tasks of this host"), .needs = CHANGES_NOTHING, .verbs = verbs);
