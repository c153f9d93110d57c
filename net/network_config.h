/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/network_config.h - ROOT/networks/NAME.json: read, write, check.
 */
#pragma once

#include "net/cidr.h"
#include "net/network.h"

struct strvec;

/* What driver_opts say, with Docker's defaults. */
struct network_options {
	const char *bridge;	       /* NULL: br- and 12 digits of the id */
	const char *interface_prefix;  /* "eth" */
	const char *host_binding_ipv4; /* NULL: all addresses */
	const char *parent;	       /* of macvlan and ipvlan, as the next three */
	const char *macvlan_mode, *ipvlan_mode, *ipvlan_flag;
	unsigned mtu; /* 0: that of the default route */
	bool masquerade, icc, inhibit_ipv4;
	bool guard;			 /* containers speak for themselves only */
	bool is_default;		 /* says Docker of its bridge; means nothing here */
	bool is_open4, is_open6;	 /* gateway mode nat-unprotected */
	bool is_isolated4, is_isolated6; /* gateway mode isolated: the bridge gets no address */
};

/* ERROR_INVALID and ERROR_UNSUPPORTED name the option; unknown ones have no effect. */
int network_config_options(const struct network *network, struct network_options *options,
			   struct error *err);
/* Warns about options that have no effect. */
void network_config_warn(const struct network *network);
/* Checks everything that needs no look at the host. */
int network_config_check(const struct network *network, struct error *err);

int network_config_save(int dirfd, const struct network *network, struct error *err);
/* By exact name. ERROR_NOT_FOUND. */
int network_config_load(int dirfd, const char *name, struct network *network, struct arena *arena,
			struct error *err);
/* Of all, sorted. */
int network_config_names(int dirfd, struct strvec *names, struct error *err);
/* One of those; false, with a warning if it is damaged, when there is nothing to read. */
bool network_config_load_listed(int dirfd, const char *name, struct network *network,
				struct arena *arena);
/* Those that can be read, sorted by name. */
int network_config_list(int dirfd, struct network **networks, size_t *count, struct arena *arena,
			struct error *err);
/* Takes the flock of the file. ERROR_NOT_FOUND when the network is not there (any more). */
int network_config_lock(int dirfd, const char *name, struct error *err);
int network_config_remove(int dirfd, const char *name, struct error *err);

/* The first subnet of a family. */
bool network_config_subnet(const struct network *network, int family, struct cidr *subnet,
			   struct cidr *gateway);
