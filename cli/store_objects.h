/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/store_objects.h - what `secret` and `config` have in common: create, ls, inspect and rm of
 * what storage/secret_store keeps. The content of a secret is never printed.
 */
#pragma once

#include "cli/nouns.h"
#include "storage/secret/secret_store.h"

struct store_create_options {
	struct strvec labels;
	int encrypt; /* -1: as secret_store_always_encrypts says */
};

struct store_rm_options {
	bool force;
};

extern const struct option_spec store_objects_create_options[], store_objects_ls_options[],
	store_objects_rm_options[];

/* .data of the commands, which have nouns_ls and nouns_inspect as well. */
struct store_objects_noun {
	struct noun noun; /* first */
	enum secret_kind kind;
};
extern const struct store_objects_noun store_objects_secret, store_objects_config;

int store_objects_create(struct invocation *invocation, struct error *err);
command_action store_objects_remove;
