/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "builder/step/copy.h"
#include "tests/unit/storage/tar_maker.h"

#include <signal.h>
#include <sys/wait.h>

/* root/ is the image's, from/ the source; canary/ is beside them. */
struct bench {
	int fd, root_fd, from_fd;
	struct source source;
	struct source_select select;
	struct copy_request request;
	struct error err;
};

static struct strbuf said;

static void listen(enum log_level level, const char *text, void *data)
{
	(void)level;
	(void)data;
	strbuf_printf(&said, "%s\n", text);
}

static void bench_open(struct bench *bench)
{
	*bench = (struct bench){.fd = test_directory(NULL)};
	strbuf_clear(&said);
	log_set_sink(listen, NULL);
	file_remove_tree(bench->fd, "all", NULL);
	assert_int_equal(file_make_directories(bench->fd, "all/root", 0755, NULL), 0);
	file_make_directories(bench->fd, "all/from", 0755, NULL);
	file_make_directories(bench->fd, "all/canary", 0700, NULL);
	file_replace(bench->fd, "all/canary/file", "safe", 4, 0600, NULL);
	bench->root_fd = openat(bench->fd, "all/root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bench->from_fd = openat(bench->fd, "all/from", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bench->source =
		(struct source){.name = "context", .fd = bench->from_fd, .has_lost_xattrs = true};
	bench->request.root_fd = bench->root_fd;
	bench->request.source = &bench->source;
	bench->request.select = &bench->select;
}

static void bench_close(struct bench *bench)
{
	auto_strbuf struct strbuf tree = {0};
	auto_close int canary = openat(bench->fd, "all/canary", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	describe(&tree, canary);
	CHECK_TEXT(strbuf_text(&tree), "f600 file=safe\n");
	log_set_sink(NULL, NULL);
	strbuf_release(&said);
	close(bench->root_fd);
	close(bench->from_fd);
	close(bench->fd);
}

static void put(int dirfd, const char *path, const char *text, mode_t mode)
{
	auto_close int fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text), NULL), 0);
	assert_int_equal(fchmod(fd, mode), 0);
}

static void make_dir(int dirfd, const char *path, mode_t mode)
{
	assert_int_equal(mkdirat(dirfd, path, 0700), 0);
	assert_int_equal(fchmodat(dirfd, path, mode, 0), 0);
}

/* @what: its sources, separated by blanks. */
static int copy(struct bench *bench, const char *what, const char *to)
{
	auto_strvec struct strvec words = {0};
	auto_free char *text = strdup(what);
	char *save = NULL;

	for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		strvec_add(&words, word);
	bench->select.patterns = words.items;
	bench->request.destination = to;
	return copy_run(&bench->request, &bench->err);
}

#define CHECK_ROOT(bench, expected)                                                                \
	do {                                                                                       \
		auto_strbuf struct strbuf tree_ = {0};                                             \
		describe(&tree_, (bench)->root_fd);                                                \
		CHECK_TEXT(strbuf_text(&tree_), expected);                                         \
	} while (0)
#define CHECK_COPY(bench, what, to)                                                                \
	do {                                                                                       \
		if (copy(bench, what, to) < 0)                                                     \
			fail_msg("COPY %s %s: %s", what, to, (bench)->err.text);                   \
	} while (0)
#define CHECK_REFUSED(bench, what, to, why)                                                        \
	do {                                                                                       \
		CHECK(copy(bench, what, to) < 0);                                                  \
		if (!strstr((bench)->err.text, why))                                               \
			fail_msg("'%s' lacks '%s'", (bench)->err.text, why);                       \
	} while (0)

