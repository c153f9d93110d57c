/* SPDX-License-Identifier: Apache-2.0 */
/* `system check`: findings of storage/check/check.h as lines, their sum as exit code. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/survey_report.h"
#include "cli/table.h"
#include "compose/stack/stack.h"
#include "engine/engine.h"
#include "net/firewall_watch.h"
#include "net/network.h"
#include "net/ports.h"
#include "storage/check/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct check_options {
	bool deep, host, quiet, repair;
	const char *format;
};

static const struct option_spec check_options[] = {
	OPTION(BOOL, "deep", 0, check_options, deep,
	       "Compare every unpacked layer with its blob as well"),
	OPTION(WORD, "format", 0, check_options, format, "Print it in this format",
	       .value = "FORMAT", .words = "table json", .fallback = "table"),
	OPTION(BOOL, "host", 0, check_options, host,
	       "Check this host, or the container that this is, instead: can stacks run here?"),
	OPTION(BOOL, "quiet", 'q', check_options, quiet, "Say only what is wrong and stays wrong"),
	OPTION(BOOL, "repair", 0, check_options, repair,
	       "Mend damage: unpack layers anew, drop what cannot be had back"),
	{0},
};

static int check_check(const void *data, struct error *err)
{
	const struct check_options *options = data;

	if (options->host && (options->deep || options->repair))
		return error_set(err, ERROR_INVALID,
				 "--host checks nothing that is stored: leave out %s",
				 options->deep ? "--deep" : "--repair");
	return 0;
}

static const char *look_at(const char *kind, const char *name, void *data, struct arena *arena)
{
	struct invocation *invocation = data;
	struct engine *engine = invocation->engine;
	auto_stack struct stack stack = {0};
	struct network network;
	struct error reason = {0};

	if (strcmp(kind, "network") == 0)
		network_load(&engine->net, name, &network, arena, &reason);
	else if (strcmp(kind, "stack") == 0)
		stack_load(&stack, &engine->layout, name, &reason);
	else if (container_check(engine, name, &reason) < 0 && reason.code != ENOENT)
		return arena_format(arena, "its description is damaged (%s)", reason.text);
	else
		return NULL;
	return reason.code && reason.code != ERROR_NOT_FOUND ? arena_string(arena, reason.text)
							     : NULL;
}

/* Healing has the monitor write the description again, and sweeps litter. */
static void look_after(void *data)
{
	struct invocation *invocation = data;

	container_heal_all(invocation->engine);
}

/* On a terminal, for stores that take their time. */
static void show_progress(int64_t done, int64_t total, void *data)
{
	static int64_t next;
	int64_t now = units_monotonic_ns();

	(void)data;
	if (now < next && done < total)
		return;
	next = now + 100 * MILLISECOND;
	if (done < total)
		fprintf(stderr, "\rVerifying blobs: %d%%",
			(int)(100.0 * (double)done / (double)total));
	else
		fprintf(stderr, "\r\033[K");
}

static void add_busy(struct map *busy, char *const *chain_ids)
{
	for (; chain_ids && *chain_ids; chain_ids++)
		map_set(busy, *chain_ids, busy);
}

/* What running containers have mounted, those included whose monitor was killed. */
static int find_busy(struct invocation *invocation, struct map *busy, struct error *err)
{
	struct container *containers;
	size_t count;

	container_heal_all(invocation->engine);
	if (container_list(invocation->engine, NULL, &containers, &count, invocation->arena, err) <
	    0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct container *container = &containers[i];

		if (!container_is_live(container) &&
		    !container_is_between(invocation->engine, container))
			continue;
		add_busy(busy, container->chain_ids);
		for (size_t j = 0; j < container->mount_count; j++)
			add_busy(busy, container->mounts[j].layers);
	}
	return 0;
}

static json *describe(const struct check *check)
{
	json *document = json_new_object(), *list = json_new_array();

	for (size_t i = 0; i < check->count; i++) {
		const struct check_finding *finding = check->findings[i];
		json *row = json_new_object();

		json_set_string(row, "Kind", finding->kind);
		json_set_string(row, "Object", finding->object);
		json_set_string(row, "Problem", finding->problem);
		json_set_string(row, "Action", finding->action);
		json_set_string(row, "Weight",
				finding->weight == CHECK_LITTER ? "litter" : "damage");
		json_set_bool(row, "Repaired", finding->is_repaired);
		json_add(list, row);
	}
	json_set(document, "Findings", list);
	json_set_int(document, "Remaining", (int64_t)check_remaining(check));
	json_set_int(document, "Blobs", (int64_t)check->blobs);
	json_set_int(document, "Bytes", check->bytes);
	json_set_int(document, "Images", (int64_t)check->images);
	json_set_int(document, "Layers", (int64_t)check->layers);
	json_set_int(document, "Containers", (int64_t)check->containers);
	json_set_int(document, "Volumes", (int64_t)check->volumes);
	return document;
}

