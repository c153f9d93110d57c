/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/tree.h"

#include "compose/model/discover.h"

#include "base/cleanup.h"

#include "harness.h"

TEST(integers_are_those_of_go)
{
	static const struct {
		const char *text;
		int64_t value;
	} good[] = {
		{"0", 0},
		{"12", 12},
		{"-3", -3},
		{"+5", 5},
		{"010", 8},
		{"0o17", 15},
		{"0O17", 15},
		{"-0777", -511},
		{"0x1f", 31},
		{"0XFF", 255},
		{"0b11", 3},
		{"1_000", 1000},
		{"0x_f", 15},
		{"9223372036854775807", INT64_MAX},
		{"-9223372036854775808", INT64_MIN},
	};
	static const char *const bad[] = {
		"",    "-",   "+",   "x",   "08", "0x", "0b2",	"0o8",
		"1.0", "1e3", "--1", "-+1", " 1", "1 ", "0x-1", "9223372036854775808"};
	int64_t value;

	for (size_t i = 0; i < array_length(good); i++) {
		if (!node_parse_integer(good[i].text, &value) || value != good[i].value)
			fail_msg("'%s' is not %lld", good[i].text, (long long)good[i].value);
	}
	for (size_t i = 0; i < array_length(bad); i++)
		if (node_parse_integer(bad[i], &value))
			fail_msg("'%s' is %lld", bad[i], (long long)value);
}

TEST(plain_scalars_are_what_yaml_1_2_says)
{
	static const struct {
		const char *text;
		enum node_type type;
	} samples[] = {
		{"", NODE_NULL},
		{"~", NODE_NULL},
		{"null", NODE_NULL},
		{"nUll", NODE_STRING},
		{"true", NODE_BOOL},
		{"FALSE", NODE_BOOL},
		{"yes", NODE_STRING},
		{"off", NODE_STRING},
		{"1", NODE_INT},
		{"1_000", NODE_INT},
		{"_1", NODE_STRING},
		{"1_a", NODE_STRING},
		{"0b12", NODE_STRING},
		{"0xfg", NODE_STRING},
		{"0x", NODE_STRING},
		{"1.5", NODE_FLOAT},
		{".5", NODE_FLOAT},
		{"1.", NODE_FLOAT},
		{"1e3", NODE_FLOAT},
		{"1e", NODE_STRING},
		{".inf", NODE_FLOAT},
		{"-.INF", NODE_FLOAT},
		{".nan", NODE_FLOAT},
		{".", NODE_STRING},
		{"1.2.3", NODE_STRING},
		{"22:22", NODE_STRING},
		{"2001-01-01", NODE_STRING},
		{"12345678901234567890123", NODE_INT},
		{"08", NODE_FLOAT},
		{"-019", NODE_FLOAT},
	};

	for (size_t i = 0; i < array_length(samples); i++)
		if (node_guess_type(samples[i].text) != samples[i].type)
			fail_msg("'%s' is %d, not %d", samples[i].text,
				 node_guess_type(samples[i].text), samples[i].type);
}

TEST(remote_files_are_known_by_their_names)
{
	CHECK(discover_is_remote("https://example.com/compose.yaml"));
	CHECK(discover_is_remote("oci://example/x"));
	CHECK(discover_is_remote("git@example.com:x/y"));
	CHECK(discover_is_remote("example.com/x.git"));
	CHECK(discover_is_remote("example.com/x.git#main:dir"));
	CHECK(!discover_is_remote("compose.yaml"));
	CHECK(!discover_is_remote("../git/compose.yaml"));
	CHECK(!discover_is_remote(".git"));
	CHECK(!discover_is_remote("-"));
}
