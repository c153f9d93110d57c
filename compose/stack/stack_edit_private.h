/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/stack/stack_edit_private.h - one change that is being made, and what makes the larger
 * ones.
 */
#pragma once

#include "base/json.h"

struct error;

struct stack_editing {
	json *model;
	const char *name; /* the last word of the attribute's path */
	struct error *err;
};

typedef bool stack_edit_fits(const json *item, const char *value);

/* Sets a text in the form of a model. */
void stack_edit_set(json *object, const char *name, const char *text);
/* Walks to the object that the last word of @path is in; @path is that word then. */
json *stack_edit_parent(json *object, const char **path);
size_t stack_edit_find(const json *list, stack_edit_fits *fits, const char *value);
void stack_edit_take(json *list, stack_edit_fits *fits, const char *value);

/* Each changes the attribute `name` of @object, a service. */
int stack_edit_add_port(struct stack_editing *editing, json *object, const char *value);
int stack_edit_remove_port(struct stack_editing *editing, json *object, const char *value);
int stack_edit_add_mount(struct stack_editing *editing, json *object, const char *value);
int stack_edit_remove_mount(struct stack_editing *editing, json *object, const char *value);
int stack_edit_add_network(struct stack_editing *editing, json *object, const char *value);
int stack_edit_remove_network(struct stack_editing *editing, json *object, const char *value);
int stack_edit_add_file(struct stack_editing *editing, json *object, const char *value);
int stack_edit_remove_file(struct stack_editing *editing, json *object, const char *value);