static void print(const struct check *check, bool is_quiet)
{
	size_t remaining = check_remaining(check);
	char size[32];

	for (size_t i = 0; i < check->count; i++) {
		const struct check_finding *finding = check->findings[i];

		if (!is_quiet || !finding->is_repaired)
			output_printf("%s %s: %s: %s\n", finding->kind, finding->object,
				      finding->problem, finding->action);
	}
	if (is_quiet)
		return;
	units_format_size(size, sizeof(size), check->bytes);
	output_printf("Checked %zu images, %zu layers, %zu blobs (%s), %zu containers, %zu "
		      "volumes: ",
		      check->images, check->layers, check->blobs, size, check->containers,
		      check->volumes);
	if (check->count == 0)
		output_line("all is well");
	else
		output_printf("%zu found, %zu repaired, %zu left\n", check->count,
			      check->count - remaining, remaining);
}

/* Running containers see to it themselves; here is who says it when nobody does. */
static int check_firewall(struct invocation *invocation, struct check *check, struct error *err)
{
	const struct net_context *net = &invocation->engine->net;
	bool repairs = check->is_repair && !check->is_dry;
	struct check_finding *finding;
	const char *difference;
	int result = repairs ? firewall_restore(net, &difference, err)
			     : firewall_differs(net, &difference, err);

	if (result <= 0)
		return result;
	finding = check_add(check, CHECK_DAMAGE, "firewall", "nftables table of the networks",
			    difference);
	finding->is_repaired = repairs;
	finding->action = repairs ? "restored" : "'coracle system check --repair' restores it";
	return 0;
}

/* No repair: only the container that had published it knows what a damaged line was. */
static int check_ports(struct invocation *invocation, struct check *check, struct error *err)
{
	size_t line = 0;
	int count = ports_count_damaged(&invocation->engine->net, &line, err);
	struct check_finding *finding;

	if (count <= 0)
		return count;
	finding = check_add(check, CHECK_DAMAGE, "ports",
			    arena_format(check->arena, "line %zu of networks/.ports", line),
			    arena_format(check->arena,
					 "damaged%s: what it published is not reachable",
					 count > 1 ? ", like others behind it" : ""));
	finding->action = "stop and start the container that lacks a port in 'coracle debug ports'";
	return 0;
}

static int check_store(struct invocation *invocation, struct error *err)
{
	const struct check_options *options = invocation->options;
	struct check check = {
		.layout = &invocation->engine->layout,
		.is_dry = invocation->globals->dry_run,
		.is_repair = options->repair,
		.is_deep = options->deep,
		.look_at = look_at,
		.look_after = look_after,
		.data = invocation,
		.arena = invocation->arena,
	};
	int result = -1;

	if (!options->quiet && output_is_terminal(STDERR_FILENO))
		check.progress = show_progress;
	if (!options->repair || find_busy(invocation, &check.busy, err) == 0)
		result = check_run(&check, err);
	if (result == 0)
		result = check_firewall(invocation, &check, err);
	if (result == 0)
		result = check_ports(invocation, &check, err);
	map_release(&check.busy);
	if (result < 0)
		return -1;
	if (options->format && strcmp(options->format, "json") == 0) {
		auto_json json *document = describe(&check);
		auto_strbuf struct strbuf text = {0};

		json_print(&text, document, true);
		strbuf_add_char(&text, '\n');
		output_text(text.text, text.length);
	} else {
		print(&check, options->quiet);
	}
	return check_remaining(&check) > 0;
}

static int check_run_command(struct invocation *invocation, struct error *err)
{
	const struct check_options *options = invocation->options;
	bool is_json = options->format && strcmp(options->format, "json") == 0;

	return options->host ? survey_report(invocation, is_json, options->quiet)
			     : check_store(invocation, err);
}

/* Not NEEDS_MONITORS: what is healed before cannot be told of. */
const struct command cmd_system_check = COMMAND(
	"check", "", "Verify what is stored, remove litter and mend damage",
	EXAMPLE("--repair", "Mend what is damaged, by unpacking layers anew"),
	EXAMPLE_TOO("--host", "Say what this host or container lacks for stacks"),
	.needs = FOR_OBJECTS | HAS_DRY_RUN, COMMAND_OPTIONS(check_options, check_options),
	.check = check_check,
	.last_words = "interrupted: what is mended stays so; 'coracle system check' begins again",
	.run = check_run_command);
