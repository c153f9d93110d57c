/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/secret/secret_store.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/hmac.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/path.h"
#include "base/record.h"
#include "base/strvec.h"
#include "base/units.h"
#include "storage/secret/secret_key.h"
#include "storage/secret/secret_seal.h"

#define SUFFIX	     ".json"
#define LONGEST_NAME 64

/* Docker's limits. */
static const struct kind {
	const char *name;
	size_t largest;
} kinds[] = {
	[SECRET_STORE_SECRET] = {"secret", 500 << 10},
	[SECRET_STORE_CONFIG] = {"config", 1000 << 10},
};

const char *secret_store_kind(enum secret_kind kind)
{
	return kinds[kind].name;
}

bool secret_store_always_encrypts(void)
{
	return secret_key_is_wanted();
}

static int directory(const struct layout *layout, enum secret_kind kind)
{
	return kind == SECRET_STORE_SECRET ? layout->secrets_fd : layout->configs_fd;
}

static int check_name(enum secret_kind kind, const char *name, struct error *err)
{
	if (name && path_is_name(name) && strlen(name) <= LONGEST_NAME)
		return 0;
	return error_set(err, ERROR_INVALID,
			 "'%.80s' cannot name a %s: use at most %d letters, digits, and . _ - "
			 "after the first one",
			 name ? name : "", kinds[kind].name, LONGEST_NAME);
}

static int not_found(enum secret_kind kind, const char *name, struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND, "there is no %s '%.80s'", kinds[kind].name, name);
}

