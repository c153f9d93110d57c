/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/main.c - the command line's executable.
 */
#include "base/nss.h"
#include "base/process.h"
#include "cli/dispatch.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
	process_ensure_stdio();
	nss_prepare();
	process_reset_children();
	/* Secrets pass through this memory: they must not end in a core file. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error like a full disk */
	process_cloexec_from(3);
	umask(022);
	return dispatch_main(argc, argv);
}
