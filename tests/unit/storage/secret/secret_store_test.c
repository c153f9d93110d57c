/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "storage/secret/secret_key.h"
#include "storage/secret/secret_store.h"
#include "tests/unit/storage/test_layout.h"

static struct layout layout;
static struct arena arena;

static void open_layout(void)
{
	unsetenv("CORACLE_SECRET_KEY_FILE");
	arena_release(&arena);
	test_layout_open(&layout);
}

static void create(enum secret_kind kind, const char *name, const char *content, bool encrypt)
{
	struct secret_object object = {
		.name = name, .bytes = content, .size = strlen(content), .is_encrypted = encrypt};
	struct error err = {0};

	CHECK_OK(secret_store_create(&layout, kind, &object, &arena, &err));
}

static void check_content(enum secret_kind kind, const char *name, const char *expected)
{
	struct secret_object object;
	struct error err = {0};

	CHECK_OK(secret_store_read(&layout, kind, name, &object, &arena, &err));
	CHECK_INT(object.size, strlen(expected));
	CHECK_TEXT(object.bytes, expected);
}

static int read_error(enum secret_kind kind, const char *name, struct error *err)
{
	struct secret_object object = {0};
	int result;

	*err = (struct error){0};
	result = secret_store_read(&layout, kind, name, &object, &arena, err);
	CHECK(result == 0 || !object.bytes);
	return result;
}

static json *load(const char *file)
{
	struct error err = {0};
	json *document = json_load(layout.secrets_fd, file, &err);

	if (!document)
		fail_msg("%s", err.text);
	return document;
}

static void save(const char *file, const json *document)
{
	CHECK(json_save(layout.secrets_fd, file, document, 0600, NULL) == 0);
}

TEST(keeps_and_removes)
{
	struct pair labels[] = {{"a", "b"}, {"only", NULL}};
	struct secret_object object = {.name = "one",
				       .labels = labels,
				       .label_count = 2,
				       .bytes = "x\0y",
				       .size = 3},
			     found, *list;
	struct error err = {0};
	struct stat status;
	size_t count;

	open_layout();
	CHECK_OK(secret_store_create(&layout, SECRET_STORE_SECRET, &object, &arena, &err));
	CHECK_INT(strlen(object.id), 24);
	CHECK_OK(secret_store_find(&layout, SECRET_STORE_SECRET, "one", &found, &arena, &err));
	CHECK_INT(found.size, 3);
	CHECK(!found.bytes && !found.is_encrypted);
	CHECK_TEXT(found.labels[0].name, "a");
	CHECK_TEXT(found.labels[1].value, "");
	CHECK_OK(secret_store_read(&layout, SECRET_STORE_SECRET, "one", &found, &arena, &err));
	CHECK(memcmp(found.bytes, "x\0y", 4) == 0);
	CHECK(fstatat(layout.secrets_fd, "one.json", &status, 0) == 0);
	CHECK_INT(status.st_mode & 07777, 0600);
	/* by the beginning of its id */
	CHECK_OK(secret_store_find(&layout, SECRET_STORE_SECRET,
				   arena_string_n(&arena, object.id, 10), &found, &arena, &err));
	CHECK_TEXT(found.name, "one");
	/* the other kind is another store */
	CHECK(secret_store_find(&layout, SECRET_STORE_CONFIG, "one", &found, &arena, &err) < 0);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	CHECK_OK(secret_store_list(&layout, SECRET_STORE_SECRET, &list, &count, &arena, &err));
	CHECK_INT(count, 1);
	CHECK_OK(secret_store_remove(&layout, SECRET_STORE_SECRET, "one", &err));
	CHECK(secret_store_remove(&layout, SECRET_STORE_SECRET, "one", &err) < 0);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	layout_close(&layout);
}

TEST(refuses_bad_names_sizes_and_a_second_one)
{
	static const char *const names[] = {
		"",
		".",
		"..",
		"../x",
		"/x",
		"a/b",
		"-x",
		"a\nb",
		"\xe2\x80\xaex",
		"0123456789012345678901234567890123456789012345678901234"
		"5678901234"};
	struct secret_object object = {.bytes = "x", .size = 1};
	struct error err = {0};

	open_layout();
	for (size_t i = 0; i < array_length(names); i++) {
		object.name = names[i];
		CHECK(secret_store_create(&layout, SECRET_STORE_SECRET, &object, &arena, &err) < 0);
		CHECK_INT(err.code, ERROR_INVALID);
		CHECK(read_error(SECRET_STORE_SECRET, names[i], &err) < 0);
		CHECK(secret_store_remove(&layout, SECRET_STORE_SECRET, names[i], &err) < 0);
		CHECK_INT(err.code, ERROR_INVALID);
	}
	object.name = "fine";
	object.size = 0;
	CHECK(secret_store_create(&layout, SECRET_STORE_SECRET, &object, &arena, &err) < 0);
	object.bytes = arena_array(&arena, 600 << 10, 1);
	object.size = 600 << 10;
	CHECK(secret_store_create(&layout, SECRET_STORE_SECRET, &object, &arena, &err) < 0);
	CHECK_INT(err.code, ERROR_INVALID);
	CHECK_OK(secret_store_create(&layout, SECRET_STORE_CONFIG, &object, &arena, &err));
	CHECK(secret_store_create(&layout, SECRET_STORE_CONFIG, &object, &arena, &err) < 0);
	CHECK_INT(err.code, ERROR_CONFLICT);
	layout_close(&layout);
}

