/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/error.h"
#include "describe/filters.h"
#include "storage/secret/secret_store.h"

static const struct secret_object secret = {.id = "abc123", .name = "password"};

static bool fits(const struct filter *table, const void *subject, const char *const *texts)
{
	auto_strvec struct strvec filters = {0};
	struct error err = {0};

	for (; *texts; texts++)
		strvec_add(&filters, *texts);
	CHECK_OK(filters_check(table, &filters, &err));
	return filters_fit(table, &filters, subject);
}
#define FITS(table, subject, ...) fits(table, subject, (const char *const[]){__VA_ARGS__, NULL})

TEST(one_of_several_ids_or_names_is_enough)
{
	CHECK(FITS(secret_filters, &secret, "id=abc"));
	CHECK(FITS(secret_filters, &secret, "id=xyz", "id=abc"));
	CHECK(FITS(secret_filters, &secret, "name=user", "name=word", "id=abc"));
	CHECK(!FITS(secret_filters, &secret, "name=word", "id=xyz"));
	CHECK(!FITS(secret_filters, &secret, "name=word", "label=a"));
}

TEST(projects_fit_regular_expressions)
{
	CHECK(FITS(project_filters, "shop", "name=^sh"));
	CHECK(FITS(project_filters, "shop", "name=^x", "name=op$"));
	CHECK(!FITS(project_filters, "shop", "name=^op"));
}

static void refused(const struct filter *table, const char *text, const char *words)
{
	auto_strvec struct strvec filters = {0};
	struct error err = {0};

	strvec_add(&filters, text);
	CHECK(filters_check(table, &filters, &err) < 0);
	CHECK_INT(err.code, ERROR_INVALID);
	CHECK_TEXT(err.text, words);
}

TEST(what_a_table_lacks_is_refused_with_what_it_has)
{
	refused(secret_filters, "size=1",
		"unknown filter 'size=1': there are id=, label= and name=");
	refused(project_filters, "label=x", "unknown filter 'label=x': there is only name=");
	refused(container_filters_of_ps, "name=x",
		"unknown filter 'name=x': there is only status=");
	refused(project_filters, "name=(", "filter 'name=(': '(' is no regular expression");
}

TEST(a_filter_is_asked_for_by_its_whole_name)
{
	auto_strvec struct strvec filters = {0};

	strvec_add(&filters, "label!=x");
	CHECK(!filters_ask(&filters, "label"));
	CHECK(filters_ask(&filters, "label!"));
}
