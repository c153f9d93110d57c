/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/responder/lock_in.h - the responder gives up everything that it does not need.
 */
#pragma once

#include <stddef.h>

struct error;

/* Nobody's user, no capabilities, no files at all, and of system calls what passes bytes between
 * the sockets that it has been given and those that it makes. To be called before the first byte of
 * a container is read. What it must not call kills it. @held: sockets that it has been given. */
int lock_in(size_t held, struct error *err);
