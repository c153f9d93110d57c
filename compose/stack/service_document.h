/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/stack/service_document.h - door: services and tasks as JSON: rows of list commands, and
 * what `service inspect` shows, in Docker's shape. The caller owns what is returned.
 */
#pragma once

#include "base/json.h"
#include "compose/stack/stack.h"

struct arena;
struct engine;
struct error;
struct stack_task;

/* How many of a service's tasks run, and how many should. */
struct service_status {
	int running, desired;
};
int service_document_count(struct service_status *statuses, const struct stack_service *services,
			   size_t count, struct engine *engine, struct error *err);
/* "replicated", "global" */
const char *service_document_mode(const struct stack_service *service);
int service_document_replicas(const struct stack_service *service);
/* Its own labels: "deploy.labels" of the model, and the stack's. */
json *service_document_labels(const struct stack_service *service);

json *service_document_row(const struct stack_service *service,
			   const struct service_status *status);
/* NULL with @err. */
json *service_document(const struct stack_service *service, struct arena *arena, struct error *err);
/* @previous: the task of the same slot stands above it in a table. */
json *service_document_task_row(const struct stack_task *task, bool is_full);
