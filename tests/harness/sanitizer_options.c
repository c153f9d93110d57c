/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where monitors of a sanitizer build report: they start without an environment, so they are told
 * here what tests/cli/helper.bash tells the CLI. Linked into the monitor of VARIANT=asan.
 *
 * gcc's libubsan beside libasan reads its options, but not where to: it is told by its own copy of
 * the function for that. Otherwise its reports go into the monitor's log, and with the container.
 */
#include <dlfcn.h>
#include <stddef.h>

#define PATH "/mnt/sanitizer/report"

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return "log_path=" PATH;
}

const char *__ubsan_default_options(void)
{
	return "log_path=" PATH ":print_stacktrace=1";
}

__attribute__((constructor)) static void set_path(void)
{
	void *library = dlopen("libubsan.so.1", RTLD_NOW | RTLD_NOLOAD);
	void (*set)(const char *) = NULL;

	if (library)
		*(void **)&set = dlsym(library, "__sanitizer_set_report_path");
	if (set)
		set(PATH);
}