TEST(a_file_goes_to_a_name_or_into_a_directory)
{
	struct bench bench;

	bench_open(&bench);
	put(bench.from_fd, "a", "A", 0640);
	make_dir(bench.root_fd, "srv", 0711);
	CHECK_COPY(&bench, "a", "/one");
	CHECK_COPY(&bench, "a", "/two/");
	CHECK_COPY(&bench, "a", "/three/b/c");
	CHECK_COPY(&bench, "a", "/srv");
	CHECK_COPY(&bench, "a", "/four/./x/../.");
	CHECK_COPY(&bench, "a", "/../../five");
	CHECK_ROOT(&bench, "f640 five=A\nd755 four\nf640 four/a=A\nf640 one=A\nd711 srv\n"
			   "f640 srv/a=A\nd755 three\nd755 three/b\nf640 three/b/c=A\nd755 two\n"
			   "f640 two/a=A\n");
	bench_close(&bench);
}

TEST(a_directory_gives_its_contents)
{
	struct bench bench;

	bench_open(&bench);
	make_dir(bench.from_fd, "d", 0770);
	make_dir(bench.from_fd, "d/s", 01750);
	put(bench.from_fd, "d/s/x", "X", 04711);
	put(bench.from_fd, "d/y", "", 0000);
	CHECK(symlinkat("/canary", bench.from_fd, "d/l") == 0);
	mkfifoat(bench.from_fd, "d/p", 0600);
	CHECK(mknodat(bench.from_fd, "d/k", S_IFSOCK | 0640, 0) == 0);
	make_dir(bench.root_fd, "there", 0701);
	CHECK_COPY(&bench, "d", "/new");
	CHECK_COPY(&bench, "d", "/there");
	CHECK_ROOT(&bench,
		   "d755 new\nf640 new/k=\nl new/l->/canary\np600 new/p\nd1750 new/s\nf4711 "
		   "new/s/x=X\n"
		   "f0 new/y=\nd701 there\nf640 there/k=\nl there/l->/canary\np600 there/p\n"
		   "d1750 there/s\nf4711 there/s/x=X\nf0 there/y=\n");
	bench_close(&bench);
}

TEST(what_is_there_is_replaced_and_directories_are_joined)
{
	struct bench bench;

	bench_open(&bench);
	make_dir(bench.from_fd, "d", 0755);
	make_dir(bench.from_fd, "d/s", 0750);
	put(bench.from_fd, "d/s/x", "new", 0600);
	put(bench.from_fd, "d/l", "file", 0644);
	make_dir(bench.root_fd, "t", 0711);
	make_dir(bench.root_fd, "t/s", 0700);
	assert_int_equal(fchownat(bench.root_fd, "t/s", 3, 4, 0), 0);
	put(bench.root_fd, "t/s/x", "older and longer", 0644);
	put(bench.root_fd, "t/s/kept", "K", 0644);
	put(bench.root_fd, "target", "T", 0644);
	CHECK(symlinkat("/target", bench.root_fd, "t/l") == 0);
	CHECK_COPY(&bench, "d", "/t");
	CHECK_ROOT(&bench, "d711 t\nf644 t/l=file\nd750 t/s\nf644 t/s/kept=K\nf600 t/s/x=new\n"
			   "f644 target=T\n");
	bench_close(&bench);
}

TEST(a_file_is_no_directory_and_the_other_way_round)
{
	struct bench bench;

	bench_open(&bench);
	make_dir(bench.from_fd, "d", 0755);
	make_dir(bench.from_fd, "d/n", 0755);
	make_dir(bench.from_fd, "e", 0755);
	put(bench.from_fd, "e/n", "", 0644);
	put(bench.root_fd, "file", "F", 0644);
	make_dir(bench.root_fd, "t", 0755);
	put(bench.root_fd, "t/n", "N", 0644);
	make_dir(bench.root_fd, "u", 0755);
	make_dir(bench.root_fd, "u/n", 0755);
	CHECK(symlinkat("t", bench.root_fd, "u/n2") == 0);
	CHECK_REFUSED(&bench, "d", "/file", "cannot copy to non-directory: /file");
	CHECK_REFUSED(&bench, "d", "/t", "cannot copy to non-directory: /t/n");
	CHECK_REFUSED(&bench, "e", "/u", "cannot replace to directory /u/n with file");
	CHECK_REFUSED(&bench, "e/n", "/file/", "cannot copy to non-directory: /file");
	CHECK_ROOT(&bench, "f644 file=F\nd755 t\nf644 t/n=N\nd755 u\nd755 u/n\nl u/n2->t\n");
	bench_close(&bench);
}

