/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "storage/image/image.h"
#include "storage/image/image_assemble.h"
#include "storage/image/layer_settle.h"
#include "storage/image/layer_snapshot.h"
#include "storage/image/layer_store.h"
#include "storage/staging.h"
#include "storage/store_lock.h"
#include "tests/unit/storage/test_layout.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#define EMPTY_TAR "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"

static struct layout layout;
static struct staging staging;
static struct arena arena;

static void begin(void)
{
	struct error err = {0};

	test_layout_open(&layout);
	CHECK_OK(staging_open(&staging, &layout, &err));
}

static void end(void)
{
	staging_close(&staging);
	layout_close(&layout);
	arena_release(&arena);
}

static void put(const char *path, const char *text)
{
	struct error err = {0};

	CHECK_OK(file_replace(staging.fd, path, text, strlen(text), 0644, &err));
}

static void make_upper(const char *name)
{
	auto_free char *upper = alloc_format("%s/upper", name);
	struct error err = {0};

	CHECK_OK(file_make_directories(staging.fd, upper, 0755, &err));
}

static void commit(struct layer_snapshot *snapshot)
{
	struct error err = {0};

	snapshot->staging = &staging;
	CHECK_OK(layer_snapshot_commit(snapshot, &err));
	CHECK(snapshot->store_lock_fd >= 0);
	close(snapshot->store_lock_fd);
}

static bool is_there(const char *chain, const char *path)
{
	auto_free char *full = alloc_format("%s/diff/%s", chain, path);

	return faccessat(layout.layers_fd, full, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

TEST(an_upper_directory_becomes_a_layer_with_the_digest_of_its_tar)
{
	struct layer_snapshot snapshot = {.directory = "step"};
	struct layer_snapshot_blob blob;
	struct error err = {0};

	begin();
	make_upper("step");
	put("step/upper/a", "one\n");
	commit(&snapshot);
	CHECK_INT(snapshot.size, 4);
	CHECK_TEXT(snapshot.chain_id, snapshot.diff_id);
	CHECK(layer_store_has(&layout, snapshot.chain_id));
	CHECK_INT(layer_store_size(&layout, snapshot.chain_id), 4);
	CHECK(is_there(snapshot.chain_id, "a"));
	CHECK_INT(layer_snapshot_known(&layout, snapshot.chain_id, &blob), 0);
	CHECK_OK(layer_snapshot_blob(&staging, snapshot.chain_id, &blob, &err));
	CHECK(blob.file.name[0] && blob.size > 0);
	CHECK_INT(layer_snapshot_known(&layout, snapshot.chain_id, &blob), 1);
	end();
}

TEST(the_blob_is_refused_when_the_tree_is_not_what_it_was)
{
	struct layer_snapshot snapshot = {.directory = "step"};
	struct layer_snapshot_blob blob;
	struct error err = {0};
	auto_free char *path = NULL;

	begin();
	make_upper("step");
	put("step/upper/a", "one\n");
	commit(&snapshot);
	path = alloc_format("%s/diff/a", snapshot.chain_id);
	CHECK_OK(file_replace(layout.layers_fd, path, "two\n", 4, 0644, &err));
	CHECK(layer_snapshot_blob(&staging, snapshot.chain_id, &blob, &err) < 0);
	CHECK_INT(err.code, ERROR_CONFLICT);
	end();
}

TEST(a_step_without_changes_is_the_empty_tar_on_top)
{
	struct layer_snapshot below = {.directory = "below"};
	struct layer_snapshot snapshot = {.directory = "step"};

	begin();
	make_upper("below");
	put("below/upper/a", "one\n");
	commit(&below);
	make_upper("step");
	snapshot.parent_chain = below.chain_id;
	commit(&snapshot);
	CHECK_TEXT(snapshot.diff_id, EMPTY_TAR);
	CHECK(strcmp(snapshot.chain_id, below.chain_id) != 0);
	end();
}

TEST(the_root_is_a_part_of_the_layer_only_when_it_is_another_than_below)
{
	struct layer_snapshot plain = {.directory = "plain"};
	struct layer_snapshot strict = {.directory = "strict"};

	begin();
	make_upper("plain");
	commit(&plain);
	CHECK_TEXT(plain.diff_id, EMPTY_TAR);
	make_upper("strict");
	CHECK_INT(fchmodat(staging.fd, "strict/upper", 0700, 0), 0);
	commit(&strict);
	CHECK(strcmp(strict.diff_id, EMPTY_TAR) != 0);
	end();
}

static void make_socket(const char *path)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", staging.fd,
		 path);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

TEST(what_the_tar_cannot_have_leaves_the_tree_and_times_stay)
{
	struct layer_snapshot snapshot = {.directory = "step"};
	struct timespec old[] = {{.tv_sec = 1000}, {.tv_sec = 1000, .tv_nsec = 5}};
	auto_free char *path = NULL;
	struct stat status;

	begin();
	make_upper("step");
	CHECK_INT(mkdirat(staging.fd, "step/upper/run", 0755), 0);
	put("step/upper/run/file", "x");
	make_socket("step/upper/run/socket");
	CHECK_INT(utimensat(staging.fd, "step/upper/run", old, 0), 0);
	commit(&snapshot);
	CHECK(is_there(snapshot.chain_id, "run/file"));
	CHECK(!is_there(snapshot.chain_id, "run/socket"));
	path = alloc_format("%s/diff/run", snapshot.chain_id);
	CHECK_INT(fstatat(layout.layers_fd, path, &status, 0), 0);
	CHECK_INT(status.st_mtim.tv_sec, 1000);
	CHECK_INT(status.st_mtim.tv_nsec, 5);
	end();
}

TEST(overlays_own_attributes_go_and_the_mark_of_an_opaque_directory_stays)
{
	struct layer_snapshot snapshot = {.directory = "step"};
	auto_free char *path = NULL;
	char value[8];
	int fd;

	begin();
	make_upper("step");
	CHECK_INT(mkdirat(staging.fd, "step/upper/d", 0755), 0);
	fd = openat(staging.fd, "step/upper/d", O_RDONLY | O_DIRECTORY);
	if (fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0) < 0)
		test_skip("no trusted attributes here");
	CHECK_INT(fsetxattr(fd, "trusted.overlay.impure", "y", 1, 0), 0);
	CHECK_INT(fsetxattr(fd, "trusted.overlay.origin", "zz", 2, 0), 0);
	close(fd);
	commit(&snapshot);
	path = alloc_format("%s/diff/d", snapshot.chain_id);
	fd = openat(layout.layers_fd, path, O_RDONLY | O_DIRECTORY);
	CHECK_INT(fgetxattr(fd, "trusted.overlay.opaque", value, sizeof(value)), 1);
	CHECK(fgetxattr(fd, "trusted.overlay.impure", value, sizeof(value)) < 0);
	CHECK(fgetxattr(fd, "trusted.overlay.origin", value, sizeof(value)) < 0);
	close(fd);
	end();
}

