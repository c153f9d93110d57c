/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "api/request.h"
#include "api/routes.h"
#include "base/cleanup.h"

#include <string.h>

/* The pattern that answers, and what stands in its hole; "" for none. */
static const char *found(struct arena *arena, const char *method, const char *path)
{
	struct request request = {.method = method, .path = path};
	const char *name = NULL;
	const struct route *route = routes_find(&request, &name);
	const char *text =
		route ? arena_format(arena, "%s %s", route->pattern, name ? name : "-") : "";

	arena_release(&request.arena);
	return text;
}

TEST(a_name_may_have_slashes_and_the_longer_pattern_answers)
{
	auto_arena struct arena arena = {0};
	static const char *const cases[][3] = {
		{"GET", "/containers/json", "/containers/json -"},
		{"GET", "/containers/json/json", "/containers/{}/json json"},
		{"GET", "/containers/web/json", "/containers/{}/json web"},
		{"GET", "/images/bar/busy:1/json", "/images/{}/json bar/busy:1"},
		{"GET", "/images/a:5000/b/c@sha256:00/history",
		 "/images/{}/history a:5000/b/c@sha256:00"},
		{"DELETE", "/images/bar/busy:1", "/images/{} bar/busy:1"},
		{"GET", "/images/json", "/images/json -"},
		{"GET", "/images/get", "/images/get -"},
		{"POST", "/networks/create", "/networks/create -"},
		{"DELETE", "/networks/create", "/networks/{} create"},
		{"GET", "/swarm", "/swarm{} "},
		{"GET", "/swarm/unlockkey", "/swarm{} /unlockkey"},
		{"GET", "/metrics", "/metrics -"},
	};

	for (size_t i = 0; i < array_length(cases); i++)
		CHECK_TEXT(found(&arena, cases[i][0], cases[i][1]), cases[i][2]);
}

TEST(head_is_get_and_other_methods_are_none)
{
	auto_arena struct arena arena = {0};

	CHECK_TEXT(found(&arena, "HEAD", "/_ping"), "/_ping -");
	CHECK_TEXT(found(&arena, "HEAD", "/containers/a/archive"), "/containers/{}/archive a");
	CHECK_TEXT(found(&arena, "HEAD", "/containers/a/start"), "");
	CHECK_TEXT(found(&arena, "get", "/_ping"), "");
	CHECK_TEXT(found(&arena, "POST", "/_ping"), "");
	CHECK_TEXT(found(&arena, "G", "/swarm"), "");
	CHECK_TEXT(found(&arena, "GET POST", "/swarm"), "");
	CHECK_TEXT(found(&arena, "GET", "/_ping/"), "");
	CHECK_TEXT(found(&arena, "GET", "/containers"), "");
	CHECK_TEXT(found(&arena, "GET", ""), "");
}

/* A hole may not be shared by what stands before and behind it. */
TEST(what_is_shorter_than_a_pattern_does_not_fit)
{
	auto_arena struct arena arena = {0};

	CHECK_TEXT(found(&arena, "GET", "/exec/json"), "");
	CHECK_TEXT(found(&arena, "GET", "/containers/logs"), "");
}
