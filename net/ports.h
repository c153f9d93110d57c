/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/ports.h - door: published ports.
 *
 * A claim is a record in RUN/networks/.ports (so that the ruleset can be made anew and conflicts
 * between containers are named), an element in the maps of the nftables table, and a listening or
 * bound socket held by the container's monitor (so that host processes see the port as taken, and
 * ::1 can be relayed). Replicas of one service share a port: the kernel balances new connections
 * over those that are ready.
 */
#pragma once

#include "net/network.h"

struct port_request {
	const char *protocol;	 /* "tcp", "udp", "sctp" */
	const char *host_ip;	 /* NULL or "": all addresses of both families */
	uint16_t host_port;	 /* 0: any free one */
	uint16_t host_port_last; /* > host_port: any free one of this range */
	uint16_t container_port;
};

struct port_binding {
	const char *protocol, *host_ip; /* host_ip "0.0.0.0", "::" or as asked */
	uint16_t host_port, container_port;
};

struct ports_request {
	const char *container_id, *container_name;
	const char *share; /* replicas with the same non-NULL text may hold the same port */
	bool is_waiting;   /* no part in the balancing before ports_set_ready */
	const struct endpoint *endpoint; /* where the container is reached */
	const struct port_request *ports;
	size_t port_count;
};

/* The sockets that hold the ports; owned by the monitor. */
struct port_holder;

struct ports_result {
	struct port_binding *bindings; /* one per request and address family: "0.0.0.0" and "::" */
	size_t binding_count;
	struct port_holder *holder; /* the caller's; NULL when nothing needs holding */
};

/* Claims all or nothing. ERROR_CONFLICT: "port 8080/tcp is already published by 'shop-web-1'" or
 * "... is in use by a process of the host". */
int ports_publish(const struct net_context *context, const struct ports_request *request,
		  struct ports_result *result, struct arena *arena, struct error *err);
/* *@holder is that of ports_publish; when it is NULL (after an adoption or exec) the sockets of
 * existing claims are taken again (best effort: what cannot be bound is skipped). What is to be
 * relayed, ::1 and the host's IPv6 addresses to IPv4-only containers, net/responder.h does. */
int ports_hold(const struct net_context *context, const char *container_id,
	       struct port_holder **holder, struct error *err);
/* A shared claim takes part in the balancing only while it is ready; while none is, as
 * claims_each_port has it. */
int ports_set_ready(const struct net_context *context, const char *container_id, bool ready,
		    struct error *err);
/* A container that shares ports has ended, and will be started again: whoever else there is has its
 * part until it is ready. */
int ports_end_part(const struct net_context *context, const char *container_id, struct error *err);
/* Is it not known yet to have its part in ports that it shares? */
bool ports_are_waiting(const struct net_context *context, const char *container_id);
/* Before a container stops: where others share its ports, new connections go to them only. 1: they
 * do so from now on, and did not before. */
int ports_drain(const struct net_context *context, const char *container_id, struct error *err);
/* Takes back everything that these containers have published; network_detach does so too. */
int ports_retract(const struct net_context *context, char *const *container_ids, size_t count,
		  struct error *err);
/* How many lines of the claims on disk can be read as none, and the number of the first, from 1:
 * what they published is not in the ruleset. -1: they cannot be read. */
int ports_count_damaged(const struct net_context *context, size_t *line, struct error *err);
void ports_release(struct port_holder *holder);
