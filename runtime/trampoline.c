/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that becomes a container's is a clone of ours, so until its execve /proc/self/exe is
 * the coracle binary on the host. An image whose entry point is "#!/proc/self/exe" would run that
 * binary inside, and whoever opens /proc/PID/exe then could write to it (CVE-2019-5736). Therefore
 * the child first becomes this program of a few instructions, in a sealed memory file: what
 * /proc/self/exe means to the container's execve is worthless.
 *
 * The code is assembled in place and copied behind an ELF header: no second file to install, no
 * libc to start (a start costs 0.1 ms). It hides itself from its neighbours (PR_SET_DUMPABLE),
 * makes descriptor 3 close-on-exec, calls execve(argv[0], argv + 1, envp), and reports a failure.
 * Executed again by an image's script it finds no descriptor 3 and exits: no endless loop.
 */
#include "runtime/trampoline.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

#if defined(__x86_64__)
#define MACHINE EM_X86_64
__asm__(".pushsection .rodata\n"
	"trampoline_code:\n"
	"	mov $157, %eax\n" /* prctl(PR_SET_DUMPABLE, 0) */
	"	mov $4, %edi\n"
	"	xor %esi, %esi\n"
	"	syscall\n"
	"	mov $72, %eax\n" /* fcntl(3, F_SETFD, FD_CLOEXEC) */
	"	mov $3, %edi\n"
	"	mov $2, %esi\n"
	"	mov $1, %edx\n"
	"	syscall\n"
	"	test %eax, %eax\n"
	"	js 1f\n"
	"	mov (%rsp), %rcx\n"
	"	mov 8(%rsp), %rdi\n"
	"	lea 16(%rsp), %rsi\n"
	"	lea 16(%rsp,%rcx,8), %rdx\n"
	"	mov $59, %eax\n" /* execve */
	"	syscall\n"
	"	push %rax\n"
	"	mov $1, %eax\n" /* write(3, &result, 4) */
	"	mov $3, %edi\n"
	"	mov %rsp, %rsi\n"
	"	mov $4, %edx\n"
	"	syscall\n"
	"1:	mov $231, %eax\n" /* exit_group(127) */
	"	mov $127, %edi\n"
	"	syscall\n"
	"trampoline_code_end:\n"
	"	.popsection\n");
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
__asm__(".pushsection .rodata\n"
	"	.balign 4\n"
	"trampoline_code:\n"
	"	mov x8, #167\n" /* prctl(PR_SET_DUMPABLE, 0) */
	"	mov x0, #4\n"
	"	mov x1, #0\n"
	"	svc #0\n"
	"	mov x8, #25\n" /* fcntl(3, F_SETFD, FD_CLOEXEC) */
	"	mov x0, #3\n"
	"	mov x1, #2\n"
	"	mov x2, #1\n"
	"	svc #0\n"
	"	tbnz w0, #31, 1f\n"
	"	ldr x3, [sp]\n"
	"	ldr x0, [sp, #8]\n"
	"	add x1, sp, #16\n"
	"	add x2, x1, x3, lsl #3\n"
	"	mov x8, #221\n" /* execve */
	"	svc #0\n"
	"	str x0, [sp, #-16]!\n"
	"	mov x8, #64\n" /* write(3, &result, 4) */
	"	mov x0, #3\n"
	"	mov x1, sp\n"
	"	mov x2, #4\n"
	"	svc #0\n"
	"1:	mov x8, #94\n" /* exit_group(127) */
	"	mov x0, #127\n"
	"	svc #0\n"
	"trampoline_code_end:\n"
	"	.popsection\n");
#endif

#ifdef MACHINE
extern const char trampoline_code[], trampoline_code_end[];

#define LOAD_ADDRESS 0x400000

struct headers {
	Elf64_Ehdr file;
	Elf64_Phdr load, stack;
};

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
	size_t code_size = (size_t)(trampoline_code_end - trampoline_code);
	size_t size = sizeof(struct headers) + code_size;
	auto_free char *image = alloc_bytes(size);
	auto_close int fd = create_file();
	struct headers headers = {
		.file = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
				     __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB
									       : ELFDATA2MSB,
				     EV_CURRENT},
			 .e_type = ET_EXEC,
			 .e_machine = MACHINE,
			 .e_version = EV_CURRENT,
			 .e_entry = LOAD_ADDRESS + sizeof(struct headers),
			 .e_phoff = sizeof(Elf64_Ehdr),
			 .e_ehsize = sizeof(Elf64_Ehdr),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = 2},
		.load = {.p_type = PT_LOAD,
			 .p_flags = PF_R | PF_X,
			 .p_vaddr = LOAD_ADDRESS,
			 .p_paddr = LOAD_ADDRESS,
			 .p_filesz = size,
			 .p_memsz = size,
			 .p_align = 0x10000},
		/* Without this one the stack, and by way of the personality the next program's
		 * memory too, would be executable. */
		.stack = {.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W, .p_align = 16},
	};

	if (fd < 0)
		return -1;
	memcpy(image, &headers, sizeof(headers));
	memcpy(image + sizeof(headers), trampoline_code, code_size);
	if (write(fd, image, size) != (ssize_t)size || fchmod(fd, 0555) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -1;
	return take_fd(&fd);
}

#else
int trampoline_open(void)
{
	errno = ENOSYS;
	return -1;
}
#endif

void trampoline_exec(int trampoline_fd, const char *path, char **args, char *const *env)
{
	size_t count = 0;
	auto_free char **with_path = NULL;

	while (args[count])
		count++;
	with_path = alloc_zeroed(count + 2, sizeof(*with_path));
	with_path[0] = (char *)path;
	memcpy(with_path + 1, args, count * sizeof(*args));
	syscall(SYS_execveat, trampoline_fd, "", with_path, env, AT_EMPTY_PATH);
}
