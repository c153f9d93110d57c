/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "storage/archive/usage_tree.h"
#include "storage/check/check.h"
#include "storage/image/layer_store.h"
#include "storage/image/usage.h"
#include "tests/unit/storage/image/image_maker.h"
#include "tests/unit/storage/test_layout.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static struct layout layout;
static struct arena arena;
static struct check check;
static struct made_image made;
static char upper_chain[65];

static const struct tar_entry lower_entries[] = {
	{'5', "etc", .mode = 0755},
	{'0', "etc/passwd", "root\n"},
	{'2', "etc/link", .text = "passwd"},
	{0},
};
static const struct tar_entry upper_entries[] = {
	{'0', "etc/.wh.link"},
	{'0', "etc/more", "more\n"},
	{'1', "etc/hard", .text = "etc/more"},
	{0},
};

/* A store with one image of two layers, as `image load` leaves it. */
static void open_store(void)
{
	struct error err = {0};
	auto_free char *text = NULL;
	auto_strbuf struct strbuf tar = {0};

	if (geteuid() != 0)
		test_skip("unpacking needs root");
	test_layout_open(&layout);
	made = (struct made_image){0};
	made_add_layer(&made, lower_entries);
	made_add_layer(&made, upper_entries);
	made_finish(&made, "");
	made_oci(&tar, &made, "docker.io/library/whole:latest");
	CHECK_OK(made_load(&layout, &tar, NULL, &err));
	text = alloc_format("sha256:%s sha256:%s", made.diff_hex[0], made.diff_hex[1]);
	digest_hex(upper_chain, text, strlen(text));
	CHECK(layer_store_has(&layout, upper_chain));
}

static void close_store(void)
{
	made_release(&made);
	layout_close(&layout);
	arena_release(&arena);
}

enum how { LOOK = 1, REPAIR = 2, DEEP = 4 };

static size_t run_check(int how)
{
	struct error err = {0};

	map_release(&check.busy);
	check = (struct check){
		.layout = &layout,
		.is_dry = how & LOOK,
		.is_repair = how & REPAIR,
		.is_deep = how & DEEP,
		.arena = &arena,
	};
	CHECK_OK(check_run(&check, &err));
	return check_remaining(&check);
}

static const struct check_finding *find(const char *kind)
{
	for (size_t i = 0; i < check.count; i++)
		if (strcmp(check.findings[i]->kind, kind) == 0)
			return check.findings[i];
	return NULL;
}

static void layer_path(char path[256], const char *chain_id, const char *rest)
{
	snprintf(path, 256, "%s/%s", chain_id, rest);
}

static void write_below(int dirfd, const char *path, const char *text)
{
	auto_close int fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK_INT(write(fd, text, strlen(text)), strlen(text));
}

TEST(a_loaded_image_is_in_order_in_depth)
{
	open_store();
	CHECK_INT(run_check(DEEP), 0);
	CHECK_INT(check.count, 0);
	CHECK_INT(check.blobs, 4);
	CHECK_INT(check.layers, 2);
	CHECK_INT(check.images, 1);
	close_store();
}

TEST(a_dry_run_changes_nothing)
{
	char path[256];

	open_store();
	write_below(layout.images_fd,
		    "blobs/sha256/"
		    "2222222222222222222222222222222222222222222222222222222222222222",
		    "orphan");
	layer_path(path, upper_chain, "layer.json");
	CHECK(unlinkat(layout.layers_fd, path, 0) == 0);
	CHECK_INT(run_check(LOOK | REPAIR), 2);
	CHECK_INT(run_check(LOOK | REPAIR), 2);
	CHECK(!layer_store_has(&layout, upper_chain));
	CHECK(strstr(find("layer")->action, "would"));
	close_store();
}

TEST(litter_goes_without_being_asked_for_and_damage_stays)
{
	char path[256];

	open_store();
	write_below(layout.images_fd,
		    "blobs/sha256/"
		    "2222222222222222222222222222222222222222222222222222222222222222",
		    "orphan");
	write_below(layout.images_fd, "index.json.4194304.tmp", "{");
	CHECK(mkdirat(layout.staging_fd, "00112233445566778899aabbccddeeff", 0700) == 0);
	layer_path(path, upper_chain, "layer.json");
	write_below(layout.layers_fd, path, "{");
	CHECK_INT(run_check(0), 1);
	CHECK_INT(check.count, 4);
	CHECK(find("blob")->is_repaired && find("file")->is_repaired &&
	      find("staging")->is_repaired && !find("layer")->is_repaired);
	CHECK_INT(run_check(0), 1);
	CHECK_INT(check.count, 1);
	CHECK_INT(run_check(REPAIR), 0);
	CHECK_INT(run_check(DEEP), 0);
	CHECK_INT(check.count, 0);
	close_store();
}

/* Each change of the tree is found, and the repaired tree is as it was. */
TEST(every_kind_of_difference_is_found_in_depth)
{
	static const char *const changes[] = {"mode",  "owner",	  "content",
					      "extra", "missing", "xattr"};

	open_store();
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		char file[256], extra[256];
		auto_close int fd = -1;

		layer_path(file, upper_chain, "diff/etc/more");
		layer_path(extra, upper_chain, "diff/etc/extra");
		fd = openat(layout.layers_fd, file, O_RDWR | O_CLOEXEC);
		CHECK(fd >= 0);
		if (i == 0)
			CHECK(fchmod(fd, 0600) == 0);
		if (i == 1)
			CHECK(fchown(fd, 1, 1) == 0);
		if (i == 2)
			CHECK(pwrite(fd, "M", 1, 0) == 1);
		if (i == 3)
			write_below(layout.layers_fd, extra, "extra");
		if (i == 4)
			CHECK(unlinkat(layout.layers_fd, file, 0) == 0);
		if (i == 5)
			CHECK(fsetxattr(fd, "trusted.extra", "1", 1, 0) == 0);
		if (run_check(DEEP) != 1)
			fail_msg("%s: %zu findings", changes[i], check.count);
		CHECK(strstr(find("layer")->problem, i == 3 ? "/etc/extra" : "/etc/"));
		CHECK_INT(run_check(DEEP | REPAIR), 0);
		CHECK_INT(run_check(DEEP), 0);
	}
	close_store();
}

