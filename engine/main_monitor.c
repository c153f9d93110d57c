/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor's executable, libexec/coracle/monitor.
 *
 * Apart from the coracle command only for its size: of one per running container, each page counts,
 * and this one has neither the compose loader nor the command tables nor the image reader in it.
 */
#include "engine/monitor.h"

int main(int argc, char **argv)
{
	return monitor_main(argc, argv);
}
