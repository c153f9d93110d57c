/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/settings.h - door: what a server is told, from `coracle api` to libexec/coracle/api.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct error;
struct strvec;

/* Endpoints that are allowed or not together. */
enum api_settings_group {
	GROUP_SYSTEM,
	GROUP_EVENTS,
	GROUP_CONTAINERS,
	GROUP_EXEC,
	GROUP_LOGS,
	GROUP_STATS,
	GROUP_FILES, /* of containers: archive, export, changes, commit */
	GROUP_IMAGES,
	GROUP_BUILD,
	GROUP_NETWORKS,
	GROUP_VOLUMES,
	GROUP_COUNT
};

/* "system", …, NULL-terminated. */
extern const char *const api_settings_groups[];

struct api_settings {
	const char *root, *run;
	const char *path; /* of the socket to make; NULL: @listen_fd */
	int listen_fd;	  /* somebody else's, who goes on listening; -1 */
	int64_t idle_ms;  /* the server ends after so long without a connection; -1: never */
	bool is_read_only;
	bool is_env_redacted;
	uint32_t allowed; /* a bit for each group */
};

/* "containers,events": ERROR_INVALID names those that there are. */
int api_settings_parse_groups(uint32_t *groups, const char *text, struct error *err);
/* The words of a command line, behind the program's name, and back. */
void api_settings_format(struct strvec *words, const struct api_settings *settings);
int api_settings_parse(struct api_settings *settings, char *const *words, struct error *err);