TEST(a_layer_in_use_is_not_replaced)
{
	struct error err = {0};
	char path[256];

	open_store();
	layer_path(path, upper_chain, "layer.json");
	CHECK(unlinkat(layout.layers_fd, path, 0) == 0);
	check = (struct check){.layout = &layout, .is_repair = true, .arena = &arena};
	map_set(&check.busy, upper_chain, &check);
	CHECK_OK(check_run(&check, &err));
	CHECK_INT(check_remaining(&check), 1);
	CHECK(strstr(find("layer")->action, "running container"));
	layer_path(path, upper_chain, "diff/etc/more");
	CHECK(faccessat(layout.layers_fd, path, F_OK, 0) == 0);
	close_store();
}

TEST(a_blob_with_another_content_is_told_with_its_image)
{
	char path[128];

	open_store();
	snprintf(path, sizeof(path), "blobs/sha256/%s", made.layer_hex[0]);
	write_below(layout.images_fd, path, "something else");
	CHECK_INT(run_check(0), 1);
	CHECK(strstr(find("blob")->problem, "(image whole:latest)"));
	CHECK_INT(run_check(REPAIR), 0);
	CHECK_INT(run_check(0), 0);
	CHECK_INT(check.images, 1);
	close_store();
}

TEST(an_index_that_cannot_be_read_is_made_again_from_blobs_and_containers)
{
	static const char id[] = "3333333333333333333333333333333333333333333333333333333333333333";
	auto_free char *path = alloc_format("%s/container.json", id);
	auto_free char *text = NULL;
	struct image *images;
	size_t count;
	struct error err = {0};

	open_store();
	text = alloc_format("{\"id\":\"%s\",\"name\":\"web\",\"image_id\":\"sha256:%s\","
			    "\"layers\":[\"%s\",\"%s\"],\"config\":{\"image\":\"whole\"}}",
			    id, made.config_hex, made.diff_hex[0], upper_chain);
	CHECK(mkdirat(layout.containers_fd, id, 0700) == 0);
	write_below(layout.containers_fd, path, text);
	write_below(layout.images_fd, "index.json", "nonsense");
	CHECK_INT(run_check(0), 1);
	CHECK_INT(run_check(REPAIR), 0);
	CHECK_OK(image_list(&layout, &images, &count, &arena, &err));
	CHECK_INT(count, 1);
	CHECK_TEXT(images[0].names[0], "docker.io/library/whole:latest");
	CHECK_INT(run_check(DEEP), 0);
	close_store();
}

TEST(usage_counts_links_once_and_holes_not_at_all)
{
	const char *path;
	auto_close int fd = test_directory(&path);
	auto_close int hole = -1;

	CHECK(mkdirat(fd, "tree", 0700) == 0);
	write_below(fd, "tree/a", "12345");
	CHECK(linkat(fd, "tree/a", fd, "tree/b", 0) == 0);
	CHECK(symlinkat("/etc/passwd", fd, "tree/c") == 0);
	hole = openat(fd, "tree/hole", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(hole >= 0 && ftruncate(hole, 1 << 30) == 0);
	CHECK_INT(usage_tree(fd, "tree"), 5);
	CHECK_INT(usage_tree(fd, "missing"), 0);
}

static bool has_file(const char *path)
{
	return faccessat(layout.root_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

#define GONE "2222222222222222222222222222222222222222222222222222222222222222"

TEST(what_is_wrong_with_the_build_cache_is_litter)
{
	auto_free char *good = NULL;
	auto_free char *record = NULL;
	struct error err = {0};

	open_store();
	good = alloc_format("build/records/%s.json", upper_chain);
	record = alloc_format(
		"{\"kind\":\"regular\",\"layers\":[\"%s\"],\"diffIds\":[\"sha256:%s\"]}"
		"\n",
		upper_chain, made.diff_hex[1]);
	CHECK_OK(file_make_directories(layout.root_fd, "build/records", 0700, &err));
	CHECK_OK(file_make_directories(layout.root_fd, "build/holds", 0700, &err));
	write_below(layout.root_fd, good, record);
	CHECK_INT(run_check(LOOK), 0);
	write_below(layout.root_fd, "build/records/" GONE ".json", "{\"kind\":");
	write_below(layout.root_fd, "build/holds/0123", "");
	CHECK_OK(file_make_directories(layout.root_fd, "build/mounts/" GONE, 0700, &err));
	CHECK_INT(run_check(LOOK), 3);
	CHECK_INT(run_check(0), 0);
	CHECK_INT(check.count, 3);
	CHECK_INT(run_check(0), 0);
	CHECK_INT(check.count, 0);
	CHECK(has_file(good));
	CHECK(!has_file("build/records/" GONE ".json"));
	CHECK(!has_file("build/holds/0123"));
	CHECK(!has_file("build/mounts/" GONE));
	close_store();
}
