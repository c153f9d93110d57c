/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/stack/stack_edit.h - door: changes of one service in a model, as `service update` says
 * them. Pure: what comes of it is checked when the model is loaded.
 */
#pragma once

#include "base/json.h"

#include <stddef.h>

struct error;

enum stack_edit_kind {
	STACK_SET_TEXT,	  /* "" takes it away */
	STACK_SET_NUMBER, /* a whole one */
	STACK_SET_FLAG,
	STACK_ADD_PAIR, /* "NAME=VALUE" */
	STACK_REMOVE_PAIR,
	STACK_ADD_ITEM,
	STACK_REMOVE_ITEM,
	STACK_ADD_HOST,	    /* "NAME:ADDRESS" */
	STACK_REMOVE_HOST,  /* "NAME[:ADDRESS]" */
	STACK_ADD_PORT,	    /* "8080:80", "published=8080,target=80,mode=host" */
	STACK_REMOVE_PORT,  /* by the port in the container */
	STACK_ADD_MOUNT,    /* "type=volume,source=data,target=/data" */
	STACK_REMOVE_MOUNT, /* by the place in the container */
	STACK_ADD_NETWORK,  /* "NAME", "name=NAME,alias=ALIAS" */
	STACK_REMOVE_NETWORK,
	STACK_ADD_FILE, /* of the store: "NAME", "source=NAME,target=FILE,uid=0,mode=0400" */
	STACK_REMOVE_FILE,
	STACK_ADD_PREFERENCE, /* "spread=TEXT" */
	STACK_ADD_ULIMIT,     /* "NAME=SOFT[:HARD]" */
	STACK_EDIT_KINDS,
};

struct stack_edit {
	enum stack_edit_kind kind;
	const char *path; /* of the attribute: "deploy.resources.limits.cpus" */
	const char *value;
};

/* Changes @service of @model, one after the other. ERROR_INVALID. */
int stack_edit_service(json *model, const char *service, const struct stack_edit *edits,
		       size_t count, struct error *err);
/* The text as it stands in a model, where a dollar is written twice; malloc'ed. */
char *stack_edit_escape(const char *text);
