/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/stack/stack.h - door: stacks and services, swarm's words for what runs on one host.
 *
 * A stack is a project of that name. What it is meant to be is kept in ROOT/stacks/NAME.json, so
 * that its services can be changed, rolled back and scaled from anywhere, without their files. A
 * service that was made alone is a stack that has nothing else.
 *
 * Who changes a stack holds its project's lock.
 */
#pragma once

#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct layout;
struct project;
struct strvec;

struct stack {
	const char *name; /* in the document */
	json *document;
};

#define auto_stack __attribute__((cleanup(stack_release)))
void stack_release(struct stack *stack);

/* An empty one. @is_service: for a single service that is called NAME, not NAME_SERVICE. */
void stack_init(struct stack *stack, const char *name, bool is_service);
/* ERROR_NOT_FOUND. */
int stack_load(struct stack *stack, const struct layout *layout, const char *name,
	       struct error *err);
int stack_save(const struct stack *stack, const struct layout *layout, struct error *err);
/* That there is none is fine. */
int stack_delete(const struct layout *layout, const char *name, struct error *err);
/* Their names, sorted. */
int stack_list(const struct layout *layout, struct strvec *names, struct error *err);
bool stack_is_service(const struct stack *stack);

/* The compose model as `config --format json` prints it; and its services. */
json *stack_model(const struct stack *stack);
json *stack_services(const struct stack *stack);
/* For changes: the caller's own. */
json *stack_model_copy(const struct stack *stack);
/* What is known of a service beside the model: "id", "version", "created", "updated", "previous",
 * "unfinished", "update", "tasks". Made when it is not there. */
json *stack_record(struct stack *stack, const char *service);
/* "STACK_SERVICE", or the stack's name where that is a service. */
const char *stack_full_name(const struct stack *stack, const char *service, struct arena *arena);

/* A service by its full name, id, or an id's unambiguous beginning. */
struct stack_service {
	struct stack stack;
	const char *name, *full_name, *id; /* in the stack; its own; 25 characters */
};
/* ERROR_NOT_FOUND, ERROR_CONFLICT (ambiguous). */
int stack_find_service(struct stack_service *service, const struct layout *layout, const char *text,
		       struct arena *arena, struct error *err);
/* All of all stacks (@stack: only of that one; NULL), sorted by full name. The stacks belong to
 * the caller: stack_release_services. */
int stack_list_services(struct stack_service **services, size_t *count, const struct layout *layout,
			const char *stack, struct arena *arena, struct error *err);
void stack_release_services(struct stack_service *services, size_t count);

/* The model as a project: checked, and with what swarm adds to what its files say. */
int stack_project(struct project *project, const struct stack *stack, struct arena *arena,
		  struct error *err);
