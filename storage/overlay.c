/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/xattr.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "storage/overlay_stack.h"
#include "storage/reference.h"

#define MOST_LAYERS 500 /* the kernel's limit */

/* Nothing that changes the format of layers on disk; distributions' defaults differ. */
static const struct {
	const char *key, *value;
} fixed_options[] = {
	{"redirect_dir", "nofollow"}, /* off, and not even those in a lower layer */
	{"metacopy", "off"},
	{"index", "off"},
	{"xino", "off"},
};

static void close_stack(struct overlay_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		close(stack->fds[i]);
	free(stack->fds);
	stack->fds = NULL;
	stack->count = 0;
}

void overlay_stack_release(struct overlay_stack *stack)
{
	close_stack(stack);
	cleanup_close(&stack->upper_fd);
	cleanup_close(&stack->work_fd);
	stack->upper_fd = stack->work_fd = -1;
}

void overlay_stack_add(struct overlay_stack *stack, int fd)
{
	char value[2];

	/* overlayfs does not look at this mark on the root of a layer, so it is done here: nothing
	 * below shows through. */
	if (fgetxattr(fd, "trusted.overlay.opaque", value, sizeof(value)) == 1 && value[0] == 'y')
		close_stack(stack);
	stack->fds = alloc_resize(stack->fds, stack->count + 1, sizeof(*stack->fds));
	stack->fds[stack->count++] = fd;
}

/* overlayfs wants two lower directories when there is no upper one, and at least one always. */
static int add_empty(const struct layout *layout, struct overlay_stack *stack, struct error *err)
{
	size_t least = stack->upper_fd < 0 ? 2 : 1;
	int fd;

	if (stack->count >= least)
		return 0;
	if (file_make_directories(layout->layers_fd, "empty", 0755, err) < 0)
		return -1;
	fd = openat(layout->layers_fd, "empty", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "cannot open '%s/layers/empty'", layout->root);
	stack->fds = alloc_resize(stack->fds, stack->count + 1, sizeof(*stack->fds));
	memmove(stack->fds + 1, stack->fds, stack->count * sizeof(*stack->fds));
	stack->fds[0] = fd;
	stack->count++;
	return 0;
}

