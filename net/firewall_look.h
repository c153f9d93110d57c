/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/firewall_look.h - is our table what it should be? Others may flush it, or change it.
 */
#pragma once

#include "net/firewall.h"

/* 1: it is, or no network of ours is up, which needs it; 0: @difference says how it differs, from a
 * constant. Lock held. */
int firewall_look(const struct net_context *context, const char **difference, struct error *err);
