/* SPDX-License-Identifier: Apache-2.0 */
#include "net/net_sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"

static int open_own_proc(void)
{
	auto_close int context = fsopen("proc", FSOPEN_CLOEXEC);

	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(context, FSMOUNT_CLOEXEC,
		       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

static bool is_set(const char *path, const char *value)
{
	auto_strbuf struct strbuf text = {0};
	size_t length = strlen(value);

	return file_read(AT_FDCWD, path, 4096, &text, NULL) == 0 &&
	       strncmp(strbuf_text(&text), value, length) == 0 &&
	       strcmp(strbuf_text(&text) + length, "\n") == 0;
}

int net_sysctl_write(const char *name, const char *value, struct error *err)
{
	auto_free char *path = alloc_format("/proc/sys/%s", name);
	struct error why = {0};
	auto_close int proc = -1;

	if (file_write_pseudo(AT_FDCWD, path, value, &why) == 0)
		return 0;
	if (why.code != EROFS)
		return error_pass(err, &why);
	if (is_set(path, value))
		return 0;
	proc = open_own_proc();
	if (proc >= 0 && file_write_pseudo(proc, path + strlen("/proc/"), value, &why) == 0)
		return 0;
	return error_pass(err, &why);
}
