/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/certs.h - certs.d: authorities and client certificates of one registry.
 *
 * The first directory that exists: certs.d/HOST[:PORT] beside the file that CORACLE_REGISTRIES
 * names, in /etc/coracle, in /etc/docker. *.crt are authorities that count beside the system's,
 * NAME.cert with NAME.key is shown to the registry. Read on the command's side: keys are often for
 * root only.
 */
#pragma once

struct arena;
struct error;

struct certs {
	char *ca, *certificate, *key; /* PEM, or NULL */
};

int certs_load(struct certs *certs, struct arena *arena, const char *host, struct error *err);
/* The same for a given directory. Returns 0 when it does not exist. */
int certs_read(struct certs *certs, struct arena *arena, const char *directory, struct error *err);
