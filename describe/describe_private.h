/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/describe_private.h - what the descriptions of objects share.
 */
#pragma once

#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

struct catalog;
struct container;
struct container_config;
struct container_mount;
struct engine;
struct image;
struct port_binding;
struct strbuf;

const char *describe_text_or(const char *text, const char *fallback);
/* A document of Docker's as it is when nothing is set: @text, which is JSON. */
json *describe_unset(const char *text);
/* Takes those of these members away that are null; returns @value. */
json *describe_drop_null(json *value, const char *const *names);
/* @value, or NULL for an object or array without members, which is put back. */
json *describe_unless_empty(json *value);
/* Of json_object_set_userdata: such a text is what a table or template shows of an object. */
void describe_free_text(json *value, void *text);
/* The i-th network of a container, connected or not; NULL behind the last one. */
const char *describe_network_name(const struct container *container, size_t i);

/* To the document of the host: what clients read of a daemon. What it says of the host is there. */
void describe_add_server(json *info, const struct engine *engine);
/* Members of a container's document. */
json *describe_container_config(const struct container *container, const struct image *image);
json *describe_host_config(const struct container *container);
json *describe_container_mounts(const struct container *container, const struct engine *engine);
json *describe_container_networks(const struct container *container, const struct engine *engine);
/* Binds, Tmpfs and Mounts of HostConfig. */
void describe_set_mounts(json *value, const struct container_config *config);
/* "ro,nocopy": what stands behind the target of a bind; nothing for the default, nor for what a
 * bind cannot say. */
void describe_bind_mode(struct strbuf *out, const struct container_mount *mount);
/* One of `tmpfs: PATH:OPTIONS`: Docker shows it there, and not among what is mounted. */
bool describe_is_short_tmpfs(const struct container_mount *mount);
/* "/TARGET:/NAME/ALIAS" of one that is on the network "bridge"; elsewhere networks have them. */
json *describe_old_links(const struct container *container);
/* "80/tcp": [{"HostIp", "HostPort"}, …]: adds one. */
void describe_add_port(json *value, const struct port_binding *binding);
/* 64 digits; 65 bytes. */
void describe_endpoint_id(char *hex, const char *container_id, const char *of);
/* Compose's "Publishers": what is published, and what is only exposed with 0. */
json *describe_publishers(const struct container *container);
/* "Ports" of Docker's list: a row for each address of the host; what is only exposed has none. */
json *describe_port_rows(const struct container *container);
/* The command line of a container, arguments with blanks in quotes. */
void describe_add_command(struct strbuf *out, const struct container *container);
/* "Image" of rows: by its id when its name means another image by now, or none. */
void describe_set_image(json *row, const struct container *container, struct catalog *catalog);
