/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/port_user.h - which process of the host holds a port, for the message that it is in use.
 */
#pragma once

#define PORT_USER_SIZE 80

struct claim;

/* "'nginx' (pid 812)", or "a process of the host" when it cannot be found: in another namespace, or
 * gone by now. */
const char *port_user_describe(char out[PORT_USER_SIZE], const struct claim *claim);
