/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/responder.h - door: the process that answers a container's questions for names at 127.0.0.11,
 * and passes on what comes to those of its ports that the firewall cannot redirect.
 *
 * It parses what strangers write, so it is a program of its own (libexec/coracle/responder) without
 * privileges: nobody's user, no capabilities, no files, few system calls. Who opens one keeps the
 * privileges, makes the sockets, hands them over with the first question (at once, where there are
 * ports to relay), and looks things up when it asks. It ends with who has opened it; when it ends
 * alone, another comes with the next question.
 *
 * The sockets of questions live in the container's network namespace on another port; four
 * stateless rewrite rules there bring 127.0.0.11:53 to them, so that the container may bind
 * 0.0.0.0:53 itself. Forwarding to the host's resolvers happens from the host's namespace, to the
 * container's own `dns:` servers from the container's. No wakeups when idle.
 */
#pragma once

#include "net/network.h"

struct loop;
struct port_holder;
struct responder;

struct responder_request {
	const char *program; /* libexec/coracle/responder */
	const char *project;
	int netns_fd;
	char **networks;  /* in lookup order; NULL-terminated */
	bool is_isolated; /* only internal networks: never forward through the host */
	char **servers;	  /* the service's `dns:`; NULL: the host's resolvers */
	char **links;	  /* "ALIAS=TARGETNAME" names only this container sees; may be NULL */
	struct port_holder *ports; /* stays the caller's, and there; NULL: none */
};

int responder_open(struct responder **responder, const struct net_context *context,
		   const struct responder_request *request, struct loop *loop, struct error *err);
void responder_close(struct responder *responder);