/* Held while names come and go. */
static int lock(const struct layout *layout, enum secret_kind kind, struct error *err)
{
	auto_close int fd =
		openat(directory(layout, kind), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot open the store of %ss", kinds[kind].name);
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return error_errno(err, "cannot lock the store of %ss", kinds[kind].name);
	return take_fd(&fd);
}

/* What the file says; the content is read by secret_open. */
struct stored {
	struct secret_object object;
	int64_t size;
	const char *cipher, *key, *nonce, *data;
};

static bool is_id(const char *text)
{
	return strlen(text) == 24 && strspn(text, "0123456789abcdef") == 24;
}

static const struct field fields[] = {
	FIELD_FORM_NEEDED(struct stored, FIELD_STRING, object.id, "id", is_id),
	FIELD_NEEDED(struct stored, FIELD_STRING, object.name, "name"),
	FIELD_FORM_NEEDED(struct stored, FIELD_STRING, object.created, "created", units_is_time),
	FIELD_TEXTS(struct stored, object.labels, object.label_count, "labels"),
	FIELD_RANGE(struct stored, FIELD_INT64, size, "size", 1, 1000 << 10),
	FIELD(struct stored, FIELD_STRING, cipher, "cipher"),
	FIELD(struct stored, FIELD_STRING, key, "key"),
	FIELD(struct stored, FIELD_STRING, nonce, "nonce"),
	FIELD_NEEDED(struct stored, FIELD_STRING, data, "data"),
	{0},
};

static int read_document(const json *document, const char *name, struct stored *stored,
			 struct arena *arena, struct error *err)
{
	if (record_from_json(fields, stored, document, arena, err) < 0)
		return -1;
	if (strcmp(stored->object.name, name) != 0)
		return error_set(err, ERROR_INVALID, "it says it is of '%.80s'",
				 stored->object.name);
	stored->object.size = (size_t)stored->size;
	stored->object.is_encrypted = stored->cipher != NULL;
	return 0;
}

/* With the document, which has the content; NULL: ERROR_NOT_FOUND, or what is wrong with it. */
static json *load(const struct layout *layout, enum secret_kind kind, const char *name,
		  struct secret_object *object, struct arena *arena, struct error *err)
{
	struct error problem = {0};
	struct stored stored = {0};
	char file[LONGEST_NAME + sizeof(SUFFIX)];
	auto_json json *document = NULL;

	if (check_name(kind, name, err) < 0)
		return NULL;
	snprintf(file, sizeof(file), "%s" SUFFIX, name);
	document = json_load(directory(layout, kind), file, &problem);
	if (document && read_document(document, name, &stored, arena, &problem) == 0) {
		*object = stored.object;
		return take_ptr(document);
	}
	if (problem.code == ENOENT)
		not_found(kind, name, err);
	else
		error_set(err, problem.code,
			  "%s '%s' is damaged: %s: remove it and create it again", kinds[kind].name,
			  name, problem.text);
	return NULL;
}

static json *describe(const struct secret_object *object)
{
	json *document = json_new_object();

	json_set_string(document, "id", object->id);
	json_set_string(document, "name", object->name);
	json_set_string(document, "created", object->created);
	json_set_int(document, "size", (int64_t)object->size);
	json_set(document, "labels", pair_to_json(object->labels, object->label_count));
	return document;
}

static int check_content(enum secret_kind kind, const struct secret_object *object,
			 struct error *err)
{
	if (object->size > 0 && object->size <= kinds[kind].largest)
		return 0;
	return error_set(err, ERROR_INVALID,
			 "the content of %s '%s' is %s: it must have at least one and at most %zu "
			 "KiB",
			 kinds[kind].name, object->name, object->size ? "too large" : "empty",
			 kinds[kind].largest >> 10);
}

int secret_store_create(const struct layout *layout, enum secret_kind kind,
			struct secret_object *object, struct arena *arena, struct error *err)
{
	struct timespec now = units_now();
	char created[UNITS_TIME_SIZE], id[25], file[LONGEST_NAME + sizeof(SUFFIX)];
	auto_json json *document = NULL;
	auto_close int held = -1;

	if (check_name(kind, object->name, err) < 0 || check_content(kind, object, err) < 0)
		return -1;
	units_random_hex(id, 12);
	object->id = arena_string(arena, id);
	object->created = arena_string(arena, units_format_time(created, &now));
	document = describe(object);
	if (secret_seal(document, layout, kinds[kind].name, object, err) < 0)
		return error_wrap(err, "cannot store %s '%s'", kinds[kind].name, object->name);
	held = lock(layout, kind, err);
	if (held < 0)
		return -1;
	snprintf(file, sizeof(file), "%s" SUFFIX, object->name);
	if (faccessat(directory(layout, kind), file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return error_set(err, ERROR_CONFLICT,
				 "there is a %s '%s' already: remove it first, or use another name",
				 kinds[kind].name, object->name);
	if (json_save(directory(layout, kind), file, document, 0600, err) < 0)
		return error_wrap(err, "cannot store %s '%s'", kinds[kind].name, object->name);
	return 0;
}

static bool begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

int secret_store_find(const struct layout *layout, enum secret_kind kind, const char *name,
		      struct secret_object *object, struct arena *arena, struct error *err)
{
	auto_json json *document = NULL;
	struct secret_object *objects, *found = NULL;
	struct error problem = {0};
	size_t count;

	document = load(layout, kind, name, object, arena, &problem);
	if (document)
		return 0;
	if (problem.code != ERROR_NOT_FOUND)
		return error_pass(err, &problem);
	if (secret_store_list(layout, kind, &objects, &count, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!begins_with(objects[i].id, name))
			continue;
		if (found)
			return error_set(err, ERROR_CONFLICT, "'%s' begins several %s ids", name,
					 kinds[kind].name);
		found = &objects[i];
	}
	if (!found)
		return not_found(kind, name, err);
	*object = *found;
	return 0;
}

int secret_store_read(const struct layout *layout, enum secret_kind kind, const char *name,
		      struct secret_object *object, struct arena *arena, struct error *err)
{
	auto_json json *document = load(layout, kind, name, object, arena, err);

	if (!document)
		return -1;
	if (secret_open(document, layout, kinds[kind].name, object, arena, err) < 0)
		return error_wrap(err, "%s '%s'", kinds[kind].name, name);
	return 0;
}

/* "NAME.json" as the name; NULL for keys, temporary files and what is not ours. */
static char *name_of(const char *file)
{
	size_t length = strlen(file), suffix = strlen(SUFFIX);
	char *name;

	if (length <= suffix || strcmp(file + length - suffix, SUFFIX) != 0)
		return NULL;
	name = alloc_string_n(file, length - suffix);
	if (path_is_name(name) && strlen(name) <= LONGEST_NAME)
		return name;
	free(name);
	return NULL;
}

int secret_store_list(const struct layout *layout, enum secret_kind kind,
		      struct secret_object **objects, size_t *count, struct arena *arena,
		      struct error *err)
{
	int fd = openat(directory(layout, kind), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	auto_strvec struct strvec names = {0};
	struct dirent *entry;

	*objects = NULL;
	*count = 0;
	if (!dir)
		return error_errno(err, "cannot list the %ss of '%s'", kinds[kind].name,
				   layout->root);
	while ((entry = readdir(dir))) {
		char *name = name_of(entry->d_name);

		if (name)
			strvec_add_owned(&names, name);
		else
			file_remove_stale(directory(layout, kind), entry->d_name);
	}
	strvec_sort(&names);
	strvec_each (name, &names) {
		struct error problem = {0};
		struct secret_object object;
		auto_json json *document = load(layout, kind, *name, &object, arena, &problem);

		if (!document) {
			if (problem.code != ERROR_NOT_FOUND)
				log_warning("%s", problem.text);
			continue;
		}
		*objects = arena_grow(arena, *objects, *count, sizeof(**objects));
		(*objects)[(*count)++] = object;
	}
	return 0;
}

int secret_store_remove(const struct layout *layout, enum secret_kind kind, const char *name,
			struct error *err)
{
	char file[LONGEST_NAME + sizeof(SUFFIX)];
	auto_close int held = -1;

	if (check_name(kind, name, err) < 0)
		return -1;
	held = lock(layout, kind, err);
	if (held < 0)
		return -1;
	snprintf(file, sizeof(file), "%s" SUFFIX, name);
	if (unlinkat(directory(layout, kind), file, 0) < 0)
		return errno == ENOENT
			       ? not_found(kind, name, err)
			       : error_errno(err, "cannot remove %s '%s'", kinds[kind].name, name);
	return 0;
}

int secret_store_digest(const struct layout *layout, const void *bytes, size_t length, char hex[65],
			struct error *err)
{
	auto_secret_key struct secret_key key = {0};
	struct hmac_sha256_ctx hash;
	uint8_t digest[SHA256_DIGEST_SIZE];

	if (secret_key_load_digest(&key, layout, err) < 0)
		return -1;
	hmac_sha256_set_key(&hash, sizeof(key.bytes), key.bytes);
	hmac_sha256_update(&hash, length, bytes);
	hmac_sha256_digest(&hash, sizeof(digest), digest);
	explicit_bzero(&hash, sizeof(hash));
	units_format_hex(hex, digest, sizeof(digest));
	return 0;
}
