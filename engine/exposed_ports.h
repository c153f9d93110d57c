/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/exposed_ports.h - the ports that an image and a container's own configuration expose.
 */
#pragma once

struct arena;

/* "80", "9001-9002/udp" of both as "80/tcp", "9001/udp", "9002/udp", each once. Vectors may be
 * NULL; what is no port or range is passed over. */
char **exposed_ports_merge(struct arena *arena, char *const *image, char *const *own);
