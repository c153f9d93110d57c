/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/config_digests.h - `config --resolve-image-digests`: every image by what its tag means now.
 */
#pragma once

struct arena;
struct error;
struct globals;
struct project;
struct strbuf;

/* "redis:7" becomes "docker.io/library/redis:7@sha256:…". What no registry can be asked about has
 * the digest with which it was pulled, when it was. */
int config_digests_resolve(struct project *project, const struct globals *globals,
			   struct arena *arena, struct error *err);
/* An override file with nothing but the images, as `config --lock-image-digests` prints it. */
void config_digests_print_lock(struct strbuf *out, const struct project *project);
