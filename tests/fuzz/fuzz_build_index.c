/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_build_index.c - what the config of somebody's build cache says of its records.
 */
#include <assert.h>
#include <stdint.h>

#include "base/arena.h"
#include "storage/build_cache/build_index.h"

/* Every record that was read can be stacked, and what is written is read as the same. */
static void use(const struct build_index *index, struct arena *arena)
{
	auto_json json *again = build_index_format(index);
	struct build_index other;

	for (size_t i = 0; i < index->record_count; i++)
		build_index_stack(index, index->tops[i], index->records + i, arena);
	assert(build_index_parse(&other, again, arena, NULL) == 0);
	assert(other.layer_count == index->layer_count);
	assert(other.record_count == index->record_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_json json *document = json_parse((const char *)bytes, length, "fuzz", NULL);
	auto_arena struct arena arena = {0};
	struct build_index index;

	if (document && build_index_parse(&index, document, &arena, NULL) == 0)
		use(&index, &arena);
	return 0;
}
