/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/build_cache/build_record.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/record.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "storage/image/layer_store.h"
#include "storage/reference.h"

#define LARGEST ((size_t)1 << 20)
#define PAUSE_S 60 /* between two uses that are noted */

static const struct field fields[] = {
	FIELD(struct build_record, FIELD_STRING, description, "description"),
	FIELD(struct build_record, FIELD_STRING, kind, "kind"),
	FIELD(struct build_record, FIELD_STRINGS, chain_ids, "layers"),
	FIELD(struct build_record, FIELD_STRINGS, diff_ids, "diffIds"),
	FIELD(struct build_record, FIELD_STRING, value, "value"),
	FIELD(struct build_record, FIELD_INT64, size, "size"),
	FIELD(struct build_record, FIELD_INT64, created_s, "created"),
	{0},
};

bool build_record_is_key(const char *text)
{
	return text && reference_is_hex(text, 64) && !text[64];
}

int build_record_save(int dirfd, const char *name, const struct build_record *record,
		      struct error *err)
{
	auto_json json *document = record_to_json(fields, record);

	return json_save_volatile(dirfd, name, document, 0600, err);
}

static size_t count(char *const *strings)
{
	size_t n = 0;

	while (strings && strings[n])
		n++;
	return n;
}

/* Nothing in it is used before it is known to be what it should be. */
static bool is_sound(struct build_record *record)
{
	char digest[DIGEST_HEX_SIZE];

	record->layer_count = count(record->chain_ids);
	if (count(record->diff_ids) != record->layer_count || !record->kind)
		return false;
	for (size_t i = 0; i < record->layer_count; i++)
		if (!build_record_is_key(record->chain_ids[i]) ||
		    reference_parse_digest(digest, record->diff_ids[i], "diff id", NULL) < 0)
			return false;
	return true;
}

static int parse(const struct strbuf *text, struct build_record *record, struct arena *arena)
{
	auto_json json *document = json_parse(strbuf_text(text), text->length, "record", NULL);
	size_t end = text->length;

	*record = (struct build_record){0};
	if (!document || record_from_json(fields, record, document, arena, NULL) < 0 ||
	    !is_sound(record))
		return 0;
	while (end && text->text[end - 1] == '\n')
		end--;
	record->uses = (int64_t)(text->length - end) - 1; /* the file's own end is one */
	return 1;
}

int build_record_load(int dirfd, const char *name, struct build_record *record, struct arena *arena)
{
	auto_close int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	auto_strbuf struct strbuf text = {0};
	struct stat status;
	ssize_t n;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    (size_t)status.st_size > LARGEST)
		return 0;
	n = pread(fd, strbuf_reserve(&text, (size_t)status.st_size + 1), (size_t)status.st_size, 0);
	if (n <= 0)
		return 0;
	text.length = (size_t)n;
	text.text[n] = '\0';
	if (!parse(&text, record, arena))
		return 0;
	record->used_s = status.st_mtim.tv_sec;
	record->used_ns = status.st_mtim.tv_sec * SECOND + status.st_mtim.tv_nsec;
	return 1;
}

void build_record_touch(int dirfd, const char *name, const struct build_record *record)
{
	auto_close int fd = -1;
	time_t now = time(NULL);

	if (now >= record->used_s && now < record->used_s + PAUSE_S)
		return;
	fd = file_open(dirfd, name, O_WRONLY | O_APPEND, NULL);
	if (fd < 0 || write(fd, "\n", 1) < 0)
		return; /* it only looks older than it is */
}

bool build_record_is_whole(const struct layout *layout, const struct build_record *record)
{
	for (size_t i = 0; i < record->layer_count; i++)
		if (!layer_store_has(layout, record->chain_ids[i]))
			return false;
	return true;
}
