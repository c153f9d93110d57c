/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/settings.h - what the command tells its transport at the start, as one JSON document.
 *
 * The command fills the struct (registry/prepare.c) and formats it into a memory file; the
 * transport parses it. It holds credentials, so it goes neither into arguments nor into the
 * environment.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct strbuf;

struct limits {
	double connect_seconds;
	double stall_seconds; /* slower than least_rate for so long: given up, then tried again */
	double document_seconds; /* for a whole manifest or token */
	double retry_seconds;	 /* before the second attempt; doubles */
	double wait_seconds; /* longest wait between two attempts, whatever the registry asks for */
	int64_t least_rate;  /* bytes per second */
	int64_t attempts;    /* without progress */

	int64_t chunk; /* bytes, when a registry does not take a blob as a whole */
};

extern const struct limits settings_limits_default;
struct json_object;
/* Reads the members that are there. ERROR_INVALID names the first one that is wrong or unknown in
 * @member, which may be NULL. */
int settings_limits_parse(struct limits *limits, struct json_object *object, const char **member,
			  struct error *err);

/* Where to ask. NULL for what there is not. */
struct settings_endpoint {
	const char *url; /* "https://HOST[:PORT][/PATH]", no slash at the end */
	const char *user, *password, *identity_token;
	const char *ca, *certificate, *key; /* PEM */
	bool is_mirror;
	bool is_insecure; /* certificates are not checked */
	bool is_fallback; /* only if the one before it cannot be reached */
};

struct settings {
	const char *agent;
	const char *host;	/* as in names: "docker.io" */
	const char *repository; /* "library/redis"; NULL: only a login is checked */
	const char *mount_from; /* another repository, or NULL */
	const char *http_proxy, *https_proxy, *no_proxy;
	const char *roots; /* PEM instead of the system's certificates */
	bool can_push;
	struct settings_endpoint *endpoints;
	size_t endpoint_count;
	char **headers;	 /* "Name: value", for the registry and its mirrors; NULL-terminated */
	char **insecure; /* hosts and networks; NULL-terminated */
	struct limits limits;
	struct arena arena; /* of all of it */
};

#define auto_settings __attribute__((cleanup(settings_release)))
void settings_release(struct settings *settings);
/* Adds an empty one. */
struct settings_endpoint *settings_add_endpoint(struct settings *settings);
void settings_format(struct strbuf *out, const struct settings *settings);
int settings_parse(struct settings *settings, const char *text, size_t length, struct error *err);
