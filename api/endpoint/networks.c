/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks, and who is connected to them.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/body.h"
#include "api/config/config.h"
#include "api/prune.h"
#include "api/request.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strvec.h"
#include "describe/filters.h"
#include "describe/objects.h"
#include "describe/pruning.h"
#include "engine/container.h"
#include "engine/container_network.h"
#include "net/network.h"

#include <string.h>

/* Those that containers are attached to now, by name. */
static int find_used(struct request *request, const struct network *networks, size_t count,
		     struct map *used, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		char **ids;

		if (network_users(&request->engine->net, networks[i].name, &ids, &request->arena,
				  err) < 0)
			return -1;
		if (*ids)
			map_set(used, networks[i].name, used);
	}
	return 0;
}

/* A list says nothing of the subnet of a default network that is not there yet. */
static json *describe(struct request *request, const struct network *network, struct error *err)
{
	struct network whole;

	if (network->subnet_count == 0 &&
	    network_load(&request->engine->net, network->name, &whole, &request->arena, NULL) == 0)
		network = &whole;
	return describe_network_plain(request->engine, network, err);
}

static int add_items(struct request *request, const struct strvec *filters, json *items,
		     struct error *err)
{
	auto_map struct map used = {0};
	struct network *networks;
	size_t count;

	if (network_list(&request->engine->net, &networks, &count, &request->arena, err) < 0)
		return -1;
	if (filters_ask(filters, "dangling") && find_used(request, networks, count, &used, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct network_filters_subject subject = {&networks[i], &used};
		json *item;

		if (!filters_fit(network_filters, filters, &subject))
			continue;
		item = describe(request, &networks[i], err);
		if (!item)
			return -1;
		json_add(items, item);
	}
	return 0;
}

int endpoint_network_list(struct request *request, struct error *err)
{
	auto_strvec struct strvec filters = {0};
	auto_json json *items = json_new_array();

	if (request_filters(request, network_filters, &filters, err) < 0 ||
	    add_items(request, &filters, items, err) < 0)
		return -1;
	answer_json(request, 200, take_ptr(items));
	return 0;
}

static int find(struct request *request, struct network *network, struct error *err)
{
	return network_load(&request->engine->net, request->name, network, &request->arena, err);
}

int endpoint_network_inspect(struct request *request, struct error *err)
{
	const char *scope = request_query(request, "scope", "local");
	struct network network;
	json *document;

	if (strcmp(scope, "local") != 0) {
		error_set(err, ERROR_NOT_FOUND, "network %s not found", request->name);
		return error_state(err, FACT_NO_NETWORK, request->name, NULL);
	}
	if (find(request, &network, err) < 0)
		return -1;
	document = describe_network_plain(request->engine, &network, err);
	if (!document)
		return -1;
	answer_json(request, 200, document);
	return 0;
}

static int read_subnets(struct network *network, const json *ipam, struct arena *arena,
			struct error *err)
{
	const json *list = json_get(ipam, "Config");
	const char *driver = body_text(ipam, "Driver");

