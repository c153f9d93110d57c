/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "storage/image/gc.h"
#include "storage/image/image_index.h"
#include "storage/store_lock.h"
#include "tests/unit/storage/image/image_maker.h"
#include "tests/unit/storage/test_layout.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#define ID "1111111111111111111111111111111111111111111111111111111111111111"

static struct layout layout;
static struct arena arena;

static void close_layout(void)
{
	layout_close(&layout);
	arena_release(&arena);
}

static void add_blob(const char *hex, const char *text, size_t length)
{
	struct error err = {0};
	char path[96];

	snprintf(path, sizeof(path), "blobs/sha256/%s", hex);
	CHECK_OK(file_replace(layout.images_fd, path, text, length, 0600, &err));
}

static void add_text(char hex[65], const char *text)
{
	digest_hex(hex, text, strlen(text));
	add_blob(hex, text, strlen(text));
}

/* An unpacked layer as its record makes it. */
static void add_layer(const char *chain_id, const char *blob)
{
	struct error err = {0};
	auto_free char *diff = alloc_format("%s/diff", chain_id);
	auto_free char *path = alloc_format("%s/layer.json", chain_id);
	auto_free char *record =
		alloc_format("{\"diffId\":\"%s\",\"blob\":\"%s\",\"size\":10}", chain_id, blob);

	CHECK_OK(file_make_directories(layout.layers_fd, diff, 0755, &err));
	CHECK_OK(file_replace(layout.layers_fd, path, record, strlen(record), 0600, &err));
}

/* Blobs and layer of an image of one layer; its manifest is not in the index yet. */
static void store(struct made_image *made, const char *content, const char *config)
{
	made_add_layer(made, (struct tar_entry[]){{'0', "file", content}, {0}});
	made_finish(made, config);
	add_blob(made->layer_hex[0], made->layers[0].text, made->layers[0].length);
	add_blob(made->config_hex, made->config.text, made->config.length);
	add_blob(made->manifest_hex, made->manifest.text, made->manifest.length);
	add_layer(made->diff_hex[0], made->layer_hex[0]);
}

static void add_name(const char *hex, const char *name)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	struct error err = {0};

	CHECK_OK(image_index_open(&index, &layout, true, &err));
	image_index_add(&index, &(struct image_index_entry){.hex = hex, .size = 1, .name = name});
	CHECK_OK(image_index_save(&index, &err));
}

static void add_container(const char *id, const char *text)
{
	struct error err = {0};
	auto_free char *path = alloc_format("%s/container.json", id);

	CHECK_OK(file_make_directories(layout.containers_fd, id, 0700, &err));
	CHECK_OK(file_replace(layout.containers_fd, path, text, strlen(text), 0600, &err));
}

static struct gc_garbage collect(bool is_dry)
{
	struct error err = {0};
	struct gc_garbage garbage;

	CHECK_OK(gc_collect(&layout, &(struct gc_request){.is_dry = is_dry}, &garbage, &arena,
			    &err));
	return garbage;
}

static bool has(const struct gc_list *list, const char *hex)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].hex, hex) == 0)
			return true;
	return false;
}

