/* SPDX-License-Identifier: Apache-2.0 */
#include "base/trim.h"

#include "base/cleanup.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* The stack below this frame: start-up went deep once, the loop does not. */
static void trim_stack(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t here = (uintptr_t)__builtin_frame_address(0) & ~(page - 1);
	size_t depth = 64 * page;

	madvise((void *)(here - depth - page), depth, MADV_DONTNEED);
}

struct segment {
	uintptr_t start, end;
};

/* Code and constants of the program and its libraries: clean pages, read again from the page cache
 * when touched. Writable segments hold relocated data and stay. */
static int trim_object(struct dl_phdr_info *info, size_t size, void *data)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	struct segment segments[16];
	size_t count = 0;

	(void)size;
	(void)data;
	/* The table itself is in the first segment, and a look at it would bring that back: so all
	 * of it is read before anything goes. */
	for (int i = 0; i < info->dlpi_phnum && count < array_length(segments); i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W))
			segments[count++] =
				(struct segment){start & ~(page - 1), start + segment->p_memsz};
	}
	for (size_t i = 0; i < count; i++)
		madvise((void *)segments[i].start, segments[i].end - segments[i].start,
			MADV_DONTNEED);
	return 0;
}

void trim_memory(void)
{
	malloc_trim(0);
	trim_stack();
	dl_iterate_phdr(trim_object, NULL);
}
