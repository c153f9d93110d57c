/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/key.h"

#include <inttypes.h>
#include <string.h>

void key_release(struct key *key)
{
	strbuf_release(&key->text);
}

/* Lengths come first, so that no value can look like two. */
void key_add_bytes(struct key *key, const char *name, const char *bytes, size_t length)
{
	strbuf_printf(&key->text, "%s %zu:", name, length);
	strbuf_add_n(&key->text, bytes, length);
	strbuf_add_char(&key->text, '\n');
}

void key_add(struct key *key, const char *name, const char *value)
{
	if (value)
		key_add_bytes(key, name, value, strlen(value));
	else
		strbuf_printf(&key->text, "%s -\n", name);
}

void key_add_number(struct key *key, const char *name, int64_t value)
{
	strbuf_printf(&key->text, "%s %" PRId64 "\n", name, value);
}

void key_add_strings(struct key *key, const char *name, char *const *values)
{
	for (; values && *values; values++)
		key_add(key, name, *values);
	strbuf_printf(&key->text, "%s .\n", name);
}

void key_finish(const struct key *key, char hex[DIGEST_HEX_SIZE])
{
	digest_hex(hex, strbuf_text(&key->text), key->text.length);
}
