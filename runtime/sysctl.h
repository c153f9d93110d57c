/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/sysctl.h - kernel settings of a container's own namespaces.
 */
#pragma once

struct error;
struct spec;

/* Which of the spec's sysctls a container may set: only keys that belong to a namespace of its
 * own. ERROR_INVALID says which is not. @joins_network: it gets a namespace by descriptor. */
int sysctl_check(const struct spec *spec, int joins_network, struct error *err);
/* Writes them, below a procfs that nobody else has a path to yet. */
int sysctl_apply(const struct spec *spec, int proc_fd, struct error *err);
/* "net.ipv4.ip_forward" -> "sys/net/ipv4/ip_forward"; malloc'ed; NULL when it is not a key. Slashes
 * may separate instead, so that a part can hold dots ("net/ipv4/conf/eth0.1/forwarding"). */
char *sysctl_path(const char *key);