TEST(an_encrypted_content_comes_back_and_is_not_in_its_file)
{
	auto_strbuf struct strbuf text = {0};
	auto_json json *first = NULL;
	auto_json json *second = NULL;

	open_layout();
	create(SECRET_STORE_SECRET, "one", "a very secret text", true);
	create(SECRET_STORE_SECRET, "two", "a very secret text", true);
	check_content(SECRET_STORE_SECRET, "one", "a very secret text");
	CHECK(file_read(layout.secrets_fd, "one.json", 1 << 20, &text, NULL) == 0);
	CHECK(!strstr(text.text, "secret text"));
	CHECK(!strstr(text.text, "YSB2ZXJ5IHNlY3JldCB0ZXh0"));
	/* equal contents do not look equal */
	first = load("one.json");
	second = load("two.json");
	CHECK(strcmp(json_string(first, "data", ""), json_string(second, "data", "")) != 0);
	CHECK(strcmp(json_string(first, "nonce", ""), json_string(second, "nonce", "")) != 0);
	CHECK_TEXT(json_string(first, "key", ""), json_string(second, "key", "-"));
	layout_close(&layout);
}

TEST(a_content_cannot_be_put_in_anothers_place)
{
	static const char *const members[] = {"data", "nonce", "id", "size"};
	struct error err = {0};

	open_layout();
	for (size_t i = 0; i < array_length(members); i++) {
		auto_json json *one = NULL;
		auto_json json *two = NULL;
		auto_free char *name = alloc_format("one%zu", i);
		auto_free char *file = alloc_format("one%zu.json", i);
		auto_free char *name2 = alloc_format("two%zu", i);
		auto_free char *file2 = alloc_format("two%zu.json", i);

		create(SECRET_STORE_SECRET, name, "first", true);
		create(SECRET_STORE_SECRET, name2, "another", true);
		one = load(file);
		two = load(file2);
		json_set(one, members[i], json_object_get(json_get(two, members[i])));
		save(file, one);
		CHECK(read_error(SECRET_STORE_SECRET, name, &err) < 0);
		CHECK(strstr(err.text, "damaged"));
		/* the whole document under another name */
		save(file, two);
		CHECK(read_error(SECRET_STORE_SECRET, name, &err) < 0);
		CHECK(strstr(err.text, "damaged"));
	}
	layout_close(&layout);
}

TEST(damaged_documents_are_errors)
{
	static const char *const texts[] = {
		"",
		"{",
#define HEAD "\"id\":\"0123456789abcdef01234567\",\"created\":\"2026-01-02T03:04:05Z\","
		"{" HEAD "\"name\":\"two\",\"size\":1,\"data\":\"QQ==\"}",
		"{" HEAD "\"name\":\"one\",\"size\":1,\"data\":\"QQ==\",\"labels\":[]}",
		"{" HEAD "\"name\":\"one\",\"size\":\"1\",\"data\":\"QQ==\"}",
		"{" HEAD "\"name\":\"one\",\"size\":1,\"data\":\"QQ==\",\"cipher\":7}",
#undef HEAD
		"[]",
		"{}",
		"{\"size\":-1,\"data\":\"QQ==\"}",
		"{\"size\":2,\"data\":\"QQ==\"}",
		"{\"size\":9223372036854775807,\"data\":\"QQ==\"}",
		"{\"size\":1,\"data\":\"Q\"}",
		"{\"size\":1,\"data\":7}",
		"{\"size\":1,\"data\":\"QQ==\",\"cipher\":\"rot13\"}",
		"{\"size\":1,\"cipher\":\"chacha20-poly1305\",\"data\":\"QQ==\"}",
		"{\"size\":0,\"cipher\":\"chacha20-poly1305\",\"nonce\":\"zz\","
		"\"data\":\"QUFBQUFBQUFBQUFBQUFBQQ==\"}",
	};
	struct error err = {0};

	open_layout();
	for (size_t i = 0; i < array_length(texts); i++) {
		CHECK(file_replace_volatile(layout.secrets_fd, "one.json", texts[i],
					    strlen(texts[i]), 0600, NULL) == 0);
		if (read_error(SECRET_STORE_SECRET, "one", &err) == 0)
			fail_msg("accepted: %s", texts[i]);
		CHECK(err.code != ERROR_NOT_FOUND);
	}
	layout_close(&layout);
}

