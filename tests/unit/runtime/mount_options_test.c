/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/mount_options.h"
#include "runtime/spec.h"

#include <string.h>
#include <sys/mount.h>

static int parse(struct mount_options *options, const char *type, const char *word,
		 struct error *err)
{
	char *words[] = {(char *)word, NULL};
	struct spec_mount mount = {.destination = "/a", .type = type, .options = words};

	return mount_options_parse(options, &mount, err);
}

/* The table of config.md, "Linux mount options". */
TEST(every_word_of_the_standard_is_known)
{
	static const char *const words[] = {
		"async",	 "atime",	 "bind",	 "defaults",
		"dev",		 "diratime",	 "dirsync",	 "exec",
		"iversion",	 "lazytime",	 "loud",	 "mand",
		"noatime",	 "nodev",	 "nodiratime",	 "noexec",
		"noiversion",	 "nolazytime",	 "nomand",	 "norelatime",
		"nostrictatime", "nosuid",	 "nosymfollow",	 "private",
		"ratime",	 "rbind",	 "rdev",	 "rdiratime",
		"relatime",	 "remount",	 "rexec",	 "rnoatime",
		"rnodiratime",	 "rnoexec",	 "rnorelatime",	 "rnostrictatime",
		"rnosuid",	 "rnosymfollow", "rnodev",	 "ro",
		"rprivate",	 "rrelatime",	 "rro",		 "rrw",
		"rshared",	 "rslave",	 "rstrictatime", "rsuid",
		"rsymfollow",	 "runbindable",	 "rw",		 "shared",
		"silent",	 "slave",	 "strictatime",	 "suid",
		"symfollow",	 "sync",	 "unbindable",	 "idmap",
		"ridmap",	 "acl",		 "noacl",
	};

	for (size_t i = 0; i < array_length(words); i++) {
		auto_mount_options struct mount_options options = {0};
		struct error err = {0};

		CHECK_OK(parse(&options, "none", words[i], &err));
		/* None of them is taken for a file system's own. */
		if (!strstr(words[i], "sync") && !strstr(words[i], "lazytime") &&
		    !strstr(words[i], "mand"))
			CHECK_INT(options.data.count, 0);
	}
}

TEST(words_act_on_the_mount_or_on_all_below_it)
{
	struct mount_options options;
	struct error err = {0};

	CHECK_OK(parse(&options, "bind", "rro", &err));
	CHECK(options.set_recursively == MOUNT_ATTR_RDONLY && !options.set);
	CHECK_OK(parse(&options, "tmpfs", "rro", &err)); /* there is nothing below yet */
	CHECK(options.set == MOUNT_ATTR_RDONLY);
	CHECK_OK(parse(&options, "bind", "rnoatime", &err));
	CHECK(options.set_recursively == MOUNT_ATTR_NOATIME &&
	      options.clear_recursively == MOUNT_ATTR__ATIME);
	CHECK_OK(parse(&options, "bind", "runbindable", &err));
	CHECK(options.propagation == MS_UNBINDABLE && options.propagation_recursive);
	CHECK_OK(parse(&options, "bind", "ridmap", &err));
	CHECK(options.maps_ids && options.maps_recursively);
	CHECK_OK(parse(&options, "tmpfs", "tmpcopyup", &err));
	CHECK(options.copies_up && !options.data.count);
	CHECK_OK(parse(&options, "tmpfs", "size=4k", &err));
	CHECK_TEXT(options.data.items[0], "size=4k");
	mount_options_release(&options);
	/* mount(2) takes no notice of a file system's options in a bind. */
	CHECK_OK(parse(&options, "bind", "size=4k", &err));
	CHECK(!options.data.count);
}

TEST(what_cannot_be_is_refused)
{
	struct mount_options options;
	struct error err = {0};

	CHECK_INT(parse(&options, "bind", "r0", &err), -1);
	CHECK(strstr(err.text, "mount '/a': unknown option 'r0'"));
	CHECK_INT(parse(&options, "proc", "tmpcopyup", &err), -1);
	CHECK(strstr(err.text, "tmpcopyup"));
	CHECK_INT(parse(&options, "tmpfs", "idmap", &err), -1);
	CHECK(strstr(err.text, "bind mount"));
}
