/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/build_words.h - door: what people write for a build, as parts of a request: values of
 * --secret, --ssh, --cache-from, --output, and of the same attributes in compose files.
 *
 * All return -1 with ERROR_INVALID (or ERROR_UNSUPPORTED for what BuildKit has and this program has
 * not) and a text that quotes the value. Unknown keys are refused.
 */
#pragma once

#include "builder/build.h"

/* "id=x[,src=PATH][,env=NAME][,type=file|env]". A file must be there. */
int build_words_secret(struct build_secret *secret, const char *text, struct arena *arena,
		       struct error *err);
/* "ID[=PATH]"; without a path the agent of this session, which must be there. */
int build_words_ssh(struct build_ssh *ssh, const char *text, struct arena *arena,
		    struct error *err);
/* "REFERENCE", "type=local,src=DIR", "type=registry,ref=REFERENCE[,mode=max]", "type=inline". */
int build_words_cache(struct build_cache_place *place, const char *text, bool is_target,
		      struct arena *arena, struct error *err);

struct build_words_output {
	struct build_output output; /* fd: standard output */
	const char *name;	    /* of an image; NULL */
	bool pushes;
};
/* "DIR", "-", "type=local|tar|oci|docker|image|registry|cacheonly[,dest=…][,name=…][,push=true]" */
int build_words_output(struct build_words_output *output, const char *text, struct arena *arena,
		       struct error *err);
