/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/dispatch.h - from the command line to a command: global options, the `compose` prefix, the
 * command's own options, and everything that its `needs` say, once for all commands.
 */
#pragma once

/* Returns the exit code of the process. */
int dispatch_main(int argc, char **argv);