TEST(later_times_become_the_latest_that_is_allowed)
{
	const struct timespec latest = {.tv_sec = 500};
	struct layer_snapshot one = {.directory = "one", .latest = &latest};
	struct layer_snapshot two = {.directory = "two", .latest = &latest};

	begin();
	make_upper("one");
	put("one/upper/a", "x");
	CHECK_INT(symlinkat("a", staging.fd, "one/upper/link"), 0);
	commit(&one);
	make_upper("two");
	put("two/upper/a", "x");
	CHECK_INT(symlinkat("a", staging.fd, "two/upper/link"), 0);
	commit(&two);
	CHECK_TEXT(one.diff_id, two.diff_id);
	end();
}

TEST(the_same_layer_made_twice_is_kept_once)
{
	const struct timespec latest = {.tv_sec = 500};
	struct layer_snapshot one = {.directory = "one", .latest = &latest};
	struct layer_snapshot two = {.directory = "two", .latest = &latest};
	auto_free char *path = NULL;
	struct stat before, after;

	begin();
	make_upper("one");
	put("one/upper/a", "x");
	commit(&one);
	path = alloc_format("%s/diff/a", one.chain_id);
	CHECK_INT(fstatat(layout.layers_fd, path, &before, 0), 0);
	make_upper("two");
	put("two/upper/a", "x");
	commit(&two);
	CHECK_INT(fstatat(layout.layers_fd, path, &after, 0), 0);
	CHECK(before.st_ino == after.st_ino);
	end();
}

