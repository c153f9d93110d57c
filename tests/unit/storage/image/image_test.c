/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "storage/image/image.h"
#include "storage/overlay.h"
#include "tests/unit/storage/image/image_maker.h"
#include "tests/unit/storage/test_layout.h"

#include <signal.h>
#include <sys/wait.h>

static struct layout layout;

static void list_names(struct strbuf *out, int dirfd, const char *path)
{
	auto_strvec struct strvec names = {0};
	auto_closedir DIR *dir = fdopendir(openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "empty") != 0)
			strvec_add(&names, entry->d_name);
	strvec_sort(&names);
	strvec_each (name, &names)
		strbuf_printf(out, "%.12s\n", *name);
}

static size_t count_names(int dirfd, const char *path)
{
	auto_strbuf struct strbuf names = {0};
	size_t count = 0;

	list_names(&names, dirfd, path);
	for (size_t i = 0; i < names.length; i++)
		count += names.text[i] == '\n';
	return count;
}

static void check_counts(size_t images, size_t layers, size_t blobs)
{
	auto_arena struct arena arena = {0};
	struct error err = {0};
	struct image *list;
	size_t count;

	CHECK_OK(image_list(&layout, &list, &count, &arena, &err));
	CHECK_INT(count, images);
	CHECK_INT(count_names(layout.layers_fd, "."), layers);
	CHECK_INT(count_names(layout.images_fd, "blobs/sha256"), blobs);
	CHECK_INT(count_names(layout.staging_fd, "."), 0);
}

static void make_small(struct made_image *made)
{
	made_add_layer(made, (const struct tar_entry[]){{'5', "etc", .mode = 0711},
							{'0', "etc/a", "one"},
							{'0', "etc/b", "two"},
							{0}});
	made_add_layer(made, (const struct tar_entry[]){
				     {'0', "etc/.wh.a", ""}, {'0', "etc/c", "three"}, {0}});
	made_finish(made, "\"Env\":[\"PATH=/bin\",\"BROKEN\",\"=x\"],\"Cmd\":[\"/bin/sh\"],"
			  "\"Labels\":{\"a\":\"b\"},\"Volumes\":{\"/../data/\":{}},"
			  "\"ExposedPorts\":{\"80\":{}},\"User\":\"\"");
}

static void describe_image(struct strbuf *out, const struct image *image)
{
	struct error err = {0};
	struct overlay_request request = {
		.chain_ids = image->chain_ids,
		.layer_count = image->layer_count,
		.container_fd = -1,
	};
	auto_close int fd = overlay_mount(&layout, &request, &err);

	if (fd < 0)
		fail_msg("%s", err.text);
	describe(out, fd);
}

static void check_small(const char *reference)
{
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf tree = {0};
	struct error err = {0};
	struct image image;

	CHECK_OK(image_find(&layout, reference, &image, &arena, &err));
	describe_image(&tree, &image);
	CHECK_TEXT(tree.text, "d711 etc\nf644 etc/b=two\nf644 etc/c=three\n");
	CHECK_TEXT(image.cmd[0], "/bin/sh");
	CHECK_TEXT(image.env[0], "PATH=/bin");
	CHECK(!image.env[1]);
	CHECK_TEXT(image.volumes[0], "/data");
	CHECK_TEXT(image.exposed_ports[0], "80/tcp");
	CHECK_TEXT(image.labels[0].value, "b");
	CHECK(!image.user && !image.entrypoint);
	CHECK_INT(image.size, 11);
}

static void be_quiet(enum log_level level, const char *text, void *data)
{
	(void)level;
	(void)text;
	(void)data;
}

TEST(loads_an_oci_archive_and_finds_it_by_every_name)
{
	auto_made struct made_image made = {0};
	auto_strbuf struct strbuf tar = {0};
	struct error err = {0};
	char digest[160];

	log_set_sink(be_quiet, NULL);
	test_layout_open(&layout);
	make_small(&made);
	made_oci(&tar, &made, "docker.io/library/small:1");
	CHECK_OK(made_load(&layout, &tar, NULL, &err));
	check_counts(1, 2, 4);
	check_small("small:1");
	check_small("docker.io/library/small:1");
	check_small(made.config_hex);
	made.config_hex[12] = '\0';
	check_small(made.config_hex);
	snprintf(digest, sizeof(digest), "small@sha256:%s", made.manifest_hex);
	check_small(digest);
	snprintf(digest, sizeof(digest), "sha256:%s", made.manifest_hex);
	check_small(digest);
	CHECK_OK(made_load(&layout, &tar, NULL, &err));
	check_counts(1, 2, 4);
	layout_close(&layout);
}