static const char *write_key(const char *hex, mode_t mode)
{
	const char *path;
	auto_close int fd = test_directory(&path);

	unlinkat(fd, "key", 0);
	CHECK(file_replace_volatile(fd, "key", hex, strlen(hex), mode, NULL) == 0);
	CHECK(fchmodat(fd, "key", mode, 0) == 0);
	return arena_format(&arena, "%s/key", path);
}

#define KEY_1 "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef\n"
#define KEY_2 "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

TEST(another_key_is_said_and_the_old_one_still_works)
{
	struct error err = {0};

	open_layout();
	create(SECRET_STORE_SECRET, "host", "of the host's key", true);
	setenv("CORACLE_SECRET_KEY_FILE", write_key(KEY_1, 0600), 1);
	CHECK(secret_store_always_encrypts());
	create(SECRET_STORE_SECRET, "given", "of a given key", true);
	check_content(SECRET_STORE_SECRET, "given", "of a given key");
	check_content(SECRET_STORE_SECRET, "host", "of the host's key");
	write_key(KEY_2, 0600);
	CHECK(read_error(SECRET_STORE_SECRET, "given", &err) < 0);
	CHECK_INT(err.code, ERROR_INVALID);
	CHECK(strstr(err.text, "key"));
	unsetenv("CORACLE_SECRET_KEY_FILE");
	CHECK(read_error(SECRET_STORE_SECRET, "given", &err) < 0);
	layout_close(&layout);
}

TEST(key_files_must_be_private_and_whole)
{
	static const char *const texts[] = {
		"", "0123", KEY_2 "0", KEY_2 "\nx",
		"g123456789abcdef0123456789abcdef0123456789abcdef01234567"
		"89abcdef"};
	struct secret_key key;
	struct error err = {0};

	open_layout();
	setenv("CORACLE_SECRET_KEY_FILE", write_key(KEY_1, 0600), 1);
	CHECK_OK(secret_key_load(&key, &layout, &err));
	CHECK_INT(key.bytes[0], 0x01);
	CHECK_INT(key.bytes[31], 0xef);
	write_key(KEY_1, 0640);
	CHECK(secret_key_load(&key, &layout, &err) < 0);
	CHECK(strstr(err.text, "0600"));
	for (size_t i = 0; i < array_length(texts); i++) {
		write_key(texts[i], 0600);
		CHECK(secret_key_load(&key, &layout, &err) < 0);
		CHECK(strstr(err.text, "64 hexadecimal digits"));
	}
	setenv("CORACLE_SECRET_KEY_FILE", "/nowhere/at/all", 1);
	CHECK(secret_key_load(&key, &layout, &err) < 0);
	unsetenv("CORACLE_SECRET_KEY_FILE");
	layout_close(&layout);
}

/* Who come at once must not each make a key of their own. */
TEST(the_hosts_key_is_made_once)
{
	int pipes[2];
	char ids[8][16];
	pid_t pids[8];

	open_layout();
	CHECK(pipe(pipes) == 0);
	for (size_t i = 0; i < array_length(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct secret_key key;

			_exit(secret_key_load(&key, &layout, NULL) < 0 ||
			      write(pipes[1], key.id, 16) != 16);
		}
	}
	for (size_t i = 0; i < array_length(pids); i++) {
		int status = -1;

		waitpid(pids[i], &status, 0);
		CHECK_INT(status, 0);
		CHECK(read(pipes[0], ids[i], 16) == 16);
		CHECK(memcmp(ids[i], ids[0], 16) == 0);
	}
	close(pipes[0]);
	close(pipes[1]);
	layout_close(&layout);
}

TEST(a_digest_depends_on_the_content_and_on_this_root)
{
	struct error err = {0};
	char a[65], b[65], c[65];

	open_layout();
	CHECK_OK(secret_store_digest(&layout, "x", 1, a, &err));
	CHECK_OK(secret_store_digest(&layout, "x", 1, b, &err));
	CHECK_OK(secret_store_digest(&layout, "y", 1, c, &err));
	CHECK_TEXT(a, b);
	CHECK(strcmp(a, c) != 0);
	CHECK(unlinkat(layout.secrets_fd, "digest.key", 0) == 0);
	CHECK_OK(secret_store_digest(&layout, "x", 1, c, &err));
	CHECK(strcmp(a, c) != 0);
	layout_close(&layout);
}

TEST(what_a_killed_creation_left_is_no_secret)
{
	struct secret_object *list;
	struct error err = {0};
	size_t count;

	open_layout();
	create(SECRET_STORE_SECRET, "one", "x", true);
	CHECK(file_replace_volatile(layout.secrets_fd, "half.json.999999.tmp", "{", 1, 0600,
				    NULL) == 0);
	CHECK(file_replace_volatile(layout.secrets_fd, "empty.json", "", 0, 0600, NULL) == 0);
	CHECK_OK(secret_store_list(&layout, SECRET_STORE_SECRET, &list, &count, &arena, &err));
	CHECK_INT(count, 1);
	CHECK_TEXT(list[0].name, "one");
	layout_close(&layout);
}
