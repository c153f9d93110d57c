/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/trampoline/trampoline.c - the program that a clone of ours becomes before it is a
 * container's: see runtime/trampoline.h. It holds nothing of the host's, neither in its memory nor
 * in its command line.
 *
 *   FLAGS+N PATH [LABEL] ARGS...
 *
 * executes PATH with ARGS and its environment; N: its first descriptor.
 *
 * It is embedded into our programs, so it is a few hundred bytes large: no libc.
 */
#include "runtime/trampoline/steps.h"

__attribute__((used)) static _Noreturn void begin(long *stack)
{
	char **argv = (char **)(stack + 1), **env = (char **)(stack + stack[0] + 2);

	bare_call(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (stack[0] > 1)
		trampoline_steps(argv[0], argv[1], argv + 2, env);
	leave(127);
}

BARE_ENTRY(begin);
