/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/trampoline.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "runtime/trampoline/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

/* The Makefile says where the program lies. */
__asm__(".pushsection .rodata\n"
	"	.balign 16\n"
	"trampoline_image:\n"
	"	.incbin \"" TRAMPOLINE_IMAGE "\"\n"
	"trampoline_image_end:\n"
	"	.popsection\n");

/* Hidden: by way of the global offset table, where a label of a section is one with its beginning
 * on arm64, the program would be empty. */
__attribute__((visibility("hidden"))) extern const char trampoline_image[], trampoline_image_end[];

static int create_file(void)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("coracle-trampoline", flags | MFD_EXEC);

	if (fd < 0 && errno == EINVAL) /* MFD_EXEC came with Linux 6.3 */
		fd = memfd_create("coracle-trampoline", flags);
	return fd;
}

int trampoline_open(void)
{
	size_t size = (size_t)(trampoline_image_end - trampoline_image);
	auto_close int fd = create_file();

	if (fd < 0 || write(fd, trampoline_image, size) != (ssize_t)size || fchmod(fd, 0555) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -1;
	return take_fd(&fd);
}

void trampoline_exec(const struct trampoline_way *way, const char *path, char **args,
		     char *const *env)
{
	char first[16];
	auto_free char **all = NULL;
	size_t count = 0;

	snprintf(first, sizeof(first), "%c%d", '@' | way->flags, way->sync_fd);
	while (args[count])
		count++;
	all = alloc_zeroed(count + 4, sizeof(*all));
	all[0] = first;
	all[1] = (char *)path;
	all[2] = (char *)way->label;
	memcpy(all + (way->label ? 3 : 2), args, count * sizeof(*args));
	syscall(SYS_execveat, way->trampoline_fd, "", all, env, AT_EMPTY_PATH);
	/* TOMOYO, which Debian's Linux 5.10 has on, wants to resolve /dev/fd/N first, which leads
	 * nowhere from here. Then our memory is there until the last execve. */
	if (errno == ENOENT)
		trampoline_steps(first, path, all + 2, env);
}
