/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/network.h - door: networks and a container's place in them.
 *
 * A network is ROOT/networks/NAME.json (configuration, survives a reboot), a bridge in the host's
 * network namespace, elements in the sets and maps of our one nftables table, and
 * RUN/networks/NAME/ (leases and names; gone after a reboot, like the bridge). Every function is
 * safe against others running at the same time (a flock on the network alone) and may be repeated
 * after a crash. The caller's network namespace is "the host".
 */
#pragma once

#include "base/pair.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct error;

/* Where one instance of coracle keeps its networks. Two instances never see each other: the name
 * of the nftables table and the bridges carry a tag made from @run_path unless that is
 * /run/coracle. */
struct net_context {
	int config_dirfd;     /* ROOT/networks */
	int run_dirfd;	      /* RUN/networks */
	const char *run_path; /* RUN */
	/* The root of the cgroup v2 hierarchy. NULL: there shall be no shortcuts. */
	int (*open_cgroups)(struct error *err);
};

struct network_subnet {
	const char *subnet;    /* "172.18.0.0/16", "fd00::/64"; "0.0.0.0/24" picks from the pools */
	const char *gateway;   /* NULL: the first usable address */
	const char *ip_range;  /* NULL: all of the subnet */
	struct pair *reserved; /* aux_addresses: host name, address */
	size_t reserved_count;
};

struct network {
	const char *name;
	const char *id;	    /* 64 hexadecimal digits; given by network_create when NULL */
	const char *driver; /* "bridge", "macvlan", "ipvlan" */
	bool internal, enable_ipv4, enable_ipv6, attachable;
	struct network_subnet *subnets; /* after network_create: at least one, gateways filled in */
	size_t subnet_count;
	struct pair *options; /* driver_opts: com.docker.network.bridge.name, …driver.mtu, … */
	size_t option_count;
	struct pair *ipam_options; /* shown; the addresses do not depend on them */
	size_t ipam_option_count;
	struct pair *labels;
	size_t label_count;
	const char *created; /* RFC 3339 */
	const char *bridge;  /* the bridge's interface name, or the parent's (net/direct.h) */
	bool owns_link;	     /* that parent is ours */
	unsigned mtu;
};

/* Creates what @network describes and completes it (id, subnets, bridge, created; memory from
 * @arena). ERROR_CONFLICT when the name exists; ERROR_INVALID and ERROR_UNSUPPORTED say which
 * option; exhausted pools say which subnets were tried. */
int network_create(const struct net_context *context, struct network *network, struct arena *arena,
		   struct error *err);
/* By name, full id, or an unambiguous id prefix. ERROR_NOT_FOUND. The predefined ones too: "bridge"
 * as it would be made now, "host" and "none" without subnets. */
int network_load(const struct net_context *context, const char *name, struct network *network,
		 struct arena *arena, struct error *err);
/* "bridge", "host" or "none": always there, never made or removed by anybody. "bridge" is a network
 * like others from the first network_attach that names it until the last container has left. */
bool network_is_predefined(const char *name);
/* Is there such a driver? */
bool network_has_driver(const char *driver);
/* Is the address, or the beginning of the range, of this subnet; of one of the network's? */
bool network_subnet_contains(const struct network_subnet *subnet, const char *address);
bool network_contains(const struct network *network, const char *address);
/* Sorted by name, with the predefined ones. */
int network_list(const struct net_context *context, struct network **networks, size_t *count,
		 struct arena *arena, struct error *err);
/* Makes bridge, table and elements again where a reboot or a flushed ruleset took them. Cheap when
 * everything is there. */
int network_restore(const struct net_context *context, const char *name, struct error *err);
/* Removes bridge, remaining links, elements, files. ERROR_CONFLICT names the containers that still
 * have an endpoint. Missing parts are fine. When the last network goes, so does the table. */
int network_destroy(const struct net_context *context, const char *name, struct error *err);

