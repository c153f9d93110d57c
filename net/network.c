/* SPDX-License-Identifier: Apache-2.0 */
#include "net/network.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strvec.h"
#include "base/units.h"
#include "net/address.h"
#include "net/bridge.h"
#include "net/direct.h"
#include "net/dns_names.h"
#include "net/firewall.h"
#include "net/firewall_docker.h"
#include "net/ipam.h"
#include "net/link.h"
#include "net/net_sysctl.h"
#include "net/network_config.h"
#include "net/network_event.h"
#include "net/network_private.h"
#include "net/veth.h"

static void enable_forwarding(const struct network *network, const char *name)
{
	struct error err = {0};

	if (net_sysctl_write(name, "1", &err) < 0)
		log_warning("network '%s': containers cannot reach the outside: %s (write 1 to it)",
			    network->name, err.text);
}

static int make_bridge(const struct network *network, struct error *err)
{
	auto_netlink struct netlink netlink = {0};
	auto_free char *alias = alloc_format("coracle network %s", network->name);
	struct bridge_settings settings = {
		.name = network->bridge,
		.alias = alias,
		.seed = network->id,
		.mtu = network->mtu,
		.enable_ipv4 = network->enable_ipv4,
		.enable_ipv6 = network->enable_ipv6,
	};
	struct network_options options;
	struct cidr addresses[2], subnet;

	if (bridge_is_up(network->bridge))
		return 0;
	if (network_config_options(network, &options, err) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		struct cidr *address = &addresses[settings.address_count];

		if (i == 0 ? options.is_isolated4 || options.inhibit_ipv4 : options.is_isolated6)
			continue;
		if (!network_config_subnet(network, i == 0 ? AF_INET : AF_INET6, &subnet,
					   address) ||
		    !address->family)
			continue;
		address->prefix = subnet.prefix;
		settings.address_count++;
	}
	settings.addresses = addresses;
	/* Who can be reached directly may answer by way of another of its networks. */
	settings.check_sources = !options.is_open4 && options.masquerade;
	if (netlink_open(&netlink, err) < 0)
		return -1;
	return bridge_create(&netlink, &settings, err);
}

/* 1: Docker is there, and its rules let ours through. */
static int make_elements(const struct net_context *context, const struct network *network,
			 struct error *err)
{
	auto_arena struct arena arena = {0};
	struct firewall_elements added = {.arena = &arena};
	auto_close int lock = firewall_lock(context, err);
	struct error why = {0};
	int known, is_beside_docker;

	if (lock < 0)
		return -1;
	known = firewall_has_network(context, network, err);
	if (known < 0)
		return -1;
	firewall_add_network(&added, network);
	if (!known && firewall_change(context, NULL, &added, err) < 0)
		return -1;
	is_beside_docker = firewall_docker_sync(context, &why);
	if (is_beside_docker < 0)
		log_warning_once("%s", why.text);
	return is_beside_docker > 0;
}

/* The drop rules stand before the bridge has an address. */
static int bring_up(const struct net_context *context, const struct network *network,
		    struct error *err)
{
	int is_beside_docker;

	if (direct_is(network))
		return direct_bring_up(network, err);
	is_beside_docker = make_elements(context, network, err);
	if (is_beside_docker < 0 || make_bridge(network, err) < 0)
		return -1;
	if (network->internal)
		return 0;
	enable_forwarding(network, "net/ipv4/ip_forward");
	if (network->enable_ipv6)
		enable_forwarding(network, "net/ipv6/conf/all/forwarding");
	firewall_warn_about_others(context, is_beside_docker);
	return 0;
}

int network_enter(const struct net_context *context, struct network *network, struct arena *arena,
		  struct error *err)
{
	auto_close int lock = -1;

	if (network_config_check(network, err) < 0)
		return -1;
	lock = file_lock(context->config_dirfd, ".create.lock", true, true, err);
	if (lock < 0)
		return -1;
	if (faccessat(context->config_dirfd, arena_format(arena, "%s.json", network->name), F_OK,
		      0) == 0) {
		error_set(err, ERROR_CONFLICT, "network '%s' already exists", network->name);
		return error_state(err, FACT_NETWORK_EXISTS, network->name, NULL);
	}
	if (network_complete(context, network, arena, err) < 0 ||
	    network_config_check(network, err) < 0 ||
	    dns_names_remove(context->run_dirfd, network->name, err) < 0 ||
	    network_config_save(context->config_dirfd, network, err) < 0)
		return -1;
	return take_fd(&lock);
}

int network_create(const struct net_context *context, struct network *network, struct arena *arena,
		   struct error *err)
{
	auto_close int lock = -1;

	if (network->name && network_is_predefined(network->name)) {
		error_set(err, ERROR_CONFLICT,
			  "operation is not permitted on predefined %s network", network->name);
		return error_state(err, FACT_NETWORK_DENIED, NULL, NULL);
	}
	lock = network_enter(context, network, arena, err);
	if (lock < 0)
		return -1;
	network_config_warn(network);
	if (bring_up(context, network, err) == 0) {
		network_event(network, "create", NULL);
		return 0;
	}
	network_tear_down(context, network, 1, NULL, NULL);
	return error_wrap(err, "cannot create network '%s'", network->name);
}

int network_restore(const struct net_context *context, const char *name, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct network network;
	auto_close int lock = network_lock(context, name, &network, &arena, err);

	if (lock < 0)
		return -1;
	if (bring_up(context, &network, err) < 0)
		return error_wrap(err, "cannot restore network '%s'", network.name);
	return 0;
}

int network_users(const struct net_context *context, const char *name, char ***container_ids,
		  struct arena *arena, struct error *err)
{
	struct network one, *networks = &one;
	auto_strvec struct strvec ids = {0};
	size_t count = 1;

	if (name ? network_load(context, name, &one, arena, err) < 0
		 : network_config_list(context->config_dirfd, &networks, &count, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct dns_table table;

		if (dns_names_load(context->run_dirfd, networks[i].name, &table, arena, err) < 0)
			return -1;
		for (size_t j = 0; j < table.count; j++)
			if (!strvec_contains(&ids, table.leases[j].container_id))
				strvec_add(&ids, table.leases[j].container_id);
	}
	*container_ids = arena_array(arena, ids.count + 1, sizeof(char *));
	for (size_t i = 0; i < ids.count; i++)
		(*container_ids)[i] = arena_string(arena, ids.items[i]);
	return 0;
}
