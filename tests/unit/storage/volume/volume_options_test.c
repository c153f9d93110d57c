/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include <linux/mount.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "storage/volume/volume_options.h"

/* "type device attributes|option option": what the kernel would be given. */
static char *describe(const struct volume_mount *mount)
{
	struct strbuf text = {0};

	strbuf_printf(&text, "%s %s %#llx%s%s", mount->type, mount->device,
		      (unsigned long long)mount->attributes, mount->is_bind ? " bind" : "",
		      mount->is_recursive ? " recursive" : "");
	if (mount->wants_loop)
		strbuf_printf(&text, " loop %llu %llu", (unsigned long long)mount->loop_offset,
			      (unsigned long long)mount->loop_size);
	strbuf_add(&text, " |");
	strvec_each (option, &mount->options)
		strbuf_printf(&text, " %s", *option);
	return strbuf_take(&text);
}

struct options {
	const char *type, *device, *o;
};

static int parse(struct volume_mount *mount, const struct options *options, struct error *err)
{
	struct pair pairs[] = {
		{"type", options->type}, {"device", options->device}, {"o", options->o}};
	const struct volume volume = {.name = "v", .options = pairs, .option_count = 3};

	return volume_options_parse(mount, &volume, err);
}

static const struct {
	struct options options;
	const char *expected;
} good[] = {
	{{"none", "/a", "bind"}, "none /a 0 bind |"},
	{{NULL, "/a", "rbind,ro"}, " /a 0x1 bind recursive |"},
	{{"bind", "/a", NULL}, "bind /a 0 bind |"},
	{{"tmpfs", "tmpfs", "size=1m,nosuid,nodev,uid=5"}, "tmpfs tmpfs 0x6 | size=1m uid=5"},
	{{"ext4", "/dev/sda1", "rw,noatime,data=ordered,x-systemd.automount,_netdev,nofail"},
	 "ext4 /dev/sda1 0x10 | data=ordered"},
	{{"ext4", "/image", "loop,ro,offset=1m,sizelimit=2m"},
	 "ext4 /image 0x1 loop 1048576 2097152 |"},
	{{"nfs", "host:/export", "vers=4,soft,timeo=10,bg,retry=2"},
	 "nfs host:/export 0 | vers=4 soft timeo=10"},
	{{"overlay", "overlay", "lowerdir=/a"}, "overlay overlay 0 | lowerdir=/a"},
	{{"ext4", "/x", "ro,rw,,,noexec,exec"}, "ext4 /x 0 |"},
};

TEST(reads_options_as_mount_does)
{
	for (size_t i = 0; i < array_length(good); i++) {
		auto_volume_mount struct volume_mount mount = {0};
		struct error err = {0};
		auto_free char *text = NULL;

		CHECK_OK(parse(&mount, &good[i].options, &err));
		text = describe(&mount);
		CHECK_TEXT(text, good[i].expected);
	}
}

TEST(refuses_what_no_mount_can_be_made_of)
{
	static const struct {
		struct options options;
		const char *text;
	} bad[] = {
		{{NULL, NULL, NULL}, "both a device and a type"},
		{{"ext4", NULL, NULL}, "both a device and a type"},
		{{NULL, "/a", "ro"}, "both a device and a type"},
		{{"none", "a", "bind"}, "absolute path"},
		{{"ext4", "image", "loop"}, "absolute path"},
		{{"none", "/a", "bind,size=1"}, "'size=1' is not known"},
		{{"ext4", "/a", "loop=/dev/loop3"}, "not supported"},
		{{"ext4", "/a", "offset=x"}, "needs a size"},
		{{"ext4", "/a", "offset=-1"}, "needs a size"},
		{{"ext4", "/a", "remount"}, "makes no volume"},
		{{"nfs", "/export", "addr=1.2.3.4"}, "HOST:/PATH"},
		{{"cifs", "host/share", NULL}, "//HOST/SHARE"},
	};

	for (size_t i = 0; i < array_length(bad); i++) {
		auto_volume_mount struct volume_mount mount = {0};
		struct error err = {0};

		CHECK(parse(&mount, &bad[i].options, &err) < 0);
		if (!strstr(err.text, bad[i].text))
			fail_msg("'%s' is not in '%s'", bad[i].text, err.text);
	}
}

static void check_resolved(const struct options *options, const char *expected)
{
	auto_volume_mount struct volume_mount mount = {0};
	struct error err = {0};
	auto_free char *text = NULL;

	CHECK_OK(parse(&mount, options, &err));
	CHECK_OK(volume_options_resolve(&mount, &err));
	text = describe(&mount);
	CHECK_TEXT(text, expected);
}

TEST(nfs_gets_the_address_of_its_server)
{
	check_resolved(&(struct options){"nfs", ":/export", "addr=192.0.2.5,vers=4.2,rw"},
		       "nfs :/export 0 | addr=192.0.2.5 vers=4.2");
	check_resolved(&(struct options){"nfs4", "192.0.2.6:/export/a,b", "hard,ro"},
		       "nfs4 192.0.2.6:/export/a,b 0x1 | hard addr=192.0.2.6");
	check_resolved(&(struct options){"nfs", "[2001:db8::7]:/e", NULL},
		       "nfs [2001:db8::7]:/e 0 | addr=2001:db8::7");
	check_resolved(&(struct options){"nfs", "other:/e", "addr=2001:db8::8,nolock"},
		       "nfs other:/e 0 | addr=2001:db8::8 nolock");
}

TEST(nfs_without_a_host_or_with_an_unknown_one_is_an_error)
{
	auto_volume_mount struct volume_mount none = {0};
	auto_volume_mount struct volume_mount unknown = {0};
	struct error err = {0};

	CHECK_OK(parse(&none, &(struct options){"nfs", ":/e", "vers=4"}, &err));
	CHECK(volume_options_resolve(&none, &err) < 0);
	CHECK(strstr(err.text, "o=addr=HOST"));
	CHECK_OK(parse(&unknown, &(struct options){"nfs", "300.1.2.3.invalid:/e", NULL}, &err));
	CHECK(volume_options_resolve(&unknown, &err) < 0);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	CHECK(strstr(err.text, "300.1.2.3.invalid"));
}

TEST(cifs_gets_an_address_and_its_credentials)
{
	const char *path;
	auto_close int fd = test_directory(&path);
	auto_free char *o = alloc_format("credentials=%s/cred,vers=3.1.1,uid=1000", path);
	static const char text[] = "username=joe\r\n  password=a,b=c\n# no\nother=x\ndomain=d\n";

	CHECK(file_replace_volatile(fd, "cred", text, strlen(text), 0600, NULL) == 0);
	check_resolved(&(struct options){"cifs", "//192.0.2.9/share/dir", "username=u,password=p"},
		       "cifs //192.0.2.9/share/dir 0 | username=u password=p ip=192.0.2.9");
	check_resolved(&(struct options){"cifs", "//server/share", "addr=192.0.2.8,guest"},
		       "cifs //server/share 0 | ip=192.0.2.8 guest");
	check_resolved(&(struct options){"cifs", "//192.0.2.9/s", o},
		       "cifs //192.0.2.9/s 0 | vers=3.1.1 uid=1000 username=joe password=a,b=c "
		       "domain=d ip=192.0.2.9");
}
