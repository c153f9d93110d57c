/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "engine/platform.h"
#include "storage/image/image.h"
#include "tests/harness/harness.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static int check(const char *wanted, const char *os, const char *architecture, const char *variant,
		 struct error *err)
{
	struct image image = {.os = os, .architecture = architecture, .variant = variant};

	*err = (struct error){0};
	return platform_check(wanted, &image, err);
}

static const char *ours(void)
{
	static struct utsname system;

	uname(&system);
	return strcmp(system.machine, "x86_64") == 0 ? "amd64" : "arm64";
}

TEST(nothing_asked_for_is_fine)
{
	struct error err;

	CHECK_OK(check(NULL, "linux", "s390x", NULL, &err));
	CHECK_OK(check("", "linux", "s390x", NULL, &err));
}

TEST(ours_is_fine_by_all_its_names)
{
	struct error err;
	char text[64];

	snprintf(text, sizeof(text), "linux/%s", ours());
	CHECK_OK(check(text, "linux", ours(), NULL, &err));
	CHECK_OK(check(text, "linux", ours(), "v8", &err));
	CHECK_OK(check(text, NULL, NULL, NULL, &err));
	CHECK_OK(check("linux", "linux", ours(), NULL, &err));
	CHECK_OK(check(ours(), "linux", ours(), NULL, &err));
	CHECK_OK(check(strcmp(ours(), "amd64") == 0 ? "linux/x86_64" : "linux/aarch64", "linux",
		       ours(), NULL, &err));
}

TEST(an_image_for_another_platform_is_not_found)
{
	struct error err;

	CHECK(check("linux/s390x", "linux", ours(), NULL, &err) < 0);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	CHECK(strstr(err.text, "linux/s390x"));
	CHECK(check("windows/amd64", "linux", "amd64", NULL, &err) < 0);
	CHECK(check("linux/arm/v7", "linux", "arm", "v6", &err) < 0);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
}

TEST(one_that_nothing_here_runs_is_unsupported)
{
	struct error err;

	err = (struct error){0};
	if (platform_can_run("linux/mips64le", &err) == 0)
		return; /* this machine has an emulator for it */
	CHECK_INT(err.code, ERROR_UNSUPPORTED);
	CHECK(strstr(err.text, "qemu-mips64el"));
}
