/* SPDX-License-Identifier: Apache-2.0 */
/* What URLs gave the last time, among the records of builds: a server may be asked whether it is
 * new. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "builder/source/context_private.h"
#include "registry/download.h"
#include "storage/build_cache/build_cache.h"
#include "storage/store_lock.h"

#include <string.h>

static void make_key(char key[DIGEST_HEX_SIZE], const char *url)
{
	auto_free char *text = alloc_format("source.http\n%s", url);

	digest_hex(key, text, strlen(text));
}

int context_memory_find(const struct layout *layout, const char *url, char hex[DIGEST_HEX_SIZE],
			const char **validator, struct arena *arena)
{
	struct build_record record;
	char key[DIGEST_HEX_SIZE];

	make_key(key, url);
	if (build_cache_find(layout, key, &record, arena, NULL) <= 0 || !record.value ||
	    strlen(record.value) < DIGEST_HEX_SIZE || record.value[DIGEST_HEX_SIZE - 1] != ' ' ||
	    strspn(record.value, "0123456789abcdef") != DIGEST_HEX_SIZE - 1)
		return 0;
	memcpy(hex, record.value, DIGEST_HEX_SIZE - 1);
	hex[DIGEST_HEX_SIZE - 1] = '\0';
	*validator = record.value + DIGEST_HEX_SIZE;
	return **validator != '\0';
}

void context_memory_put(const struct layout *layout, const char *url, const char *hex,
			const char *validator)
{
	auto_free char *value = alloc_format("%s %s", hex, validator);
	auto_free char *shown = download_show_url(url);
	char key[DIGEST_HEX_SIZE];
	char *none[] = {NULL};
	struct build_record record = {
		.key = key,
		.chain_ids = none,
		.diff_ids = none,
		.value = value,
		.description = shown,
		.kind = "source.http",
	};
	auto_close int lock = -1;

	if (!*validator)
		return;
	make_key(key, url);
	lock = store_lock_share(layout, NULL);
	if (lock >= 0)
		build_cache_put(layout, &record, NULL);
}
