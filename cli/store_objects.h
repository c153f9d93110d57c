/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/store_objects.h - what `secret` and `config` have in common: create, ls, inspect and rm of
 * what storage/secret_store keeps. The content of a secret is never printed.
 */
#pragma once

#include "cli/command.h"
#include "storage/secret/secret_store.h"

struct store_create_options {
	struct strvec labels;
	int encrypt; /* -1: as secret_store_always_encrypts says */
};

struct store_ls_options {
	struct strvec filters;
	const char *format;
	bool quiet;
};

struct store_rm_options {
	bool force;
};

extern const struct option_spec store_objects_create_options[], store_objects_ls_options[],
	store_objects_rm_options[];

int store_objects_create(struct invocation *invocation, enum secret_kind kind, struct error *err);
int store_objects_ls(struct invocation *invocation, enum secret_kind kind, struct error *err);
int store_objects_inspect(struct invocation *invocation, enum secret_kind kind, struct error *err);
int store_objects_rm(struct invocation *invocation, enum secret_kind kind, struct error *err);
