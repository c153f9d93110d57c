/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/mounts.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "runtime/copy_up.h"
#include "runtime/labels.h"
#include "runtime/mount_filesystem.h"
#include "runtime/mount_options.h"
#include "runtime/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

/* What a mount of ours is given by options. */
#define FSMOUNT_ATTRIBUTES                                                                         \
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* Files in procfs that a bind may cover (lxcfs does); any other mount there could fake what we or
 * a security module write to later (CVE-2019-19921 and its kin). */
static const char *const coverable[] = {
	"/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg", "/proc/meminfo",  "/proc/net/dev",
	"/proc/stat",	 "/proc/swaps",	    "/proc/uptime",  "/proc/slabinfo",
};

/* What our own file systems are called in a specification and in the kernel. Their targets must be
 * real directories of the image, not links. */
struct kind {
	const char *type, *filesystem;
	bool is_ours;
};

static const struct kind kinds[] = {
	{"proc", "proc", true},	    {"sysfs", "sysfs", true},	 {"devpts", "devpts", true},
	{"mqueue", "mqueue", true}, {"cgroup", "cgroup2", true}, {"cgroup2", "cgroup2", true},
	{"tmpfs", "tmpfs", false},  {"ramfs", "ramfs", false},
};

static const struct kind *find_kind(const char *type)
{
	for (size_t i = 0; type && i < array_length(kinds); i++)
		if (strcmp(kinds[i].type, type) == 0)
			return &kinds[i];
	return NULL;
}

void mounts_init(struct mounts *mounts)
{
	*mounts = (struct mounts){-1, -1, -1, -1, -1, -1, {-1, 0}, NULL};
}

int mounts_open_source(const struct spec_mount *mount, struct error *err)
{
	auto_mount_options struct mount_options options = {0};
	/* 0 is standard input, which nobody binds: a zeroed struct means "not set". */
	bool by_fd = mount->source_fd > 0;
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
	int fd;

	if (mount_options_parse(&options, mount, err) < 0)
		return -1;
	if (!by_fd && (!mount->source || !*mount->source))
		return error_set(err, ERROR_INVALID, "mount '%s': there is no source",
				 mount->destination);
	if (options.recursive)
		flags |= AT_RECURSIVE;
	if (options.keeps_link)
		flags |= AT_SYMLINK_NOFOLLOW;
	fd = open_tree(by_fd ? mount->source_fd : AT_FDCWD, by_fd ? "" : mount->source, flags);
	/* Before Linux 6.15 what is detached already cannot be cloned: it is the tree itself. */
	if (fd < 0 && errno == EINVAL && by_fd)
		fd = fcntl(mount->source_fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return error_errno(err, "cannot open '%s', the source of mount '%s'",
				   mount->source ? mount->source : "", mount->destination);
	return fd;
}

int mounts_open_root(const char *path, struct error *err)
{
	auto_close int fd =
		open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	struct stat about;

	if (fd < 0 || fstat(fd, &about) < 0)
		return error_errno(err, "cannot open the root file system '%s'", path);
	if (!S_ISDIR(about.st_mode))
		return error_set(err, ENOTDIR, "the root file system '%s' is not a directory",
				 path);
	return take_fd(&fd);
}

/* ---- attributes ------------------------------------------------------------------------------ */

/* mount_setattr came with Linux 5.12: on 5.10 and 5.11 an attached mount is remounted by its
 * descriptor. /proc is the host's here, pivot_root comes later. */
static int remount(int fd, uint64_t set, uint64_t clear, unsigned long propagation)
{
	static const struct {
		uint64_t attribute;
		unsigned long flag, now;
	} flags[] = {
		{MOUNT_ATTR_RDONLY, MS_RDONLY, ST_RDONLY},
		{MOUNT_ATTR_NOSUID, MS_NOSUID, ST_NOSUID},
		{MOUNT_ATTR_NODEV, MS_NODEV, ST_NODEV},
		{MOUNT_ATTR_NOEXEC, MS_NOEXEC, ST_NOEXEC},
		{MOUNT_ATTR_NOATIME, MS_NOATIME, ST_NOATIME},
		{MOUNT_ATTR_NODIRATIME, MS_NODIRATIME, ST_NODIRATIME},
	};
	unsigned long wanted = MS_REMOUNT | MS_BIND;
	struct statvfs now;
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fstatvfs(fd, &now) < 0)
		return -1;
	for (size_t i = 0; i < array_length(flags); i++)
		if ((set & flags[i].attribute) ||
		    ((now.f_flag & flags[i].now) && !(clear & flags[i].attribute)))
			wanted |= flags[i].flag;
	if ((set | clear) && mount(NULL, path, NULL, wanted, NULL) < 0)
		return -1;
	return propagation ? mount(NULL, path, NULL, propagation | MS_REC, NULL) : 0;
}

