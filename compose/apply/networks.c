/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/networks.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "base/pair.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/convergence.h"
#include "compose/apply/network_renew.h"
#include "engine/labels.h"

#include <string.h>

static void add_label(struct pair **labels, size_t *count, struct arena *arena, const char *name,
		      const char *value)
{
	pair_set(labels, count, (struct pair){name, value}, arena);
}

static void describe_subnets(struct network *out, const struct project_network *wanted,
			     struct arena *arena)
{
	size_t count = wanted->ipam ? wanted->ipam->config.count : 0;

	out->subnets = arena_array(arena, count + 1, sizeof(*out->subnets));
	for (size_t i = 0; i < count; i++) {
		const struct ipam_config *config = &wanted->ipam->config.items[i];
		struct network_subnet *subnet = &out->subnets[out->subnet_count];

		if (!config->subnet)
			continue;
		subnet->subnet = config->subnet;
		subnet->gateway = config->gateway;
		subnet->ip_range = config->ip_range;
		pair_set_entries(&subnet->reserved, &subnet->reserved_count, config->aux_addresses,
				 arena);
		out->subnet_count++;
	}
}

/* A hash over what shapes the network, kept as its label: a difference means "make it anew". */
static const char *network_hash(const struct network *network, struct arena *arena)
{
	auto_strbuf struct strbuf text = {0};
	char hex[65];

	strbuf_printf(&text, "%s %d %d %d %d\n", network->driver, network->internal,
		      network->enable_ipv4, network->enable_ipv6, network->attachable);
	for (size_t i = 0; i < network->subnet_count; i++) {
		const struct network_subnet *subnet = &network->subnets[i];

		strbuf_printf(&text, "%s %s %s\n", subnet->subnet,
			      subnet->gateway ? subnet->gateway : "",
			      subnet->ip_range ? subnet->ip_range : "");
		for (size_t j = 0; j < subnet->reserved_count; j++)
			strbuf_printf(&text, "%s=%s\n", subnet->reserved[j].name,
				      subnet->reserved[j].value);
	}
	for (size_t i = 0; i < network->option_count; i++)
		strbuf_printf(&text, "%s=%s\n", network->options[i].name,
			      network->options[i].value);
	digest_hex(hex, strbuf_text(&text), text.length);
	return arena_string(arena, hex);
}

/* The driver of a swarm is a bridge when there is one host only. */
static const char *network_driver(const struct project_network *wanted)
{
	if (!wanted->driver || strcmp(wanted->driver, "overlay") == 0)
		return "bridge";
	return wanted->driver;
}

static void describe_network(struct network *out, const struct apply *apply,
			     const struct project_network *wanted, struct arena *arena)
{
	*out = (struct network){
		.name = wanted->name,
		.driver = network_driver(wanted),
		.internal = model_flag(wanted->internal, false),
		.attachable = model_flag(wanted->attachable, false),
		.enable_ipv4 = model_flag(wanted->enable_ipv4, true),
		.enable_ipv6 = model_flag(wanted->enable_ipv6, false),
	};
	describe_subnets(out, wanted, arena);
	pair_set_entries(&out->options, &out->option_count, wanted->driver_opts, arena);
	pair_set_entries(&out->labels, &out->label_count, wanted->labels, arena);
	add_label(&out->labels, &out->label_count, arena, LABEL_PROJECT, apply_name(apply));
	add_label(&out->labels, &out->label_count, arena, LABEL_NETWORK, wanted->key);
	add_label(&out->labels, &out->label_count, arena, LABEL_VERSION, CORACLE_VERSION);
	add_label(&out->labels, &out->label_count, arena, LABEL_CONFIG_HASH,
		  network_hash(out, arena));
}

static bool is_as_wanted(const struct network *existing, const struct network *wanted)
{
	const char *old = pair_find(existing->labels, existing->label_count, LABEL_CONFIG_HASH);
	const char *new = pair_find(wanted->labels, wanted->label_count, LABEL_CONFIG_HASH);

	return old && strcmp(old, new) == 0 &&
	       labels_are_equal(existing->labels, existing->label_count, wanted->labels,
				wanted->label_count);
}

static int restore_network(const struct apply *apply, const char *name, struct error *err)
{
	return apply->dry_run ? 0 : network_restore(&apply->engine->net, name, err);
}

static const struct network *find_existing(const struct network_set *existing, const char *name)
{
	for (size_t i = 0; i < existing->count; i++)
		if (strcmp(existing->items[i].name, name) == 0)
			return &existing->items[i];
	return NULL;
}

