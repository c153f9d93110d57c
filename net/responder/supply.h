/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/responder/supply.h - what a responder gets from its monitor, who may do more.
 *
 * Questions wait for their answer, for a moment at most: the monitor may be busy, and one that has
 * gone takes the responder with it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "net/dns_upstream.h"

struct error;
struct loop;

/* The descriptor of network @number's table, -1: there is none. False: it does not say. */
bool supply_table(size_t number, int *fd);
/* The host's servers may have changed: asked for ten times a second at most. */
void supply_servers(struct dns_upstreams *upstreams);
/* A socket connected to a server; -1. */
int supply_socket(const struct dns_upstreams *upstreams, size_t server, int type);
/* Tells the monitor why the responder ends. */
void supply_fail(const struct error *err);
/* From now on the end of the monitor is that of the process. */
int supply_watch(struct loop *loop, struct error *err);
