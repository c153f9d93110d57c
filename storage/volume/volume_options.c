/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/volume/volume_options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"

/* Options that belong to the mount, not to the file system; and those that mount(8) keeps to
 * itself. */
static const struct attribute {
	const char *name;
	uint64_t set, clear;
} attributes[] = {
	{"ro", MOUNT_ATTR_RDONLY, 0},
	{"rw", 0, MOUNT_ATTR_RDONLY},
	{"nosuid", MOUNT_ATTR_NOSUID, 0},
	{"suid", 0, MOUNT_ATTR_NOSUID},
	{"nodev", MOUNT_ATTR_NODEV, 0},
	{"dev", 0, MOUNT_ATTR_NODEV},
	{"noexec", MOUNT_ATTR_NOEXEC, 0},
	{"exec", 0, MOUNT_ATTR_NOEXEC},
	{"noatime", MOUNT_ATTR_NOATIME, 0},
	{"nodiratime", MOUNT_ATTR_NODIRATIME, 0},
	{"strictatime", MOUNT_ATTR_STRICTATIME, 0},
	{"relatime", 0, MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME},
	{"defaults", 0, 0},
	{"auto", 0, 0},
	{"noauto", 0, 0},
	{"nofail", 0, 0},
	{"_netdev", 0, 0},
};

static const char *find_option(const struct volume *volume, const char *name)
{
	for (size_t i = 0; i < volume->option_count; i++)
		if (strcmp(volume->options[i].name, name) == 0)
			return volume->options[i].value ? volume->options[i].value : "";
	return "";
}

static bool take_attribute(struct volume_mount *mount, const char *text)
{
	if (strcmp(text, "bind") == 0 || strcmp(text, "rbind") == 0) {
		mount->is_bind = true;
		mount->is_recursive = *text == 'r';
		return true;
	}
	if (strncmp(text, "x-", 2) == 0 || strncmp(text, "comment=", 8) == 0)
		return true;
	for (size_t i = 0; i < array_length(attributes); i++)
		if (strcmp(text, attributes[i].name) == 0) {
			mount->attributes &= ~attributes[i].clear;
			mount->attributes |= attributes[i].set;
			return true;
		}
	return false;
}

/* loop, offset=, sizelimit=: 1 when it was one of them. */
static int take_loop(struct volume_mount *mount, const char *text, struct error *err)
{
	bool is_offset = strncmp(text, "offset=", 7) == 0;
	bool is_size = strncmp(text, "sizelimit=", 10) == 0;
	int64_t bytes;

	if (strncmp(text, "loop=", 5) == 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "the option '%s' is not supported: write 'loop', a free device is "
				 "found",
				 text);
	if (strcmp(text, "loop") != 0 && !is_offset && !is_size)
		return 0;
	mount->wants_loop = true;
	if (!is_offset && !is_size)
		return 1;
	if (units_parse_size(&bytes, strchr(text, '=') + 1, err) < 0 || bytes < 0)
		return error_set(err, ERROR_INVALID, "the option '%s' needs a size", text);
	*(is_offset ? &mount->loop_offset : &mount->loop_size) = (uint64_t)bytes;
	return 1;
}

static bool is_nfs(const struct volume_mount *mount)
{
	return strcmp(mount->type, "nfs") == 0 || strcmp(mount->type, "nfs4") == 0;
}

static bool is_cifs(const struct volume_mount *mount)
{
	return strcmp(mount->type, "cifs") == 0 || strcmp(mount->type, "smb3") == 0;
}

static int take_option(struct volume_mount *mount, const char *text, struct error *err)
{
	int taken;

	if (take_attribute(mount, text))
		return 0;
	if (strcmp(text, "remount") == 0 || strcmp(text, "move") == 0)
		return error_set(err, ERROR_INVALID, "the option '%s' makes no volume", text);
	/* mount.nfs would try again in the background: here a start succeeds or fails. */
	if (is_nfs(mount) &&
	    (strcmp(text, "bg") == 0 || strcmp(text, "fg") == 0 || strncmp(text, "retry=", 6) == 0))
		return 0;
	taken = is_nfs(mount) || is_cifs(mount) ? 0 : take_loop(mount, text, err);
	if (taken == 0)
		strvec_add(&mount->options, text);
	return taken < 0 ? -1 : 0;
}

static int take_all(struct volume_mount *mount, const char *options, struct error *err)
{
	auto_free char *copy = alloc_string(options);
	char *save = NULL;

	for (char *item = strtok_r(copy, ",", &save); item; item = strtok_r(NULL, ",", &save))
		if (take_option(mount, item, err) < 0)
			return -1;
	return 0;
}

static int check(const struct volume_mount *mount, struct error *err)
{
	if (!*mount->device || (!*mount->type && !mount->is_bind))
		return error_set(err, ERROR_INVALID,
				 "the options need both a device and a type (or o=bind)");
	if (mount->is_bind && mount->options.count)
		return error_set(err, ERROR_UNSUPPORTED,
				 "the option '%s' is not known for a bind of '%s'",
				 mount->options.items[0], mount->device);
	if ((mount->is_bind || mount->wants_loop) && mount->device[0] != '/')
		return error_set(err, ERROR_INVALID, "the device '%s' must be an absolute path",
				 mount->device);
	if (is_nfs(mount) && !strstr(mount->device, ":/"))
		return error_set(
			err, ERROR_INVALID,
			"the device '%s' must be 'HOST:/PATH', or ':/PATH' with o=addr=HOST",
			mount->device);
	if (is_cifs(mount) && strncmp(mount->device, "//", 2) != 0)
		return error_set(err, ERROR_INVALID, "the device '%s' must be '//HOST/SHARE'",
				 mount->device);
	return 0;
}

