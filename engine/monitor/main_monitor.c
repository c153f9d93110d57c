/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor's executable, libexec/coracle/monitor.
 *
 * Apart from the coracle command only for its size: of one per running container, each page counts,
 * and this one has neither the compose loader nor the command tables nor the image reader in it.
 */
#include "base/nss.h"
#include "engine/monitor/monitor.h"
#include "engine/monitor/monitor_request.h"

#include <sys/prctl.h>

int main(int argc, char **argv)
{
	/* No core file has what a container's environment says, nobody else looks into this memory.
	 */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	nss_prepare();
	return monitor_main(argc, argv, monitor_request);
}
