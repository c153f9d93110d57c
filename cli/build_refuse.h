/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/build_refuse.h - options of both builds that only have one value here.
 */
#pragma once

struct error;

/* --builder: there is one. NULL is fine. */
int build_refuse_builder(const char *name, struct error *err);
/* --provenance, --sbom: attestations are not made, so "false" is what happens anyway. */
int build_refuse_attestation(const char *option, const char *value, struct error *err);