	if (driver && strcmp(driver, "default") != 0)
		return error_set(err, ERROR_INVALID,
				 "ipam driver \"%s\" is not there: addresses are given by the "
				 "default one",
				 driver);
	network->ipam_options =
		pair_from_json(json_get(ipam, "Options"), &network->ipam_option_count, arena);
	network->subnets = arena_array(arena, json_length(list) + 1, sizeof(*network->subnets));
	for (size_t i = 0; i < json_length(list); i++) {
		const json *item = json_at(list, i);
		struct network_subnet *subnet = &network->subnets[network->subnet_count];

		*subnet = (struct network_subnet){
			.subnet = body_text(item, "Subnet"),
			.gateway = body_text(item, "Gateway"),
			.ip_range = body_text(item, "IPRange"),
		};
		subnet->reserved = pair_from_json(json_get(item, "AuxiliaryAddresses"),
						  &subnet->reserved_count, arena);
		if (subnet->subnet || subnet->gateway || subnet->ip_range || subnet->reserved_count)
			network->subnet_count++;
	}
	return 0;
}

static int refuse_others(const json *body, struct error *err)
{
	if (json_flag(body, "ConfigOnly", false) ||
	    body_text(json_get(body, "ConfigFrom"), "Network"))
		return error_set(err, ERROR_UNSUPPORTED,
				 "ConfigOnly and ConfigFrom are not supported: describe the "
				 "network where it is made");
	if (json_flag(body, "Ingress", false))
		return error_set(err, ERROR_UNSUPPORTED,
				 "there is no routing mesh on one host: publish ports");
	return 0;
}

static int create(struct request *request, const json *body, struct error *err)
{
	const char *driver = body_text(body, "Driver");
	/* On one host an overlay is a bridge that containers may be attached to. */
	bool is_overlay = driver && strcmp(driver, "overlay") == 0;
	struct network network = {
		.name = body_text(body, "Name"),
		.driver = driver && !is_overlay ? driver : "bridge",
		.internal = json_flag(body, "Internal", false),
		.attachable = is_overlay || json_flag(body, "Attachable", false),
		.enable_ipv4 = json_flag(body, "EnableIPv4", true),
		.enable_ipv6 = json_flag(body, "EnableIPv6", false),
	};
	json *answer;

	network.labels =
		pair_from_json(json_get(body, "Labels"), &network.label_count, &request->arena);
	network.options =
		pair_from_json(json_get(body, "Options"), &network.option_count, &request->arena);
	if (!network.name)
		return error_set(err, ERROR_INVALID, "network name cannot be empty");
	if (!network_has_driver(network.driver))
		return error_set(err, ERROR_NOT_FOUND, "plugin \"%s\" not found", network.driver);
	if (refuse_others(body, err) < 0 ||
	    read_subnets(&network, json_get(body, "IPAM"), &request->arena, err) < 0 ||
	    network_create(&request->engine->net, &network, &request->arena, err) < 0)
		return -1;
	answer = json_new_object();
	json_set_string(answer, "Id", network.id);
	json_set_string(answer, "Warning", is_overlay ? "on this one host it is a bridge" : "");
	answer_json(request, 201, answer);
	return 0;
}

int endpoint_network_create(struct request *request, struct error *err)
{
	auto_json json *body = NULL;

	if (request_json(request, &body, err) < 0)
		return -1;
	return create(request, body, err);
}

int endpoint_network_delete(struct request *request, struct error *err)
{
	struct network network;

	if (find(request, &network, err) < 0 ||
	    network_destroy(&request->engine->net, network.name, err) < 0)
		return -1;
	answer_empty(request, 204);
	return 0;
}

static int find_container(struct request *request, const json *body, struct container *container,
			  struct error *err)
{
	const char *name = json_string(body, "Container", "");

	return container_find_healed(request->engine, name + (*name == '/'), container,
				     &request->arena, err);
}

int endpoint_network_connect(struct request *request, struct error *err)
{
	auto_json json *body = NULL;
	struct endpoint_request endpoint = {.network = request->name};
	struct container container;

	if (request_json(request, &body, err) < 0 ||
	    config_read_endpoint(&endpoint, json_get(body, "EndpointConfig"), &request->arena,
				 err) < 0 ||
	    find_container(request, body, &container, err) < 0 ||
	    container_network_connect(request->engine, container.id, &endpoint, err) < 0)
		return -1;
	answer_empty(request, 200);
	return 0;
}

int endpoint_network_disconnect(struct request *request, struct error *err)
{
	auto_json json *body = NULL;
	struct container container;

	if (request_json(request, &body, err) < 0 ||
	    find_container(request, body, &container, err) < 0 ||
	    container_network_disconnect(request->engine, container.id, request->name,
					 json_flag(body, "Force", false), err) < 0)
		return -1;
	answer_empty(request, 200);
	return 0;
}

int endpoint_network_prune(struct request *request, struct error *err)
{
	auto_strvec struct strvec filters = {0};
	auto_pruning struct pruning pruning = {.engine = request->engine, .filters = &filters};
	json *answer;

	if (request_filters(request, prune_filters, &filters, err) < 0 ||
	    pruning_networks(&pruning, err) < 0)
		return -1;
	answer = json_new_object();
	json_set(answer, "NetworksDeleted", prune_list(&pruning.removed));
	answer_json(request, 200, answer);
	return 0;
}