static size_t count_entries(int dirfd, const char *path)
{
	auto_closedir DIR *dir = fdopendir(openat(dirfd, path, O_RDONLY | O_DIRECTORY));
	struct dirent *entry;
	size_t count = 0;

	while (dir && (entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	return count;
}

TEST(what_the_index_leads_to_stays_and_the_rest_goes)
{
	auto_made struct made_image kept = {0};
	auto_made struct made_image lost = {0};
	struct gc_garbage garbage;

	test_layout_open(&layout);
	store(&kept, "kept", "");
	store(&lost, "lost and longer", "");
	add_name(kept.manifest_hex, "docker.io/library/kept:latest");
	garbage = collect(true);
	CHECK_INT(garbage.blobs.count, 3);
	CHECK_INT(garbage.layers.count, 1);
	CHECK_INT(garbage.layers.bytes, 10);
	CHECK(has(&garbage.blobs, lost.manifest_hex) && has(&garbage.blobs, lost.config_hex) &&
	      has(&garbage.blobs, lost.layer_hex[0]) && has(&garbage.layers, lost.diff_hex[0]));
	CHECK_INT(count_entries(layout.images_fd, "blobs/sha256"), 6); /* it was dry */
	collect(false);
	CHECK_INT(count_entries(layout.images_fd, "blobs/sha256"), 3);
	CHECK_INT(count_entries(layout.layers_fd, "."), 1);
	CHECK_INT(count_entries(layout.staging_fd, "."), 0);
	garbage = collect(false);
	CHECK_INT(garbage.blobs.count + garbage.layers.count, 0);
	close_layout();
}

TEST(what_an_index_of_manifests_leads_to_stays)
{
	auto_made struct made_image made = {0};
	auto_free char *text = NULL;
	char hex[65];

	test_layout_open(&layout);
	store(&made, "content", "");
	text = alloc_format("{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"sha256:%s\"},"
			    "{\"digest\":\"sha256:" ID "\"}]}",
			    made.manifest_hex);
	add_text(hex, text);
	add_name(hex, NULL);
	CHECK_INT(collect(false).blobs.count, 0);
	CHECK_INT(count_entries(layout.images_fd, "blobs/sha256"), 4);
	CHECK_INT(count_entries(layout.layers_fd, "."), 1);
	close_layout();
}

TEST(layers_of_containers_and_of_images_mounted_in_them_stay)
{
	auto_made struct made_image one = {0};
	auto_made struct made_image two = {0};
	auto_free char *text = NULL;
	auto_gc_marks struct gc_marks marks = {0};
	struct error err = {0};

	test_layout_open(&layout);
	store(&one, "one", "");
	store(&two, "two two", "");
	text = alloc_format("{\"id\":\"" ID
			    "\",\"name\":\"web\",\"image_id\":\"sha256:%s\",\"layers\":[\"%s\"],"
			    "\"mounts\":[{\"layers\":[\"%s\"]}]}",
			    one.config_hex, one.diff_hex[0], two.diff_hex[0]);
	add_container(ID, text);
	CHECK_INT(collect(false).layers.count, 0);
	CHECK_INT(count_entries(layout.layers_fd, "."), 2);
	CHECK_INT(count_entries(layout.images_fd, "blobs/sha256"), 0);
	CHECK_OK(gc_mark_containers(&marks, &layout, &err));
	CHECK_TEXT(map_get(&marks.users, one.config_hex), "web");
	CHECK(!map_has(&marks.users, two.config_hex));
	CHECK_INT(marks.layers.count, 2);
	close_layout();
}

static void ignore(enum log_level level, const char *text, void *data)
{
	(void)level, (void)text;
	++*(int *)data;
}

TEST(a_container_that_cannot_be_read_keeps_every_layer_and_no_blob)
{
	auto_made struct made_image made = {0};
	int warnings = 0;

	test_layout_open(&layout);
	log_set_sink(ignore, &warnings);
	store(&made, "content", "");
	add_container(ID, "{\"layers\":");
	CHECK_INT(collect(false).layers.count, 0);
	CHECK_INT(count_entries(layout.layers_fd, "."), 1);
	CHECK_INT(count_entries(layout.images_fd, "blobs/sha256"), 0);
	CHECK_INT(warnings, 1);
	add_container(ID, ""); /* empty: no container any more */
	CHECK_INT(collect(false).layers.count, 1);
	log_set_sink(NULL, NULL);
	close_layout();
}

TEST(an_entry_of_the_index_that_does_not_say_which_image_keeps_all)
{
	static const char index[] = "{\"schemaVersion\":2,\"manifests\":[{\"digest\":7}]}";
	auto_made struct made_image made = {0};
	int warnings = 0;

	test_layout_open(&layout);
	log_set_sink(ignore, &warnings);
	store(&made, "content", "");
	CHECK_INT(file_replace_volatile(layout.images_fd, "index.json", index, strlen(index), 0600,
					NULL),
		  0);
	CHECK_INT(collect(false).blobs.count, 0);
	CHECK_INT(count_entries(layout.layers_fd, "."), 1);
	CHECK(warnings > 0);
	log_set_sink(NULL, NULL);
	close_layout();
}

#define DAMAGED "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"

TEST(an_image_without_its_config_keeps_the_layers_made_from_its_blobs)
{
	auto_made struct made_image made = {0};
	struct gc_garbage garbage;

	test_layout_open(&layout);
	store(&made, "content", "");
	add_name(made.manifest_hex, "docker.io/library/hurt:latest");
	add_layer(ID, ID);
	add_blob(made.config_hex, "damaged", 7);
	garbage = collect(false);
	CHECK_INT(garbage.blobs.count, 0);
	CHECK_INT(garbage.layers.count, 1);
	CHECK(has(&garbage.layers, ID));
	CHECK_INT(mkdirat(layout.layers_fd, DAMAGED, 0700), 0);
	CHECK_INT(file_replace(layout.layers_fd, DAMAGED "/layer.json", "{\"diffId\":7}", 12, 0600,
			       NULL),
		  0);
	CHECK_INT(collect(false).layers.count, 0); /* nobody knows what of */
	close_layout();
}

TEST(an_image_without_its_manifest_blocks_nobody)
{
	auto_made struct made_image made = {0};
	auto_made struct made_image hurt = {0};

	test_layout_open(&layout);
	store(&made, "content", "");
	store(&hurt, "other content", "");
	add_name(made.manifest_hex, "docker.io/library/well:latest");
	add_name(hurt.manifest_hex, "docker.io/library/hurt:latest");
	add_blob(hurt.manifest_hex, "damaged", 7);
	CHECK_INT(collect(false).blobs.count, 2);
	CHECK_INT(count_entries(layout.images_fd, "blobs/sha256"), 4);
	CHECK_INT(count_entries(layout.layers_fd, "."), 1);
	close_layout();
}

TEST(nothing_is_collected_when_the_index_cannot_be_read)
{
	auto_made struct made_image made = {0};
	struct gc_garbage garbage;
	struct error err = {0};

	test_layout_open(&layout);
	store(&made, "content", "");
	CHECK_OK(file_replace(layout.images_fd, "index.json", "{", 1, 0600, &err));
	CHECK(gc_collect(&layout, &(struct gc_request){0}, &garbage, &arena, &err) < 0);
	CHECK_INT(count_entries(layout.images_fd, "blobs/sha256"), 3);
	close_layout();
}

TEST(names_that_are_no_digests_are_left_alone)
{
	struct error err = {0};

	test_layout_open(&layout);
	CHECK_OK(file_replace(layout.images_fd, "blobs/sha256/README", "x", 1, 0600, &err));
	CHECK_OK(file_make_directories(layout.layers_fd, "empty", 0700, &err));
	CHECK_OK(file_make_directories(layout.layers_fd, "mine", 0700, &err));
	CHECK_INT(collect(false).blobs.count, 0);
	CHECK_INT(count_entries(layout.images_fd, "blobs/sha256"), 1);
	CHECK_INT(count_entries(layout.layers_fd, "."), 2);
	close_layout();
}

TEST(who_brings_in_an_image_keeps_the_collection_away)
{
	struct error err = {0};
	int shared, other, exclusive;

	test_layout_open(&layout);
	shared = store_lock_share(&layout, &err);
	other = store_lock_share(&layout, &err);
	CHECK(shared >= 0 && other >= 0);
	CHECK(store_lock_exclude(&layout, false, &err) < 0);
	CHECK_INT(err.code, ERROR_BUSY);
	close(shared);
	CHECK(store_lock_exclude(&layout, false, &err) < 0);
	close(other);
	exclusive = store_lock_exclude(&layout, false, &err);
	CHECK(exclusive >= 0);
	close(exclusive);
	close_layout();
}

/* A collection waits for a child that holds the lock for a moment. */
TEST(a_patient_collection_waits)
{
	struct error err = {0};
	int ready[2], status, lock;
	pid_t pid;
	char byte;

	test_layout_open(&layout);
	CHECK(pipe(ready) == 0);
	pid = fork();
	if (pid == 0) {
		int held = store_lock_share(&layout, NULL);

		if (held < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		poll(NULL, 0, 100);
		_exit(0);
	}
	CHECK_INT(read(ready[0], &byte, 1), 1);
	lock = store_lock_exclude(&layout, true, &err);
	CHECK(lock >= 0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	close(lock);
	close(ready[0]);
	close(ready[1]);
	close_layout();
}
