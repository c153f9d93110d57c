/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/net_probe.h - door: does the kernel let us make networks? Tried in a namespace of its own.
 */
#pragma once

#include "base/error.h"

enum net_feature { NET_NAMESPACE, NET_BRIDGE, NET_VETH, NET_FILTER, NET_FEATURE_COUNT };

/* For each why not; code 0: it does. Without a namespace nothing else is tried. */
void net_probe(struct error problems[NET_FEATURE_COUNT]);
