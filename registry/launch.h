/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/launch.h - starting and ending a transport; the command's side.
 */
#pragma once

#include <sys/types.h>

struct error;
struct settings;

struct launch {
	int socket; /* SOCK_SEQPACKET; -1: not running */
	pid_t pid;
	char *path; /* of the executable */
};

/* Starts the executable with its end of a socket and the settings, and nothing else of ours. */
int launch_transport(struct launch *launch, const char *path, const struct settings *settings,
		     struct error *err);
/* It has gone by itself: reaps it and says why. */
int launch_ended(struct launch *launch, struct error *err);
/* Kills it. A launch that failed is fine. */
void launch_end(struct launch *launch);
/* A memory file for one document; with @bytes NULL an empty one that can hold @length bytes, no
 * more and no less. */
int launch_memory_file(const void *bytes, size_t length, struct error *err);
