/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of the host, as a monitor sees it. Process 1 says it to everybody by SIGTERM, waits, and
 * kills what is left: systemd's shutdown, which has taken systemd's place by then, BusyBox's init,
 * whatever is the first process of a container that we are in. A container is stopped as anybody
 * stops it, and no policy revives it; but nobody has wanted it to be stopped, so that `resume`
 * starts it. A SIGTERM of anybody else means nothing.
 */
#include "engine/monitor/monitor.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

/* systemd itself ends the processes of a unit. Where it counts by cgroups of version 1 we may be
 * among those, of whatever has started us. */
static bool ends_a_unit(void)
{
	auto_strbuf struct strbuf name = {0};

	return file_read(AT_FDCWD, "/proc/1/comm", 64, &name, NULL) == 0 &&
	       strcmp(strbuf_text(&name), "systemd\n") == 0;
}

bool monitor_host_goes_down(struct monitor *monitor)
{
	pid_t sender = 0;

	return loop_signal_read(&monitor->host_source, &sender) == SIGTERM && sender == 1 &&
	       !ends_a_unit();
}

int monitor_host_watch(struct monitor *monitor, loop_handler *handler, struct error *err)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	monitor->host_source = (struct loop_source){.handler = handler, .data = monitor};
	return loop_signals_create(&monitor->loop, &monitor->host_source, &signals, err);
}