/* Returns 1 when it has to wait until the tree is attached. */
static int set_attributes(int fd, const struct mount_attr *attributes, bool recursive,
			  bool attached)
{
	static bool missing;
	int rc = -1;

	if (!attributes->attr_set && !attributes->attr_clr && !attributes->propagation)
		return 0;
	if (!missing)
		rc = mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
				   (struct mount_attr *)attributes, sizeof(*attributes));
	if (rc == 0 || (!missing && errno != ENOSYS))
		return rc;
	missing = true;
	if (!attached)
		return 1;
	return remount(fd, attributes->attr_set, attributes->attr_clr, attributes->propagation);
}

int mounts_open_readonly_file(const char *path, struct error *err)
{
	struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
	auto_close int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot open '%s'", path);
	if (set_attributes(fd, &readonly, false, false) < 0)
		return error_errno(err, "cannot make '%s' read-only", path);
	return take_fd(&fd);
}

int mounts_map_ids(int tree_fd, int userns_fd, bool is_recursive, struct error *err)
{
	struct mount_attr attributes = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = (uint64_t)userns_fd,
	};

	if (mount_setattr(tree_fd, "", AT_EMPTY_PATH | (is_recursive ? AT_RECURSIVE : 0),
			  &attributes, sizeof(attributes)) < 0)
		return error_errno(err, "cannot map ids (the kernel or the file system of the "
					"source may be unable to)");
	return 0;
}

/* ---- attaching ------------------------------------------------------------------------------- */

