/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transport/exchange_headers.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "registry/transport/disposition.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct header {
	const char *name;
	void (*set)(struct exchange_headers *answer, const char *value);
};

static void set_text(char **member, const char *value)
{
	free(*member);
	*member = alloc_string(value);
}

static void set_location(struct exchange_headers *answer, const char *value)
{
	set_text(&answer->location, value);
}

static void set_media_type(struct exchange_headers *answer, const char *value)
{
	free(answer->media_type);
	answer->media_type = alloc_string_n(value, strcspn(value, "; \t"));
}

static void set_digest(struct exchange_headers *answer, const char *value)
{
	set_text(&answer->digest, value);
}

static void set_retry_after(struct exchange_headers *answer, const char *value)
{
	set_text(&answer->retry_after, value);
}

static void set_last_modified(struct exchange_headers *answer, const char *value)
{
	set_text(&answer->last_modified, value);
}

static void set_etag(struct exchange_headers *answer, const char *value)
{
	set_text(&answer->etag, value);
}

static void set_disposition(struct exchange_headers *answer, const char *value)
{
	free(answer->file_name);
	answer->file_name = disposition_file_name(value);
}

static void set_number(int64_t *member, const char *text, size_t length)
{
	char number[20];

	*member = -1;
	if (length > 0 && length < sizeof(number)) {
		memcpy(number, text, length);
		number[length] = '\0';
		if (units_parse_int(member, number, 0, INT64_MAX / 2, NULL) < 0)
			*member = -1;
	}
}

static void set_length(struct exchange_headers *answer, const char *value)
{
	set_number(&answer->length, value, strlen(value));
}

static void set_content_range(struct exchange_headers *answer, const char *value)
{
	if (strncasecmp(value, "bytes ", 6) == 0)
		set_number(&answer->range_start, value + 6, strcspn(value + 6, "-"));
}

static void set_range(struct exchange_headers *answer, const char *value)
{
	const char *dash = strchr(value, '-');

	if (dash)
		set_number(&answer->range_last, dash + 1, strlen(dash + 1));
}

static void set_least_chunk(struct exchange_headers *answer, const char *value)
{
	set_number(&answer->least_chunk, value, strlen(value));
}

static void set_challenge(struct exchange_headers *answer, const char *value)
{
	challenge_add(&answer->challenge, value);
}

static const struct header known_headers[] = {
	{"Location", set_location},
	{"Content-Type", set_media_type},
	{"Docker-Content-Digest", set_digest},
	{"Retry-After", set_retry_after},
	{"Last-Modified", set_last_modified},
	{"ETag", set_etag},
	{"Content-Disposition", set_disposition},
	{"Content-Length", set_length},
	{"Content-Range", set_content_range},
	{"Range", set_range},
	{"OCI-Chunk-Min-Length", set_least_chunk},
	{"WWW-Authenticate", set_challenge},
	{0},
};

void exchange_headers_clear(struct exchange_headers *headers)
{
	free(headers->location);
	free(headers->media_type);
	free(headers->digest);
	free(headers->retry_after);
	free(headers->last_modified);
	free(headers->etag);
	free(headers->file_name);
	*headers = (struct exchange_headers){
		.length = -1, .range_start = -1, .range_last = -1, .least_chunk = -1};
}

void exchange_headers_add(struct exchange_headers *headers, const char *line, size_t length)
{
	size_t name_length = 0, end = length;
	auto_free char *value = NULL;

	while (name_length < length && line[name_length] != ':')
		name_length++;
	if (name_length == length)
		return;
	while (end > name_length + 1 && isspace((unsigned char)line[end - 1]))
		end--;
	value = alloc_string_n(line + name_length + 1, end - name_length - 1);
	for (const struct header *known = known_headers; known->name; known++)
		if (strlen(known->name) == name_length &&
		    strncasecmp(line, known->name, name_length) == 0)
			known->set(headers, value + strspn(value, " \t"));
}
