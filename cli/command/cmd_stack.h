/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/command/cmd_stack.h - verbs of `stack` and `service` in files of their own, the lists that
 * both have, and what `inspect` shows of services and nodes.
 */
#pragma once

#include "cli/command.h"
#include "cli/nouns.h"

struct filter;

extern const struct command cmd_stack_deploy, cmd_stack_config;
extern const struct command cmd_service_create, cmd_service_logs, cmd_service_update;

nouns_describe cmd_stack_describe_service, cmd_stack_describe_node;

/* `ls` of services: of all, or of one stack. */
struct services_options {
	struct nouns_ls_options ls;
};
extern const struct option_spec cmd_stack_services_options[];
int cmd_stack_print_services(struct invocation *invocation, const char *stack, struct error *err);

/* `ps` of tasks. */
struct tasks_options {
	struct nouns_ls_options ls;
	bool no_trunc, no_resolve;
};
extern const struct option_spec cmd_stack_tasks_options[];
struct stack_service;
/* Of services; those after each other in the array. */
int cmd_stack_print_tasks(struct invocation *invocation, const struct stack_service *services,
			  size_t count, struct error *err);
