/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/listen.h - door: the socket that clients connect to.
 */
#pragma once

struct error;

/* Makes it, for root and its group alone, and listens. What a dead server left there is replaced;
 * ERROR_BUSY: somebody listens there; ERROR_CONFLICT: something else is there. The caller owns the
 * descriptor, which is non-blocking, and removes the socket. */
int listen_open(const char *path, struct error *err);
