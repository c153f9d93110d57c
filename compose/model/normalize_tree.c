/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/normalize_tree.h"

#include "compose/model/tree.h"

#include "base/arena.h"
#include "base/cleanup.h"

#include <string.h>

static struct node *member_of(struct arena *arena, struct node *map, const char *key)
{
	struct node *member = node_get(map, key);

	if (node_is_map(member))
		return member;
	member = node_new_map(arena, map);
	node_set(arena, map, key, member);
	return member;
}

/* Does it join the default network? Says so where it joins no other. */
static bool joins_default(struct arena *arena, struct node *service)
{
	struct node *networks;

	if (!node_is_map(service) || node_get(service, "network_mode") ||
	    node_get(service, "provider"))
		return false;
	networks = member_of(arena, service, "networks");
	if (!networks->count)
		node_set(arena, networks, "default", node_new_null(arena, networks));
	return node_find(networks, "default") != NULL;
}

static bool is_external(const struct node *resource)
{
	const struct node *external = node_get(resource, "external");

	return node_text(external) && strcmp(external->text, "true") == 0;
}

static void set_names(struct arena *arena, struct node *resources, const char *project)
{
	if (!node_is_map(resources))
		return;
	each_pair (pair, resources) {
		const char *name = pair->key;

		if (!node_is_map(pair->value))
			pair->value = node_new_map(arena, pair->value);
		if (node_get(pair->value, "name"))
			continue;
		if (!is_external(pair->value))
			name = arena_format(arena, "%s_%s", project, pair->key);
		node_set(arena, pair->value, "name", node_new_string(arena, NULL, name));
	}
}

void normalize_tree(struct node *root, const char *project, struct arena *arena)
{
	static const char *const sections[] = {"networks", "volumes", "secrets", "configs"};
	struct node *services = node_get(root, "services");
	bool is_used = false;

	if (node_is_map(services))
		each_pair (pair, services)
			is_used = joins_default(arena, pair->value) || is_used;
	if (is_used && !node_find(member_of(arena, root, "networks"), "default"))
		node_set(arena, node_get(root, "networks"), "default", node_new_map(arena, root));
	for (size_t i = 0; i < array_length(sections); i++)
		set_names(arena, node_get(root, sections[i]), project);
}
