/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/credential_helper.h - docker-credential-NAME: programs that keep logins.
 *
 * Found in PATH (absolute directories only), run with one word and a short text on stdin; what they
 * answer is bounded. The protocol is Docker's: get, store, erase.
 */
#pragma once

struct credentials;
struct docker_config;
struct error;

/* @config names the helper: if it is the file of sudo's caller, the helper runs as that user. */
struct credential_helper {
	const char *name;
	const struct docker_config *config;
};

/* Nothing is set when the helper knows nothing of @server. */
int credential_helper_get(const struct credential_helper *helper, const char *server,
			  struct credentials *credentials, struct error *err);
int credential_helper_store(const struct credential_helper *helper, const char *server,
			    const struct credentials *credentials, struct error *err);
int credential_helper_erase(const struct credential_helper *helper, const char *server,
			    struct error *err);
