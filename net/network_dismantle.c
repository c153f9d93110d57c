/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes networks and endpoints apart. Deleting interfaces makes the kernel wait for all readers
 * (20-50 ms, once more for some of many bridges), so everything that goes goes in one deletion.
 */
#include "net/network_private.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "net/direct.h"
#include "net/dns_names.h"
#include "net/firewall.h"
#include "net/firewall_docker.h"
#include "net/lease.h"
#include "net/link.h"
#include "net/network_config.h"
#include "net/network_event.h"
#include "net/network_predefined.h"
#include "net/ports.h"
#include "net/veth.h"

#include <stdlib.h>
#include <string.h>

/* The bridge and what is still plugged into it. */
static int add_links(const struct network *network, struct strvec *names, struct error *err)
{
	auto_netlink struct netlink netlink = {0};
	auto_arena struct arena arena = {0};
	unsigned index = link_index(network->bridge);
	struct links links;

	if (index == 0 || (direct_is(network) && !network->owns_link))
		return 0;
	if (netlink_open(&netlink, err) < 0 || link_list(&netlink, index, &links, &arena, err) < 0)
		return -1;
	for (size_t i = 0; i < links.count; i++)
		if (strncmp(links.items[i].name, VETH_PREFIX, strlen(VETH_PREFIX)) == 0 &&
		    !strvec_contains(names, links.items[i].name))
			strvec_add(names, links.items[i].name);
	strvec_add(names, network->bridge);
	return 0;
}

static int delete_links(const struct strvec *names, struct error *err)
{
	auto_netlink struct netlink netlink = {0};

	if (names->count == 0)
		return 0;
	if (netlink_open(&netlink, err) < 0)
		return -1;
	return link_delete_all(&netlink, names->items, names->count, err);
}

static int is_any_left(const struct net_context *context, struct arena *arena, struct error *err)
{
	auto_strvec struct strvec names = {0};
	struct network network;

	if (network_config_names(context->config_dirfd, &names, err) < 0)
		return -1;
	strvec_each (name, &names)
		if (network_config_load_listed(context->config_dirfd, *name, &network, arena))
			return 1;
	return 0;
}

/* Drop rules go after the interfaces. The descriptions go before the elements, so that a rebuild
 * by somebody else cannot bring them back. */
static int remove_traces(const struct net_context *context, const struct network *networks,
			 size_t network_count, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct firewall_elements removed = {.arena = &arena};
	auto_close int lock = firewall_lock(context, err);
	int is_left;

	if (lock < 0)
		return -1;
	for (size_t i = 0; i < network_count; i++)
		if (firewall_add_whole(context, &removed, &networks[i], err) < 0)
			return -1;
	if (firewall_begin(lock, err) < 0)
		return -1;
	for (size_t i = 0; i < network_count; i++)
		if (dns_names_remove(context->run_dirfd, networks[i].name, err) < 0 ||
		    network_config_remove(context->config_dirfd, networks[i].name, err) < 0)
			return -1;
	is_left = is_any_left(context, &arena, err);
	if (is_left < 0 || (is_left ? firewall_change(context, &removed, NULL, err)
				    : firewall_rebuild(context, err)) < 0)
		return -1;
	firewall_docker_sync(context, NULL);
	firewall_settle(lock);
	return 0;
}

int network_tear_down(const struct net_context *context, const struct network *networks,
		      size_t count, struct strvec *links, struct error *err)
{
	auto_strvec struct strvec own = {0};
	struct strvec *names = links ? links : &own;

	for (size_t i = 0; i < count; i++)
		if (add_links(&networks[i], names, err) < 0)
			return -1;
	if (delete_links(names, err) < 0)
		return -1;
	return count > 0 ? remove_traces(context, networks, count, err) : 0;
}

static bool is_leaving(const struct network_dismantling *request, const char *container_id)
{
	for (size_t i = 0; i < request->container_count; i++)
		if (strcmp(request->container_ids[i], container_id) == 0)
			return true;
	return false;
}

/* Who else is on it? Empty when nobody. */
static void find_others(const struct network_dismantling *request, const struct dns_table *table,
			struct strbuf *others)
{
	size_t found = 0;

	for (size_t i = 0; i < table->count; i++) {
		if (is_leaving(request, table->leases[i].container_id))
			continue;
		if (found++ < 8)
			strbuf_printf(others, "%s%s", others->length ? ", " : "",
				      table->leases[i].container_name);
	}
	if (found > 8)
		strbuf_add(others, ", ...");
}

struct dismantling {
	struct network *going;
	struct dns_table *tables; /* who was on them */
	int *locks;
	size_t count;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Locks those networks that can go, in the order of their names, and reports the others. */
static int choose(const struct net_context *context, const struct network_dismantling *request,
		  struct dismantling *dismantling, struct arena *arena, struct error *err)
{
	char **names = arena_array(arena, request->network_count + 1, sizeof(*names));

