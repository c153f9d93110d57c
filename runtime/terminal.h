/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/terminal.h - a pseudo terminal out of the container's own devpts.
 *
 * The slave is opened through the master (TIOCGPTPEER), never by a path that the container could
 * have replaced.
 */
#pragma once

struct error;
struct spec;

struct terminal {
	int master_fd, slave_fd;
};

/* @pts_fd is the root of the devpts. Sets the window size that the spec asks for. */
int terminal_open(struct terminal *terminal, int pts_fd, const struct spec *spec,
		  struct error *err);
/* Binds the slave to console in @dev_fd, which must not exist yet. */
int terminal_make_console(const struct terminal *terminal, int dev_fd, struct error *err);
/* Makes the slave 0, 1 and 2 and the controlling terminal of this (session leader) process. */
int terminal_adopt(const struct terminal *terminal, struct error *err);
/* Makes it 0, 1 and 2 only: the process that it is to belong to comes later. */
int terminal_connect(const struct terminal *terminal, struct error *err);
