/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/transport/endpoint.h - one place to ask: a mirror or the registry itself; inside the
 * transport.
 */
#pragma once

#include "registry/url.h"

#include <stdbool.h>
#include <stdint.h>

struct error;
struct exchange;
struct settings;
struct settings_endpoint;

enum auth_mode { AUTH_NONE, AUTH_BASIC, AUTH_BEARER };

/* What the registry wants to see, and what we have got to show (registry/transport/auth.c). */
struct auth {
	enum auth_mode mode;
	struct url realm;
	char service[512];
	char *header;		/* "Basic …" or "Bearer …"; NULL: none yet */
	int64_t expires_ns;	/* when a token is to be renewed */
	unsigned generation;	/* counts headers */
	struct exchange *fetch; /* a token is on its way */
	char *identity_token;	/* that the token server gave for a login */
	bool has_post_failed;	/* the token server does not know the refresh_token grant */
};

struct endpoint {
	const struct settings_endpoint *settings;
	struct url base;   /* rest: a mirror's path, or "" */
	char *label;	   /* "HOST[:PORT]" */
	char *ca;	   /* PEM with the system's certificates in it, or NULL */
	bool is_local;	   /* is itself on this machine */
	bool has_answered; /* so it can be spoken to */
	bool has_warned;   /* the user knows that this mirror fails */
	bool is_dead;	   /* could not be reached: not asked again */
	struct auth auth;
};

int endpoint_init(struct endpoint *endpoint, const struct settings *settings, size_t index,
		  struct error *err);
void endpoint_release(struct endpoint *endpoint);
bool endpoint_has_credentials(const struct endpoint *endpoint);
/* Sets certificates and proxy of an exchange that is about to start. */
void endpoint_apply(struct exchange *exchange);
/* May this exchange connect to an address of this machine or its link? */
bool endpoint_may_reach(const struct exchange *exchange);
