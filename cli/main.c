/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/main.c - the command line's executable.
 */
#include "base/process.h"
#include "cli/dispatch.h"

#include <sys/stat.h>

int main(int argc, char **argv)
{
	process_ensure_stdio();
	process_cloexec_from(3);
	umask(022);
	return dispatch_main(argc, argv);
}