/* 6.13 takes a descriptor, older ones a path to look up: the link in /proc does. */
static int set_directory(int fs, const char *key, int fd)
{
	char path[32];

	if (fsconfig(fs, FSCONFIG_SET_FD, key, NULL, fd) == 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fsconfig(fs, FSCONFIG_SET_STRING, key, path, 0);
}

static int set_options(int fs, const struct overlay_stack *stack)
{
	for (size_t i = 0; i < array_length(fixed_options); i++)
		if (fsconfig(fs, FSCONFIG_SET_STRING, fixed_options[i].key, fixed_options[i].value,
			     0) < 0)
			return -1;
	for (size_t i = stack->count; i-- > 0;)
		if (set_directory(fs, "lowerdir+", stack->fds[i]) < 0)
			return -1;
	if (stack->upper_fd < 0)
		return 0;
	if (set_directory(fs, "upperdir", stack->upper_fd) < 0 ||
	    set_directory(fs, "workdir", stack->work_fd) < 0)
		return -1;
	return stack->is_volatile ? fsconfig(fs, FSCONFIG_SET_FLAG, "volatile", NULL, 0) : 0;
}

/* What the kernel says about the last failure of this fs context. */
static void add_reason(int fs, struct strbuf *text)
{
	char line[512];
	ssize_t n;

	while ((n = read(fs, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		strbuf_printf(text, "; %s", line);
	}
}

static int mount_by_context(const struct overlay_stack *stack, struct error *err)
{
	auto_close int fs = fsopen("overlay", FSOPEN_CLOEXEC);
	auto_strbuf struct strbuf reason = {0};
	int fd;

	if (fs < 0 && errno == ENODEV)
		return error_set(err, ERROR_UNSUPPORTED,
				 "the kernel has no overlayfs (CONFIG_OVERLAY_FS): try 'modprobe "
				 "overlay'");
	if (fs < 0)
		return error_errno(err, "the kernel has no overlayfs");
	if (set_options(fs, stack) < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		int number = errno;

		add_reason(fs, &reason);
		return error_number(err, number, "cannot stack %zu layers%s", stack->count,
				    strbuf_text(&reason));
	}
	fd = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	return fd < 0 ? error_errno(err, "cannot stack %zu layers", stack->count) : fd;
}

/* All in one string of at most a page, for mount(2): names relative to /proc/self/fd are shorter
 * than any link could be. */
static char *format_options(const struct overlay_stack *stack)
{
	auto_strbuf struct strbuf text = {0};

	strbuf_add(&text, "lowerdir=");
	for (size_t i = stack->count; i-- > 0;)
		strbuf_printf(&text, "%d%s", stack->fds[i], i ? ":" : "");
	if (stack->upper_fd >= 0)
		strbuf_printf(&text, ",upperdir=%d,workdir=%d", stack->upper_fd, stack->work_fd);
	for (size_t i = 0; i < array_length(fixed_options); i++)
		strbuf_printf(&text, ",%s=%s", fixed_options[i].key, fixed_options[i].value);
	if (stack->upper_fd >= 0 && stack->is_volatile)
		strbuf_add(&text, ",volatile");
	return strbuf_take(&text);
}

static int mount_at(const struct overlay_stack *stack, const char *target, struct error *err)
{
	auto_free char *options = format_options(stack);
	auto_close int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int result, fd;

	if (strlen(options) >= 4096)
		return error_set(err, ERROR_UNSUPPORTED,
				 "%zu layers are too many for this kernel: it needs Linux 6.8",
				 stack->count);
	if (chdir("/proc/self/fd") < 0)
		return error_errno(err, "cannot enter /proc/self/fd");
	result = mount("overlay", target, "overlay", 0, options);
	if (result < 0)
		error_errno(err, "cannot stack %zu layers", stack->count);
	if (here >= 0 && fchdir(here) < 0)
		return error_errno(err, "cannot go back to the working directory");
	if (result < 0)
		return -1;
	fd = open_tree(AT_FDCWD, target, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0)
		error_errno(err, "cannot detach the stack of layers");
	umount2(target, MNT_DETACH);
	return fd;
}

/* Before 6.8: there is no detached way, so for a moment it is mounted in RUN. */
int overlay_stack_mount_by_string(const struct layout *layout, const struct overlay_stack *stack,
				  struct error *err)
{
	char id[33];
	auto_free char *target = NULL;
	int fd;

	units_random_hex(id, 16);
	target = alloc_format("%s/mount-%s", layout->run, id);
	if (mkdir(target, 0700) < 0)
		return error_errno(err, "cannot create '%s'", target);
	fd = mount_at(stack, target, err);
	rmdir(target);
	return fd;
}

/* Asking an older kernel would work too, but it logs a line about it at every start. */
static bool kernel_has_lowerdir_plus(void)
{
	struct utsname name;
	int major = 0, minor = 0;

	return uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 8));
}

int overlay_stack_mount(const struct layout *layout, struct overlay_stack *stack, struct error *err)
{
	struct error problem = {.code = EINVAL};
	int fd = -1;

	if (stack->count > MOST_LAYERS)
		return error_set(err, ERROR_UNSUPPORTED,
				 "%zu layers are more than the %d that overlayfs can stack",
				 stack->count, MOST_LAYERS);
	if (stack->count == 0 && stack->upper_fd < 0)
		return error_set(err, ERROR_UNSUPPORTED, "an image without layers has no files");
	if (add_empty(layout, stack, err) < 0)
		return -1;
	if (kernel_has_lowerdir_plus())
		fd = mount_by_context(stack, &problem);
	if (fd < 0 && problem.code == EINVAL)
		fd = overlay_stack_mount_by_string(layout, stack, &problem);
	return fd < 0 ? error_pass(err, &problem) : fd;
}

int overlay_stack_open_layer(const struct layout *layout, const char *chain_id, struct error *err)
{
	char path[96];
	int fd;

	if (strlen(chain_id) != 64 || !reference_is_hex(chain_id, 64))
		return error_set(err, ERROR_INVALID, "'%.80s' is not the id of a layer", chain_id);
	snprintf(path, sizeof(path), "%s/diff", chain_id);
	fd = openat(layout->layers_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND,
				 "layer %.12s is not unpacked below '%s/layers': load the image "
				 "again",
				 chain_id, layout->root);
	return fd < 0 ? error_errno(err, "cannot open layer %.12s", chain_id) : fd;
}

static int open_upper(const struct overlay_request *request, struct overlay_stack *stack,
		      struct error *err)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

	stack->is_volatile = request->is_volatile;
	stack->upper_fd = openat(request->container_fd, "upper", flags);
	stack->work_fd = openat(request->container_fd, "work", flags);
	if (stack->upper_fd < 0 || stack->work_fd < 0)
		return error_errno(err, "cannot open the container's writable layer");
	return 0;
}

