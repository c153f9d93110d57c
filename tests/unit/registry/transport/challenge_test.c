/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transport/challenge.h"

#include "tests/harness/harness.h"

#include <string.h>

static struct challenge parse(const char *value)
{
	struct challenge challenge = {0};

	challenge_add(&challenge, value);
	return challenge;
}

TEST(a_bearer_challenge_names_its_token_server)
{
	struct challenge challenge =
		parse("Bearer realm=\"https://auth.example/token\",service=\"registry.example\","
		      "scope=\"repository:a/b:pull,push\",error=\"invalid_token\"");

	CHECK(challenge.has_bearer && !challenge.has_basic);
	CHECK_TEXT(challenge.realm, "https://auth.example/token");
	CHECK_TEXT(challenge.service, "registry.example");
	CHECK_TEXT(challenge.scope, "repository:a/b:pull,push");
	CHECK_TEXT(challenge.error, "invalid_token");
}

TEST(quotes_commas_and_case_are_taken_as_the_rfc_says)
{
	struct challenge challenge = parse(
		"bearer  Realm = \"https://a/\\\"b\\\\\" , SERVICE=plain-token,scope=\"a,b c\"");

	CHECK_TEXT(challenge.realm, "https://a/\"b\\");
	CHECK_TEXT(challenge.service, "plain-token");
	CHECK_TEXT(challenge.scope, "a,b c");
}

TEST(several_challenges_in_one_value)
{
	struct challenge challenge = parse("Negotiate abc==, Basic realm=\"not this\", Bearer "
					   "realm=\"https://t/\", Digest realm=\"nor this\"");

	CHECK(challenge.has_bearer && challenge.has_basic);
	CHECK_TEXT(challenge.realm, "https://t/");
}

TEST(several_headers)
{
	struct challenge challenge = {0};

	challenge_add(&challenge, "Basic realm=\"x\"");
	challenge_add(&challenge, "Bearer realm=\"https://one/\"");
	challenge_add(&challenge, "Bearer realm=\"https://two/\",service=\"two\"");
	CHECK(challenge.has_bearer && challenge.has_basic);
	CHECK_TEXT(challenge.realm, "https://one/");
	CHECK_TEXT(challenge.service, "");
}

TEST(what_is_broken_gives_nothing)
{
	static const char *const broken[] = {"",
					     ",,,",
					     "=",
					     "\"",
					     "Bearer",
					     "Bearer realm",
					     "Bearer realm=",
					     "Bearer realm=\"\"",
					     "Bearer =x",
					     "\x01"};

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		CHECK_TEXT(parse(broken[i]).realm, "");
	CHECK_TEXT(parse("Bearer realm=\"https://open").realm, "https://open");
}

TEST(too_much_is_as_good_as_nothing)
{
	char value[8192] = "Bearer service=\"s\",realm=\"";
	struct challenge challenge;

	memset(value + strlen(value), 'x', 5000);
	strncat(value, "\",error=\"e\"", 20);
	challenge = parse(value);
	CHECK_TEXT(challenge.realm, "");
	CHECK_TEXT(challenge.service, "s");
	CHECK_TEXT(challenge.error, "e");
}
