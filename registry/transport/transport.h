/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/transport/transport.h - the transport's process: requests in, HTTP out, replies back.
 *
 * One loop over libcurl's multi interface. It begins locked up (registry/transport/sandbox.h); what
 * it knows came with its settings, what it may write to comes with each request.
 */
#pragma once

#include "registry/settings.h"
#include "registry/wire.h"

#include <curl/curl.h>
#include <stdbool.h>

struct endpoint;
struct error;
struct job;
struct url;

/* An upload that is open at the registry. */
struct session {
	char hex[DIGEST_HEX_SIZE];
	struct url *url;
};

struct transport {
	struct settings settings;
	CURLM *multi;
	struct endpoint *endpoints;
	size_t endpoint_count;
	struct job *jobs[WIRE_REQUESTS];	/* NULL: free */
	struct session sessions[WIRE_REQUESTS]; /* left by refused mounts */
	size_t session_count;
	/* replies that did not fit into the socket yet */
	struct wire_reply *outbox;
	size_t outbox_count;
	bool is_closed;
	/* For registry/transport/auth.h: a token of @endpoint has come, or (with @err) not. */
	void (*token_ended)(struct transport *transport, struct endpoint *endpoint,
			    const struct error *err, bool is_passing);
};

int transport_init(struct transport *transport, struct error *err);
void transport_release(struct transport *transport);
/* Serves until the command closes the socket. */
int transport_run(struct transport *transport, struct error *err);
