/* SPDX-License-Identifier: Apache-2.0 */
/* Networks that exist: by name, full id or a part of it, all of them, and one with its lock held.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/network.h"
#include "net/network_config.h"
#include "net/network_predefined.h"
#include "net/network_private.h"

static bool is_id_prefix(const char *text)
{
	size_t length = strlen(text);

	return length >= 1 && length <= 64 && strspn(text, "0123456789abcdef") == length;
}

int network_list(const struct net_context *context, struct network **networks, size_t *count,
		 struct arena *arena, struct error *err)
{
	if (network_config_list(context->config_dirfd, networks, count, arena, err) < 0)
		return -1;
	network_predefined_add(context, networks, count, arena);
	return 0;
}

/* The default network with the subnet that it would get now, or as somebody has made it while we
 * looked for one. */
static int load_predefined(const struct net_context *context, const char *name,
			   struct network *network, struct arena *arena, struct error *err)
{
	struct error why = {0};

	network_predefined_describe(context, name, network, arena);
	if (strcmp(name, NETWORK_DEFAULT) != 0 ||
	    network_complete(context, network, arena, &why) == 0)
		return 0;
	if (network_config_load(context->config_dirfd, name, network, arena, NULL) == 0)
		return 0;
	return error_pass(err, &why);
}

/* By the beginning of its id; ERROR_NOT_FOUND. */
static int load_by_id(const struct net_context *context, const char *prefix,
		      struct network *network, struct arena *arena, struct error *err)
{
	struct network *all;
	size_t count, matches = 0;

	if (network_list(context, &all, &count, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (strncmp(all[i].id, prefix, strlen(prefix)) == 0) {
			*network = all[i];
			matches++;
		}
	if (matches > 1)
		return error_set(err, ERROR_CONFLICT,
				 "'%s' is the start of %zu network ids: give more digits", prefix,
				 matches);
	if (matches == 0) {
		error_set(err, ERROR_NOT_FOUND, "network '%s' does not exist", prefix);
		return error_state(err, FACT_NO_NETWORK, prefix, NULL);
	}
	return network->bridge || !network_is_predefined(network->name)
		       ? 0
		       : load_predefined(context, network->name, network, arena, err);
}

int network_load(const struct net_context *context, const char *name, struct network *network,
		 struct arena *arena, struct error *err)
{
	struct error why = {0};

	if (network_config_load(context->config_dirfd, name, network, arena, &why) == 0)
		return 0;
	if (why.code == ERROR_NOT_FOUND && network_is_predefined(name))
		return load_predefined(context, name, network, arena, err);
	if (why.code == ERROR_NOT_FOUND && is_id_prefix(name))
		return load_by_id(context, name, network, arena, err);
	return error_pass(err, &why);
}

bool network_subnet_contains(const struct network_subnet *subnet, const char *address)
{
	struct cidr wanted, whole;

	return subnet->subnet && cidr_parse(&wanted, address, NULL) == 0 &&
	       cidr_parse(&whole, subnet->subnet, NULL) == 0 &&
	       cidr_contains(&whole, wanted.family, wanted.address);
}

bool network_contains(const struct network *network, const char *address)
{
	for (size_t i = 0; i < network->subnet_count; i++)
		if (network_subnet_contains(&network->subnets[i], address))
			return true;
	return false;
}

/* Resolves and locks; the description is read under the lock. */
int network_lock(const struct net_context *context, const char *name, struct network *network,
		 struct arena *arena, struct error *err)
{
	auto_close int lock = -1;

	if (network_load(context, name, network, arena, err) < 0)
		return -1;
	lock = network_config_lock(context->config_dirfd, network->name, err);
	if (lock < 0 ||
	    network_config_load(context->config_dirfd, network->name, network, arena, err) < 0)
		return -1;
	return take_fd(&lock);
}
