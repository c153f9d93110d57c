/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/short_syntax.h - the short forms of ports, volumes, devices, … to their long ones.
 *
 * These are the expand, identity and rebase functions of the rows in compose/model/schema.c: pure
 * but for the problems they note.
 */
#pragma once

struct node;
struct strbuf;
struct walk;

/* A list of mappings, or NULL after a problem was noted. */
struct node *short_build(struct walk *walk, const struct node *node);
struct node *short_config(struct walk *walk, const struct node *node);
struct node *short_dependency(struct walk *walk, const struct node *node);
struct node *short_device(struct walk *walk, const struct node *node);
struct node *short_env_file(struct walk *walk, const struct node *node);
struct node *short_gpus(struct walk *walk, const struct node *node);
struct node *short_port(struct walk *walk, const struct node *node);
struct node *short_secret(struct walk *walk, const struct node *node);
struct node *short_volume(struct walk *walk, const struct node *node);

void short_identify_config(struct strbuf *out, const struct node *item);
void short_identify_device(struct strbuf *out, const struct node *item);
void short_identify_env_file(struct strbuf *out, const struct node *item);
void short_identify_ipam(struct strbuf *out, const struct node *item);
void short_identify_port(struct strbuf *out, const struct node *item);
void short_identify_secret(struct strbuf *out, const struct node *item);
void short_identify_target(struct strbuf *out, const struct node *item);

void short_rebase_build(struct walk *walk, struct node *build, const char *directory);
void short_rebase_mount(struct walk *walk, struct node *mount, const char *directory);
void short_rebase_watch(struct walk *walk, struct node *watch, const char *directory);
void short_rebase_volume(struct walk *walk, struct node *volume, const char *directory);