	for (size_t i = 0; i < request->network_count; i++)
		names[i] = request->networks[i];
	if (request->network_count > 1)
		qsort(names, request->network_count, sizeof(*names), by_text);
	for (size_t i = 0; i < request->network_count; i++) {
		struct network *network = &dismantling->going[dismantling->count];
		struct dns_table *table = &dismantling->tables[dismantling->count];
		auto_strbuf struct strbuf others = {0};
		struct error reason = {0};
		auto_close int lock = network_lock(context, names[i], network, arena, &reason);

		if (lock < 0 && reason.code == ERROR_NOT_FOUND && !request->kept)
			return error_pass(err, &reason);
		if (lock < 0 && reason.code == ERROR_NOT_FOUND)
			continue;
		if (lock < 0 ||
		    dns_names_load(context->run_dirfd, network->name, table, arena, err) < 0)
			return -1;
		find_others(request, table, &others);
		if (others.length) {
			error_set(&reason, ERROR_CONFLICT,
				  "network '%s' is in use by %s (network has active endpoints)",
				  network->name, others.text);
			error_state(&reason, FACT_NETWORK_IN_USE, network->name, others.text);
			if (!request->kept) {
				error_pass(err, &reason);
				return error_append(err,
						    ": remove them first, or 'coracle network "
						    "disconnect %s CONTAINER'",
						    network->name);
			}
			request->kept(names[i], reason.text, request->data);
			continue;
		}
		dismantling->locks[dismantling->count++] = take_fd(&lock);
	}
	return 0;
}

/* The default network goes when nobody is on it any more. Its lock comes last. */
static int choose_default(const struct net_context *context,
			  const struct network_dismantling *request,
			  struct dismantling *dismantling, struct arena *arena, struct error *err)
{
	struct network *network = &dismantling->going[dismantling->count];
	struct dns_table *table = &dismantling->tables[dismantling->count];
	auto_strbuf struct strbuf others = {0};
	struct error reason = {0};
	auto_close int lock = network_config_lock(context->config_dirfd, NETWORK_DEFAULT, &reason);

	if (lock < 0)
		return reason.code == ERROR_NOT_FOUND ? 0 : error_pass(err, &reason);
	if (network_config_load(context->config_dirfd, NETWORK_DEFAULT, network, arena, err) < 0 ||
	    dns_names_load(context->run_dirfd, NETWORK_DEFAULT, table, arena, err) < 0)
		return -1;
	find_others(request, table, &others);
	if (others.length == 0)
		dismantling->locks[dismantling->count++] = take_fd(&lock);
	return 0;
}

static void tell(const struct dismantling *dismantling)
{
	for (size_t i = 0; i < dismantling->count; i++) {
		const struct network *network = &dismantling->going[i];
		const struct dns_table *table = &dismantling->tables[i];

		for (size_t j = 0; j < table->count; j++)
			network_event(network, "disconnect", table->leases[j].container_id);
		network_event(network, "destroy", NULL);
	}
}

static int dismantle(const struct net_context *context, const struct network_dismantling *request,
		     struct dismantling *dismantling, struct arena *arena, struct error *err)
{
	auto_strvec struct strvec links = {0};

	if (choose(context, request, dismantling, arena, err) < 0 ||
	    choose_default(context, request, dismantling, arena, err) < 0 ||
	    ports_retract(context, request->container_ids, request->container_count, err) < 0 ||
	    lease_links(context, request->container_ids, request->container_count, &links, err) < 0)
		return -1;
	if (network_tear_down(context, dismantling->going, dismantling->count, &links, err) < 0)
		return -1;
	tell(dismantling);
	return lease_drop(context, request->container_ids, request->container_count, err);
}

static struct dismantling make_room(size_t count, struct arena *arena)
{
	return (struct dismantling){
		.going = arena_array(arena, count + 1, sizeof(struct network)),
		.tables = arena_array(arena, count + 1, sizeof(struct dns_table)),
		.locks = arena_array(arena, count + 1, sizeof(int)),
	};
}

static void unlock(const struct dismantling *dismantling)
{
	for (size_t i = 0; i < dismantling->count; i++)
		close(dismantling->locks[i]);
}

/* Of those that leave the default network at the same time each sees the leases of the others:
 * whose lease went last finds that nobody is left. */
static int leave_default(const struct net_context *context, struct arena *arena, struct error *err)
{
	const struct network_dismantling nobody = {0};
	struct dismantling dismantling = make_room(1, arena);
	int result = choose_default(context, &nobody, &dismantling, arena, err);

	if (result == 0)
		result =
			network_tear_down(context, dismantling.going, dismantling.count, NULL, err);
	unlock(&dismantling);
	return result;
}

int network_dismantle(const struct net_context *context, const struct network_dismantling *request,
		      struct error *err)
{
	auto_arena struct arena arena = {0};
	struct dismantling dismantling = make_room(request->network_count + 1, &arena);
	int result = dismantle(context, request, &dismantling, &arena, err);

	unlock(&dismantling);
	if (result < 0 || request->container_count == 0)
		return result;
	return leave_default(context, &arena, err);
}

int network_destroy(const struct net_context *context, const char *name, struct error *err)
{
	struct network_dismantling request = {
		.networks = (char *[]){(char *)name},
		.network_count = 1,
	};

	if (network_is_predefined(name)) {
		error_set(err, ERROR_CONFLICT, "%s is a pre-defined network and cannot be removed",
			  name);
		return error_state(err, FACT_NETWORK_DENIED, NULL, NULL);
	}
	if (network_dismantle(context, &request, err) < 0)
		return err && err->code == ERROR_CONFLICT
			       ? -1
			       : error_wrap(err, "cannot remove network '%s'", name);
	return 0;
}
