/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/scope.h"

#include "base/arena.h"
#include "base/error.h"

#include "harness.h"

#include <string.h>

static struct scope empty(struct arena *arena)
{
	return (struct scope){.arena = arena, .escape = '\\'};
}

TEST(what_was_set_last_counts_and_stands_last)
{
	auto_arena struct arena arena = {0};
	struct scope scope = empty(&arena);
	char **entries;

	scope_set(&scope, "A", "1");
	scope_set(&scope, "B", "2");
	scope_set(&scope, "A", "3");
	entries = scope_entries(&scope);
	CHECK_TEXT(entries[0], "B=2");
	CHECK_TEXT(entries[1], "A=3");
	CHECK(!entries[2]);
	CHECK(!scope_get(&scope, "C"));
}

TEST(entries_of_an_image_may_have_no_value_and_many_signs)
{
	auto_arena struct arena arena = {0};
	struct scope scope = empty(&arena);
	char a[] = "A=b=c", none[] = "EMPTY=", bare[] = "BARE";
	char *const entries[] = {a, none, bare, NULL};

	scope_set_entries(&scope, entries);
	CHECK_TEXT(scope_get(&scope, "A"), "b=c");
	CHECK_TEXT(scope_get(&scope, "EMPTY"), "");
	CHECK_TEXT(scope_get(&scope, "BARE"), "");
}

TEST(a_copy_is_its_own)
{
	auto_arena struct arena arena = {0};
	struct scope scope = empty(&arena), copy;

	scope_set(&scope, "A", "1");
	scope_declare(&scope, "D", NULL);
	scope_copy(&copy, &scope);
	scope_set(&copy, "A", "2");
	scope_declare(&copy, "D", "set");
	CHECK_TEXT(scope_get(&scope, "A"), "1");
	CHECK(!scope.arguments[0].value);
	CHECK_TEXT(copy.arguments[0].value, "set");
}

TEST(an_argument_is_declared_once)
{
	auto_arena struct arena arena = {0};
	struct scope scope = empty(&arena);

	scope_declare(&scope, "A", NULL);
	scope_declare(&scope, "B", "2");
	scope_declare(&scope, "A", "1");
	CHECK(scope.argument_count == 2);
	CHECK_TEXT(scope.arguments[0].value, "1");
}

TEST(words_texts_and_what_is_shown)
{
	auto_arena struct arena arena = {0};
	struct scope scope = empty(&arena);
	struct error err = {0};

	scope_set(&scope, "V", "a b");
	CHECK_TEXT(scope_word(&scope, "'$V' $V \"$V\"", &err), "$V a b a b");
	CHECK_TEXT(scope_text(&scope, "say \"$V\" $NONE.", &err), "say \"a b\" .");
	CHECK_TEXT(scope_show(&scope, "RUN echo \"$V\" $NONE"), "RUN echo \"a b\" $NONE");
	CHECK_TEXT(scope_show(&scope, "RUN echo ${V"), "RUN echo ${V");
	CHECK(!scope_word(&scope, "${V", &err));
	CHECK(err.code == ERROR_INVALID);
	CHECK_TEXT(scope_words(&scope, "1 $V", &err)[2], "b");
}

TEST(proxies_come_in_both_letters)
{
	auto_arena struct arena arena = {0};
	const struct pair args[] = {{"http_proxy", "http://p"}, {"NO_PROXY", ""}, {"X", "y"}};
	char **entries = scope_proxies(args, 3, &arena);

	CHECK_TEXT(entries[0], "HTTP_PROXY=http://p");
	CHECK_TEXT(entries[1], "http_proxy=http://p");
	CHECK(!entries[2]);
	CHECK(scope_is_proxy("All_Proxy"));
	CHECK(!scope_is_proxy("PROXY"));
}