/* What a container has written, as one more layer. One that never started has nothing. */
static int add_upper(const struct overlay_request *request, struct overlay_stack *stack,
		     struct error *err)
{
	int fd = openat(request->container_fd, "upper",
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		overlay_stack_add(stack, fd);
	else if (errno != ENOENT)
		return error_errno(err, "cannot open the container's writable layer");
	return 0;
}

int overlay_mount(const struct layout *layout, const struct overlay_request *request,
		  struct error *err)
{
	struct overlay_stack stack __attribute__((cleanup(overlay_stack_release))) =
		OVERLAY_STACK_EMPTY;

	if (request->container_fd >= 0 && !request->is_read_only) {
		if (overlay_prepare(layout, request, err) < 0 ||
		    open_upper(request, &stack, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < request->layer_count; i++) {
		int fd = overlay_stack_open_layer(layout, request->chain_ids[i], err);

		if (fd < 0)
			return -1;
		overlay_stack_add(&stack, fd);
	}
	if (request->base_fd > 0)
		overlay_stack_add(&stack, fcntl(request->base_fd, F_DUPFD_CLOEXEC, 3));
	if (request->container_fd >= 0 && request->is_read_only &&
	    add_upper(request, &stack, err) < 0)
		return -1;
	return overlay_stack_mount(layout, &stack, err);
}

/* The merged root shows owner and mode of the uppermost layer's root, which is upper/ itself. */
static int make_upper(int container_fd, const struct stat *root, struct error *err)
{
	auto_close int fd = -1;

	if (mkdirat(container_fd, "upper.new", 0700) < 0 && errno != EEXIST)
		return error_errno(err, "cannot create the container's writable layer");
	fd = openat(container_fd, "upper.new", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchown(fd, root->st_uid, root->st_gid) < 0 ||
	    fchmod(fd, root->st_mode & 07777) < 0 ||
	    futimens(fd, (struct timespec[]){root->st_mtim, root->st_mtim}) < 0 ||
	    renameat(container_fd, "upper.new", container_fd, "upper") < 0)
		return error_errno(err, "cannot prepare the container's writable layer");
	return 0;
}

/* The uppermost of what lies below; 0 when that is nothing. */
static int look_at_root(const struct layout *layout, const struct overlay_request *request,
			struct stat *root, struct error *err)
{
	auto_close int top = -1;

	if (request->layer_count > 0)
		top = overlay_stack_open_layer(layout, request->chain_ids[request->layer_count - 1],
					       err);
	else if (request->base_fd > 0)
		top = fcntl(request->base_fd, F_DUPFD_CLOEXEC, 3);
	else
		return 0;
	if (top < 0)
		return -1;
	return fstat(top, root) < 0 ? error_errno(err, "cannot read the image's root directory")
				    : 0;
}

int overlay_prepare(const struct layout *layout, const struct overlay_request *request,
		    struct error *err)
{
	struct stat root = {.st_mode = 0755};

	if (mkdirat(request->container_fd, "work", 0700) < 0 && errno != EEXIST)
		return error_errno(err, "cannot create the container's work directory");
	if (faccessat(request->container_fd, "upper", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (look_at_root(layout, request, &root, err) < 0)
		return -1;
	return make_upper(request->container_fd, &root, err);
}
