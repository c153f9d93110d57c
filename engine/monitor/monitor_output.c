/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's output: from its FIFOs or its terminal into the log and to attached clients. How
 * much of it is on its way to one client is monitor_client.c's business.
 *
 * Who writes line by line wakes its reader for each line, and both lose more time with that than
 * with the bytes. So a stream that keeps coming is not waited for but looked at every quarter of a
 * millisecond, until nothing has come for a while. Lines that come one by one are taken at once;
 * and the other stream ends it, for the order of the two is that of their arrival.
 */
#include "engine/monitor/monitor.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "engine/monitor/log_forward.h"
#include "engine/monitor/monitor_client.h"
#include "engine/monitor/monitor_input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>

/* Holds what comes within GATHER_NS at 1 GB/s. The kernel may refuse it. */
#define PIPE_SIZE (256 * 1024)
#define GATHER_NS (250 * MICROSECOND)
/* So many pieces in a row, each within GATHER_NS of the one before. */
#define STREAK 16
/* So many looks in vain end it: a writer that had to give way to others comes back. */
#define PATIENCE 8
/* More than a pipe holds, but not for ever: others want to be served, too. */
#define MOST_PIECES 8

static const char *const fifo_names[] = {"stdout", "stderr"};

void monitor_output_show(enum log_stream stream, const char *bytes, size_t length, void *data)
{
	struct monitor *monitor = data;
	struct control_message header = {.op = stream == LOG_STDOUT ? CONTROL_STDOUT
								    : CONTROL_STDERR};
	struct monitor_client *next;

	if (monitor->forward)
		log_forward_bytes(monitor->forward, stream, bytes, length);
	for (struct monitor_client *client = monitor->clients; client; client = next) {
		next = client->next;
		for (size_t at = 0; client->is_attached && at < length;) {
			size_t n =
				length - at < CONTROL_DATA_SIZE ? length - at : CONTROL_DATA_SIZE;

			if (!monitor_client_send(client, &header, bytes + at, n)) {
				monitor_client_drop(client);
				break;
			}
			at += n;
		}
	}
}

/* Whether there may be more. */
static bool take_output(struct monitor *monitor, enum log_stream stream)
{
	struct loop_source *source = &monitor->output_sources[stream];
	bool ended = false;
	struct error err;
	int n = log_writer_read(monitor->log, stream, source->fd, &ended, &err);

	if (n < 0)
		log_warning_once("%s", err.text);
	if (ended)
		loop_remove(source);
	/* Lines that wait for the disk are tried again, whether the container writes more or not.
	 */
	if (log_writer_is_behind(monitor->log))
		monitor_owe(monitor, MONITOR_OWES_LOG, NULL);
	return n > 0 && !ended;
}

/* All that is there: what comes to the other stream now has come later. */
static bool take_pieces(struct monitor *monitor, enum log_stream stream)
{
	int pieces = 0;

	while (pieces < MOST_PIECES && !monitor->output_is_blocked && take_output(monitor, stream))
		pieces++;
	return pieces > 0;
}

static void stop_gathering(struct monitor *monitor)
{
	struct loop_source *source = &monitor->output_sources[monitor->gathered.stream];

	loop_timer_release(&monitor->gathered.timer);
	monitor->gathered.streak = 0;
	log_writer_expect_more(monitor->log, false);
	if (source->loop)
		loop_modify(source, monitor->output_is_blocked ? 0 : EPOLLIN, NULL);
}

static void on_gather_timer(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;

	(void)events;
	loop_timer_read(source);
	if (take_pieces(monitor, monitor->gathered.stream))
		monitor->gathered.vain_looks = 0;
	else if (++monitor->gathered.vain_looks >= PATIENCE)
		stop_gathering(monitor);
}