TEST(links_of_the_destination_are_followed_within_the_root)
{
	struct bench bench;

	bench_open(&bench);
	put(bench.from_fd, "a", "A", 0644);
	make_dir(bench.from_fd, "d", 0755);
	put(bench.from_fd, "d/x", "X", 0644);
	make_dir(bench.root_fd, "data", 0755);
	CHECK(symlinkat("data", bench.root_fd, "link") == 0);
	CHECK(symlinkat("../../../canary", bench.root_fd, "out") == 0);
	CHECK(symlinkat("/away/made/deep", bench.root_fd, "far") == 0);
	CHECK(symlinkat("link/../data/f", bench.root_fd, "name") == 0);
	CHECK(symlinkat("loop", bench.root_fd, "loop") == 0);
	CHECK_COPY(&bench, "a", "/link");
	CHECK_COPY(&bench, "a", "/link/sub/");
	CHECK_COPY(&bench, "a", "/name");
	CHECK_COPY(&bench, "a", "/out");
	CHECK_COPY(&bench, "d", "/far");
	CHECK_REFUSED(&bench, "a", "/loop/x", "loop");
	CHECK_ROOT(&bench,
		   "d755 away\nd755 away/made\nd755 away/made/deep\nf644 away/made/deep/x=X\nf644 "
		   "canary=A\nd755 data\nf644 data/a=A\nf644 data/f=A\nd755 data/sub\n"
		   "f644 data/sub/a=A\nl far->/away/made/deep\nl link->data\nl loop->loop\n"
		   "l name->link/../data/f\nl out->../../../canary\n");
	bench_close(&bench);
}

TEST(owner_and_mode_are_what_the_instruction_says_parents_included)
{
	struct bench bench;

	bench_open(&bench);
	make_dir(bench.from_fd, "d", 0755);
	make_dir(bench.from_fd, "d/s", 0755);
	put(bench.from_fd, "d/s/x", "X", 0644);
	CHECK(symlinkat("x", bench.from_fd, "d/s/l") == 0);
	bench.request.owner = (struct copy_owner){true, 5, 6};
	bench.request.chmod = "4750";
	CHECK_COPY(&bench, "d", "/a/b");
	CHECK_ROOT(&bench, "d750 5:6 a\nd750 5:6 a/b\nd4750 5:6 a/b/s\nl 5:6 a/b/s/l->x\n"
			   "f4750 5:6 a/b/s/x=X\n");
	bench_close(&bench);
}

static mode_t changed(const char *chmod, mode_t mode)
{
	struct bench bench;
	struct stat status;

	bench_open(&bench);
	bench.request.chmod = chmod;
	if (S_ISDIR(mode)) {
		make_dir(bench.from_fd, "d", 0755);
		make_dir(bench.from_fd, "d/f", mode & 07777);
	} else {
		make_dir(bench.from_fd, "d", 0755);
		put(bench.from_fd, "d/f", "", mode & 07777);
	}
	CHECK_COPY(&bench, "d", "/d");
	fstatat(bench.root_fd, "d/f", &status, 0);
	bench_close(&bench);
	return status.st_mode & 07777;
}

TEST(chmod_takes_octal_and_symbolic_modes)
{
	static const struct {
		const char *chmod;
		mode_t before, after;
	} rows[] = {
		{"0600", 0755, 0600},	     {"u=rwX,go=rX", 0744, 0755},
		{"u=rwX,go=rX", 0600, 0644}, {"u=rwX,go=rX", S_IFDIR | 0700, 0755},
		{"+x", 0644, 0755},	     {"go-r", 0644, 0600},
		{"u+s,g=u", 0744, 04774},    {"a=r", 04744, 0444},
		{"+t", 0755, 01755},	     {"o+t", 0755, 0755},
		{"g+s", 0755, 02755},	     {"=", 0755, 0},
		{"u=rw-w+x", 0, 0500},	     {"-X", 0755, 0644},
		{"o=g-w", 0670, 0675},
	};
	struct error err = {0};

	for (size_t i = 0; i < array_length(rows); i++) {
		CHECK_OK(copy_check_chmod(rows[i].chmod, &err));
		CHECK_INT(changed(rows[i].chmod, rows[i].before), rows[i].after);
	}
}

