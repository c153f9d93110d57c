/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/run_secret.h - secrets and agents that a RUN asks for, among those that the build was
 * given.
 */
#pragma once

struct build;
struct build_secret;
struct dockerfile_mount;
struct error;
struct strbuf;

/* NULL: there is none, and it is not required. */
int run_secret_find(const struct build *build, const struct dockerfile_mount *mount,
		    const struct build_secret **secret, struct error *err);
int run_secret_read(const struct build_secret *secret, struct strbuf *content, struct error *err);
/* The path of the agent's socket. */
int run_secret_find_agent(const struct build *build, const struct dockerfile_mount *mount,
			  const char **socket, struct error *err);
