/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/unused.h - door: removing the containers and networks that nobody uses (volumes:
 * engine/volume_use.h, images: storage/image).
 *
 * Nothing of a project is touched while another command changes it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;
struct error;
struct pair;

struct unused_request {
	bool spares_projects; /* containers of which another one of the project runs stay */
	/* May one that was created at @created (RFC 3339) and has these labels go? */
	bool (*fits)(const char *created, const struct pair *labels, size_t count, void *data);
	/* Told of each that is gone: a container's id, a network's name. */
	void (*removed)(const char *name, int64_t bytes, void *data);
	void *data;
};

/* Those that do not run and that nobody is starting. */
int unused_remove_containers(struct engine *engine, const struct unused_request *request,
			     struct error *err);
/* Those that no container is in, running or not; predefined ones stay. */
int unused_remove_networks(struct engine *engine, const struct unused_request *request,
			   struct error *err);
