/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/docker_socket.h - the socket that programs in containers look for, on a host without
 * Docker: what binds /var/run/docker.sock gets our API's, RUN/docker.sock.
 */
#pragma once

#include <stdbool.h>

struct engine;
struct error;

/* Is @path where an engine's socket is looked for, and nothing there, not even somebody else's
 * link? What is there belongs to who made it, and is mounted as anything else. */
bool docker_socket_is_missing(const char *path);
/* A descriptor of ours, to be bound. ERROR_NOT_FOUND: there is none, and what to do. */
int docker_socket_open(const struct engine *engine, struct error *err);