TEST(what_is_not_there_is_not_found)
{
	auto_arena struct arena arena = {0};
	auto_made struct made_image made = {0};
	auto_strbuf struct strbuf tar = {0};
	struct error err = {0};
	struct image image;
	char digest[160];

	test_layout_open(&layout);
	make_small(&made);
	made_oci(&tar, &made, "docker.io/library/small:1");
	CHECK_OK(made_load(&layout, &tar, NULL, &err));
	CHECK(image_find(&layout, "small:2", &image, &arena, &err) < 0);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	CHECK(image_find(&layout, "beef", &image, &arena, &err) < 0);
	/* the digest is here, but not under that name */
	snprintf(digest, sizeof(digest), "other@sha256:%s", made.manifest_hex);
	CHECK(image_find(&layout, digest, &image, &arena, &err) < 0);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	CHECK(image_find(&layout, "Bad Name", &image, &arena, &err) < 0);
	CHECK_INT(err.code, ERROR_INVALID);
	layout_close(&layout);
}

static void make_docker(struct strbuf *tar, const struct made_image *made, const char *tags)
{
	auto_strbuf struct strbuf text = {0};
	char name[80];

	tar_add_bytes(tar, &(struct tar_entry){'0', "one/layer.tar"}, made->layers[0].text,
		      made->layers[0].length);
	tar_add(tar, &(struct tar_entry){'2', "link/layer.tar", "../one/layer.tar"});
	tar_add_bytes(tar, &(struct tar_entry){'0', "two/layer.tar"}, made->layers[1].text,
		      made->layers[1].length);
	snprintf(name, sizeof(name), "%s.json", made->config_hex);
	tar_add_bytes(tar, &(struct tar_entry){'0', name}, made->config.text, made->config.length);
	strbuf_printf(&text,
		      "[{\"Config\":\"%s\",\"RepoTags\":%s,\"Layers\":[\"link/layer.tar\","
		      "\"two/layer.tar\"]}]",
		      name, tags);
	tar_add(tar, &(struct tar_entry){'0', "manifest.json", text.text});
	tar_end(tar);
}

TEST(loads_a_docker_archive_with_links_and_manifest_last)
{
	auto_made struct made_image made = {0};
	auto_strbuf struct strbuf tar = {0};
	auto_strbuf struct strbuf oci = {0};
	struct error err = {0};

	test_layout_open(&layout);
	make_small(&made);
	make_docker(&tar, &made, "[\"small:2\",\"other/name:x\"]");
	CHECK_OK(made_load(&layout, &tar, NULL, &err));
	check_counts(1, 2, 4);
	check_small("small:2");
	check_small("other/name:x");
	/* the same image from elsewhere: its manifest is not the one made here */
	made_oci(&oci, &made, "docker.io/library/small:3");
	CHECK_OK(made_load(&layout, &oci, NULL, &err));
	check_counts(1, 2, 5);
	check_small("small:3");
	layout_close(&layout);
}

TEST(an_unnamed_image_takes_the_name_asked_for)
{
	auto_made struct made_image made = {0};
	auto_strbuf struct strbuf tar = {0};
	struct error err = {0};

	test_layout_open(&layout);
	make_small(&made);
	make_docker(&tar, &made, "null");
	CHECK_OK(made_load(&layout, &tar, NULL, &err));
	check_small(made.config_hex);
	CHECK_OK(made_load(&layout, &tar, "called:this", &err));
	check_small("called:this");
	check_counts(1, 2, 4);
	layout_close(&layout);
}

/* Whatever is altered, nothing may be seen afterwards. */
static void check_tampered(const struct strbuf *tar)
{
	struct error err = {0};

	CHECK(made_load(&layout, tar, NULL, &err) < 0);
	CHECK(err.text[0] != '\0');
	check_counts(0, 0, 0);
}

