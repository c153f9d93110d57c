/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "builder/source/source.h"
#include "storage/archive/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* The tree that most tests walk. */
static const char *const files[] = {
	".hidden",  "a.md",	  "b.txt",	"d/a.md",      "d/e/f/c.go",
	"d/e/a.md", "one/x/file", "two/x/file", "two/y/other", "z",
};

static void write_file(int root, const char *path, const char *content)
{
	struct error err = {0};
	const char *slash = strrchr(path, '/');
	auto_free char *folder = slash ? alloc_string_n(path, (size_t)(slash - path)) : NULL;
	auto_close int fd = -1;

	if (folder)
		CHECK_OK(file_make_directories(root, folder, 0755, &err));
	fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	CHECK(fd >= 0);
	CHECK_OK(file_write_all(fd, content, strlen(content), &err));
}

static const char *const links[][2] = {
	{"to_e", "d/e"},	 {"absolute", "/a.md"}, {"up", "../../../../a.md"},
	{"dangling", "nowhere"}, {"loop", "loop"},	{"d/to_z", "../z"},
};

static int make_tree(void)
{
	int root = test_directory(NULL);
	struct error err = {0};

	CHECK_OK(tree_remove_contents(root, &err));
	for (size_t i = 0; i < array_length(files); i++)
		write_file(root, files[i], files[i]);
	for (size_t i = 0; i < array_length(links); i++)
		CHECK_INT(symlinkat(links[i][1], root, links[i][0]), 0);
	CHECK_INT(mkdirat(root, "empty", 0755), 0);
	return root;
}

