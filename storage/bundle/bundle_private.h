/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/bundle/bundle_private.h - names within a bundle, and how much one may hold.
 */
#pragma once

#include "storage/bundle/bundle.h"

#define BUNDLE_VERSION	 1
#define BUNDLE_START	 "coracle/"
#define BUNDLE_JSON	 BUNDLE_START "bundle.json"
#define BUNDLE_SIGNATURE BUNDLE_START "bundle.sig"
#define BUNDLE_PROJECT	 BUNDLE_START "project/"

/* bundle.json beside the files that were unpacked. */
#define BUNDLE_KEPT ".bundle.json"

#define BUNDLE_MOST_JSON ((size_t)16 << 20) /* bundle.json, and compose.yaml */

struct strbuf;

/* What bundle.json says. */
int bundle_parse(struct bundle *bundle, const struct strbuf *text, struct arena *arena,
		 struct error *err);
/* Where its files are, below ROOT; malloc'ed. */
char *bundle_place_path(const char *project, const char *hex);
