/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/terminal.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/mounts.h"
#include "runtime/spec.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

static int check_ptmx(int fd, struct error *err)
{
	struct statfs where;
	struct stat about;

	if (fstatfs(fd, &where) < 0 || fstat(fd, &about) < 0)
		return error_errno(err, "cannot examine '/dev/pts/ptmx'");
	if (where.f_type != DEVPTS_SUPER_MAGIC || !S_ISCHR(about.st_mode) ||
	    about.st_rdev != makedev(5, 2))
		return error_set(err, ERROR_INVALID, "'/dev/pts/ptmx' is not a pseudo terminal");
	return 0;
}

int terminal_open(struct terminal *terminal, int pts_fd, const struct spec *spec, struct error *err)
{
	auto_close int master = openat(pts_fd, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	auto_close int slave = -1;
	int unlocked = 0;
	struct winsize size = {
		.ws_row = spec->console_rows,
		.ws_col = spec->console_columns,
	};

	if (master < 0)
		return error_errno(err, "cannot open a pseudo terminal");
	if (check_ptmx(master, err) < 0)
		return -1;
	if (ioctl(master, TIOCSPTLCK, &unlocked) < 0)
		return error_errno(err, "cannot unlock the pseudo terminal");
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return error_errno(err, "cannot open the pseudo terminal's other side");
	if (size.ws_row && size.ws_col && ioctl(master, TIOCSWINSZ, &size) < 0)
		return error_errno(err, "cannot set the terminal's size");
	if (fchown(slave, spec->user.uid, (gid_t)-1) < 0)
		return error_errno(err, "cannot set the terminal's owner");
	terminal->master_fd = take_fd(&master);
	terminal->slave_fd = take_fd(&slave);
	return 0;
}

int terminal_make_console(const struct terminal *terminal, int dev_fd, struct error *err)
{
	auto_close int target = openat(dev_fd, "console",
				       O_CREAT | O_EXCL | O_NOFOLLOW | O_RDONLY | O_CLOEXEC, 0600);

	if (target < 0)
		return error_errno(err, "cannot create '/dev/console'");
	return mounts_bind_fd(terminal->slave_fd, target, false, err);
}

int terminal_adopt(const struct terminal *terminal, struct error *err)
{
	if (ioctl(terminal->slave_fd, TIOCSCTTY, 0) < 0)
		return error_errno(err, "cannot make the terminal the controlling one");
	return terminal_connect(terminal, err);
}

int terminal_connect(const struct terminal *terminal, struct error *err)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (dup2(terminal->slave_fd, fd) < 0)
			return error_errno(err, "cannot connect descriptor %d", fd);
	return 0;
}