static int show(const struct source_entry *entry, void *data, struct error *err)
{
	static const char kinds[] = "FDc";
	struct stat status;

	if (fstatat(entry->parent_fd, entry->name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    status.st_ino != entry->status.st_ino)
		return error_set(err, EIO, "'%s' is not where it should be", entry->path);
	strbuf_printf(data, "%c%s%s%s ", kinds[entry->kind], entry->relative,
		      entry->link ? ">" : "", entry->link ? entry->link : "");
	return 0;
}

struct walk_row {
	const char *patterns; /* blanks between them */
	const char *ignore;
	const char *excludes;
	bool keeps_parents;
	const char *seen; /* or "!", and a part of the error */
};

static char **split(const char *text, struct arena *arena)
{
	char **words = arena_array(arena, 16, sizeof(*words));

	for (size_t count = 0; text && *text; count++) {
		size_t length = strcspn(text, " ");

		words[count] = arena_string_n(arena, text, length);
		text += length + (text[length] == ' ');
	}
	return words;
}

static void check_row(int root, const struct walk_row *row)
{
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf seen = {0};
	struct error err = {0};
	struct source source = {.name = "context", .fd = root, .has_lost_xattrs = true};
	struct source_select select = {
		.patterns = split(row->patterns, &arena),
		.keeps_parents = row->keeps_parents,
	};
	int result;

	if (row->ignore)
		source.ignore = ignore_parse(".dockerignore", row->ignore, strlen(row->ignore),
					     &arena, &err);
	if (row->excludes)
		select.excludes = ignore_from_patterns(split(row->excludes, &arena), &arena, &err);
	result = source_walk(&source, &select, show, &seen, &err);
	if (*row->seen == '!') {
		if (result == 0 || !strstr(err.text, row->seen + 1))
			fail_msg("%s: '%s' is not in '%s'", row->patterns, row->seen + 1, err.text);
		CHECK_INT(err.code, ERROR_NOT_FOUND);
		return;
	}
	if (result < 0)
		fail_msg("%s: %s", row->patterns, err.text);
	if (seen.length)
		seen.text[--seen.length] = '\0';
	if (strcmp(strbuf_text(&seen), row->seen) != 0)
		fail_msg("%s: '%s', not '%s'", row->patterns, strbuf_text(&seen), row->seen);
}

TEST(what_is_named_is_taken)
{
	static const struct walk_row rows[] = {
		{"a.md", .seen = "Fa.md"},
		{"/a.md", .seen = "Fa.md"},
		{"../../a.md d/../z", .seen = "Fa.md Fz"},
		{"d", .seen = "D ca.md ce ce/a.md ce/f ce/f/c.go cto_z>../z"},
		{"d/.", .seen = "D ca.md ce ce/a.md ce/f ce/f/c.go cto_z>../z"},
		{"empty/", .seen = "D"},
		{"one two", .seen = "D cx cx/file D cx cx/file cy cy/other"},
		/* links: what is named is followed within the root */
		{"to_e", .seen = "D ca.md cf cf/c.go"},
		{"to_e/f/c.go", .seen = "Fc.go"},
		{"absolute up d/to_z", .seen = "Fabsolute Fup Fto_z"},
		{"dangling", .seen = "!\"/dangling\": not found in the context"},
		{"nosuch.txt", .seen = "!\"/nosuch.txt\": not found"},
		{"a.md/x", .seen = "!\"/a.md/x\": not found"},
	};
	auto_close int root = make_tree();

	for (size_t i = 0; i < array_length(rows); i++)
		check_row(root, &rows[i]);
}

TEST(a_wildcard_stands_for_what_there_is)
{
	static const struct walk_row rows[] = {
		{"*.md", .seen = "Fa.md"},
		{".h* b?txt", .seen = "F.hidden Fb.txt"},
		{"[ab]*", .seen = "Fa.md Fabsolute Fb.txt"},
		{"*.none z", .seen = "Fz"},
		{"*.none", .seen = ""},
		{"dang*", .seen = "!\"/dangling\": not found"},
		{"d/*", .seen = "Fa.md D ca.md cf cf/c.go Fto_z"},
		{"*/x", .seen = "D cfile D cfile"},
		{"**/*.md", .seen = "Fa.md"},
		{"t*_e", .seen = "D ca.md cf cf/c.go"},
		{"t*_e/a.md", .seen = ""},
		{"to_e/*.md", .seen = "Fa.md"},
		{"nosuch/*", .seen = ""},
		{"\\*", .seen = "!\"/\\*\": not found"},
	};
	auto_close int root = make_tree();

	for (size_t i = 0; i < array_length(rows); i++)
		check_row(root, &rows[i]);
}

TEST(a_name_may_look_like_a_wildcard)
{
	auto_close int root = make_tree();
	char name[] = "a[1]*\\.txt";
	char *const patterns[] = {name, NULL};
	struct source_select select = {.patterns = patterns, .is_literal = true};
	struct source source = {.name = "context", .fd = root};
	auto_strbuf struct strbuf seen = {0};
	struct error err = {0};

	write_file(root, name, "x");
	CHECK_OK(source_walk(&source, &select, show, &seen, &err));
	CHECK_TEXT(seen.text, "Fa[1]*\\.txt ");
}

TEST(ignored_files_are_not_there)
{
	static const struct walk_row rows[] = {
		{"a.md", "*.md", .seen = "!'*.md' in .dockerignore hides it"},
		{"d", "d", .seen = "!'d' in .dockerignore hides it"},
		{"d", "d\n!d/e/f", .seen = "D ce ce/f ce/f/c.go"},
		{"d/e", "d\n!d/e/f", .seen = "D cf cf/c.go"},
		{"d", "d\n!d/nosuch", .seen = "!'d' in .dockerignore hides it"},
		{"d*", "d*\n!d/nosuch", .seen = ""},
		{"*.md z", "*.md", .seen = "Fz"},
		{"d", "**/a.md", .seen = "D ce ce/f ce/f/c.go cto_z>../z"},
		{"d", "d/*", .seen = "D"},
		{"to_e", "to_e", .seen = "!'to_e' in .dockerignore hides it"},
		{"to_e", "d/e", .seen = "!'d/e' in .dockerignore hides it"},
		{"nosuch", "*.md", .seen = "!not found in the context"},
		/* --exclude: below what is named, not that itself */
		{"d", NULL, "a.md", .seen = "D ce ce/a.md ce/f ce/f/c.go cto_z>../z"},
		{"d", NULL, "** !e/f", .seen = "D ce ce/f ce/f/c.go"},
		{"a.md", NULL, "a.md", .seen = "Fa.md"},
		{"d", "**/f", "**/*.md", .seen = "D ce cto_z>../z"},
	};
	auto_close int root = make_tree();

	for (size_t i = 0; i < array_length(rows); i++)
		check_row(root, &rows[i]);
}

TEST(parents_are_kept)
{
	static const struct walk_row rows[] = {
		{"d/e/a.md z", .keeps_parents = true, .seen = "D cd cd/e cd/e/a.md D cz"},
		{"d/./e/a.md", .keeps_parents = true, .seen = "D ce ce/a.md"},
		{"d/e", .keeps_parents = true, .seen = "D cd cd/e cd/e/a.md cd/e/f cd/e/f/c.go"},
		{"*/x/file", .keeps_parents = true,
		 .seen = "D cone cone/x cone/x/file ctwo ctwo/x ctwo/x/file"},
		{"[ot]?[eo]/./x", .keeps_parents = true, .seen = "D cx cx/file D cx cx/file"},
		{"**/*.md", .keeps_parents = true, .seen = "D ca.md cd cd/a.md cd/e cd/e/a.md"},
		{"**/a.md", NULL, "d/e", true, "D ca.md cd cd/a.md"},
		{"d/nosuch", .keeps_parents = true, .seen = "!\"/d/nosuch\": not found"},
		{"**/*.md", "d", NULL, true, "D ca.md"},
	};
	auto_close int root = make_tree();

	for (size_t i = 0; i < array_length(rows); i++)
		check_row(root, &rows[i]);
}

TEST(links_that_go_in_circles_are_an_error)
{
	char loop[] = "loop";
	char *const patterns[] = {loop, NULL};
	struct source_select select = {.patterns = patterns};
	struct error err = {0};
	auto_close int root = make_tree();
	struct source source = {.name = "context", .fd = root};
	auto_strbuf struct strbuf seen = {0};

	CHECK_INT(source_walk(&source, &select, show, &seen, &err), -1);
	CHECK_INT(err.code, ELOOP);
}

static void digest_of(int root, bool is_context, char hex[DIGEST_HEX_SIZE])
{
	char all[] = ".";
	char *const patterns[] = {all, NULL};
	struct source_select select = {.patterns = patterns};
	struct source source = {.name = "context", .fd = root, .has_lost_xattrs = is_context};
	struct error err = {0};

	CHECK_OK(source_digest(&source, &select, hex, &err));
}

/* What a change does to the digest of a context, and to that of a stage. */
static void change_owner(int root)
{
	CHECK_INT(fchownat(root, "z", 5, 6, 0), 0);
}

static void change_time(int root)
{
	const struct timespec times[] = {{1, 0}, {1, 0}};

	CHECK_INT(utimensat(root, "z", times, 0), 0);
	CHECK_INT(utimensat(root, "d", times, 0), 0);
}

static void change_mode(int root)
{
	CHECK_INT(fchmodat(root, "z", 0664, 0), 0);
}

static void change_folder_mode(int root)
{
	CHECK_INT(fchmodat(root, "empty", 01755, 0), 0);
}

static void change_content(int root)
{
	write_file(root, "z", "Z");
}

static void change_link(int root)
{
	unlinkat(root, "up", 0);
	CHECK_INT(symlinkat("b.txt", root, "up"), 0);
}

static void add_folder(int root)
{
	CHECK_INT(mkdirat(root, "empty/more", 0755), 0);
}

static void rename_file(int root)
{
	CHECK_INT(renameat(root, "z", root, "y"), 0);
}

static void link_hard(int root)
{
	unlinkat(root, "two/x/file", 0);
	write_file(root, "two/x/file", "one/x/file");
	unlinkat(root, "one/x/file", 0);
	CHECK_INT(linkat(root, "two/x/file", root, "one/x/file", 0), 0);
}

TEST(the_digest_is_about_what_counts)
{
	static const struct {
		void (*change)(int root);
		bool counts_in_context, counts_in_stage;
	} rows[] = {
		{change_owner, false, true},  {change_time, false, false},
		{change_mode, true, true},    {change_folder_mode, true, true},
		{change_content, true, true}, {change_link, true, true},
		{add_folder, true, true},     {rename_file, true, true},
	};

	for (size_t i = 0; i < array_length(rows); i++) {
		auto_close int root = make_tree();
		char before[2][DIGEST_HEX_SIZE], after[2][DIGEST_HEX_SIZE];

		digest_of(root, true, before[0]);
		digest_of(root, false, before[1]);
		rows[i].change(root);
		digest_of(root, true, after[0]);
		digest_of(root, false, after[1]);
		if ((strcmp(before[0], after[0]) != 0) != rows[i].counts_in_context ||
		    (strcmp(before[1], after[1]) != 0) != rows[i].counts_in_stage)
			fail_msg("row %zu", i);
	}
}

TEST(hard_links_do_not_count)
{
	auto_close int root = make_tree();
	char before[DIGEST_HEX_SIZE], after[DIGEST_HEX_SIZE];

	write_file(root, "two/x/file", "one/x/file");
	digest_of(root, true, before);
	link_hard(root);
	digest_of(root, true, after);
	CHECK_TEXT(after, before);
}

TEST(devices_and_fifos_are_not_opened)
{
	auto_close int root = make_tree();
	char hex[DIGEST_HEX_SIZE];
	char all[] = ".";
	char *const patterns[] = {all, NULL};
	struct source_select select = {.patterns = patterns};
	struct source source = {.name = "context", .fd = root, .has_lost_xattrs = true};
	auto_strbuf struct strbuf seen = {0};
	struct error err = {0};

	CHECK_INT(mkfifoat(root, "fifo", 0644), 0);
	if (mknodat(root, "zero", S_IFCHR | 0644, makedev(1, 5)) < 0)
		test_skip("devices cannot be made here");
	digest_of(root, true, hex);
	CHECK_OK(source_walk(&source, &select, show, &seen, &err));
	CHECK(strstr(seen.text, "cfifo") && strstr(seen.text, "czero"));
}

static int open_changed(const struct source_entry *entry, void *data, struct error *err)
{
	auto_close int fd = -1;
	int root = *(int *)data;

	if (entry->kind != SOURCE_ENTRY_FILE)
		return 0;
	write_file(root, "z", "written meanwhile");
	fd = source_open_file(entry, err);
	CHECK(fd >= 0);
	unlinkat(root, "z", 0);
	CHECK_INT(mkfifoat(root, "z", 0644), 0);
	CHECK_INT(source_open_file(entry, err), -1);
	CHECK_INT(err->code, ERROR_CONFLICT);
	unlinkat(root, "z", 0);
	CHECK_INT(symlinkat("/etc/passwd", root, "z"), 0);
	CHECK_INT(source_open_file(entry, err), -1);
	CHECK_INT(err->code, ERROR_CONFLICT);
	return 0;
}

TEST(a_file_that_became_something_else_is_not_opened)
{
	char z[] = "z";
	char *const patterns[] = {z, NULL};
	struct source_select select = {.patterns = patterns};
	auto_close int root = make_tree();
	struct source source = {.name = "context", .fd = root};
	struct error err = {0};

	CHECK_OK(source_walk(&source, &select, open_changed, &root, &err));
}
