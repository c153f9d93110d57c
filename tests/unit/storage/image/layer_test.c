/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "storage/image/layer.h"
#include "tests/unit/storage/tar_maker.h"

/* A directory of this test with lower/ and layer/ beside a canary that must never change. */
struct bench {
	int fd, lower_fd, layer_fd;
	struct error err;
	struct layer_limits limits;
};

static void bench_open(struct bench *bench)
{
	*bench = (struct bench){.fd = test_directory(NULL)};
	file_remove_tree(bench->fd, "all", NULL);
	assert_int_equal(file_make_directories(bench->fd, "all/lower", 0755, NULL), 0);
	file_make_directories(bench->fd, "all/layer", 0755, NULL);
	file_make_directories(bench->fd, "all/canary", 0700, NULL);
	file_replace(bench->fd, "all/canary/file", "safe", 4, 0600, NULL);
	bench->lower_fd = openat(bench->fd, "all/lower", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bench->layer_fd = openat(bench->fd, "all/layer", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void bench_close(struct bench *bench)
{
	auto_strbuf struct strbuf tree = {0};
	auto_close int canary = openat(bench->fd, "all/canary", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	describe(&tree, canary);
	CHECK_TEXT(strbuf_text(&tree), "f600 file=safe\n");
	close(bench->lower_fd);
	close(bench->layer_fd);
	close(bench->fd);
}

/* A layer without anything special is its own merged view, so @lower_fd may be its directory. */
static int run(struct bench *bench, int fd, int lower_fd, const void *bytes, size_t length)
{
	auto_close int blob = tar_open(bytes, length);
	struct layer layer;
	int result;

	layer_init(&layer, fd);
	if (bench->limits.entries)
		layer.limits = bench->limits;
	result = layer_apply(&layer, blob, NULL, &bench->err);
	if (result == 0)
		result = layer_finish(&layer, lower_fd, lower_fd, &bench->err);
	layer_release(&layer);
	return result;
}

static void apply_lower(struct bench *bench, const struct tar_entry *entries)
{
	auto_strbuf struct strbuf tar = {0};

	tar_make(&tar, entries);
	if (run(bench, bench->lower_fd, -1, tar.text, tar.length) < 0)
		fail_msg("lower: %s", bench->err.text);
}

static void check_bytes(struct bench *bench, const struct strbuf *tar, bool over_lower,
			const char *expected)
{
	auto_strbuf struct strbuf tree = {0};

	if (run(bench, bench->layer_fd, over_lower ? bench->lower_fd : -1, tar->text, tar->length) <
	    0)
		fail_msg("layer: %s", bench->err.text);
	describe(&tree, bench->layer_fd);
	CHECK_TEXT(strbuf_text(&tree), expected);
	bench_close(bench);
}

static void check(const struct tar_entry *entries, const char *expected)
{
	auto_strbuf struct strbuf tar = {0};
	struct bench bench;

	bench_open(&bench);
	tar_make(&tar, entries);
	check_bytes(&bench, &tar, false, expected);
}

static void check_over(const struct tar_entry *lower, const struct tar_entry *entries,
		       const char *expected)
{
	auto_strbuf struct strbuf tar = {0};
	struct bench bench;

	bench_open(&bench);
	apply_lower(&bench, lower);
	tar_make(&tar, entries);
	check_bytes(&bench, &tar, true, expected);
}

/* Refused, with this in the text, and nothing outside touched. */
static void check_refused(const struct tar_entry *entries, const char *text)
{
	auto_strbuf struct strbuf tar = {0};
	struct bench bench;

	bench_open(&bench);
	tar_make(&tar, entries);
	if (run(&bench, bench.layer_fd, -1, tar.text, tar.length) == 0)
		fail_msg("accepted: wanted '%s'", text);
	if (!strstr(bench.err.text, text))
		fail_msg("'%s' does not contain '%s'", bench.err.text, text);
	bench_close(&bench);
}

#define ENTRIES(...) ((const struct tar_entry[]){__VA_ARGS__, {0}})

TEST(unpacks_every_type_with_owner_and_mode)
{
	check(ENTRIES({'5', "d", .mode = 02750, .uid = 5, .gid = 6}, {'0', "d/f", "hello", 04711},
		      {'1', "d/h", "d/f"}, {'2', "d/l", "../x", .uid = 7},
		      {'3', "d/c", .major = 1, .minor = 3, .mode = 0666},
		      {'4', "d/b", .major = 7, .minor = 1}, {'6', "d/p", .mode = 0600, .gid = 9},
		      {'7', "d/contiguous", "x"}, {'0', "d/dir/"}),
	      "d2750 5:6 d\nb644[7,1] d/b\nc666[1,3] d/c\nf644 d/contiguous=x\nd644 d/dir\n"
	      "f4711 x2 d/f=hello\nf4711 x2 d/h=hello\nl 7:0 d/l->../x\np600 0:9 d/p\n");
}

TEST(a_set_group_id_directory_does_not_hand_its_group_on)
{
	check(ENTRIES({'5', "d", .mode = 02777, .gid = 50}, {'0', "d/f", "x"}, {'5', "d/sub"}),
	      "d2777 0:50 d\nf644 d/f=x\nd755 d/sub\n");
}

TEST(directory_times_survive_what_comes_later)
{
	struct bench bench;
	auto_strbuf struct strbuf tar = {0};
	struct stat status;

	bench_open(&bench);
	tar_make(&tar, ENTRIES({'5', "d", .mtime = 1000}, {'0', "d/f", "x", .mtime = 2000},
			       {'2', "d/l", "f", .mtime = 3000}));
	check_bytes(&bench, &tar, false, "d755 d\nf644 d/f=x\nl d/l->f\n");
	bench.fd = test_directory(NULL);
	CHECK(fstatat(bench.fd, "all/layer/d", &status, 0) == 0);
	CHECK_INT(status.st_mtime, 1000);
	fstatat(bench.fd, "all/layer/d/f", &status, 0);
	CHECK_INT(status.st_mtime, 2000);
	fstatat(bench.fd, "all/layer/d/l", &status, AT_SYMLINK_NOFOLLOW);
	CHECK_INT(status.st_mtime, 3000);
	close(bench.fd);
}

TEST(absolute_names_and_dots_stay_inside)
{
	check(ENTRIES({'0', "/etc/passwd", "x"}, {'0', "./a//./b", "y"}, {'0', "a/../c", "z"}),
	      "d755 a\nf644 a/b=y\nf644 c=z\nd755 etc\nf644 etc/passwd=x\n");
}

TEST(names_that_leave_the_layer_are_refused)
{
	check_refused(ENTRIES({'0', "../canary/file", "evil"}), "leads out");
	check_refused(ENTRIES({'0', "a/../../canary/file", "evil"}), "leads out");
	check_refused(ENTRIES({'5', ".."}), "leads out");
	check_refused(ENTRIES({'0', "/../../x", "evil"}), "leads out");
	check_refused(ENTRIES({'1', "a", "../canary/file"}), "leads out");
	check_refused(ENTRIES({'2', "..", "/"}), "leads out");
}

TEST(a_parent_that_is_a_link_of_this_layer_is_followed_within_the_root)
{
	check(ENTRIES({'5', "real"}, {'2', "up", "../../../../../.."}, {'0', "up/x", "1"},
		      {'2', "abs", "/real"}, {'0', "abs/y", "2"}, {'2', "out", "../canary"},
		      {'0', "out/file", "3"}),
	      "l abs->/real\nd755 canary\nf644 canary/file=3\nl out->../canary\nd755 real\nf644 "
	      "real/y=2\nl up->../../../../../.."
	      "\nf644 x=1\n");
}

TEST(a_link_to_nothing_as_parent_makes_its_target)
{
	check(ENTRIES({'2', "lib", "usr/lib"}, {'0', "lib/x/y", "1"}),
	      "l lib->usr/lib\nd755 usr\nd755 usr/lib\nd755 usr/lib/x\nf644 usr/lib/x/y=1\n");
}

TEST(links_in_circles_are_refused)
{
	check_refused(ENTRIES({'2', "a", "b"}, {'2', "b", "a"}, {'0', "a/x", "1"}), "links");
	check_refused(ENTRIES({'2', "a", "a/a/a"}, {'0', "a/x", "1"}), "links");
}

TEST(a_link_in_the_last_place_is_replaced_not_followed)
{
	check(ENTRIES({'2', "a", "/canary/file"}, {'0', "a", "new"}, {'2', "d", "../canary"},
		      {'5', "d"}, {'0', "d/file", "mine"}),
	      "f644 a=new\nd755 d\nf644 d/file=mine\n");
}

TEST(writing_through_a_hard_link_to_a_link_does_not_leave)
{
	check(ENTRIES({'2', "s", "/../canary/file"}, {'1', "h", "s"},
		      {'0', "h", "evil", .mode = 0777}),
	      "f777 h=evil\nl s->/../canary/file\n");
}

TEST(hard_links_to_links_and_with_data_work)
{
	auto_strbuf struct strbuf tar = {0};
	struct bench bench;

	bench_open(&bench);
	tar_add(&tar, &(struct tar_entry){'2', "s", "t"});
	tar_add(&tar, &(struct tar_entry){'1', "new/h", "s"});
	tar_add(&tar, &(struct tar_entry){'0', "f", "one"});
	tar_add(&tar, &(struct tar_entry){'0', "g", "two"});
	tar_add(&tar, &(struct tar_entry){'1', "g", "./f"});
	tar_end(&tar);
	check_bytes(&bench, &tar, false,
		    "f644 x2 f=one\nf644 x2 g=one\nd755 new\nl x2 new/h->t\nl x2 s->t\n");
}

TEST(a_hard_link_to_itself_or_a_directory_or_nothing)
{
	check(ENTRIES({'0', "f", "x"}, {'1', "f", "f"}), "f644 f=x\n");
	check_refused(ENTRIES({'5', "d"}, {'1', "h", "d"}), "cannot be linked");
	check_refused(ENTRIES({'1', "h", "missing"}), "does not exist");
	check_refused(ENTRIES({'1', "h", "/"}), "root");
}

TEST(a_hard_link_may_have_its_target_in_a_lower_layer)
{
	check_over(ENTRIES({'5', "d", .mode = 0700, .uid = 3}, {'0', "d/f", "low", 04755, 1, 2}),
		   ENTRIES({'1', "h", "d/f"}, {'1', "e/i", "d/f"}),
		   "d700 3:0 d\nf4755 1:2 x3 d/f=low\nd755 e\nf4755 1:2 x3 e/i=low\n"
		   "f4755 1:2 x3 h=low\n");
}

TEST(a_hard_link_whose_target_lies_behind_a_lower_link_does_not_hide_that)
{
	check_over(ENTRIES({'5', "usr"}, {'5', "usr/lib"}, {'0', "usr/lib/f", "low"},
			   {'2', "lib", "usr/lib"}),
		   ENTRIES({'1', "h", "lib/f"}), "f644 h=low\n");
}

TEST(a_later_entry_wins_over_a_waiting_hard_link)
{
	check_over(ENTRIES({'0', "f", "low"}), ENTRIES({'1', "h", "f"}, {'0', "h", "mine"}),
		   "f644 h=mine\n");
	check_over(ENTRIES({'0', "f", "low"}), ENTRIES({'1', "h", "f"}, {'0', "h/x", "mine"}),
		   "d755 h\nf644 h/x=mine\n");
}

TEST(a_whiteout_behind_a_waiting_hard_link_leaves_it)
{
	check_over(ENTRIES({'0', "a", "x"}, {'0', "b", "y"}),
		   ENTRIES({'1', "b", "a"}, {'0', ".wh.b"}), "f644 x2 a=x\nf644 x2 b=x\n");
}

TEST(whiteouts_hide_only_what_is_below)
{
	const struct tar_entry *lower =
		ENTRIES({'5', "d"}, {'0', "d/x", "low"}, {'0', "f", "low"}, {'2', "l", "nowhere"});

	check_over(lower, ENTRIES({'0', ".wh.f", ""}), "w f\n");
	check_over(lower, ENTRIES({'0', ".wh.l", ""}), "w l\n");
	check_over(lower, ENTRIES({'5', "d"}, {'0', "d/.wh.x", ""}), "d755 d\nw d/x\n");
	check_over(lower, ENTRIES({'0', "f", "new"}, {'0', ".wh.f", ""}), "f644 f=new\n");
	check_over(lower, ENTRIES({'0', ".wh.f", ""}, {'0', "f", "new"}), "f644 f=new\n");
	check_over(lower, ENTRIES({'5', ".wh.f"}), "w f\n");
	check_over(lower, ENTRIES({'2', ".wh.f", "x"}), "w f\n");
}

TEST(a_whiteout_of_what_is_not_below_is_dropped)
{
	check(ENTRIES({'0', ".wh.f", ""}, {'0', "d/.wh.x", ""}), "d755 d\n");
	check_over(ENTRIES({'0', "f", "low"}), ENTRIES({'0', "f/.wh.x", ""}, {'0', ".wh.g", ""}),
		   "d755 f\n");
}

TEST(a_whiteout_and_a_directory_of_one_name_make_it_opaque)
{
	const struct tar_entry *lower = ENTRIES({'5', "d"}, {'0', "d/x", "low"});
	static const char expected[] = "d755 d trusted.overlay.opaque=y\nf644 d/y=new\n";

	check_over(lower, ENTRIES({'0', ".wh.d", ""}, {'5', "d"}, {'0', "d/y", "new"}), expected);
	check_over(lower, ENTRIES({'5', "d"}, {'0', "d/y", "new"}, {'0', ".wh.d", ""}), expected);
	check_over(lower, ENTRIES({'0', ".wh.d", ""}, {'0', "d/y", "new"}), expected);
}

TEST(opaque_directories)
{
	const struct tar_entry *lower = ENTRIES({'5', "d", .mode = 0700}, {'0', "d/x", "low"});

	check_over(lower, ENTRIES({'5', "d"}, {'0', "d/.wh..wh..opq", ""}, {'0', "d/y", "new"}),
		   "d755 d trusted.overlay.opaque=y\nf644 d/y=new\n");
	/* what came before the mark stays, and whiteouts within are pointless */
	check_over(lower,
		   ENTRIES({'0', "d/y", "new"}, {'0', "d/.wh.x", ""}, {'0', "d/.wh..wh..opq", ""}),
		   "d755 d trusted.overlay.opaque=y\nf644 d/y=new\n");
	check_over(lower, ENTRIES({'0', "n/.wh..wh..opq", ""}),
		   "d755 n trusted.overlay.opaque=y\n");
}

TEST(an_opaque_root_is_marked_on_the_layer)
{
	auto_strbuf struct strbuf tar = {0};
	struct bench bench;
	char value[4];

	bench_open(&bench);
	apply_lower(&bench, ENTRIES({'0', "f", "low"}));
	tar_make(&tar, ENTRIES({'0', ".wh..wh..opq", ""}, {'0', ".wh.f", ""}, {'0', "g", "x"}));
	CHECK(run(&bench, bench.layer_fd, bench.lower_fd, tar.text, tar.length) == 0);
	CHECK_INT(fgetxattr(bench.layer_fd, "trusted.overlay.opaque", value, sizeof(value)), 1);
	strbuf_clear(&tar);
	describe(&tar, bench.layer_fd);
	CHECK_TEXT(tar.text, "f644 g=x\n");
	bench_close(&bench);
}

TEST(malformed_whiteouts_are_refused_and_those_of_aufs_skipped)
{
	check_refused(ENTRIES({'0', ".wh.", ""}), "names nothing");
	check_refused(ENTRIES({'0', "d/.wh..", ""}), "names nothing");
	check_refused(ENTRIES({'0', ".wh...", ""}), "names nothing");
	check_refused(ENTRIES({'0', ".wh.../x", ""}), "not a directory");
	check_refused(ENTRIES({'0', "a/.wh.d/x", ""}), "not a directory");
	check(ENTRIES({'5', ".wh..wh.plnk"}, {'0', ".wh..wh.plnk/1.2", "x"},
		      {'0', ".wh..wh.aufs", ""}, {'0', "f", "x"}),
	      "f644 f=x\n");
}

TEST(a_whiteout_through_a_link_stays_inside)
{
	check_over(ENTRIES({'5', "d"}, {'0', "d/x", "low"}),
		   ENTRIES({'2', "l", "/d"}, {'0', "l/.wh.x", ""}), "d755 d\nw d/x\nl l->/d\n");
	check(ENTRIES({'2', "l", "../canary"}, {'0', "l/.wh.file", ""}), "d755 canary\n"
									 "l l->../canary\n");
}

TEST(the_last_of_several_entries_wins)
{
	check(ENTRIES({'5', "d"}, {'0', "d/x", "1"}, {'5', "d", .mode = 0700}),
	      "d700 d\nf644 d/x=1\n");
	check(ENTRIES({'5', "d"}, {'0', "d/x", "1"}, {'0', "d", "file"}), "f644 d=file\n");
	check(ENTRIES({'0', "f", "long content"}, {'0', "f", "2"}), "f644 f=2\n");
	check(ENTRIES({'0', "f", "1"}, {'5', "f"}, {'0', "f/x", "2"}), "d755 f\nf644 f/x=2\n");
	check(ENTRIES({'3', "c", .major = 1, .minor = 3}, {'2', "c", "t"}), "l c->t\n");
	check(ENTRIES({'5', "d"}, {'5', "d/e"}, {'2', "d", "../canary"}, {'0', "d/file", "x"}),
	      "d755 canary\nf644 canary/file=x\nl d->../canary\n");
}

TEST(a_file_as_parent_is_refused)
{
	check_refused(ENTRIES({'0', "f", "x"}, {'0', "f/y", "x"}), "in the way");
}

TEST(implied_parents_look_like_the_lower_ones)
{
	check_over(ENTRIES({'5', "tmp", .mode = 01777}, {'5', "a", .mode = 0711, .uid = 4},
			   {'5', "a/b", .mode = 0700}),
		   ENTRIES({'0', "tmp/f", "x"}, {'0', "a/b/c/f", "y"}),
		   "d711 4:0 a\nd700 a/b\nd755 a/b/c\nf644 a/b/c/f=y\nd1777 tmp\nf644 tmp/f=x\n");
}

TEST(a_link_below_is_shadowed_not_followed)
{
	check_over(ENTRIES({'2', "lib", "usr/lib"}), ENTRIES({'0', "lib/x", "1"}),
		   "d755 lib\nf644 lib/x=1\n");
}

TEST(the_root_entry_sets_metadata_and_nothing_else)
{
	auto_strbuf struct strbuf tar = {0};
	struct bench bench;
	struct stat status;

	bench_open(&bench);
	tar_make(&tar, ENTRIES({'5', "./", .mode = 01711, .uid = 8, .mtime = 77}, {'0', "f", "x"}));
	CHECK(run(&bench, bench.layer_fd, -1, tar.text, tar.length) == 0);
	fstat(bench.layer_fd, &status);
	CHECK_INT(status.st_mode & 07777, 01711);
	CHECK_INT(status.st_uid, 8);
	CHECK_INT(status.st_mtime, 77);
	bench_close(&bench);
	check_refused(ENTRIES({'2', ".", "/"}), "only be a directory");
	check_refused(ENTRIES({'0', "/", .mode = 0600}, {'2', "./", "/canary"}),
		      "only be a directory");
	/* a name with a slash at the end is a directory's, and those have no data */
	check_refused(ENTRIES({'0', "/", "x"}), "not a sound tar");
}

TEST(a_root_without_entry_looks_like_the_lower_one)
{
	auto_strbuf struct strbuf tar = {0};
	struct bench bench;
	struct stat status;

	bench_open(&bench);
	apply_lower(&bench, ENTRIES({'5', "./", .mode = 0711, .uid = 8}));
	tar_make(&tar, ENTRIES({'0', "f", "x"}));
	CHECK(run(&bench, bench.layer_fd, bench.lower_fd, tar.text, tar.length) == 0);
	fstat(bench.layer_fd, &status);
	CHECK_INT(status.st_mode & 07777, 0711);
	CHECK_INT(status.st_uid, 8);
	bench_close(&bench);
}

TEST(overlay_attributes_of_the_archive_are_dropped_and_others_kept)
{
	test_need_user_attributes(test_directory(NULL));
	check(ENTRIES({'5', "d",
		       .pax = "SCHILY.xattr.trusted.overlay.opaque=y\nSCHILY.xattr.user.keep=1\n"
			      "SCHILY.xattr.user.overlay.opaque=y"},
		      {'0', "f", "x",
		       .pax = "SCHILY.xattr.trusted.overlay.redirect=/../canary\n"
			      "SCHILY.xattr.trusted.overlay.metacopy=\nSCHILY.xattr.user.a=b\n"
			      "SCHILY.xattr.security.selinux=evil"},
		      {'2', "l", "t", .pax = "SCHILY.xattr.user.a=b"}),
	      "d755 d user.keep=1\nf644 f=x user.a=b\nl l->t\n");
	check_refused(ENTRIES({'3', "c"}), "0:0");
}

TEST(file_capabilities_survive_the_change_of_owner)
{
	struct bench bench;
	auto_strbuf struct strbuf tar = {0};
	char value[64];

	bench_open(&bench);
	{
		/* vfs_cap_data revision 2 with CAP_NET_BIND_SERVICE; it has NULs, so by hand */
		static const char capability[20] = {0, 0, 0, 2, 0, 4};
		auto_strbuf struct strbuf body = {0};

		strbuf_add(&body, "58 SCHILY.xattr.security.capability=");
		strbuf_add_n(&body, capability, sizeof(capability));
		strbuf_add_char(&body, '\n');
		body.text[0] = '5';
		body.text[1] = (char)('0' + body.length % 10);
		CHECK_INT(body.length / 10, 5);
		tar_header(&tar, &(struct tar_entry){.type = 'x', .name = "p"}, body.length);
		strbuf_add_n(&tar, body.text, body.length);
		tar_pad(&tar);
	}
	tar_add(&tar, &(struct tar_entry){'0', "ping", "x", 0755, 5, 5});
	tar_end(&tar);
	if (run(&bench, bench.layer_fd, -1, tar.text, tar.length) < 0)
		fail_msg("%s", bench.err.text);
	snprintf(value, sizeof(value), "/proc/self/fd/%d/ping", bench.layer_fd);
	CHECK_INT(getxattr(value, "security.capability", value + 32, 32), 20);
	bench_close(&bench);
}

TEST(long_names_of_every_dialect)
{
	static const char name[] = "directory-with-a-rather-long-name-0123456789/"
				   "another-directory-with-a-rather-long-name-0123456789/"
				   "and-a-file-of-which-the-name-is-long-too";
	auto_strbuf struct strbuf pax = {0};
	auto_strbuf struct strbuf tar = {0};
	auto_strbuf struct strbuf path = {0};
	struct bench bench;
	struct stat status;

	bench_open(&bench);
	strbuf_printf(&pax, "path=pax/%s", name);
	tar_add(&tar, &(struct tar_entry){'0', "short", "x", .pax = pax.text});
	strbuf_printf(&path, "gnu/%s", name);
	tar_add_bytes(&tar, &(struct tar_entry){'L', "././@LongLink"}, path.text, path.length + 1);
	tar_add(&tar, &(struct tar_entry){'0', "short", "y"});
	tar_end(&tar);
	if (run(&bench, bench.layer_fd, -1, tar.text, tar.length) < 0)
		fail_msg("%s", bench.err.text);
	CHECK(fstatat(bench.layer_fd, path.text, &status, 0) == 0);
	strbuf_clear(&path);
	strbuf_printf(&path, "pax/%s", name);
	CHECK(fstatat(bench.layer_fd, path.text, &status, 0) == 0);
	bench_close(&bench);
}

TEST(names_are_bytes)
{
	check(ENTRIES({'0', "caf\xe9", "1"}, {'0', "x", "2", .pax = "path=\xff\xfe"},
		      {'0', "y", "3", .pax = "path=F\xc5\x91"}),
	      "f644 F\xc5\x91=3\nf644 caf\xe9=1\nf644 \xff\xfe=2\n");
}

TEST(big_numbers_and_fractions_of_seconds)
{
	struct bench bench;
	auto_strbuf struct strbuf tar = {0};
	struct stat status;

	bench_open(&bench);
	tar_make(&tar,
		 ENTRIES({'0', "f", "x", .pax = "uid=4294967294\ngid=3000000000\nmtime=5.25"}));
	check_bytes(&bench, &tar, false, "f644 4294967294:3000000000 f=x\n");
	bench.fd = test_directory(NULL);
	fstatat(bench.fd, "all/layer/f", &status, 0);
	CHECK_INT(status.st_mtim.tv_sec, 5);
	CHECK_INT(status.st_mtim.tv_nsec, 250000000);
	close(bench.fd);
	check_refused(ENTRIES({'0', "f", "x", .pax = "uid=4294967296"}), "owner");
}

TEST(times_before_1970)
{
	struct bench bench;
	auto_strbuf struct strbuf tar = {0};
	struct stat status;

	bench_open(&bench);
	tar_make(&tar, ENTRIES({'0', "f", .pax = "mtime=-100.25"}));
	check_bytes(&bench, &tar, false, "f644 f=\n");
	bench.fd = test_directory(NULL);
	fstatat(bench.fd, "all/layer/f", &status, 0);
	CHECK_INT(status.st_mtim.tv_sec, -101);
	CHECK_INT(status.st_mtim.tv_nsec, 750000000);
	close(bench.fd);
}

TEST(a_damaged_header_is_not_passed_over)
{
	auto_strbuf struct strbuf tar = {0};
	struct bench bench;

	tar_make(&tar, ENTRIES({'0', "f"}, {'0', "g"}, {'0', "h"}));
	tar.text[512] = 'X';
	bench_open(&bench);
	CHECK(run(&bench, bench.layer_fd, -1, tar.text, tar.length) < 0);
	CHECK(strstr(bench.err.text, "not a sound tar"));
	bench_close(&bench);
	check_refused(ENTRIES({'x', "pax", "999 path=g\n"}, {'0', "f"}), "malformed pax");
}

TEST(a_map_of_holes_that_leaves_the_file_is_refused)
{
	check_refused(ENTRIES({'0', "GNUSparseFile.0/f", "data",
			       .pax = "GNU.sparse.major=0\nGNU.sparse.minor=1\n"
				      "GNU.sparse.name=f\nGNU.sparse.size=100\n"
				      "GNU.sparse.numblocks=1\nGNU.sparse.map=8388608,4"}),
		      "map of holes");
}

TEST(a_pax_sparse_file_keeps_its_holes)
{
	struct bench bench;
	auto_strbuf struct strbuf tar = {0};
	struct stat status;
	char byte = 0;
	auto_close int fd = -1;

	bench_open(&bench);
	tar_make(&tar, ENTRIES({'0', "GNUSparseFile.0/f", "data",
				.pax = "GNU.sparse.major=0\nGNU.sparse.minor=1\n"
				       "GNU.sparse.name=f\nGNU.sparse.size=10485760\n"
				       "GNU.sparse.numblocks=1\nGNU.sparse.map=8388608,4"}));
	if (run(&bench, bench.layer_fd, -1, tar.text, tar.length) < 0)
		fail_msg("%s", bench.err.text);
	fd = openat(bench.layer_fd, "f", O_RDONLY | O_CLOEXEC);
	CHECK(fstat(fd, &status) == 0);
	CHECK_INT(status.st_size, 10485760);
	CHECK(status.st_blocks * 512 < 1 << 20);
	CHECK(pread(fd, &byte, 1, 8388608) == 1 && byte == 'd');
	bench_close(&bench);
}

TEST(the_digest_covers_everything_behind_the_end)
{
	auto_strbuf struct strbuf tar = {0};
	char expected[DIGEST_HEX_SIZE];
	struct error err = {0};
	struct layer layer;
	auto_close int dir = test_directory(NULL);
	auto_close int blob = -1;

	tar_make(&tar, ENTRIES({'0', "f", "x"}));
	for (int i = 0; i < 100000; i++)
		strbuf_add(&tar, "garbage ");
	digest_hex(expected, tar.text, tar.length);
	blob = tar_open(tar.text, tar.length);
	layer_init(&layer, dir);
	CHECK_OK(layer_apply(&layer, blob, NULL, &err));
	CHECK_TEXT(layer.diff_id, expected);
	layer_release(&layer);
}

TEST(an_empty_layer_is_one)
{
	struct bench bench;
	auto_strbuf struct strbuf tar = {0};

	bench_open(&bench);
	tar_end(&tar);
	check_bytes(&bench, &tar, false, "");
	bench_open(&bench);
	strbuf_clear(&tar);
	check_bytes(&bench, &tar, false, "");
}

TEST(a_truncated_layer_is_refused)
{
	auto_strbuf struct strbuf tar = {0};
	struct bench bench;

	tar_make(&tar, ENTRIES({'0', "f", "some content"}, {'0', "g", "more"}));
	bench_open(&bench);
	CHECK(run(&bench, bench.layer_fd, -1, tar.text, 700) < 0);
	bench_close(&bench);
	bench_open(&bench);
	tar.text[3] = 'X'; /* the checksum no longer fits */
	CHECK(run(&bench, bench.layer_fd, -1, tar.text, tar.length) < 0);
	bench_close(&bench);
}

TEST(limits_stop_bombs)
{
	auto_strbuf struct strbuf tar = {0};
	struct layer_limits limits = {.bytes = 1 << 20, .entries = 50, .tracked = 20, .depth = 8};
	struct bench bench;

	for (int i = 0; i < 60; i++)
		tar_add(&tar, &(struct tar_entry){'0', "f", "x"});
	bench_open(&bench);
	bench.limits = limits;
	CHECK(run(&bench, bench.layer_fd, -1, tar.text, tar.length) < 0);
	CHECK(strstr(bench.err.text, "more than 50 entries"));
	bench_close(&bench);

	strbuf_clear(&tar);
	for (int i = 0; i < 30; i++) {
		char name[16];

		snprintf(name, sizeof(name), "d%d", i);
		tar_add(&tar, &(struct tar_entry){'5', name});
	}
	bench_open(&bench);
	bench.limits = limits;
	CHECK(run(&bench, bench.layer_fd, -1, tar.text, tar.length) < 0);
	CHECK(strstr(bench.err.text, "more than 20 directories"));
	bench_close(&bench);

	/* deeper than any one name says, by way of a link */
	strbuf_clear(&tar);
	tar_make(&tar,
		 ENTRIES({'5', "1/2/3/4/5"}, {'2', "l", "1/2/3/4/5"}, {'0', "l/6/7/8/9", "x"}));
	bench_open(&bench);
	bench.limits = limits;
	CHECK(run(&bench, bench.layer_fd, -1, tar.text, tar.length) < 0);
	CHECK(strstr(bench.err.text, "deeper than 8"));
	bench_close(&bench);

	strbuf_clear(&tar);
	tar_header(&tar, &(struct tar_entry){'0', "big"}, 4 << 20);
	for (int i = 0; i < 4 << 10; i++)
		tar_end(&tar);
	bench_open(&bench);
	bench.limits = limits;
	CHECK(run(&bench, bench.layer_fd, -1, tar.text, tar.length) < 0);
	CHECK(strstr(bench.err.text, "larger than 1048576 bytes"));
	bench_close(&bench);
}

/* PAX 1.0 keeps the map in the data: this one claims a hundred million pieces. */
TEST(a_sparse_map_without_end_does_not_eat_the_memory)
{
	auto_strbuf struct strbuf tar = {0};
	auto_strbuf struct strbuf map = {0};
	struct bench bench;

#ifdef __SANITIZE_ADDRESS__
	test_skip("AddressSanitizer ends the process when memory is refused");
#endif
	strbuf_add(&map, "100000000\n");
	while (map.length < (64 << 20))
		strbuf_add(&map, "0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n");
	tar_pax(&tar, "GNU.sparse.major=1\nGNU.sparse.minor=0\nGNU.sparse.name=f\n"
		      "GNU.sparse.realsize=5");
	tar_header(&tar, &(struct tar_entry){'0', "f"}, map.length);
	strbuf_add_n(&tar, map.text, map.length);
	tar_end(&tar);
	bench_open(&bench);
	CHECK(run(&bench, bench.layer_fd, -1, tar.text, tar.length) < 0);
	bench_close(&bench);
}