TEST(any_flipped_byte_of_any_blob_is_refused)
{
	auto_made struct made_image made = {0};
	struct strbuf *parts[4] = {made.layers, made.layers + 1, &made.config, &made.manifest};

	test_layout_open(&layout);
	make_small(&made);
	for (size_t i = 0; i < array_length(parts); i++)
		for (size_t at = 0; at < parts[i]->length; at += parts[i]->length / 7 + 1) {
			auto_strbuf struct strbuf tar = {0};

			parts[i]->text[at] ^= 1;
			made_oci(&tar, &made, "docker.io/library/small:1");
			check_tampered(&tar);
			parts[i]->text[at] ^= 1;
		}
	layout_close(&layout);
}

TEST(swapped_layers_and_wrong_diff_ids_are_refused)
{
	auto_made struct made_image made = {0};
	auto_strbuf struct strbuf tar = {0};
	char hex[65];

	test_layout_open(&layout);
	make_small(&made);
	memcpy(hex, made.diff_hex[0], 65);
	memcpy(made.diff_hex[0], made.diff_hex[1], 65);
	memcpy(made.diff_hex[1], hex, 65);
	made_finish(&made, "");
	made_oci(&tar, &made, "docker.io/library/small:1");
	check_tampered(&tar);
	made.diff_hex[0][0] = made.diff_hex[0][0] == '0' ? '1' : '0';
	made_finish(&made, "");
	strbuf_clear(&tar);
	made_oci(&tar, &made, "docker.io/library/small:1");
	check_tampered(&tar);
	layout_close(&layout);
}

TEST(a_truncated_archive_is_refused)
{
	auto_made struct made_image made = {0};
	auto_strbuf struct strbuf tar = {0};

	test_layout_open(&layout);
	make_small(&made);
	made_oci(&tar, &made, "docker.io/library/small:1");
	for (size_t length = 0; length < tar.length - 2048; length += 1500) {
		struct strbuf part = {.text = tar.text, .length = length};

		check_tampered(&part);
	}
	layout_close(&layout);
}

TEST(bad_digests_in_descriptors_are_refused)
{
	static const char *const rows[] = {
		"sha256:../../../../../../tmp/x",
		"sha512:abc",
		"",
		"sha256:ABCDEF",
		"sha256:0000000000000000000000000000000000000000000000000000000000000000",
	};

	test_layout_open(&layout);
	for (size_t i = 0; i < array_length(rows); i++) {
		auto_strbuf struct strbuf tar = {0};
		char entry[200];

		snprintf(entry, sizeof(entry), "{\"digest\":\"%s\",\"size\":5}", rows[i]);
		made_add_index(&tar, entry);
		tar_end(&tar);
		check_tampered(&tar);
	}
	layout_close(&layout);
}

TEST(picks_the_platform_of_this_host_from_nested_indexes)
{
	auto_made struct made_image made = {0};
	auto_made struct made_image other = {0};
	auto_strbuf struct strbuf tar = {0};
	auto_strbuf struct strbuf nested = {0};
	struct error err = {0};
	char hex[65], entry[300];

	test_layout_open(&layout);
	make_small(&made);
	made_add_layer(&other, (const struct tar_entry[]){{'0', "wrong", ""}, {0}});
	made_finish(&other, "");
	strbuf_printf(&nested,
		      "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"sha256:%s\",\"size\":%zu,"
		      "\"platform\":{\"os\":\"linux\",\"architecture\":\"s390x\"}},{\"digest\":"
		      "\"sha256:%064d\",\"size\":5,\"platform\":{\"os\":\"unknown\","
		      "\"architecture\":\"unknown\"}},{\"digest\":\"sha256:%s\",\"size\":%zu,"
		      "\"platform\":{\"os\":\"linux\",\"architecture\":\""
#ifdef __aarch64__
		      "arm64"
#else
		      "amd64"
#endif
		      "\"}}]}",
		      other.manifest_hex, other.manifest.length, 0, made.manifest_hex,
		      made.manifest.length);
	digest_hex(hex, nested.text, nested.length);
	made_add_blobs(&tar, &made);
	made_add_blobs(&tar, &other);
	made_add_blob(&tar, hex, &nested);
	snprintf(entry, sizeof(entry),
		 "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"digest\":\"sha256:"
		 "%s\",\"size\":%zu,\"annotations\":{\"org.opencontainers.image.ref.name\":"
		 "\"x.org/multi:1\"}}",
		 hex, nested.length);
	made_add_index(&tar, entry);
	tar_end(&tar);
	CHECK_OK(made_load(&layout, &tar, NULL, &err));
	check_small("x.org/multi:1");
	check_counts(1, 2, 4);
	layout_close(&layout);
}