static int move_onto(int tree_fd, int target_fd)
{
	return move_mount(tree_fd, "", target_fd, "",
			  MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int mounts_bind_fd(int fd, int target_fd, bool readonly, struct error *err)
{
	struct mount_attr attributes = {.attr_set = readonly ? MOUNT_ATTR_RDONLY : 0};
	auto_close int tree =
		open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	int later = tree < 0 ? -1 : set_attributes(tree, &attributes, false, false);

	if (later < 0 || move_onto(tree, target_fd) < 0 ||
	    (later && set_attributes(tree, &attributes, false, true) < 0))
		return error_errno(err, "cannot bind a device");
	return 0;
}

/* Checked by what it is, not by its name: a replaced /dev/null would let a mask show a file of the
 * attacker's choice (CVE-2025-31133). */
int mounts_use_null(struct mounts *mounts, int dev_fd, struct error *err)
{
	auto_close int fd = openat(dev_fd, "null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat about;

	if (fd < 0 || fstat(fd, &about) < 0)
		return error_errno(err, "cannot open '/dev/null'");
	if (!S_ISCHR(about.st_mode) || about.st_rdev != makedev(1, 3))
		return error_set(err, ERROR_INVALID, "/dev/null is not the null device");
	cleanup_close(&mounts->null_fd);
	mounts->null_fd = take_fd(&fd);
	return 0;
}

int mounts_attach_root(struct mounts *mounts, int tree_fd, const char *place, bool is_slave,
		       struct error *err)
{
	auto_close int dev = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* A tree cloned from a shared mount, as systemd's / is, is shared too, and pivot_root
	 * refuses those (EINVAL). */
	struct mount_attr private = {.propagation = is_slave ? MS_SLAVE : MS_PRIVATE};

	if (mounts_use_null(mounts, dev, err) < 0)
		return error_wrap(err, "the host");
	if (set_attributes(tree_fd, &private, true, false) < 0)
		return error_errno(err, "cannot make the root file system private");
	if (move_mount(tree_fd, "", AT_FDCWD, place, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return error_errno(err, "cannot attach the root file system");
	/* Below a shared mount it has become one of those, and what comes into it would be seen at
	 * the others, too. */
	if (set_attributes(tree_fd, &private, true, true) < 0)
		return error_errno(err, "cannot make the root file system private");
	mounts->root_fd = fcntl(tree_fd, F_DUPFD_CLOEXEC, 3);
	if (mounts->root_fd < 0 || fchdir(mounts->root_fd) < 0)
		return error_errno(err, "cannot enter the root file system");
	return 0;
}

/* Our own file systems go only onto real directories of the image: a link there could put /proc
 * where nobody expects it, and with it what is masked. */
static int open_real_directory(int root_fd, const char *path, struct error *err)
{
	int fd = path_open(root_fd, path, PATH_NO_LINKS, O_PATH | O_DIRECTORY, err);

	if (fd < 0 && err->code == ENOENT) {
		fd = path_make_directories(root_fd, path, 0755, 0, 0, err);
		if (fd < 0)
			return -1;
		close(fd);
		fd = path_open(root_fd, path, PATH_NO_LINKS, O_PATH | O_DIRECTORY, err);
	}
	if (fd < 0 && (err->code == ELOOP || err->code == ENOTDIR))
		return error_set(err, ERROR_INVALID,
				 "'%s' in the image must be a directory, not a link or file", path);
	return fd;
}

/* Do both lie in the same mount? By its id, since the host's procfs may be seen at another place
 * too, and with the host's pid namespace that is the very same file system. */
static bool is_same_mount(int a, int b)
{
	struct statx first, second;

	if (statx(a, "", AT_EMPTY_PATH, STATX_MNT_ID, &first) < 0 ||
	    statx(b, "", AT_EMPTY_PATH, STATX_MNT_ID, &second) < 0)
		return true;
	return !(first.stx_mask & second.stx_mask & STATX_MNT_ID) ||
	       first.stx_mnt_id == second.stx_mnt_id;
}

/* Nothing but the files of the list may be mounted inside the container's /proc, however its path
 * gets there. Elsewhere a procfs is the host's, as monitoring agents bind it, and means nothing. */
static int check_not_in_proc(const struct mounts *mounts, int target_fd, const char *clean,
			     struct error *err)
{
	struct statfs where;

	if (fstatfs(target_fd, &where) < 0)
		return error_errno(err, "cannot examine '%s'", clean);
	if (where.f_type != PROC_SUPER_MAGIC || mounts->proc_fd < 0 ||
	    !is_same_mount(target_fd, mounts->proc_fd))
		return 0;
	for (size_t i = 0; i < array_length(coverable); i++)
		if (strcmp(clean, coverable[i]) == 0)
			return 0;
	return error_set(err, ERROR_INVALID, "'%s' is inside /proc, where nothing may be mounted",
			 clean);
}

static int open_target(struct mounts *mounts, const struct spec_mount *mount, bool is_ours,
		       bool is_directory, struct error *err)
{
	auto_free char *clean = path_join("/", mount->destination);
	auto_close int fd = -1;

	if (mount->destination[0] != '/' || strcmp(clean, "/") == 0)
		return error_set(err, ERROR_INVALID, "'%s' is not an absolute path below the root",
				 mount->destination);
	fd = is_ours ? open_real_directory(mounts->root_fd, clean, err)
		     : path_make_target(mounts->root_fd, clean, is_directory, err);
	if (fd < 0 || (!is_ours && check_not_in_proc(mounts, fd, clean, err) < 0))
		return -1;
	return take_fd(&fd);
}

/* What did not exist on the host was made a directory: that is how most of these come about. */
static int check_kinds(const struct spec_mount *mount, const struct stat *source, int target_fd,
		       struct error *err)
{
	static const char *const words[] = {"file", "directory"};
	bool is_directory = S_ISDIR(source->st_mode);
	struct stat target;

	if (fstat(target_fd, &target) < 0)
		return error_errno(err, "cannot examine the target");
	if (S_ISDIR(target.st_mode) == is_directory)
		return 0;
	return error_set(err, ENOTDIR,
			 "the source%s%s is a %s, the target a %s: are you trying to mount a "
			 "directory onto a file (or vice-versa)? Check if the path on the host is "
			 "what it should be",
			 mount->source ? " " : "", mount->source ? mount->source : "",
			 words[is_directory], words[!is_directory]);
}

static int attach_bind(struct mounts *mounts, const struct spec_mount *mount,
		       const struct mount_options *options, int tree_fd, struct error *err)
{
	struct mount_attr once = {
		.attr_set = options->set,
		.attr_clr = options->clear,
	};
	struct mount_attr all = {
		.attr_set = options->set_recursively,
		.attr_clr = options->clear_recursively,
		.propagation = options->propagation ? options->propagation : MS_PRIVATE,
	};
	auto_close int target = -1;
	struct stat source;
	int later, later_all;

	if (fstat(tree_fd, &source) < 0)
		return error_errno(err, "cannot examine the source");
	target = open_target(mounts, mount, false, S_ISDIR(source.st_mode), err);
	if (target < 0 || check_kinds(mount, &source, target, err) < 0)
		return -1;
	later_all = set_attributes(tree_fd, &all, true, false);
	later = later_all < 0 ? -1 : set_attributes(tree_fd, &once, false, false);
	if (later < 0)
		return error_errno(err, "cannot set the mount's options");
	if (move_onto(tree_fd, target) < 0)
		return error_errno(err, "cannot attach");
	if ((later_all && set_attributes(tree_fd, &all, true, true) < 0) ||
	    (later && set_attributes(tree_fd, &once, false, true) < 0))
		return error_errno(err, "cannot set the mount's options");
	return 0;
}

/* ---- file systems ---------------------------------------------------------------------------- */

int mounts_open_private_proc(struct error *err)
{
	struct strvec none = {0};

	return mount_filesystem("proc", NULL, &none,
				MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, err);
}

int mounts_open_private_null(const char *label, struct error *err)
{
	auto_strvec struct strvec data = {0};
	auto_close int root = -1;
	int fd = -1;

	labels_add_context(&data, "tmpfs", label);
	root = mount_filesystem("tmpfs", NULL, &data, MOUNT_ATTR_NOEXEC, err);
	if (root < 0)
		return -1;
	if (mknodat(root, "null", S_IFCHR | 0666, makedev(1, 3)) == 0)
		fd = openat(root, "null", O_RDWR | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot make a null device") : fd;
}

static void remember(struct mounts *mounts, const char *type, const char *destination, int fd)
{
	auto_free char *clean = path_join("/", destination);
	int *where = NULL;

	if (strcmp(clean, "/proc") == 0 && strcmp(type, "proc") == 0)
		where = &mounts->proc_fd;
	else if (strcmp(clean, "/dev/pts") == 0 && strcmp(type, "devpts") == 0)
		where = &mounts->pts_fd;
	else if (strcmp(clean, "/dev") == 0 && strcmp(type, "tmpfs") == 0)
		where = &mounts->dev_fd;
	if (where) {
		cleanup_close(where);
		*where = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	}
}

/* A tmpfs has the mode of the directory that it covers, unless it is told another one. */
static void keep_mode(struct mount_options *options, const char *filesystem, int target)
{
	struct stat about;

	if (strcmp(filesystem, "tmpfs") != 0)
		return;
	strvec_each (option, &options->data)
		if (strncmp(*option, "mode=", 5) == 0)
			return;
	if (fstat(target, &about) == 0)
		strvec_addf(&options->data, "mode=%o", about.st_mode & 07777);
}

/* @tree_fd: one that is there already, or -1. */
static int open_filesystem(const struct spec_mount *mount, const char *filesystem,
			   struct mount_options *options, int tree_fd, int target,
			   struct error *err)
{
	auto_close int fd = -1;

	if (tree_fd >= 0)
		return fcntl(tree_fd, F_DUPFD_CLOEXEC, 3);
	keep_mode(options, filesystem, target);
	fd = mount_filesystem_of(mount, filesystem, options, err);
	if (fd < 0 || (options->copies_up && copy_up(target, fd, err) < 0))
		return -1;
	return take_fd(&fd);
}

static int attach_filesystem(struct mounts *mounts, const struct spec_mount *mount,
			     struct mount_options *options, int tree_fd, struct error *err)
{
	const struct kind *kind = find_kind(mount->type);
	const char *filesystem = kind ? kind->filesystem : mount->type;
	auto_free char *clean = path_join("/", mount->destination);
	bool is_ours = (kind && kind->is_ours) || strcmp(clean, "/dev") == 0;
	auto_close int target = -1;
	auto_close int tree = -1;
	struct mount_attr attributes = {
		.attr_set = options->set,
		.attr_clr = ~options->set & FSMOUNT_ATTRIBUTES,
		.propagation = options->propagation,
	};

	target = open_target(mounts, mount, is_ours, true, err);
	if (target < 0)
		return -1;
	tree = open_filesystem(mount, filesystem, options, tree_fd, target, err);
	if (tree < 0)
		return -1;
	if (tree_fd < 0) /* made with them */
		attributes.attr_set = attributes.attr_clr = 0;
	if (move_onto(tree, target) < 0)
		return error_errno(err, "cannot attach");
	if (set_attributes(tree, &attributes, true, true) < 0)
		return error_errno(err, "cannot set the mount's options");
	remember(mounts, mount->type, mount->destination, tree);
	return 0;
}

/* Options of the file system, which all of its mounts share. */
static int reconfigure(int target, struct strvec *data, struct error *err)
{
	auto_close int fs_fd = fspick(target, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);

	if (fs_fd < 0)
		return error_errno(err, "cannot change the file system");
	strvec_each (option, data)
		if (mount_filesystem_configure(fs_fd, *option) < 0)
			return error_errno(err, "option '%s'", *option);
	if (fsconfig(fs_fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return error_errno(err, "cannot change the file system");
	return 0;
}

/* "remount": of what lies there already. */
static int change_mount(struct mounts *mounts, const struct spec_mount *mount,
			struct mount_options *options, struct error *err)
{
	auto_close int target =
		path_open(mounts->root_fd, mount->destination, PATH_IN_ROOT, O_PATH, err);
	struct mount_attr once = {.attr_set = options->set,
				  .attr_clr = options->clear,
				  .propagation = options->propagation};
	struct mount_attr all = {.attr_set = options->set_recursively,
				 .attr_clr = options->clear_recursively};

	if (target < 0)
		return -1;
	if (set_attributes(target, &once, false, true) < 0 ||
	    set_attributes(target, &all, true, true) < 0)
		return error_errno(err, "cannot change the mount's options");
	return options->data.count && !options->is_bind ? reconfigure(target, &options->data, err)
							: 0;
}

static int attach(struct mounts *mounts, const struct spec_mount *mount,
		  struct mount_options *options, int tree_fd, struct error *err)
{
	auto_close int made = -1;

	if (options->remounts)
		return change_mount(mounts, mount, options, err);
	if (!mount->file && !options->is_bind)
		return attach_filesystem(mounts, mount, options, tree_fd, err);
	if (!mount->file && !mount->subpath)
		return attach_bind(mounts, mount, options, tree_fd, err);
	made = mount->file ? mount_source_file(&mounts->files, mount->file, err)
			   : mount_source_part(tree_fd, mount->subpath, options->recursive, err);
	return made < 0 ? -1 : attach_bind(mounts, mount, options, made, err);
}

int mounts_attach(struct mounts *mounts, const struct spec_mount *mount, int tree_fd,
		  struct error *err)
{
	auto_mount_options struct mount_options options = {0};
	int rc;

	rc = mount_options_parse(&options, mount, err);
	options.label = mounts->label;
	if (rc == 0)
		rc = attach(mounts, mount, &options, tree_fd, err);
	return rc < 0 ? error_wrap(err, "cannot mount '%s'", mount->destination) : 0;
}

/* ---- masks and the root ---------------------------------------------------------------------- */

/* One empty read-only directory serves all: the first masked one gets it, the others a clone (what
 * is detached cannot be cloned before Linux 6.15). */
static int mask_directory(struct mounts *mounts, int target, struct error *err)
{
	auto_strvec struct strvec data = {0};

	if (mounts->mask_fd >= 0)
		return mounts_bind_fd(mounts->mask_fd, target, true, err);
	strvec_add(&data, "nr_inodes=1");
	labels_add_context(&data, "tmpfs", mounts->label);
	mounts->mask_fd = mount_filesystem(
		"tmpfs", "tmpfs", &data,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, err);
	if (mounts->mask_fd < 0)
		return -1;
	return move_onto(mounts->mask_fd, target) < 0 ? error_errno(err, "cannot attach") : 0;
}

static bool is_missing(const struct error *err)
{
	return err->code == ENOENT || err->code == ENOTDIR;
}

int mounts_mask(struct mounts *mounts, char *const *paths, struct error *err)
{
	for (; paths && *paths; paths++) {
		auto_close int target =
			path_open(mounts->root_fd, *paths, PATH_IN_ROOT, O_PATH, err);
		struct stat about;

		if (target < 0 && is_missing(err))
			continue;
		if (target < 0 || fstat(target, &about) < 0)
			return error_wrap(err, "cannot mask '%s'", *paths);
		if ((S_ISDIR(about.st_mode)
			     ? mask_directory(mounts, target, err)
			     : mounts_bind_fd(mounts->null_fd, target, true, err)) < 0)
			return error_wrap(err, "cannot mask '%s'", *paths);
	}
	return 0;
}

static int make_readonly(struct mounts *mounts, const char *path, struct error *err)
{
	struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
	auto_close int target = path_open(mounts->root_fd, path, PATH_IN_ROOT, O_PATH, err);
	auto_close int tree = -1;
	int later;

	if (target < 0)
		return is_missing(err) ? 0 : -1;
	tree = open_tree(target, "",
			 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
	later = tree < 0 ? -1 : set_attributes(tree, &readonly, true, false);
	if (later < 0 || move_onto(tree, target) < 0 ||
	    (later && set_attributes(tree, &readonly, true, true) < 0))
		return error_errno(err, "the kernel refuses");
	return 0;
}

int mounts_make_readonly(struct mounts *mounts, char *const *paths, struct error *err)
{
	for (; paths && *paths; paths++)
		if (make_readonly(mounts, *paths, err) < 0)
			return error_wrap(err, "cannot make '%s' read-only", *paths);
	return 0;
}

int mounts_set_root_readonly(struct mounts *mounts, struct error *err)
{
	struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};

	if (set_attributes(mounts->root_fd, &readonly, false, true) < 0)
		return error_errno(err, "cannot make the root file system read-only");
	return 0;
}

bool mounts_root_is_slave(const char *propagation)
{
	return propagation && strstr(propagation, "slave");
}

int mounts_set_root_propagation(struct mounts *mounts, const char *propagation, struct error *err)
{
	struct mount_attr spread = {0};

	if (strstr(propagation, "shared"))
		spread.propagation = MS_SHARED;
	else if (strstr(propagation, "unbindable"))
		spread.propagation = MS_UNBINDABLE;
	/* Private or a slave it is already. */
	if (set_attributes(mounts->root_fd, &spread, *propagation == 'r', true) < 0)
		return error_errno(err, "cannot make the root file system %s", propagation);
	return 0;
}
