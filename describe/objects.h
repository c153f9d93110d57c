/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/objects.h - door: objects as JSON: rows of list commands, and documents shaped as
 * Docker's `inspect` shapes them. The caller owns what is returned (auto_json).
 */
#pragma once

#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct build_record;
struct catalog;
struct container;
struct container_usage;
struct engine;
struct error;
struct image;
struct network;
struct secret_object;
struct volume;

/* A row of ps and container ls. */
json *describe_container_row(const struct container *container, struct catalog *catalog);
/* @with_sizes: what it has written, too, for which its files are counted. */
json *describe_container(const struct container *container, const struct engine *engine,
			 bool with_sizes);
/* An item of the list that Docker's API has. */
json *describe_container_item(const struct container *container, struct catalog *catalog);
/* Bytes of what a container has written, and with its image's layers. Its files are counted. */
struct describe_sizes {
	int64_t written, whole;
};
void describe_sizes_read(struct describe_sizes *sizes, const struct container *container,
			 const struct engine *engine);
/* A row of stats, from two readings; the first one may be empty. */
json *describe_usage_row(const struct container *container, const struct container_usage *before,
			 const struct container_usage *now, bool is_full);
/* A row of `image ls`; @name is one of its references, NULL for none. */
json *describe_image_row(const struct image *image, const char *name, bool is_full);
/* A row of `images`: what @container was made from. */
json *describe_used_image_row(const struct engine *engine, const struct container *container);
/* The rows of `image history`; NULL with @err. */
struct describe_history_style {
	bool is_raw;  /* bytes and RFC 3339 instead of sizes and ages */
	bool is_full; /* nothing is cut */
	bool is_item; /* an item of the list that Docker's API has instead */
};
json *describe_image_history(const struct engine *engine, const struct image *image,
			     struct describe_history_style style, struct error *err);
json *describe_image(const struct engine *engine, const struct image *image, struct error *err);
/* An item of the list that Docker's API has. */
json *describe_image_item(const struct image *image);
/* For qsort of struct image: the newest first, as Docker. */
int describe_compare_ages(const void *a, const void *b);
/* A row of `network ls`. */
json *describe_network_row(const struct network *network, bool is_full);
/* With the containers that are connected. */
json *describe_network(struct engine *engine, const struct network *network, struct error *err);
/* The same without the ports and rules that lead to it, for which the firewall is read. */
json *describe_network_plain(struct engine *engine, const struct network *network,
			     struct error *err);
json *describe_volume(const struct volume *volume);
/* A row of `volume ls`. */
json *describe_volume_row(const struct volume *volume);
/* Secrets and configs: the content of a config is shown, that of a secret never. */
json *describe_secret_row(const struct secret_object *object);
json *describe_secret(const struct secret_object *object);

/* What `system info` says of this host, but for who it is in a swarm. */
json *describe_host(struct engine *engine, struct error *err);

/* A row of `builder du` and of what `system df` shows of the build cache. */
json *describe_build_record_row(const struct build_record *record);
/* An item of the list that Docker's API has. */
json *describe_build_record_item(const struct build_record *record);

/* Docker's STATUS text: "Up 3 minutes (healthy)", "Exited (0) 5 seconds ago". malloc'ed. */
char *describe_status(const struct container *container);
/* Docker's PORTS text: "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp, 443/tcp". malloc'ed. */
char *describe_ports(const struct container *container);

/* "redis", "7" of "docker.io/library/redis:7"; "<none>" where there is none. Appends both. */
void describe_split_reference(json *object, const char *reference);
/* Makes an object member "a=b,c=d", as list commands show labels. */
void describe_flatten(json *row, const char *name);
/* The first 12 digits behind "sha256:"; 13 bytes. */
void describe_short_id(char out[13], const char *id);