int volume_options_parse(struct volume_mount *mount, const struct volume *volume, struct error *err)
{
	*mount = (struct volume_mount){
		.type = alloc_string(find_option(volume, "type")),
		.device = alloc_string(find_option(volume, "device")),
	};
	if (strcmp(mount->type, "bind") == 0 || strcmp(mount->type, "rbind") == 0) {
		mount->is_bind = true;
		mount->is_recursive = *mount->type == 'r';
	}
	if (take_all(mount, find_option(volume, "o"), err) < 0)
		return -1;
	return check(mount, err);
}

void volume_options_release(struct volume_mount *mount)
{
	strvec_each (option, &mount->options) /* there may be a password */
		explicit_bzero(*option, strlen(*option));
	strvec_release(&mount->options);
	free(mount->type);
	free(mount->device);
	*mount = (struct volume_mount){0};
}

static int resolve(char text[INET6_ADDRSTRLEN], const char *host, struct error *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
	int result = getaddrinfo(host, NULL, &hints, &found);

	if (result == 0) {
		result = getnameinfo(found->ai_addr, found->ai_addrlen, text, INET6_ADDRSTRLEN,
				     NULL, 0, NI_NUMERICHOST);
		freeaddrinfo(found);
	}
	if (result != 0)
		return error_set(err, ERROR_NOT_FOUND, "cannot resolve '%s': %s", host,
				 gai_strerror(result));
	return 0;
}

/* The place of "NAME=…"; -1: it is not there. */
static int find(const struct volume_mount *mount, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < mount->options.count; i++)
		if (strncmp(mount->options.items[i], name, length) == 0 &&
		    mount->options.items[i][length] == '=')
			return (int)i;
	return -1;
}

/* Sets "NAME=ADDRESS" in place of what is at @at, -1: behind the others. */
static int set_address(struct volume_mount *mount, int at, const char *name, const char *host,
		       struct error *err)
{
	char address[INET6_ADDRSTRLEN];
	char *option;

	if (resolve(address, host, err) < 0)
		return -1;
	option = alloc_format("%s=%s", name, address);
	if (at < 0) {
		strvec_add_owned(&mount->options, option);
		return 0;
	}
	free(mount->options.items[at]);
	mount->options.items[at] = option;
	return 0;
}

/* "host:/path", "[2001:db8::1]:/path": the kernel knows addresses only. */
static int resolve_nfs(struct volume_mount *mount, struct error *err)
{
	int at = find(mount, "addr");
	size_t length = (size_t)(strstr(mount->device, ":/") - mount->device);
	bool is_bracketed = mount->device[0] == '[' && mount->device[length - 1] == ']';
	auto_free char *host = NULL;

	if (at >= 0)
		host = alloc_string(mount->options.items[at] + strlen("addr="));
	else if (is_bracketed)
		host = alloc_string_n(mount->device + 1, length - 2);
	else
		host = alloc_string_n(mount->device, length);
	if (!*host)
		return error_set(err, ERROR_INVALID,
				 "the device '%s' names no host: add o=addr=HOST", mount->device);
	return set_address(mount, at, "addr", host, err);
}

/* As mount.cifs reads it: "username=", "password=", "domain=", one on a line. */
static int read_credentials(struct volume_mount *mount, const char *path, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	char *rest, *line;

	if (file_read(AT_FDCWD, path, 16 << 10, &text, err) < 0)
		return error_wrap(err, "cannot read the credentials");
	for (rest = text.text; (line = strsep(&rest, "\r\n"));) {
		line += strspn(line, " \t");
		if (strncmp(line, "username=", 9) == 0 || strncmp(line, "password=", 9) == 0 ||
		    strncmp(line, "domain=", 7) == 0)
			strvec_add(&mount->options, line);
	}
	if (text.text)
		explicit_bzero(text.text, text.length);
	return 0;
}

static int resolve_cifs(struct volume_mount *mount, struct error *err)
{
	int credentials = find(mount, "credentials"), at = find(mount, "ip");
	const char *host = mount->device + 2;
	auto_free char *name = alloc_string_n(host, strcspn(host, "/"));

	if (credentials < 0)
		credentials = find(mount, "cred");
	if (credentials >= 0) {
		auto_free char *option = alloc_string(mount->options.items[credentials]);

		strvec_remove(&mount->options, (size_t)credentials);
		if (read_credentials(mount, strchr(option, '=') + 1, err) < 0)
			return -1;
		at = find(mount, "ip");
	}
	if (at < 0)
		at = find(mount, "addr");
	if (at >= 0) {
		free(name);
		name = alloc_string(strchr(mount->options.items[at], '=') + 1);
	}
	return set_address(mount, at, "ip", name, err);
}

int volume_options_resolve(struct volume_mount *mount, struct error *err)
{
	if (is_nfs(mount))
		return resolve_nfs(mount, err);
	return is_cifs(mount) ? resolve_cifs(mount, err) : 0;
}
