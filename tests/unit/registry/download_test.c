/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/cleanup.h"
#include "registry/download.h"
#include "registry/transport/disposition.h"

#include <string.h>

#define LONG                                                                                       \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxxxx"

TEST(a_name_is_what_can_be_one)
{
	static const char *const rows[][2] = {
		{"a.txt", "a.txt"},
		{"../x", "x"},
		{"/etc/x", "x"},
		{"..%2fx", "..%2fx"},
		{"a b", "a b"},
		{".", ""},
		{"..", ""},
		{"", ""},
		{"a/", ""},
		{"a\nb", ""},
		{"a\x7f", ""},
		{"\xff", ""},
		{"\xe2\x82\xac", "\xe2\x82\xac"},
		{LONG LONG LONG, ""},
		{"a/" LONG, LONG},
	};
	char name[DOWNLOAD_NAME_SIZE];

	for (size_t i = 0; i < array_length(rows); i++) {
		download_clean_name(name, rows[i][0]);
		CHECK_TEXT(name, rows[i][1]);
	}
}

TEST(the_name_in_a_url)
{
	static const char *const rows[][2] = {
		{"https://h/a/b.tgz?x=/y#/z", "b.tgz"},
		{"https://h/a/", "a"},
		{"https://h/", ""},
		{"https://h", ""},
		{"https://h?/x", ""},
		{"https://u:p@h/x%20y", "x y"},
		{"https://h/a/..%2fx", "x"},
		{"https://h/%2e%2e", ""},
		{"https://h/a%00b", ""},
		{"https://h/100%", "100%"},
	};
	char name[DOWNLOAD_NAME_SIZE];

	for (size_t i = 0; i < array_length(rows); i++) {
		download_url_name(name, rows[i][0]);
		CHECK_TEXT(name, rows[i][1]);
	}
}

TEST(a_user_is_not_shown)
{
	static const char *const rows[][2] = {
		{"https://u:p@h/a@b", "https://h/a@b"}, {"https://u:p@q@h/", "https://h/"},
		{"https://h/a@b", "https://h/a@b"},	{"git@h:p", "git@h:p"},
		{"https://u@h?x", "https://h?x"},
	};

	for (size_t i = 0; i < array_length(rows); i++) {
		auto_free char *shown = download_show_url(rows[i][0]);

		CHECK_TEXT(shown, rows[i][1]);
	}
}

TEST(the_name_that_a_server_says)
{
	static const char *const rows[][2] = {
		{"attachment; filename=a.txt", "a.txt"},
		{"attachment;filename=\"a b\\\".txt\"; x=y", "a b\".txt"},
		{"inline; filename=\"../../etc/x\"", "../../etc/x"},
		{"attachment; FileName*=UTF-8''%e2%82%ac%20x; filename=old", "\xe2\x82\xac x"},
		{"attachment; filename*=latin1''x; filename=old", "old"},
		{"attachment; filename=\"unclosed", "unclosed"},
		{"attachment", NULL},
		{"attachment; name=x", NULL},
		{"attachment; filename", ""},
		{";;;", NULL},
	};

	for (size_t i = 0; i < array_length(rows); i++) {
		auto_free char *name = disposition_file_name(rows[i][0]);

		if (!rows[i][1])
			CHECK(!name);
		else
			CHECK_TEXT(name, rows[i][1]);
	}
}
