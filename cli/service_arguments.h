/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/service_arguments.h - arguments that are services: "web", "web=3", patterns such as "web-*".
 */
#pragma once

struct error;
struct invocation;

/* The services that the command line names: their profiles are on, and only they and what they
 * depend on must be complete. NULL: all. Memory from the invocation's arena. */
char **service_arguments(const struct invocation *invocation);
/* Is @name a service? The error says what may have been meant. */
int service_argument_check(struct invocation *invocation, const char *name, struct error *err);
/* Puts services in the place of patterns, and checks each. */
int service_arguments_check(struct invocation *invocation, struct error *err);
