/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks: a row of network ls, and what inspect shows.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "describe/times.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "net/network.h"

static json *ipam(const struct network *network)
{
	json *value = json_new_object(), *list = json_new_array();

	for (size_t i = 0; i < network->subnet_count; i++) {
		const struct network_subnet *subnet = &network->subnets[i];
		json *item = json_new_object(), *reserved = json_new_object();

		json_set_string(item, "Subnet", subnet->subnet);
		json_set_string(item, "IPRange", subnet->ip_range);
		json_set_string(item, "Gateway", subnet->gateway);
		for (size_t j = 0; j < subnet->reserved_count; j++)
			json_set_string(reserved, subnet->reserved[j].name,
					describe_text_or(subnet->reserved[j].value, ""));
		if (subnet->reserved_count > 0)
			json_set(item, "AuxiliaryAddresses", json_object_get(reserved));
		json_object_put(reserved);
		json_add(list, item);
	}
	json_set_string(value, "Driver", "default");
	json_set(value, "Config", list);
	return value;
}

json *describe_network_row(const struct network *network, bool is_full)
{
	json *row = json_new_object();
	auto_free char *created = times_local(network->created);
	char short_id[13];

	describe_short_id(short_id, network->id);
	json_set_string(row, "ID", is_full ? network->id : short_id);
	json_set_string(row, "Name", network->name);
	json_set_string(row, "Driver", describe_text_or(network->driver, "bridge"));
	json_set_string(row, "Scope", "local");
	json_set_bool(row, "Internal", network->internal);
	json_set_bool(row, "IPv6", network->enable_ipv6);
	json_set_string(row, "CreatedAt", created);
	json_set(row, "Labels", pair_to_json(network->labels, network->label_count));
	describe_flatten(row, "Labels");
	return row;
}

/* Of each that is connected at least its id is known. */
/* Steps of builds are none. */
static json *connected(struct engine *engine, char *const *ids, struct arena *arena)
{
	json *value = json_new_object();

	for (; ids && *ids; ids++) {
		json *user;
		struct container container;

		if (container_find(engine, *ids, &container, arena, NULL) < 0)
			continue;
		user = json_new_object();
		json_set_string(user, "Name", container.name);
		json_set(value, *ids, user);
	}
	return value;
}

static json *describe_alone(const struct network *network)
{
	json *value = json_new_object();

	json_set_string(value, "Name", network->name);
	json_set_string(value, "Id", describe_text_or(network->id, ""));
	json_set_string(value, "Created", describe_text_or(network->created, ""));
	json_set_string(value, "Scope", "local");
	json_set_string(value, "Driver", describe_text_or(network->driver, "bridge"));
	json_set_bool(value, "EnableIPv4", network->enable_ipv4);
	json_set_bool(value, "EnableIPv6", network->enable_ipv6);
	json_set(value, "IPAM", ipam(network));
	json_set_bool(value, "Internal", network->internal);
	json_set_bool(value, "Attachable", network->attachable);
	json_set_string(value, "Bridge", describe_text_or(network->bridge, ""));
	json_set_int(value, "MTU", network->mtu);
	json_set(value, "Options", pair_to_json(network->options, network->option_count));
	json_set(value, "Labels", pair_to_json(network->labels, network->label_count));
	return value;
}

json *describe_network(struct engine *engine, const struct network *network, struct error *err)
{
	auto_arena struct arena arena = {0};
	char **users;
	json *value;

	if (network_users(&engine->net, network->name, &users, &arena, err) < 0)
		return NULL;
	value = describe_alone(network);
	json_set(value, "Containers", connected(engine, users, &arena));
	return value;
}
