/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/prepare.h - what a transport is told: endpoints in their order, with credentials and
 * certificates, from the user's files; the command's side.
 */
#pragma once

struct error;
struct registry_options;
struct settings;

/* Splits a normalized name ("docker.io/library/redis"), reads the configuration and credentials. */
int prepare_settings(struct settings *settings, const struct registry_options *options,
		     struct error *err);
/* To check a login at @host with these credentials. */
int prepare_login(struct settings *settings, const char *host, const char *user,
		  const char *password, struct error *err);
/* To fetch one file by its URL, which has no user in it: no login, no mirror. */
int prepare_url(struct settings *settings, const char *url, struct error *err);