struct network_dismantling {
	char *const *container_ids; /* detached, as network_detach does */
	size_t container_count;
	char *const *networks; /* destroyed unless others use them */
	size_t network_count;
	/* Told of a network that stays, and why. NULL: such a network, or one that is not there, is
	 * an error. */
	void (*kept)(const char *network, const char *reason, void *data);
	void *data;
};
/* Takes a whole project's endpoints and networks apart in one go. "bridge" goes with them when no
 * container is on it any more, whoever was on it. */
int network_dismantle(const struct net_context *context, const struct network_dismantling *request,
		      struct error *err);

struct endpoint_request {
	const char *network;
	const char *ipv4, *ipv6;    /* static addresses, NULL: from the pool */
	const char *mac;	    /* NULL: generated */
	const char *interface_name; /* NULL: eth0, eth1, … in the order of the requests */
	char **aliases;		    /* DNS names on this network beside the container's own */
	char **links;		    /* "ALIAS=TARGETNAME" that this container alone knows */
	char **link_local;	    /* further addresses, of 169.254.0.0/16 and fe80::/10 */
	int gw_priority;
	struct pair *options; /* com.docker.network.endpoint.sysctls, … */
	size_t option_count;
};

struct endpoint {
	const char *network, *network_id;
	const char *interface_name, *mac;
	const char *ipv4, *gateway4; /* text without prefix length; NULL when the family is off */
	unsigned prefix4;
	const char *ipv6, *gateway6;
	unsigned prefix6;
	bool internal;
	bool is_direct;		       /* macvlan, ipvlan: nothing is published there */
	bool is_gateway4, is_gateway6; /* its gateway is the container's default route */
	char **names;		       /* all DNS names on this network */
};

struct attach_request {
	const char *container_id; /* 64 hexadecimal digits */
	const char *container_name;
	const char *hostname;		    /* NULL: none beside name and short id */
	const char *project;		    /* same-project entries win name clashes; NULL: none */
	int netns_fd;			    /* the container's network namespace */
	struct endpoint_request *endpoints; /* in declaration order */
	size_t endpoint_count;
	size_t present; /* the first ones are attached: their results stand in @endpoints already */
};

/* Leases addresses, creates the veth pairs in the namespace, sets addresses, routes, loopback and
 * sysctls. @endpoints gets request->endpoint_count entries. On failure nothing stays attached. With
 * an endpoint_count of 0 it only brings loopback up. The names do not resolve yet. */
int network_attach(const struct net_context *context, const struct attach_request *request,
		   struct endpoint *endpoints, struct arena *arena, struct error *err);
/* Takes one endpoint of a running container away: link, lease, names. What is published there has
 * to be retracted first; the default route is chosen anew by network_attach, with all that stay
 * present. @netns_fd -1: nobody is in the namespace any more. */
int network_part(const struct net_context *context, const char *container_id,
		 const struct endpoint *endpoint, int netns_fd, struct error *err);
/* Makes the names of a container resolvable in its networks, or hides them: one store per network
 * into the mapped tables. Announce before the process starts, hide when it has exited. */
int network_announce(const struct net_context *context, const char *container_id,
		     char *const *networks, bool visible, struct error *err);
/* The container has another name, that of the request: its names in the network of @endpoint, which
 * it has, become those of the request. Repeating it is fine. */
int network_rename(const struct net_context *context, const struct attach_request *request,
		   struct endpoint *endpoint, struct arena *arena, struct error *err);
/* Gives back leases, names, published ports and links of several containers at once (one nftables
 * transaction). The namespaces may be gone already. Unknown containers are fine. */
int network_detach(const struct net_context *context, char *const *container_ids, size_t count,
		   struct error *err);
/* The same without waiting for the kernel, for one that has no published ports and whose namespace
 * nobody has any more: its links go with that. "bridge" stays until network_detach is called for
 * anybody (also for none). */
int network_leave(const struct net_context *context, const char *container_id, struct error *err);
/* Ids of the containers with an endpoint in @name (all networks: NULL); NULL-terminated. */
int network_users(const struct net_context *context, const char *name, char ***container_ids,
		  struct arena *arena, struct error *err);

/* Creates a network namespace without touching the caller's; loopback is still down. */
int netns_create(struct error *err);
/* Opens that of a process. ESRCH when it has gone. */
int netns_open(pid_t pid, struct error *err);
