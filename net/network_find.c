/* SPDX-License-Identifier: Apache-2.0 */
/* Networks that exist: by name, full id or a part of it, all of them, and one with its lock held.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/network.h"
#include "net/network_config.h"
#include "net/network_private.h"

static bool is_id_prefix(const char *text)
{
	size_t length = strlen(text);

	return length >= 1 && length <= 64 && strspn(text, "0123456789abcdef") == length;
}

int network_load(const struct net_context *context, const char *name, struct network *network,
		 struct arena *arena, struct error *err)
{
	struct error why = {0};
	struct network *all;
	size_t count, matches = 0;

	if (network_config_load(context->config_dirfd, name, network, arena, &why) == 0)
		return 0;
	if (why.code == ERROR_NOT_FOUND && is_id_prefix(name)) {
		if (network_config_list(context->config_dirfd, &all, &count, arena, err) < 0)
			return -1;
		for (size_t i = 0; i < count; i++)
			if (strncmp(all[i].id, name, strlen(name)) == 0) {
				*network = all[i];
				matches++;
			}
		if (matches == 1)
			return 0;
		if (matches > 1)
			return error_set(err, ERROR_CONFLICT,
					 "'%s' is the start of %zu network ids: give more digits",
					 name, matches);
	}
	return error_pass(err, &why);
}

bool network_is_predefined(const char *name)
{
	static const char *const names[] = {"bridge", "host", "none"};

	for (size_t i = 0; i < array_length(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

int network_list(const struct net_context *context, struct network **networks, size_t *count,
		 struct arena *arena, struct error *err)
{
	return network_config_list(context->config_dirfd, networks, count, arena, err);
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
