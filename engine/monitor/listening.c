/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/monitor/listening.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "engine/monitor/monitor.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define FIRST_DELAY   (5 * MILLISECOND)
#define LONGEST_DELAY SECOND
/* Who listens later than that has its part all the same: it may never do so on purpose. */
#define LONGEST_WAIT (60 * SECOND)
/* So has who listens at one of its ports, and that much later not at all of them. */
#define LONGEST_REST  (5 * SECOND)
#define LARGEST_TABLE ((size_t)4 << 20)
#define STATE_LISTEN  0x0a

static bool has_tcp(const struct container *container)
{
	for (size_t i = 0; i < container->config.port_count; i++)
		if (strcmp(container->config.ports[i].protocol, "tcp") == 0)
			return true;
	return false;
}

bool listening_is_awaited(const struct container *container)
{
	return container->config.port_share && !container->healthcheck.test && has_tcp(container);
}

/* "  0: 00000000:0050 00000000:0000 0A …" of /proc/PID/net/tcp. */
static bool is_listener(const char *line, uint16_t port)
{
	unsigned local, state;

	return sscanf(line, " %*u: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &local, &state) == 2 &&
	       local == port && state == STATE_LISTEN;
}

static bool has_listener(const struct strbuf *table, uint16_t port)
{
	for (const char *line = strbuf_text(table); *line; line += *line == '\n') {
		if (is_listener(line, port))
			return true;
		line += strcspn(line, "\n");
	}
	return false;
}

/* Of its published ports, and how many there are. */
static size_t count_listeners(const struct monitor *monitor, size_t *wanted)
{
	const struct container_config *config = &monitor->container.config;
	auto_strbuf struct strbuf table = {0};
	size_t count = 0;

	*wanted = 0;
	for (size_t i = 0; i < 2; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/net/%s", monitor->container.state.pid,
			 i == 0 ? "tcp" : "tcp6");
		file_read(AT_FDCWD, path, LARGEST_TABLE, &table, NULL);
	}
	for (size_t i = 0; i < config->port_count; i++) {
		if (strcmp(config->ports[i].protocol, "tcp") != 0)
			continue;
		++*wanted;
		count += has_listener(&table, config->ports[i].container_port);
	}
	return count;
}

static void handle_timer(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;
	struct listening *listening = &monitor->listening;
	int64_t now_ns = units_monotonic_ns();
	size_t wanted, count = count_listeners(monitor, &wanted);

	(void)events;
	loop_timer_read(source);
	if (count > 0 && listening->end_ns > now_ns + LONGEST_REST)
		listening->end_ns = now_ns + LONGEST_REST;
	if (count == wanted || now_ns >= listening->end_ns) {
		listening_end(monitor);
		listening->is_over = true;
		monitor_ports_set_ready(monitor, true);
		return;
	}
	loop_timer_set(source, listening->delay_ns, 0);
	if (listening->delay_ns < LONGEST_DELAY)
		listening->delay_ns *= 2;
}

int listening_begin(struct monitor *monitor, struct error *err)
{
	struct listening *listening = &monitor->listening;

	if (listening->timer.loop || listening->is_over || !monitor->container.state.port_count ||
	    !listening_is_awaited(&monitor->container))
		return 0;
	listening->timer = (struct loop_source){.handler = handle_timer, .data = monitor};
	listening->delay_ns = FIRST_DELAY;
	listening->end_ns = units_monotonic_ns() + LONGEST_WAIT;
	if (loop_timer_create(&monitor->loop, &listening->timer, err) < 0)
		return -1;
	loop_timer_set(&listening->timer, FIRST_DELAY, 0);
	return 0;
}

void listening_end(struct monitor *monitor)
{
	loop_timer_release(&monitor->listening.timer);
	monitor->listening = (struct listening){0};
}