TEST(chmod_refuses_what_is_no_mode)
{
	static const char *const texts[] = {"rw",   "77777",  "8",   "u",  "u=rwz", ",",
					    "u+x,", "+x,,-w", "0o7", "-1", "u=r w", "x+u"};
	struct error err = {0};

	for (size_t i = 0; i < array_length(texts); i++) {
		CHECK(copy_check_chmod(texts[i], &err) < 0);
		CHECK(strstr(err.text, texts[i]));
	}
}

TEST(times_are_kept)
{
	struct bench bench;
	struct stat status;

	bench_open(&bench);
	make_dir(bench.from_fd, "d", 0755);
	make_dir(bench.from_fd, "d/s", 0755);
	put(bench.from_fd, "d/s/old", "", 0644);
	utimensat(bench.from_fd, "d/s/old", (struct timespec[]){{0, 0}, {1000, 5}}, 0);
	utimensat(bench.from_fd, "d/s", (struct timespec[]){{0, 0}, {1500, 0}}, 0);
	utimensat(bench.from_fd, "d", (struct timespec[]){{0, 0}, {1600, 0}}, 0);
	CHECK_COPY(&bench, "d", "/d");
	fstatat(bench.root_fd, "d/s/old", &status, 0);
	CHECK_INT(status.st_mtim.tv_sec, 1000);
	CHECK_INT(status.st_mtim.tv_nsec, 5);
	fstatat(bench.root_fd, "d/s", &status, 0);
	CHECK_INT(status.st_mtim.tv_sec, 1500);
	fstatat(bench.root_fd, "d", &status, 0);
	CHECK_INT(status.st_mtim.tv_sec, 1600);
	bench_close(&bench);
}

TEST(hard_links_are_kept_within_one_source)
{
	struct bench bench;

	bench_open(&bench);
	make_dir(bench.from_fd, "d", 0755);
	make_dir(bench.from_fd, "d/s", 0755);
	put(bench.from_fd, "d/a", "A", 0644);
	CHECK(linkat(bench.from_fd, "d/a", bench.from_fd, "d/b", 0) == 0);
	CHECK(linkat(bench.from_fd, "d/a", bench.from_fd, "d/s/c", 0) == 0);
	CHECK_COPY(&bench, "d", "/d");
	CHECK_COPY(&bench, "d/a d/b", "/e/");
	CHECK_ROOT(&bench, "d755 d\nf644 x3 d/a=A\nf644 x3 d/b=A\nd755 d/s\nf644 x3 d/s/c=A\n"
			   "d755 e\nf644 e/a=A\nf644 e/b=A\n");
	bench_close(&bench);
}