TEST(a_layer_that_was_not_synced_does_not_outlive_a_crash)
{
	struct layer_snapshot snapshot = {.directory = "step"};
	auto_free char *path = NULL;
	struct error err = {0};
	char *chains[] = {snapshot.chain_id};

	begin();
	make_upper("step");
	put("step/upper/a", "one\n");
	commit(&snapshot);
	path = alloc_format("%s/unsynced", snapshot.chain_id);
	CHECK(layer_store_has(&layout, snapshot.chain_id));
	CHECK_OK(file_replace(layout.layers_fd, path, "another boot", 12, 0600, &err));
	CHECK(!layer_store_has(&layout, snapshot.chain_id));
	/* Made again, it takes the place of what was left. */
	make_upper("again");
	put("again/upper/a", "one\n");
	snapshot.directory = "again";
	commit(&snapshot);
	CHECK(layer_store_has(&layout, snapshot.chain_id));
	CHECK_INT(layer_settle(&layout, chains, 1, &err), 1);
	CHECK_INT(layer_settle(&layout, chains, 1, &err), 0);
	CHECK(layer_store_has(&layout, snapshot.chain_id));
	end();
}

TEST(a_hole_is_what_the_content_says)
{
	struct layer_snapshot one = {.directory = "one", .latest = &(struct timespec){0}};
	struct layer_snapshot two = {.directory = "two", .latest = &(struct timespec){0}};
	auto_free char *zeroes = alloc_zeroed(1, 1 << 20);
	int fd;

	begin();
	make_upper("one");
	fd = openat(staging.fd, "one/upper/big", O_WRONLY | O_CREAT, 0644);
	CHECK_INT(pwrite(fd, "end", 3, 20 << 20), 3);
	close(fd);
	commit(&one);
	make_upper("two");
	fd = openat(staging.fd, "two/upper/big", O_WRONLY | O_CREAT, 0644);
	for (int i = 0; i < 20; i++)
		CHECK_INT(pwrite(fd, zeroes, 1 << 20, i << 20), 1 << 20);
	CHECK_INT(pwrite(fd, "end", 3, 20 << 20), 3);
	close(fd);
	commit(&two);
	CHECK_TEXT(one.diff_id, two.diff_id);
	end();
}

/* ---- images ------------------------------------------------------------------------------------
 */

static json *config(const char *label)
{
	auto_free char *text =
		alloc_format("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":"
			     "{\"Labels\":{\"l\":\"%s\"}}}",
			     label);
	struct error err = {0};

	return json_parse(text, strlen(text), "config", &err);
}

static void assemble(const struct layer_snapshot *layer, const char *label, char *const *names,
		     char id[80])
{
	auto_free char *diff = alloc_format("sha256:%s", layer ? layer->diff_id : "");
	auto_json json *document = config(label);
	struct error err = {0};
	char digest[80];
	char *chains[] = {(char *)(layer ? layer->chain_id : NULL), NULL}, *diffs[] = {diff, NULL};
	struct image_assembly assembly = {
		.document = document,
		.chain_ids = chains,
		.diff_ids = diffs,
		.layer_count = layer != NULL,
		.names = names,
	};

	CHECK_OK(image_assemble(&layout, &assembly, id, digest, &arena, &err));
}

TEST(an_image_of_snapshots_is_found_by_its_names)
{
	struct layer_snapshot snapshot = {.directory = "step"};
	char *names[] = {(char *)"docker.io/library/a:1", (char *)"docker.io/library/b:2", NULL};
	struct error err = {0};
	struct image image;
	char id[80];

	begin();
	make_upper("step");
	put("step/upper/a", "one\n");
	commit(&snapshot);
	assemble(&snapshot, "x", names, id);
	CHECK_OK(image_find(&layout, "a:1", &image, &arena, &err));
	CHECK_TEXT(image.id, id);
	CHECK_INT(image.layer_count, 1);
	CHECK_TEXT(image.chain_ids[0], snapshot.chain_id);
	CHECK_INT(image.size, 4);
	CHECK_OK(image_find(&layout, "b:2", &image, &arena, &err));
	CHECK_TEXT(image.id, id);
	end();
}

