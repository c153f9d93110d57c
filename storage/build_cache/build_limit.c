/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/build_cache/build_limit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "storage/layout.h"

#define VARIABLE "CORACLE_BUILD_CACHE_LIMIT"
#define LEAST	 (INT64_C(2) << 30)
#define MOST	 (INT64_C(20) << 30)

static int64_t default_limit(int64_t disk_bytes)
{
	int64_t bytes = disk_bytes / 10;

	return bytes < LEAST ? LEAST : bytes > MOST ? MOST : bytes;
}

static int complain(const char *text, struct error *err)
{
	return error_set(err, ERROR_INVALID,
			 "'%.100s' is no bound of the build cache: use a size (5GB), a part of the "
			 "disk (25%%) or 'unlimited'",
			 text);
}

static int parse_percent(int64_t *bytes, const char *text, int64_t disk_bytes, struct error *err)
{
	char *end;
	double percent = strtod(text, &end);

	if (strcmp(end, "%") != 0 || !(percent > 0 && percent <= 100))
		return complain(text, err);
	*bytes = (int64_t)((double)disk_bytes * percent / 100);
	return 0;
}

int build_limit_parse(int64_t *bytes, const char *text, int64_t disk_bytes, struct error *err)
{
	if (!text || !*text) {
		*bytes = default_limit(disk_bytes);
		return 0;
	}
	if (strcmp(text, "unlimited") == 0) {
		*bytes = 0;
		return 0;
	}
	if (strchr(text, '%'))
		return parse_percent(bytes, text, disk_bytes, err);
	if (units_parse_size(bytes, text, NULL) < 0 || *bytes <= 0)
		return complain(text, err);
	return 0;
}

int64_t build_limit(const struct layout *layout)
{
	struct statvfs about = {0};
	struct error problem = {0};
	int64_t bytes, disk = 0;

	if (fstatvfs(layout->root_fd, &about) == 0)
		disk = (int64_t)(about.f_blocks * about.f_frsize);
	if (build_limit_parse(&bytes, getenv(VARIABLE), disk, &problem) == 0)
		return bytes;
	log_warning_once(VARIABLE ": %s", problem.text);
	return default_limit(disk);
}