TEST(a_stage_keeps_owners_devices_and_attributes)
{
	struct bench bench;
	char path[64];

	bench_open(&bench);
	bench.source.has_lost_xattrs = false;
	make_dir(bench.from_fd, "d", 0755);
	put(bench.from_fd, "d/a", "A", 0644);
	make_dir(bench.from_fd, "d/e", 0700);
	mknodat(bench.from_fd, "d/n", S_IFCHR | 0640, makedev(1, 3));
	assert_int_equal(fchownat(bench.from_fd, "d/a", 3, 4, 0), 0);
	CHECK(fchownat(bench.from_fd, "d/e", 5, 6, 0) == 0);
	CHECK(fchownat(bench.from_fd, "d/n", 0, 7, 0) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/d/a", bench.from_fd);
	setxattr(path, "trusted.note", "n", 1, 0);
	setxattr(path, "trusted.overlay.opaque", "y", 1, 0);
	CHECK(fchmodat(bench.from_fd, "d/a", 06711, 0) == 0);
	CHECK_COPY(&bench, "d", "/t");
	CHECK_COPY(&bench, "d/a", "/one");
	CHECK_ROOT(&bench, "f6711 3:4 one=A trusted.note=n\nd755 t\n"
			   "f6711 3:4 t/a=A trusted.note=n\nd700 5:6 t/e\nc640[1,3] 0:7 t/n\n");
	bench_close(&bench);
}

TEST(documents_of_the_file_itself_are_written)
{
	struct copy_inline documents[] = {{"a.txt", "one\n", 4}, {"b", "", 0}};
	struct bench bench;

	bench_open(&bench);
	put(bench.from_fd, "c", "C", 0600);
	bench.request.inlines = documents;
	bench.request.inline_count = 2;
	CHECK_COPY(&bench, "c", "/d/");
	bench.request.source = NULL;
	bench.request.inline_count = 1;
	CHECK_COPY(&bench, "", "/deep/er/file");
	bench.request.owner = (struct copy_owner){true, 1, 2};
	bench.request.chmod = "+x";
	CHECK_COPY(&bench, "", "/own");
	CHECK_ROOT(&bench, "d755 d\nf644 d/a.txt=one\n\nf644 d/b=\nf600 d/c=C\nd755 deep\n"
			   "d755 deep/er\nf644 deep/er/file=one\n\nf755 1:2 own=one\n\n");
	bench_close(&bench);
}

TEST(several_sources_onto_one_name_overwrite_each_other)
{
	struct bench bench;

	bench_open(&bench);
	put(bench.from_fd, "a", "A", 0644);
	put(bench.from_fd, "b", "B", 0600);
	CHECK_COPY(&bench, "a b", "/t");
	CHECK_ROOT(&bench, "f600 t=B\n");
	bench_close(&bench);
}

TEST(holes_and_large_files_are_kept)
{
	auto_free char *block = malloc(300000);
	struct bench bench;
	struct stat status;
	int fd;

	bench_open(&bench);
	memset(block, 'x', 300000);
	fd = openat(bench.from_fd, "sparse", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	CHECK(ftruncate(fd, (off_t)4 << 30) == 0);
	CHECK(pwrite(fd, "end", 3, (off_t)3 << 30) == 3);
	close(fd);
	fd = openat(bench.from_fd, "large", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	CHECK(write(fd, block, 300000) == 300000);
	close(fd);
	CHECK_COPY(&bench, "sparse large", "/d/");
	CHECK(!bench.request.has_changed);
	fstatat(bench.root_fd, "d/sparse", &status, 0);
	CHECK_INT(status.st_size, (off_t)4 << 30);
	CHECK(status.st_blocks * 512 < 1 << 20);
	fstatat(bench.root_fd, "d/large", &status, 0);
	CHECK_INT(status.st_size, 300000);
	bench_close(&bench);
}

static struct copy_owner owner_of(struct bench *bench, const char *text)
{
	struct copy_owner owner;

	if (copy_find_owner(bench->root_fd, text, &owner, &bench->err) < 0)
		fail_msg("%s: %s", text, bench->err.text);
	CHECK(owner.is_set);
	return owner;
}

#define CHECK_OWNER(bench, text, user, group)                                                      \
	do {                                                                                       \
		struct copy_owner owner_ = owner_of(bench, text);                                  \
		CHECK_INT(owner_.uid, user);                                                       \
		CHECK_INT(owner_.gid, group);                                                      \
	} while (0)

TEST(owners_are_looked_up_in_the_root)
{
	struct copy_owner owner;
	struct bench bench;

	bench_open(&bench);
	CHECK_OWNER(&bench, "1000", 1000, 1000);
	CHECK_OWNER(&bench, "1:2", 1, 2);
	CHECK_OWNER(&bench, "root:root", 0, 0);
	CHECK(copy_find_owner(bench.root_fd, "web", &owner, &bench.err) < 0);
	CHECK(strstr(bench.err.text, "web"));
	make_dir(bench.root_fd, "etc", 0755);
	put(bench.root_fd, "etc/passwd", "root:x:0:0:::\nweb:x:1000:1001:::\n", 0644);
	put(bench.root_fd, "etc/group", "extra:x:2000:\n", 0644);
	CHECK_OWNER(&bench, "web", 1000, 1001);
	CHECK_OWNER(&bench, "web:extra", 1000, 2000);
	CHECK_OWNER(&bench, "web:3", 1000, 3);
	CHECK_OWNER(&bench, "web:", 1000, 1001);
	CHECK_OWNER(&bench, ":extra", 0, 2000);
	CHECK_OWNER(&bench, "77:extra", 77, 2000);
	CHECK(copy_find_owner(bench.root_fd, "4294967296", &owner, &bench.err) < 0);
	CHECK_TEXT(strbuf_text(&said), "");
	CHECK_OWNER(&bench, "nobody", 0, 0);
	CHECK_OWNER(&bench, "web:nogroup", 1000, 1001);
	CHECK_TEXT(strbuf_text(&said),
		   "the name 'nobody' is not in /etc/passwd of the image: root is taken\n"
		   "the name 'nogroup' is not in /etc/group of the image: the user's own group is "
		   "taken\n");
	bench_close(&bench);
}

TEST(the_files_with_the_names_of_users_are_regular_and_of_the_root)
{
	struct copy_owner owner;
	struct bench bench;

	bench_open(&bench);
	make_dir(bench.root_fd, "etc", 0755);
	put(bench.fd, "all/canary/file", "web:x:1:1:::\n", 0600);
	CHECK(symlinkat("../../canary/file", bench.root_fd, "etc/passwd") == 0);
	CHECK(copy_find_owner(bench.root_fd, "web", &owner, &bench.err) < 0);
	unlinkat(bench.root_fd, "etc/passwd", 0);
	mkfifoat(bench.root_fd, "etc/passwd", 0644);
	CHECK(copy_find_owner(bench.root_fd, "web", &owner, &bench.err) < 0);
	CHECK(strstr(bench.err.text, "not a regular file"));
	put(bench.fd, "all/canary/file", "safe", 0600);
	bench_close(&bench);
}

TEST(workdir_makes_what_is_missing)
{
	struct copy_owner owner = {true, 5, 6};
	struct bench bench;
	bool is_new;

	bench_open(&bench);
	make_dir(bench.root_fd, "srv", 0711);
	CHECK(symlinkat("/srv", bench.root_fd, "link") == 0);
	put(bench.root_fd, "file", "", 0644);
	CHECK(copy_make_directory(bench.root_fd, "/srv", &owner, &is_new, &bench.err) == 0);
	CHECK(!is_new);
	CHECK(copy_make_directory(bench.root_fd, "/link/a/b", &owner, &is_new, &bench.err) == 0);
	CHECK(is_new);
	CHECK(copy_make_directory(bench.root_fd, "/c", NULL, &is_new, &bench.err) == 0);
	CHECK(copy_make_directory(bench.root_fd, "/file/x", &owner, &is_new, &bench.err) < 0);
	CHECK(strstr(bench.err.text, "/file"));
	CHECK_ROOT(&bench, "d755 c\nf644 file=\nl link->/srv\nd711 srv\nd755 5:6 srv/a\n"
			   "d755 5:6 srv/a/b\n");
	bench_close(&bench);
}

static void exclude(struct bench *bench, struct arena *arena, const char *one, const char *other)
{
	char *const patterns[] = {(char *)one, (char *)other, NULL};

	bench->select.excludes = ignore_from_patterns(patterns, arena, &bench->err);
	CHECK(bench->select.excludes);
}

TEST(directories_on_the_way_are_those_of_the_source)
{
	struct arena arena = {0};
	struct bench bench;

	bench_open(&bench);
	bench.source.has_lost_xattrs = false;
	make_dir(bench.from_fd, "d", 0750);
	make_dir(bench.from_fd, "d/s", 0705);
	put(bench.from_fd, "d/s/x", "X", 0644);
	put(bench.from_fd, "d/s/y", "Y", 0644);
	assert_int_equal(fchownat(bench.from_fd, "d/s", 3, 4, 0), 0);
	assert_int_equal(fchownat(bench.from_fd, "d", 1, 2, 0), 0);
	exclude(&bench, &arena, "s", "!s/x");
	make_dir(bench.root_fd, "there", 0755);
	make_dir(bench.root_fd, "there/s", 0700);
	assert_int_equal(fchownat(bench.root_fd, "there/s", 7, 8, 0), 0);
	CHECK_COPY(&bench, "d", "/new");
	CHECK_COPY(&bench, "d", "/there");
	bench.select.excludes = NULL;
	bench.select.keeps_parents = true;
	CHECK_COPY(&bench, "d/s/y d/s/x", "/p");
	CHECK_COPY(&bench, "d/./s", "/q");
	CHECK_ROOT(&bench, "d755 new\nd705 3:4 new/s\nf644 new/s/x=X\nd755 p\nd750 1:2 p/d\n"
			   "d705 3:4 p/d/s\nf644 p/d/s/x=X\nf644 p/d/s/y=Y\nd755 q\n"
			   "d705 3:4 q/s\nf644 q/s/x=X\nf644 q/s/y=Y\nd755 there\n"
			   "d705 7:8 there/s\nf644 there/s/x=X\n");
	arena_release(&arena);
	bench_close(&bench);
}

/* Exchanges a directory of the source and a link out of it until it is killed. */
static pid_t start_swapping(const struct bench *bench, const char *one, const char *other)
{
	pid_t pid = fork();

	while (pid == 0)
		renameat2(bench->from_fd, one, bench->from_fd, other, RENAME_EXCHANGE);
	return pid;
}

/* What is copied meanwhile may be one or the other, or an error, but nothing from outside. */
TEST(a_source_that_is_swapped_for_a_link_leads_nowhere_else)
{
	static const char *const sources[] = {"d", "d/s", "d/s/file", "."};
	struct bench bench;
	pid_t pid;

	bench_open(&bench);
	make_dir(bench.from_fd, "d", 0755);
	make_dir(bench.from_fd, "d/s", 0755);
	put(bench.from_fd, "d/s/file", "mine", 0644);
	CHECK(symlinkat("../../canary", bench.from_fd, "d/l") == 0);
	pid = start_swapping(&bench, "d/s", "d/l");
	for (int i = 0; i < 400; i++) {
		auto_strbuf struct strbuf tree = {0};

		copy(&bench, sources[i % array_length(sources)], "/to");
		describe(&tree, bench.root_fd);
		if (strstr(strbuf_text(&tree), "safe"))
			fail_msg("the canary is in %s", tree.text);
		CHECK(file_remove_tree(bench.root_fd, "to", NULL) == 0);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	bench_close(&bench);
}

TEST(a_file_that_changes_meanwhile_is_told_of)
{
	struct bench bench;

	/* As when somebody writes to it: more is read than was seen. */
	bench_open(&bench);
	bench.source.fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_COPY(&bench, "status", "/to");
	CHECK(bench.request.has_changed);
	close(bench.source.fd);
	bench_close(&bench);
}

/* ---- ADD of archives ---------------------------------------------------------------------------
 */

static void put_archive(struct bench *bench, const char *name, const struct tar_entry *entries)
{
	auto_strbuf struct strbuf tar = {0};
	auto_close int fd = openat(bench->from_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	tar_make(&tar, entries);
	assert_int_equal(file_write_all(fd, tar.text, tar.length, NULL), 0);
	bench->request.unpacks = true;
}

TEST(an_archive_is_unpacked_over_what_is_there)
{
	static const struct tar_entry entries[] = {
		{'5', "./", .mode = 0700},
		{'0', "/abs/f", "F", .mode = 0644},
		{'0', "data", "D", .mode = 06755, .uid = 3, .gid = 4},
		{'5', "lib", .mode = 01770},
		{'1', "h", "data"},
		{'0', ".wh.x", "W", .mode = 0600},
		{0},
	};
	struct bench bench;

	bench_open(&bench);
	put_archive(&bench, "a", entries);
	make_dir(bench.root_fd, "srv", 0711);
	make_dir(bench.root_fd, "srv/data", 0755);
	put(bench.root_fd, "srv/data/lost", "", 0644);
	CHECK(symlinkat("/canary", bench.root_fd, "srv/lib") == 0);
	bench.request.chmod = "0";
	CHECK_COPY(&bench, "a", "/srv");
	CHECK_ROOT(&bench, "d711 srv\nf600 srv/.wh.x=W\nd755 srv/abs\nf644 srv/abs/f=F\n"
			   "f6755 3:4 x2 srv/data=D\nf6755 3:4 x2 srv/h=D\nd1770 srv/lib\n");
	bench_close(&bench);
}

TEST(links_of_an_archive_lead_to_what_is_below_the_destination)
{
	static const struct tar_entry entries[] = {
		{'2', "l", "/etc"},
		{'0', "l/through", "T", .mode = 0644},
		{'2', "up", "../../../canary"},
		{'0', "up/file", "U", .mode = 0644},
		{0},
	};
	static const struct tar_entry dots[] = {
		{'0', "../../up", "U", .mode = 0644},
		{0},
	};
	struct bench bench;

	bench_open(&bench);
	put_archive(&bench, "a", entries);
	put_archive(&bench, "dots", dots);
	bench.request.owner = (struct copy_owner){true, 5, 6};
	CHECK_COPY(&bench, "a", "/x/");
	CHECK_REFUSED(&bench, "dots", "/y/z/", "leads out");
	CHECK_ROOT(&bench, "d755 5:6 x\nd755 x/canary\nf644 5:6 x/canary/file=U\nd755 x/etc\n"
			   "f644 5:6 x/etc/through=T\nl 5:6 x/l->/etc\n"
			   "l 5:6 x/up->../../../canary\nd755 5:6 y\nd755 5:6 y/z\n");
	bench_close(&bench);
}

TEST(what_is_no_archive_is_copied)
{
	static const struct tar_entry none[] = {{0}};
	struct bench bench;
	struct stat status;

	bench_open(&bench);
	put_archive(&bench, "zeroes.tar", none);
	put(bench.from_fd, "empty.tar", "", 0644);
	put(bench.from_fd, "text.tar.gz", "text\n", 0644);
	put(bench.from_fd, "magic.gz", "\x1f\x8b", 0644);
	CHECK_COPY(&bench, "empty.tar text.tar.gz magic.gz", "/d/");
	CHECK_COPY(&bench, "zeroes.tar", "/z");
	fstatat(bench.root_fd, "z", &status, 0);
	CHECK(S_ISREG(status.st_mode));
	unlinkat(bench.root_fd, "z", 0);
	CHECK_ROOT(&bench, "d755 d\nf644 d/empty.tar=\nf644 d/magic.gz=\x1f\x8b\n"
			   "f644 d/text.tar.gz=text\n\n");
	bench_close(&bench);
}

TEST(an_archive_needs_a_directory)
{
	static const struct tar_entry entries[] = {{'0', "f", "F", .mode = 0644}, {0}};
	struct bench bench;

	bench_open(&bench);
	put_archive(&bench, "a", entries);
	put(bench.root_fd, "file", "", 0644);
	CHECK_REFUSED(&bench, "a", "/file", "cannot copy to non-directory: /file");
	CHECK_COPY(&bench, "a a", "/there");
	CHECK_ROOT(&bench, "f644 file=\nd755 there\nf644 there/f=F\n");
	bench_close(&bench);
}