TEST(the_same_image_again_writes_nothing)
{
	struct layer_snapshot snapshot = {.directory = "step"};
	char *names[] = {(char *)"docker.io/library/a:1", NULL};
	struct stat before, after;
	char id[80], again[80];

	begin();
	make_upper("step");
	put("step/upper/a", "one\n");
	commit(&snapshot);
	assemble(&snapshot, "x", names, id);
	CHECK_INT(fstatat(layout.images_fd, "index.json", &before, 0), 0);
	assemble(&snapshot, "x", names, again);
	CHECK_INT(fstatat(layout.images_fd, "index.json", &after, 0), 0);
	CHECK_TEXT(id, again);
	CHECK(before.st_ino == after.st_ino);
	assemble(&snapshot, "y", names, again);
	CHECK(strcmp(id, again) != 0);
	end();
}

TEST(an_image_without_layers_is_one)
{
	char *names[] = {(char *)"docker.io/library/none:1", NULL};
	struct error err = {0};
	struct image image;
	char id[80];

	begin();
	assemble(NULL, "x", names, id);
	CHECK_OK(image_find(&layout, "none:1", &image, &arena, &err));
	CHECK_INT(image.layer_count, 0);
	CHECK_TEXT(image.labels[0].value, "x");
	end();
}

static void prune_blobs(void)
{
	struct image_prune request = {.blobs = true};
	auto_strbuf struct strbuf report = {0};
	struct error err = {0};
	int64_t bytes;

	CHECK_OK(image_prune(&layout, &request, &report, &bytes, &err));
	CHECK(bytes > 0);
}

TEST(a_blob_that_was_given_back_is_made_again_for_an_archive)
{
	struct layer_snapshot snapshot = {.directory = "step"};
	char *names[] = {(char *)"docker.io/library/a:1", NULL};
	struct layer_snapshot_blob blob;
	struct error err = {0};
	char id[80], again[80];
	struct stat before, after;
	int fd;

	begin();
	make_upper("step");
	put("step/upper/a", "one\n");
	commit(&snapshot);
	assemble(&snapshot, "x", names, id);
	fd = openat(staging.fd, "before", O_RDWR | O_CREAT, 0600);
	CHECK_OK(image_save(&layout, names, fd, &err));
	CHECK_INT(fstat(fd, &before), 0);
	close(fd);
	prune_blobs();
	CHECK_INT(layer_snapshot_known(&layout, snapshot.chain_id, &blob), 1);
	CHECK(!blob_exists(&layout, blob.hex));
	assemble(&snapshot, "x", names, again);
	CHECK_TEXT(id, again);
	CHECK(!blob_exists(&layout, blob.hex));
	fd = openat(staging.fd, "after", O_RDWR | O_CREAT, 0600);
	CHECK_OK(image_save(&layout, names, fd, &err));
	CHECK_INT(fstat(fd, &after), 0);
	CHECK_INT(before.st_size, after.st_size);
	close(fd);
	end();
}

TEST(an_archive_can_be_made_without_the_store)
{
	struct layer_snapshot snapshot = {.directory = "step"};
	char *names[] = {(char *)"docker.io/library/a:1", NULL};
	auto_json json *document = config("x");
	auto_free char *diff = NULL;
	struct image image;
	struct error err = {0};
	char *chains[] = {snapshot.chain_id, NULL}, *diffs[] = {NULL, NULL}, **loaded;
	struct image_assembly assembly = {
		.document = document,
		.chain_ids = chains,
		.diff_ids = diffs,
		.layer_count = 1,
		.names = names,
	};
	int fd;

	begin();
	make_upper("step");
	put("step/upper/a", "one\n");
	commit(&snapshot);
	diffs[0] = diff = alloc_format("sha256:%s", snapshot.diff_id);
	fd = openat(staging.fd, "archive", O_RDWR | O_CREAT, 0600);
	CHECK_OK(image_assemble_archive(&layout, &assembly, fd, &err));
	CHECK(image_find(&layout, "a:1", &image, &arena, &err) < 0);
	CHECK_INT(lseek(fd, 0, SEEK_SET), 0);
	CHECK_OK(image_load(&layout, &(struct image_load){.fd = fd, .path = "archive"}, &loaded,
			    &arena, &err));
	CHECK_TEXT(loaded[0], "docker.io/library/a:1");
	CHECK_OK(image_find(&layout, "a:1", &image, &arena, &err));
	CHECK_TEXT(image.chain_ids[0], snapshot.chain_id);
	close(fd);
	end();
}
