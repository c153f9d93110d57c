/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "builder/source/context.h"
#include "builder/source/git_private.h"

#include <string.h>

static const char *or_none(const char *text)
{
	return text ? text : "-";
}

TEST(what_a_git_url_says)
{
	static const struct {
		const char *text, *remote, *ref, *subdir;
	} rows[] = {
		{"https://h/p.git", "https://h/p.git", "-", "-"},
		{"https://h/p.git#main", "https://h/p.git", "main", "-"},
		{"https://h/p.git#main:a/b", "https://h/p.git", "main", "a/b"},
		{"https://h/p.git#:a", "https://h/p.git", "-", "a"},
		{"https://h/p.git#v1:/", "https://h/p.git", "v1", "-"},
		{"https://h/p.git#v1:./a//b/.", "https://h/p.git", "v1", "a/b"},
		{"https://h/p.git?ref=x&subdir=a%2fb", "https://h/p.git", "x", "a/b"},
		{"https://h/p.git?tag=v1", "https://h/p.git", "refs/tags/v1", "-"},
		{"https://h/p.git?branch=b/c", "https://h/p.git", "refs/heads/b/c", "-"},
		{"https://h/p.git?ref=x#x:y", "https://h/p.git", "x", "y"},
		{"git://h:9/p#r", "git://h:9/p", "r", "-"},
		{"ssh://git@h:22/p.git#r", "ssh://git@h:22/p.git", "r", "-"},
		{"git@h:o/p.git#r:d", "git@h:o/p.git", "r", "d"},
		{"github.com/o/p#r", "https://github.com/o/p", "r", "-"},
		{"https://user:pass@h/p.git#r", "https://h/p.git", "r", "-"},
	};

	for (size_t i = 0; i < array_length(rows); i++) {
		auto_arena struct arena arena = {0};
		struct error err = {0};
		struct git_url url;

		CHECK(context_is_git(rows[i].text));
		if (git_url_parse(&url, rows[i].text, &arena, &err) < 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		CHECK_TEXT(url.remote, rows[i].remote);
		CHECK_TEXT(or_none(url.ref), rows[i].ref);
		CHECK_TEXT(or_none(url.subdir), rows[i].subdir);
	}
}

TEST(what_git_might_misunderstand_is_refused)
{
	static const char *const rows[] = {
		"https://h/p.git#--upload-pack=x",
		"https://h/p.git#-c",
		"https://h/p.git#a..b",
		"https://h/p.git#a@{1}",
		"https://h/p.git#a b",
		"https://h/p.git#a^{tree}",
		"https://h/p.git#+refs/heads/*",
		"https://h/p.git#/a",
		"https://h/p.git#main:proj/..",
		"https://h/p.git#main:../x",
		"https://h/p.git?subdir=..",
		"https://h/p.git?ref=%2dx",
		"https://h/p.git?ref=a&ref=b",
		"https://h/p.git?ref=a#b",
		"https://h/p.git?ref=",
		"https://h/p.git?nosuch=1",
		"https://h/p.git?submodules=perhaps",
		"https://h/p.git?checksum=xyz",
		"git://-oProxyCommand=x/p.git",
		"ssh://-oProxyCommand=x/p.git",
		"ssh://git@-oProxyCommand=x/p.git",
		"git@-oProxyCommand=x:p",
		"git@h:-x",
		"git@h",
		"git://h/p\nq",
		"git:///p",
	};

	for (size_t i = 0; i < array_length(rows); i++) {
		auto_arena struct arena arena = {0};
		struct error err = {0};
		struct git_url url;

		if (git_url_parse(&url, rows[i], &arena, &err) == 0)
			fail_msg("%s is taken: %s", rows[i], url.remote);
		CHECK_INT(err.code, ERROR_INVALID);
	}
}

TEST(a_password_is_in_no_message)
{
	auto_arena struct arena arena = {0};
	struct error err = {0};
	struct git_url url;

	CHECK_OK(git_url_parse(&url, "https://us%40er:pass@h/p.git#r", &arena, &err));
	CHECK_TEXT(url.user, "us@er:pass");
	CHECK_TEXT(url.shown, "https://h/p.git#r");
	CHECK_INT(git_url_parse(&url, "https://user:pass@h/p.git#-r", &arena, &err), -1);
	CHECK(!strstr(err.text, "pass"));
}

TEST(flags_of_the_query)
{
	auto_arena struct arena arena = {0};
	struct error err = {0};
	struct git_url url;

	CHECK_OK(git_url_parse(&url, "https://h/p.git?keep-git-dir&submodules=0&commit=0123456",
			       &arena, &err));
	CHECK(url.has_keep && url.keeps && url.skips_submodules);
	CHECK_TEXT(url.checksum, "0123456");
	CHECK_OK(git_url_parse(&url, "https://h/p.git?keep-git-dir=false", &arena, &err));
	CHECK(url.has_keep && !url.keeps && !url.skips_submodules);
}

TEST(what_is_git_and_what_is_a_file)
{
	static const struct {
		const char *text;
		bool is_git, is_url;
	} rows[] = {
		{"https://h/p.git", true, true},
		{"https://h/p.git#a", true, true},
		{"https://h/p.git?ref=a", true, true},
		{"https://h/p.tar.gz", false, true},
		{"http://h/p.git/x", false, true},
		{"git@h:p", true, false},
		{"git://h/p", true, false},
		{"ssh://h/p", true, false},
		{"github.com/o/p", true, false},
		{"./github.com/o/p", false, false},
		{"file:///p.git", false, false},
		{"ext::sh -c x", false, false},
		{"p.git", false, false},
		{"https://h/?.git", false, true},
	};

	for (size_t i = 0; i < array_length(rows); i++)
		if (context_is_git(rows[i].text) != rows[i].is_git ||
		    context_is_url(rows[i].text) != rows[i].is_url)
			fail_msg("%s", rows[i].text);
}
