/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where monitors of a sanitizer build report: they start without an environment, so they are told
 * here what tests/cli/helper.bash tells the CLI. Linked into the monitor of VARIANT=asan.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

#define OPTIONS "log_path=/mnt/sanitizer/report"

const char *__asan_default_options(void)
{
	return OPTIONS;
}

const char *__ubsan_default_options(void)
{
	return OPTIONS ":print_stacktrace=1";
}
