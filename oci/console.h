/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci/console.h - door: hands the master of a terminal over to who asked for it.
 */
#pragma once

struct error;

/* Connects to the unix socket at @path, of any length, and passes @terminal_fd. */
int oci_console_send(const char *path, int terminal_fd, struct error *err);
