/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci/exec.h - door: one more process in a container.
 */
#pragma once

#include <stdbool.h>

struct error;

struct oci_exec_request {
	const char *root, *id;
	/* A file with a "process" object: all of it; NULL: the container's, changed as follows. */
	const char *process_file;
	char **args; /* NULL-terminated */
	char **env;  /* added; NULL: none */
	const char *cwd, *user;
	char **capabilities; /* added to all sets but the ambient one; NULL: none */
	char **groups;	     /* numbers, added; NULL: none */
	const char *apparmor_profile;
	const char *label; /* SELinux's */
	bool terminal, no_new_privileges;

	const char *cgroup; /* below the container's; NULL: that itself */
	const char *pid_file, *console_socket;
	int preserved;
	bool detach, ignores_paused;
};

/* The command's exit code, 128 + signal; with detach 0. Errors of execve keep its errno. */
int oci_exec(const struct oci_exec_request *request, struct error *err);
