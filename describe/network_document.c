/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks: a row of network ls, and what inspect shows.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/strvec.h"
#include "describe/times.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "net/network.h"
#include "net/rules.h"

#include <string.h>

static json *subnet_document(const struct network_subnet *subnet)
{
	json *item = json_new_object();
	json *reserved = pair_to_json(subnet->reserved, subnet->reserved_count);

	json_set_string(item, "Subnet", subnet->subnet);
	json_set_string(item, "IPRange", subnet->ip_range);
	json_set_string(item, "Gateway", subnet->gateway);
	reserved = describe_unless_empty(reserved);
	if (reserved)
		json_set(item, "AuxiliaryAddresses", reserved);
	return item;
}

static json *ipam(const struct network *network)
{
	json *value = json_new_object(), *list = json_new_array();

	for (size_t i = 0; i < network->subnet_count; i++)
		json_add(list, subnet_document(&network->subnets[i]));
	json_set_string(value, "Driver", "default");
	json_set(value, "Options",
		 network_is_predefined(network->name)
			 ? NULL
			 : pair_to_json(network->ipam_options, network->ipam_option_count));
	json_set(value, "Config", list);
	return value;
}

/* A row's flags are texts. */
static void set_flag(json *row, const char *name, bool flag)
{
	json_set_string(row, name, flag ? "true" : "false");
}

json *describe_network_row(const struct network *network, bool is_full)
{
	json *row = json_new_object();
	auto_free char *created = times_exact(network->created);
	char short_id[13];

	describe_short_id(short_id, network->id);
	json_set_string(row, "CreatedAt", created);
	json_set_string(row, "Driver", describe_text_or(network->driver, "bridge"));
	json_set_string(row, "ID", is_full ? network->id : short_id);
	set_flag(row, "IPv4", network->enable_ipv4);
	set_flag(row, "IPv6", network->enable_ipv6);
	set_flag(row, "Internal", network->internal);
	json_set(row, "Labels", pair_to_json(network->labels, network->label_count));
	describe_flatten(row, "Labels");
	json_set_string(row, "Name", network->name);
	json_set_string(row, "Scope", "local");
	return row;
}

/* "10.1.0.2/16"; "" where it has none. */
static void set_address(json *user, const char *name, const char *address, unsigned prefix)
{
	auto_free char *text = alloc_format("%s/%u", describe_text_or(address, ""), prefix);

	json_set_string(user, name, address ? text : "");
}

static json *describe_user(const struct container *container, const struct network *network)
{
	json *user = json_new_object();
	static const struct endpoint none;
	const struct endpoint *found = container_find_endpoint(&container->state, network->name);
	const struct endpoint *endpoint = found ? found : &none;
	char id[DIGEST_HEX_SIZE];

	describe_endpoint_id(id, container->id, describe_text_or(network->id, ""));
	json_set_string(user, "Name", container->name);
	json_set_string(user, "EndpointID", id);
	json_set_string(user, "MacAddress", describe_text_or(endpoint->mac, ""));
	set_address(user, "IPv4Address", endpoint->ipv4, endpoint->prefix4);
	set_address(user, "IPv6Address", endpoint->ipv6, endpoint->prefix6);
	return user;
}

/* Steps of builds, which have a place too, are none. */
static json *connected(struct engine *engine, const struct network *network, char *const *ids,
		       struct arena *arena)
{
	json *value = json_new_object();

	for (; ids && *ids; ids++) {
		struct container container;

		if (container_find(engine, *ids, &container, arena, NULL) == 0)
			json_set(value, *ids, describe_user(&container, network));
	}
	return value;
}

/* Of "host" and "none" nothing is kept but what the containers say. */
static int find_users(struct engine *engine, const struct network *network, char ***users,
		      struct arena *arena, struct error *err)
{
	auto_strvec struct strvec ids = {0};
	struct container *containers;
	size_t count;

	if (!network_is_predefined(network->name) || strcmp(network->name, "bridge") == 0)
		return network_users(&engine->net, network->name, users, arena, err);
	if (container_list(engine, NULL, &containers, &count, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *name = describe_network_name(&containers[i], 0);

		if (name && strcmp(name, network->name) == 0 && container_is_live(&containers[i]))
			strvec_add(&ids, containers[i].id);
	}
	*users = strvec_copy(&ids, arena);
	return 0;
}

static json *describe_alone(const struct network *network)
{
	json *value = json_new_object(), *source = json_new_object();

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
	json_set_bool(value, "Ingress", false);
	json_set_string(source, "Network", "");
	json_set(value, "ConfigFrom", source);
	json_set_bool(value, "ConfigOnly", false);
	return value;
}

static json *describe_port(const struct port_rule *rule, bool is_in_force)
{
	json *value = json_new_object();

	json_set_string(value, "Container", rule->container_name);
	json_set_string(value, "Type", rule->binding.protocol);
	json_set_string(value, "HostIp", rule->binding.host_ip);
	json_set_int(value, "HostPort", rule->binding.host_port);
	json_set_string(value, "Target", rule->target ? rule->target : "");
	json_set_int(value, "Port", rule->binding.container_port);
	json_set_bool(value, "Relayed", rule->is_relayed);
	json_set_bool(value, "Ready", rule->is_ready);
	json_set_bool(value, "InForce", is_in_force);
	return value;
}

/* What leads to an address of the network. */
static int set_ports(json *value, struct engine *engine, const struct network *network,
		     struct arena *arena, struct error *err)
{
	json *list = json_new_array();
	struct port_rules rules;

	json_set(value, "Ports", list);
	if (rules_of_ports(&engine->net, &rules, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < rules.count; i++) {
		const struct port_rule *rule = &rules.items[i];

		if (rule->target && network_contains(network, rule->target))
			json_add(list, describe_port(rule, rules_is_in_force(&engine->net, &rules,
									     rule, arena)));
	}
	return 0;
}

static int set_rules(json *value, struct engine *engine, const struct network *network,
		     struct arena *arena, struct error *err)
{
	json *list = json_new_array();
	struct network_rule *rules;
	size_t count;

	json_set(value, "Rules", list);
	if (rules_of_network(&engine->net, network, &rules, &count, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		json *rule = json_new_object();

		json_set_string(rule, "Rule", rules[i].text);
		json_set_bool(rule, "InForce", rules[i].is_in_force);
		json_add(list, rule);
	}
	return 0;
}

json *describe_network_plain(struct engine *engine, const struct network *network,
			     struct error *err)
{
	auto_arena struct arena arena = {0};
	json *value;
	char **users;

	if (find_users(engine, network, &users, &arena, err) < 0)
		return NULL;
	value = describe_alone(network);
	json_set(value, "Containers", connected(engine, network, users, &arena));
	json_set(value, "Options", pair_to_json(network->options, network->option_count));
	json_set(value, "Labels", pair_to_json(network->labels, network->label_count));
	return value;
}

json *describe_network(struct engine *engine, const struct network *network, struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_json json *value = describe_network_plain(engine, network, err);

	if (!value)
		return NULL;
	json_set_string(value, "Bridge", describe_text_or(network->bridge, ""));
	json_set_int(value, "MTU", network->mtu);
	if (set_ports(value, engine, network, &arena, err) < 0 ||
	    set_rules(value, engine, network, &arena, err) < 0)
		return NULL;
	return take_ptr(value);
}
