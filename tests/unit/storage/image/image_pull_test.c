/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/log.h"
#include "storage/image/blob.h"
#include "storage/image/layer_store.h"
#include "storage/image/partial.h"
#include "tests/unit/storage/image/image_maker.h"
#include "tests/unit/storage/image/registry_stub.h"
#include "tests/unit/storage/test_layout.h"

#define INDEX_TYPE    "application/vnd.oci.image.index.v1+json"
#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define BIG_SIZE      300000

static struct layout layout;

static void open_layout(void)
{
	if (geteuid() != 0)
		test_skip("layers can only be unpacked by root");
	stub_reset();
	test_layout_open(&layout);
}

static size_t count_entries(int dirfd, const char *path)
{
	auto_closedir DIR *dir = fdopendir(openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	size_t count = 0;

	while (dir && (entry = readdir(dir)))
		count += entry->d_name[0] != '.' && strcmp(entry->d_name, "empty") != 0;
	return count;
}

static void check_counts(size_t layers, size_t blobs, size_t partials)
{
	CHECK_INT(count_entries(layout.layers_fd, "."), layers);
	CHECK_INT(count_entries(layout.images_fd, "blobs/sha256"), blobs);
	CHECK_INT(count_entries(layout.partial_fd, "."), partials);
	CHECK_INT(count_entries(layout.staging_fd, "."), 0);
}

static const char *big_text(void)
{
	static char text[BIG_SIZE + 1];

	if (!*text)
		for (size_t i = 0; i < BIG_SIZE; i++)
			text[i] = (char)('a' + (i * 7919 / 13) % 26);
	return text;
}

/* A small layer and a larger one above it. */
static void make_image(struct made_image *made, const char *mark)
{
	made_add_layer(made, (const struct tar_entry[]){
				     {'5', "etc", .mode = 0711}, {'0', "etc/a", "one"}, {0}});
	made_add_layer(made, (const struct tar_entry[]){
				     {'0', "big", big_text()}, {'0', "mark", mark}, {0}});
	made_finish(made, "");
}

static struct stub_blob *serve(const struct made_image *made, const char *tag)
{
	if (tag)
		stub_add_document(tag, MANIFEST_TYPE, &made->manifest);
	stub_add_blob(made->config_hex, &made->config);
	for (size_t i = 0; i + 1 < made->layer_count; i++)
		stub_add_blob(made->layer_hex[i], made->layers + i);
	return stub_add_blob(made->layer_hex[made->layer_count - 1],
			     made->layers + made->layer_count - 1);
}

static int pull(const char *reference, const char *platform, struct image_pulled *pulled,
		struct error *err)
{
	static struct arena arena;
	struct image_pull request = {.reference = reference, .platform = platform};

	arena_release(&arena);
	return image_pull(&layout, &request, pulled, &arena, err);
}

static size_t count_fetches(const char *hex)
{
	size_t count = 0;

	for (size_t i = 0; i < stub.fetch_count; i++)
		count += strcmp(stub.fetches[i].hex, hex) == 0;
	return count;
}

TEST(pulls_an_image_and_knows_it_the_next_time)
{
	auto_made struct made_image made = {0};
	auto_arena struct arena arena = {0};
	struct image_pulled pulled;
	struct error err = {0};
	struct image image;

	open_layout();
	make_image(&made, "1");
	serve(&made, "1");
	CHECK_OK(pull("localhost:5000/a/b:1", NULL, &pulled, &err));
	CHECK(pulled.is_new);
	CHECK_TEXT(pulled.name, "localhost:5000/a/b:1");
	CHECK_TEXT(pulled.digest + 7, made.manifest_hex);
	CHECK_TEXT(pulled.id + 7, made.config_hex);
	check_counts(2, 4, 0);
	CHECK_OK(image_find(&layout, "localhost:5000/a/b:1", &image, &arena, &err));
	CHECK_INT(stub.fetch_count, 3);
	CHECK_INT(stub.get_count, 1);
	CHECK_OK(pull("localhost:5000/a/b:1", NULL, &pulled, &err));
	CHECK(!pulled.is_new);
	CHECK_TEXT(pulled.digest + 7, made.manifest_hex);
	CHECK_INT(stub.fetch_count, 3);
	CHECK_INT(stub.get_count, 1);
	CHECK_INT(stub.head_count, 1);
	layout_close(&layout);
}

TEST(a_changed_tag_takes_only_what_is_new)
{
	auto_made struct made_image first = {0}, second = {0};
	struct image_pulled pulled;
	struct error err = {0};

	open_layout();
	make_image(&first, "1");
	make_image(&second, "2");
	serve(&first, "latest");
	CHECK_OK(pull("localhost/x", NULL, &pulled, &err));
	stub_reset();
	serve(&second, "latest");
	CHECK_OK(pull("localhost/x", NULL, &pulled, &err));
	CHECK(pulled.is_new);
	CHECK_INT(count_fetches(first.layer_hex[0]), 0);
	CHECK_INT(count_fetches(second.layer_hex[1]), 1);
	check_counts(3, 7, 0);
	layout_close(&layout);
}

TEST(goes_on_where_it_was_interrupted)
{
	auto_made struct made_image made = {0};
	struct image_pulled pulled;
	struct stub_blob *blob;
	struct error err = {0};

	open_layout();
	make_image(&made, "1");
	blob = serve(&made, "1");
	blob->cut = 100000;
	CHECK_INT(pull("localhost/x:1", NULL, &pulled, &err), -1);
	CHECK(strstr(err.text, "connection was reset"));
	CHECK_INT(count_entries(layout.layers_fd, "."), 0);
	CHECK_INT(count_entries(layout.images_fd, "blobs/sha256"), 0);
	CHECK_INT(count_entries(layout.staging_fd, "."), 0);
	stub_reset();
	blob = serve(&made, "1");
	CHECK_OK(pull("localhost/x:1", NULL, &pulled, &err));
	check_counts(2, 4, 0);
	for (size_t i = 0; i < stub.fetch_count; i++)
		if (strcmp(stub.fetches[i].hex, made.layer_hex[1]) == 0)
			CHECK_INT(stub.fetches[i].offset, 100000);
	CHECK_INT(count_fetches(made.layer_hex[1]), 1);
	layout_close(&layout);
}

TEST(a_damaged_beginning_is_fetched_again)
{
	auto_made struct made_image made = {0};
	struct image_pulled pulled;
	struct error err = {0};
	auto_close int fd = -1;

	open_layout();
	make_image(&made, "1");
	serve(&made, "1");
	fd = openat(layout.partial_fd, made.layer_hex[1], O_WRONLY | O_CREAT, 0600);
	CHECK(write(fd, "nothing of the kind", 19) == 19);
	CHECK_OK(pull("localhost/x:1", NULL, &pulled, &err));
	CHECK_INT(count_fetches(made.layer_hex[1]), 2);
	check_counts(2, 4, 0);
	layout_close(&layout);
}

TEST(a_whole_download_is_not_fetched_again)
{
	auto_made struct made_image made = {0};
	struct image_pulled pulled;
	struct error err = {0};
	auto_close int fd = -1;

	open_layout();
	make_image(&made, "1");
	serve(&made, "1");
	fd = openat(layout.partial_fd, made.layer_hex[1], O_WRONLY | O_CREAT, 0600);
	CHECK(write(fd, made.layers[1].text, made.layers[1].length) ==
	      (ssize_t)made.layers[1].length);
	CHECK_OK(pull("localhost/x:1", NULL, &pulled, &err));
	CHECK_INT(count_fetches(made.layer_hex[1]), 0);
	check_counts(2, 4, 0);
	layout_close(&layout);
}

TEST(a_blob_that_is_damaged_on_disk_is_fetched_again)
{
	auto_made struct made_image made = {0};
	struct image_pulled pulled;
	struct error err = {0};
	auto_close int fd = -1;
	char path[96];

	open_layout();
	make_image(&made, "1");
	serve(&made, "1");
	snprintf(path, sizeof(path), "blobs/sha256/%s", made.layer_hex[1]);
	fd = openat(layout.images_fd, path, O_WRONLY | O_CREAT, 0600);
	CHECK(write(fd, made.layers[1].text, made.layers[1].length) ==
	      (ssize_t)made.layers[1].length);
	CHECK(pwrite(fd, "?", 1, 2000) == 1);
	CHECK_OK(pull("localhost/x:1", NULL, &pulled, &err));
	CHECK_INT(count_fetches(made.layer_hex[1]), 1);
	check_counts(2, 4, 0);
	layout_close(&layout);
}

TEST(an_index_is_known_by_its_digest_afterwards)
{
	auto_made struct made_image made = {0};
	auto_strbuf struct strbuf index = {0};
	auto_arena struct arena arena = {0};
	struct image_pulled pulled;
	struct error err = {0};
	struct image image;
	char name[100];

	open_layout();
	make_image(&made, "1");
	strbuf_printf(&index,
		      "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MANIFEST_TYPE
		      "\",\"digest\":\"sha256:%s\",\"size\":%zu}]}",
		      made.manifest_hex, made.manifest.length);
	serve(&made, "other");
	stub_add_document("1", INDEX_TYPE, &index);
	CHECK_OK(pull("localhost/x:1", NULL, &pulled, &err));
	snprintf(name, sizeof(name), "localhost/x@%s", pulled.digest);
	CHECK_OK(image_find(&layout, name, &image, &arena, &err));
	CHECK_TEXT(image.digest + 7, made.manifest_hex);
	layout_close(&layout);
}

/* A verified download that its owner has not put into the store yet. */
static int make_sealed(const struct made_image *made)
{
	struct error err = {0};
	int fd = openat(layout.partial_fd, made->layer_hex[1], O_RDWR | O_CREAT, 0600);

	CHECK(write(fd, made->layers[1].text, made->layers[1].length) ==
	      (ssize_t)made->layers[1].length);
	CHECK_OK(partial_seal(fd, &err));
	return fd;
}

static void check_unchanged(int difference)
{
	auto_made struct made_image made = {0};
	auto_strbuf struct strbuf lie = {0};
	struct image_pulled pulled;
	struct error err = {0};
	auto_close int fd = -1;
	char size[32], *at;
	struct stat status;

	open_layout();
	make_image(&made, "1");
	fd = make_sealed(&made);
	snprintf(size, sizeof(size), "\"size\":%zu}]}", made.layers[1].length);
	at = strstr(made.manifest.text, size);
	strbuf_add_n(&lie, made.manifest.text, (size_t)(at - made.manifest.text));
	strbuf_printf(&lie, "\"size\":%zd}]}", (ssize_t)made.layers[1].length + difference);
	serve(&made, "honest");
	stub_add_document("lie", MANIFEST_TYPE, &lie);
	CHECK_INT(pull("localhost/x:lie", NULL, &pulled, &err), -1);
	CHECK(fstat(fd, &status) == 0);
	CHECK_INT(status.st_size, made.layers[1].length);
	layout_close(&layout);
}

TEST(what_another_pull_has_verified_is_never_changed)
{
	check_unchanged(100);
	check_unchanged(-100);
}

TEST(a_lie_leaves_nothing)
{
	auto_made struct made_image made = {0}, other = {0};
	struct image_pulled pulled;
	struct stub_blob *blob;
	struct error err = {0};

	open_layout();
	make_image(&made, "1");
	make_image(&other, "2");
	blob = serve(&made, "1");
	blob->bytes = other.layers[1].text;
	CHECK_INT(pull("localhost/x:1", NULL, &pulled, &err), -1);
	CHECK(strstr(err.text, "digest sha256:"));
	CHECK_INT(count_entries(layout.layers_fd, "."), 0);
	CHECK_INT(count_entries(layout.images_fd, "blobs/sha256"), 0);
	CHECK(faccessat(layout.partial_fd, made.layer_hex[1], F_OK, 0) < 0);
	layout_close(&layout);
}

TEST(a_diff_id_that_is_not_the_content_is_refused)
{
	auto_made struct made_image made = {0};
	struct image_pulled pulled;
	struct error err = {0};

	open_layout();
	make_image(&made, "1");
	memset(made.diff_hex[1], 'a', 64);
	made_finish(&made, "");
	serve(&made, "1");
	CHECK_INT(pull("localhost/x:1", NULL, &pulled, &err), -1);
	CHECK(strstr(err.text, "altered"));
	CHECK_INT(count_entries(layout.layers_fd, "."), 0);
	layout_close(&layout);
}

static void make_index(struct strbuf *out, const struct made_image *made, const char *platform)
{
	strbuf_printf(out,
		      "%s{\"mediaType\":\"" MANIFEST_TYPE "\",\"digest\":\"sha256:%s\",\"size\":%zu"
		      "%s%s}",
		      out->length ? "," : "{\"schemaVersion\":2,\"manifests\":[",
		      made->manifest_hex, made->manifest.length, *platform ? "," : "", platform);
}

TEST(chooses_from_an_index_by_platform)
{
	auto_made struct made_image ours = {0}, theirs = {0};
	auto_strbuf struct strbuf index = {0}, outer = {0};
	struct image_pulled pulled;
	struct error err = {0};
	char hex[65];

	open_layout();
	make_image(&ours, "ours");
	make_image(&theirs, "theirs");
	make_index(&index, &theirs,
		   "\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}");
	make_index(&index, &theirs, "\"platform\":{\"os\":\"linux\",\"architecture\":\"s390x\"}");
	make_index(&index, &ours, "");
	strbuf_add(&index, "]}");
	digest_hex(hex, index.text, index.length);
	strbuf_printf(&outer,
		      "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" INDEX_TYPE
		      "\",\"digest\":\"sha256:%s\",\"size\":%zu}]}",
		      hex, index.length);
	serve(&ours, "by-digest-1");
	serve(&theirs, "by-digest-2");
	stub_add_document("nested", INDEX_TYPE, &index);
	stub_add_document("1", INDEX_TYPE, &outer);
	CHECK_OK(pull("localhost/x:1", NULL, &pulled, &err));
	CHECK_TEXT(pulled.id + 7, ours.config_hex);
	digest_hex(hex, outer.text, outer.length);
	CHECK_TEXT(pulled.digest + 7, hex);
	CHECK_OK(pull("localhost/x:1", "linux/s390x", &pulled, &err));
	CHECK_TEXT(pulled.id + 7, theirs.config_hex);
	CHECK_INT(pull("localhost/x:1", "linux/riscv64", &pulled, &err), -1);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	CHECK(strstr(err.text, "linux/s390x"));
	layout_close(&layout);
}

TEST(refuses_what_is_no_image_of_layers)
{
	auto_strbuf struct strbuf text = {0};
	struct image_pulled pulled;
	struct error err = {0};

	open_layout();
	strbuf_printf(
		&text,
		"{\"schemaVersion\":2,\"config\":{\"mediaType\":\"%s\",\"digest\":\"sha256:%064d\","
		"\"size\":2},\"layers\":[{\"mediaType\":\"%s\",\"digest\":\"sha256:%064d\","
		"\"size\":2}]}",
		"application/vnd.docker.container.image.v1+json", 1,
		"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", 2);
	stub_add_document("foreign", MANIFEST_TYPE, &text);
	CHECK_INT(pull("localhost/x:foreign", NULL, &pulled, &err), -1);
	CHECK_INT(err.code, ERROR_UNSUPPORTED);
	CHECK(strstr(err.text, "foreign"));
	check_counts(0, 0, 0);
	layout_close(&layout);
}

TEST(a_registry_that_cannot_be_reached_is_an_error)
{
	auto_made struct made_image made = {0};
	struct image_pulled pulled;
	struct error err = {0};

	open_layout();
	make_image(&made, "1");
	serve(&made, "1");
	CHECK_OK(pull("localhost/x:1", NULL, &pulled, &err));
	stub.is_unreachable = true;
	CHECK_INT(pull("localhost/x:1", NULL, &pulled, &err), -1);
	CHECK(strstr(err.text, "cannot reach"));
	layout_close(&layout);
}

TEST(pushes_what_is_stored_byte_for_byte_and_mounts_what_it_can)
{
	auto_made struct made_image made = {0};
	auto_arena struct arena arena = {0};
	struct image_push request = {.reference = "localhost/mine:2"};
	struct image_pulled pulled;
	struct image_pushed pushed;
	struct error err = {0};

	open_layout();
	make_image(&made, "1");
	serve(&made, "1");
	CHECK_OK(pull("localhost/x:1", NULL, &pulled, &err));
	CHECK_INT(image_push(&layout, &request, &pushed, &arena, &err), -1);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	CHECK_OK(image_tag(&layout, "localhost/x:1", "localhost/mine:2", &err));
	stub.blob_count = 0;
	CHECK_OK(image_push(&layout, &request, &pushed, &arena, &err));
	CHECK_TEXT(pushed.digest + 7, made.manifest_hex);
	CHECK_INT(stub.put.length, made.manifest.length);
	CHECK(memcmp(stub.put.text, made.manifest.text, stub.put.length) == 0);
	CHECK_TEXT(stub.put_reference.text, "2 " MANIFEST_TYPE);
	CHECK_TEXT(stub.mount_from.text, "x");
	CHECK_INT(stub.sent_count, 3);
	for (size_t i = 0; i < 3; i++)
		CHECK(stub.sent[i].is_mounted);
	layout_close(&layout);
}

TEST(a_blob_that_is_not_here_any_more_has_to_be_pulled_before_it_is_pushed)
{
	struct image_pull again = {.blobs = true};
	auto_made struct made_image made = {0};
	auto_arena struct arena arena = {0};
	struct image_push request = {.reference = "other.example/mine:2"};
	struct image_pulled pulled;
	struct image_pushed pushed;
	struct error err = {0};

	open_layout();
	make_image(&made, "1");
	serve(&made, "1");
	CHECK_OK(pull("localhost/x:1", NULL, &pulled, &err));
	CHECK_OK(image_tag(&layout, "localhost/x:1", "other.example/mine:2", &err));
	CHECK_OK(blob_remove(&layout, made.layer_hex[1], &err));
	stub.blob_count = 0;
	CHECK_INT(image_push(&layout, &request, &pushed, &arena, &err), -1);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	CHECK(strstr(err.text, "image pull --blobs"));
	CHECK_INT(stub.put.length, 0);
	CHECK_INT(stub.sent_count, 1);
	CHECK_TEXT(stub.sent[0].hex, made.layer_hex[0]);
	stub_reset();
	serve(&made, "1");
	CHECK_OK(pull("localhost/x:1", NULL, &pulled, &err));
	CHECK_INT(stub.fetch_count, 0);
	again.reference = "localhost/x:1";
	CHECK_OK(image_pull(&layout, &again, &pulled, &arena, &err));
	CHECK_INT(stub.fetch_count, 1);
	CHECK(!pulled.is_new);
	check_counts(2, 4, 0);
	stub_reset();
	CHECK_OK(image_push(&layout, &request, &pushed, &arena, &err));
	CHECK_INT(stub.sent_count, 3);
	layout_close(&layout);
}

TEST(old_partial_downloads_are_swept)
{
	struct error err = {0};
	char hex[65];
	struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	auto_close int fd = -1;

	open_layout();
	digest_hex(hex, "a", 1);
	fd = partial_open(&layout, hex, &err);
	CHECK(fd >= 0 && write(fd, "1234", 4) == 4);
	CHECK(futimens(fd, old) == 0);
	partial_sweep(&layout, PARTIAL_LONGEST_S);
	CHECK_INT(count_entries(layout.partial_fd, "."), 1); /* somebody appends to it */
	close(fd);
	fd = -1;
	CHECK(partial_sweep(&layout, PARTIAL_LONGEST_S) > 0);
	CHECK_INT(count_entries(layout.partial_fd, "."), 0);
	layout_close(&layout);
}
