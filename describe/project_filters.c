/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of ls, which lists projects.
 */
#include "describe/filters.h"

#include "base/error.h"

#include <regex.h>

static int compile(regex_t *regex, const char *value, struct error *err)
{
	if (regcomp(regex, value, REG_EXTENDED | REG_NOSUB) != 0)
		return error_set(err, ERROR_INVALID, "'%s' is no regular expression", value);
	return 0;
}

static int check_name(const char *value, struct error *err)
{
	regex_t regex;

	if (compile(&regex, value, err) < 0)
		return -1;
	regfree(&regex);
	return 0;
}

static bool fits_name(const void *subject, const char *value)
{
	regex_t regex;
	bool fits;

	if (compile(&regex, value, NULL) < 0)
		return false;
	fits = regexec(&regex, subject, 0, NULL, 0) == 0;
	regfree(&regex);
	return fits;
}

const struct filter project_filters[] = {
	{"name", .fits = fits_name, .is_any = true, .check = check_name},
	{0},
};
