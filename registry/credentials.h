/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/credentials.h - door: the user's logins, in Docker's config.json and its helpers.
 *
 * The file is DOCKER_CONFIG/config.json, else $HOME/.docker/config.json; under sudo, when root has
 * none, that of the user who called it is read as well. For a host, "credHelpers" counts before
 * "credsStore" and that before "auths".
 */
#pragma once

#include <stdbool.h>

struct arena;
struct error;

struct credentials {
	char *user, *password;
	char *identity_token; /* instead of the password */
};

/* The registry that a user means: without scheme and path, "docker.io" for nothing at all and for
 * its other names. malloc'ed; NULL with ERROR_INVALID. */
char *credentials_host(const char *server, struct error *err);

#define auto_credentials __attribute__((cleanup(credentials_release)))
/* Overwrites them, too. */
void credentials_release(struct credentials *credentials);
/* @host as in names ("docker.io", "localhost:5000"). Members stay NULL where there is no login. */
int credentials_find(struct credentials *credentials, const char *host, struct error *err);
/* This process has these logins from now on, and none that are in files: for a server, who is told
 * them by its client. NULL in @credentials: no other one; else they are copied. */
void credentials_lend(const char *host, const struct credentials *credentials);
/* Stores; @is_plain (or NULL) tells whether it ended up unencrypted in the file @path (malloc'ed).
 */
int credentials_store(const char *host, const struct credentials *credentials, bool *is_plain,
		      char **path, struct error *err);
/* 1: removed, 0: there was none. */
int credentials_erase(const char *host, struct error *err);
/* The file's HttpHeaders as "Name: value" lines; NULL with @err. */
char **credentials_headers(struct arena *arena, struct error *err);
