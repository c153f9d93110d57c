/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/start_network.h - the steps of a start that are about the network, and their parts, which
 * a running container needs again when it is connected to other networks.
 */
#pragma once

#include <stddef.h>

struct container_state;
struct endpoint;
struct error;
struct port_request;
struct start;
struct strbuf;

int start_enter_network(struct start *start, struct error *err);
int start_publish_ports(struct start *start, struct error *err);
int start_write_network_files(struct start *start, struct error *err);

/* Brings endpoints, published ports and files of a running container to what its description says.
 * @start has engine, container, dirs, arena, netns_fd, files_id and the holder of its ports, which
 * may be another one afterwards. Returns 1 when something has changed, 0 when it was so already;
 * with -1 the state says what is there. */
int start_follow_network(struct start *start, struct error *err);

/* Where ports are published; NULL: nowhere. */
const struct endpoint *start_network_port_endpoint(const struct container_state *state);
/* @ports: as many as the configuration has. */
int start_network_publish(struct start *start, const struct port_request *ports, struct error *err);
void start_network_hosts(struct start *start, struct strbuf *text);
int start_network_write_resolv(struct start *start, struct error *err);
/* Rewrites a file of the container's directory in place. */
int start_network_write(struct start *start, const char *name, const struct strbuf *text,
			struct error *err);