static void start_gathering(struct monitor *monitor, struct loop_source *output)
{
	struct loop_source *timer = &monitor->gathered.timer;

	*timer = (struct loop_source){.handler = on_gather_timer, .data = monitor};
	if (loop_timer_create(&monitor->loop, timer, NULL) < 0)
		return;
	loop_timer_set(timer, GATHER_NS, GATHER_NS);
	loop_modify(output, 0, NULL);
	monitor->gathered.vain_looks = 0;
	log_writer_expect_more(monitor->log, true);
}

static bool keeps_coming(struct monitor *monitor, enum log_stream stream)
{
	struct gathered_output *gathered = &monitor->gathered;
	int64_t now_ns = units_monotonic_ns();

	if (stream != gathered->stream || now_ns - gathered->last_ns > GATHER_NS)
		gathered->streak = 0;
	gathered->stream = stream;
	gathered->last_ns = now_ns;
	return ++gathered->streak > STREAK;
}

static void on_output(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;
	enum log_stream stream = (enum log_stream)(source - monitor->output_sources);

	(void)events;
	if (!monitor->log) /* finished in this very round */
		return;
	if (monitor->gathered.timer.loop) {
		take_pieces(monitor, monitor->gathered.stream);
		stop_gathering(monitor);
		if (!source->loop)
			return;
	}
	take_pieces(monitor, stream);
	if (source->loop && !monitor->container.config.tty && !monitor->output_is_blocked &&
	    keeps_coming(monitor, stream))
		start_gathering(monitor, source);
}

/* ---- opening and closing ---- */

void monitor_output_close(struct monitor *monitor)
{
	loop_timer_release(&monitor->gathered.timer);
	monitor_client_end_input(monitor);
	for (int i = 0; i < LOG_STREAM_COUNT; i++) {
		loop_remove(&monitor->output_sources[i]);
		if (monitor->output_fds[i] >= 0)
			close(monitor->output_fds[i]);
		monitor->output_fds[i] = -1;
	}
}

static int watch_output(struct monitor *monitor, int stream, int fd, struct error *err)
{
	if (fd < 0)
		return error_errno(err, "cannot open the container's %s", fifo_names[stream]);
	monitor->output_fds[stream] = fd;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	monitor->output_sources[stream] =
		(struct loop_source){.handler = on_output, .data = monitor};
	return loop_add(&monitor->loop, &monitor->output_sources[stream], fd,
			monitor->output_is_blocked ? 0 : EPOLLIN, err);
}

int monitor_output_connect(struct monitor *monitor, int terminal_fd, struct error *err)
{
	int run_fd = monitor->dirs.run_fd;

	monitor_output_close(monitor);
	if (monitor->container.config.tty) {
		if (terminal_fd < 0)
			return 0; /* adopted without a keeper: the terminal is gone */
		monitor->stdin_fd = fcntl(terminal_fd, F_DUPFD_CLOEXEC, 3);
		return watch_output(monitor, LOG_STDOUT, terminal_fd, err);
	}
	for (int i = 0; i < LOG_STREAM_COUNT; i++) {
		int fd = openat(run_fd, fifo_names[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);

		if (fd < 0 && errno == ENOENT)
			log_warning("what it writes to %s is lost: the FIFO was deleted",
				    fifo_names[i]);
		else if (watch_output(monitor, i, fd, err) < 0)
			return -1;
		if (fd >= 0)
			fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
	}
	if (monitor->container.config.stdin_open)
		return monitor_input_open(monitor, monitor->spawned.pid > 0, err);
	return 0;
}

void monitor_output_drain(struct monitor *monitor)
{
	struct error err;

	for (int i = 0; i < LOG_STREAM_COUNT; i++) {
		bool ended = false;
		int n = 1;

		while (monitor->output_fds[i] >= 0 && n > 0 && !ended)
			n = log_writer_read(monitor->log, i, monitor->output_fds[i], &ended, &err);
	}
	if (log_writer_flush(monitor->log, &err) < 0)
		log_warning_once("%s", err.text);
	if (monitor->forward)
		log_forward_flush(monitor->forward);
	monitor_output_close(monitor);
}
