/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/main.c - the command line's executable.
 */
#include "base/nss.h"
#include "base/session.h"
#include "cli/dispatch.h"

int main(int argc, char **argv)
{
	session_begin();
	nss_prepare();
	return dispatch_main(argc, argv);
}