TEST(a_saved_archive_is_the_same_every_time_and_loads_elsewhere)
{
	auto_made struct made_image made = {0};
	auto_strbuf struct strbuf tar = {0};
	struct strbuf saved[2] = {0};
	struct error err = {0};

	test_layout_open(&layout);
	make_small(&made);
	made_oci(&tar, &made, "docker.io/library/small:1");
	CHECK_OK(made_load(&layout, &tar, NULL, &err));
	CHECK_OK(image_tag(&layout, "small:1", "x.org/copy:2", &err));
	for (int i = 0; i < 2; i++) {
		char first[] = "small:1", second[] = "x.org/copy:2";
		char *names[] = {first, second, NULL};
		auto_close int fd = tar_open("", 0);
		char path[40];

		CHECK_OK(image_save(&layout, names, fd, &err));
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		CHECK_OK(file_read(AT_FDCWD, path, 1 << 20, saved + i, &err));
	}
	CHECK_INT(saved[0].length, saved[1].length);
	CHECK(memcmp(saved[0].text, saved[1].text, saved[0].length) == 0);
	layout_close(&layout);
	CHECK_OK(file_remove_tree(AT_FDCWD, "/nonexistent", &err));
	{
		const char *path;
		auto_close int fd = test_directory(&path);

		CHECK_OK(file_remove_tree(fd, "root", &err));
	}
	test_layout_open(&layout);
	CHECK_OK(made_load(&layout, saved, NULL, &err));
	check_small("small:1");
	check_small("x.org/copy:2");
	check_counts(1, 2, 4);
	layout_close(&layout);
	strbuf_release(saved);
	strbuf_release(saved + 1);
}

TEST(removal_takes_names_first_and_data_with_the_last)
{
	auto_made struct made_image made = {0};
	auto_strbuf struct strbuf tar = {0};
	auto_strbuf struct strbuf report = {0};
	struct error err = {0};
	char *in_use[] = {NULL, NULL};
	char id[80];

	test_layout_open(&layout);
	make_small(&made);
	made_oci(&tar, &made, "docker.io/library/small:1");
	CHECK_OK(made_load(&layout, &tar, NULL, &err));
	CHECK_OK(image_tag(&layout, "small:1", "small:2", &err));
	CHECK_OK(image_tag(&layout, "small:1", "other:2", &err));
	CHECK(image_remove(&layout, made.config_hex, false, NULL, &report, &err) < 0);
	CHECK_INT(err.code, ERROR_CONFLICT);
	CHECK_OK(image_remove(&layout, "other:2", false, NULL, &report, &err));
	strbuf_clear(&report);
	CHECK_OK(image_remove(&layout, "small:1", false, NULL, &report, &err));
	CHECK_TEXT(report.text, "Untagged: small:1\n");
	check_counts(1, 2, 4);
	snprintf(id, sizeof(id), "sha256:%s", made.config_hex);
	in_use[0] = id;
	CHECK(image_remove(&layout, "small:2", false, in_use, &report, &err) < 0);
	CHECK_INT(err.code, ERROR_CONFLICT);
	check_small("small:2");
	CHECK_OK(image_remove(&layout, "small:2", true, in_use, &report, &err));
	check_small(made.config_hex);
	CHECK(image_remove(&layout, made.config_hex, true, in_use, &report, &err) < 0);
	CHECK_OK(image_remove(&layout, made.config_hex, false, NULL, &report, &err));
	check_counts(0, 0, 0);
	layout_close(&layout);
}

TEST(shared_layers_stay_while_another_image_needs_them)
{
	auto_made struct made_image a = {0};
	auto_made struct made_image b = {0};
	auto_strbuf struct strbuf tar = {0};
	auto_strbuf struct strbuf report = {0};
	struct error err = {0};

	test_layout_open(&layout);
	make_small(&a);
	make_small(&b);
	made_add_layer(&b, (const struct tar_entry[]){{'0', "more", "x"}, {0}});
	made_finish(&b, "");
	made_oci(&tar, &a, "docker.io/library/a:1");
	CHECK_OK(made_load(&layout, &tar, NULL, &err));
	strbuf_clear(&tar);
	made_oci(&tar, &b, "docker.io/library/b:1");
	CHECK_OK(made_load(&layout, &tar, NULL, &err));
	check_counts(2, 3, 7);
	CHECK_OK(image_remove(&layout, "b:1", false, NULL, &report, &err));
	check_counts(1, 2, 4);
	check_small("a:1");
	layout_close(&layout);
}

