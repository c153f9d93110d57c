/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/net_sysctl.h - settings of the network namespace that this process is in.
 *
 * In a container /proc/sys is often read-only, though the namespace is the container's own. Then
 * they are written through a procfs of our own, which nobody else sees.
 */
#pragma once

struct error;

/* @name is a path below /proc/sys, "net/ipv4/ip_forward". ENOENT: the kernel has none of that name.
 */
int net_sysctl_write(const char *name, const char *value, struct error *err);
