/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any word of a Dockerfile, with each way of keeping things. The first byte says which.
 */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "builder/dockerfile/expand.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *lookup(const char *name, void *data)
{
	(void)data;
	switch (name[0]) {
	case 'A':
		return "a/b/a.tar.gz";
	case 'B':
		return "";
	case 'C':
		return "${D 'two words";
	default:
		return NULL;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *word = alloc_string_n((const char *)data, size);
	auto_arena struct arena arena = {0};
	struct expansion expansion = {
		.lookup = lookup,
		.escape = *word & 1 ? '`' : '\\',
		.ignores_quotes = *word & 2,
		.keeps_quotes = *word & 4,
		.keeps_escapes = *word & 8,
		.keeps_unset = *word & 16,
		.arena = &arena,
	};
	struct error err;
	const char *text;
	char **words;

	if (!*word)
		return 0;
	text = expand_word(&expansion, word + 1, &err);
	assert(text || err.code == ERROR_INVALID);
	words = expand_words(&expansion, word + 1, &err);
	assert(!words == !text);
	for (; words && *words; words++)
		assert(**words);
	return 0;
}