TEST(a_moved_name_leaves_the_old_image_unnamed)
{
	auto_made struct made_image a = {0};
	auto_made struct made_image b = {0};
	auto_strbuf struct strbuf tar = {0};
	struct error err = {0};

	test_layout_open(&layout);
	make_small(&a);
	made_add_layer(&b, (const struct tar_entry[]){{'0', "b", "x"}, {0}});
	made_finish(&b, "");
	made_oci(&tar, &a, "docker.io/library/x:1");
	CHECK_OK(made_load(&layout, &tar, NULL, &err));
	strbuf_clear(&tar);
	made_oci(&tar, &b, "docker.io/library/x:1");
	CHECK_OK(made_load(&layout, &tar, NULL, &err));
	check_counts(2, 3, 7);
	check_small(a.config_hex);
	layout_close(&layout);
}

TEST(an_opaque_root_hides_all_layers_below)
{
	auto_made struct made_image made = {0};
	auto_strbuf struct strbuf tar = {0};
	auto_strbuf struct strbuf tree = {0};
	auto_arena struct arena arena = {0};
	struct error err = {0};
	struct image image;

	test_layout_open(&layout);
	made_add_layer(&made, (const struct tar_entry[]){{'0', "low", "x"}, {0}});
	made_add_layer(&made, (const struct tar_entry[]){
				      {'0', ".wh..wh..opq", ""}, {'0', "high", "y"}, {0}});
	made_add_layer(&made, (const struct tar_entry[]){{'0', "top", "z"}, {0}});
	made_finish(&made, "");
	made_oci(&tar, &made, "docker.io/library/opaque:1");
	CHECK_OK(made_load(&layout, &tar, NULL, &err));
	CHECK_OK(image_find(&layout, "opaque:1", &image, &arena, &err));
	describe_image(&tree, &image);
	CHECK_TEXT(tree.text, "f644 high=y\nf644 top=z\n");
	layout_close(&layout);
}

static pid_t start_load(const struct strbuf *tar)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct error err = {0};
		int result = made_load(&layout, tar, NULL, &err);

		if (result < 0)
			fprintf(stderr, "# %s\n", err.text);
		_exit(result < 0);
	}
	return pid;
}

TEST(eight_loads_of_one_image_at_once_all_succeed)
{
	auto_made struct made_image made = {0};
	auto_strbuf struct strbuf tar = {0};
	pid_t pids[8];

	test_layout_open(&layout);
	make_small(&made);
	made_oci(&tar, &made, "docker.io/library/small:1");
	for (size_t i = 0; i < array_length(pids); i++)
		pids[i] = start_load(&tar);
	for (size_t i = 0; i < array_length(pids); i++) {
		int status = -1;

		waitpid(pids[i], &status, 0);
		CHECK_INT(status, 0);
	}
	check_counts(1, 2, 4);
	check_small("small:1");
	layout_close(&layout);
}

TEST(a_load_killed_at_any_time_leaves_nothing_visible_and_the_next_succeeds)
{
	auto_made struct made_image made = {0};
	auto_strbuf struct strbuf tar = {0};
	struct error err = {0};

	for (useconds_t delay = 0; delay < 30000; delay += 1500) {
		auto_arena struct arena arena = {0};
		struct image image;
		pid_t pid;

		made_release(&made);
		made = (struct made_image){0};
		strbuf_clear(&tar);
		make_small(&made);
		made_oci(&tar, &made, "docker.io/library/small:1");
		test_layout_open(&layout);
		pid = start_load(&tar);
		usleep(delay);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		if (image_find(&layout, "small:1", &image, &arena, &err) == 0)
			check_small("small:1");
		CHECK_OK(made_load(&layout, &tar, NULL, &err));
		/* workers of the dead may need a moment to die with it */
		check_small("small:1");
		layout_close(&layout);
		{
			const char *path;
			auto_close int fd = test_directory(&path);

			CHECK_OK(file_remove_tree(fd, "root", &err));
		}
	}
}