static int ensure_network(const struct convergence *convergence, struct network_set *all,
			  const struct project_network *wanted, struct error *err)
{
	const struct apply *apply = convergence->apply;
	const struct network *existing;
	struct network network;

	if (wanted->external == TRISTATE_TRUE)
		return restore_network(apply, wanted->name, err);
	describe_network(&network, apply, wanted, convergence->arena);
	existing = find_existing(all, wanted->name);
	if (!existing)
		return network_renew_create(convergence, &network, err);
	if (!labels_are_of_project(existing->labels, existing->label_count, apply_name(apply)))
		log_warning("a network with name %s exists but was not created for project "
			    "\"%s\". Set 'external: true' to use an existing network",
			    wanted->name, apply_name(apply));
	else if (!is_as_wanted(existing, &network))
		return network_renew(convergence, all, &network, err);
	return restore_network(apply, wanted->name, err);
}

bool apply_uses_network(const struct convergence *convergence, const char *key)
{
	for (size_t i = 0; i < convergence->selected.count; i++) {
		const struct service *service = convergence->selected.services[i].service;

		for (size_t j = 0; j < service->networks.count; j++)
			if (!service->network_mode &&
			    strcmp(service->networks.items[j].network, key) == 0)
				return true;
	}
	return convergence->options->all_resources;
}

/* Before any of them is looked at: one may have the old name of another. */
static int follow_names(const struct convergence *convergence, struct network_set *all,
			struct error *err)
{
	const struct project *project = convergence->apply->project;

	for (size_t i = 0; i < project->networks.count; i++) {
		const struct project_network *network = &project->networks.items[i];

		if (network->external != TRISTATE_TRUE &&
		    apply_uses_network(convergence, network->key) &&
		    network_renew_renamed(convergence, all, network, err) < 0)
			return -1;
	}
	return 0;
}

/* Networks that say which addresses they want come before those that take any. */
int apply_ensure_networks(const struct convergence *convergence, struct error *err)
{
	const struct project *project = convergence->apply->project;
	struct network_set all;

	if (network_list(&convergence->apply->engine->net, &all.items, &all.count,
			 convergence->arena, err) < 0 ||
	    follow_names(convergence, &all, err) < 0)
		return -1;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < project->networks.count; i++) {
			const struct project_network *network = &project->networks.items[i];
			bool is_particular = network->ipam && network->ipam->config.count > 0;

			if (is_particular == (pass == 0) &&
			    apply_uses_network(convergence, network->key) &&
			    ensure_network(convergence, &all, network, err) < 0)
				return -1;
		}
	return 0;
}

struct removal {
	const struct apply *apply;
	struct strvec kept;
};

static void note_kept(const char *network, const char *reason, void *data)
{
	struct removal *removal = data;
	auto_free char *object = alloc_format("Network %s", network);

	strvec_add(&removal->kept, network);
	apply_report(removal->apply, APPLY_SKIPPED, object, "Resource is still in use", reason);
}

static void list_own_networks(const struct apply *apply, const struct network *networks,
			      size_t count, struct strvec *names)
{
	for (size_t i = 0; i < count; i++)
		if (labels_are_of_project(networks[i].labels, networks[i].label_count,
					  apply_name(apply)))
			strvec_add(names, networks[i].name);
}

static void report_networks(const struct apply *apply, const struct strvec *names,
			    const struct strvec *except, enum apply_event_kind kind)
{
	strvec_each (name, names) {
		auto_free char *object = alloc_format("Network %s", *name);

		if (!strvec_contains(except, *name))
			apply_report(apply, kind, object,
				     kind == APPLY_DONE ? "Removed" : "Removing", NULL);
	}
}

int apply_remove_networks(const struct apply *apply, struct container **containers, size_t count,
			  struct arena *arena, struct error *err)
{
	auto_strvec struct strvec names = {0}, ids = {0};
	struct removal removal = {.apply = apply};
	struct network_dismantling request = {.kept = note_kept, .data = &removal};
	struct network *networks;
	size_t network_count;
	int result = 0;

	if (network_list(&apply->engine->net, &networks, &network_count, arena, err) < 0)
		return -1;
	list_own_networks(apply, networks, network_count, &names);
	for (size_t i = 0; i < count; i++)
		strvec_add(&ids, containers[i]->id);
	report_networks(apply, &names, &removal.kept, APPLY_WORKING);
	request.container_ids = ids.items;
	request.container_count = ids.count;
	request.networks = names.items;
	request.network_count = names.count;
	if (!apply->dry_run)
		result = network_dismantle(&apply->engine->net, &request, err);
	if (result == 0)
		report_networks(apply, &names, &removal.kept, APPLY_DONE);
	strvec_release(&removal.kept);
	return result;
}
