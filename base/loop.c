/* SPDX-License-Identifier: Apache-2.0 */
#include "base/loop.h"

#include "base/error.h"
#include "base/units.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define REST_NS (100 * MILLISECOND)

int loop_init(struct loop *loop, struct error *err)
{
	*loop = (struct loop){.epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
	if (loop->epoll_fd < 0)
		return error_errno(err, "cannot create an event loop");
	return 0;
}

void loop_release(struct loop *loop)
{
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	loop->epoll_fd = -1;
}

int loop_add(struct loop *loop, struct loop_source *source, int fd, uint32_t events,
	     struct error *err)
{
	struct epoll_event event = {.events = events, .data.ptr = source};

	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return error_errno(err, "cannot watch a descriptor");
	source->fd = fd;
	source->events = events;
	source->loop = loop;
	return 0;
}

static int change(struct loop_source *source, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = source};

	return epoll_ctl(source->loop->epoll_fd, EPOLL_CTL_MOD, source->fd, &event);
}

static void end_rest(struct loop_source *source)
{
	struct loop_source **link = &source->loop->resting;

	if (!source->rests_until_ns)
		return;
	while (*link != source)
		link = &(*link)->next_resting;
	*link = source->next_resting;
	source->rests_until_ns = 0;
}

int loop_modify(struct loop_source *source, uint32_t events, struct error *err)
{
	end_rest(source);
	if (change(source, events) < 0)
		return error_errno(err, "cannot watch a descriptor");
	source->events = events;
	return 0;
}

int loop_watch(struct loop *loop, struct loop_source *source, int fd, uint32_t events,
	       struct error *err)
{
	if (source->loop && (!events || source->fd != fd))
		loop_remove(source);
	if (!events || (source->loop && source->events == events))
		return 0;
	return source->loop ? loop_modify(source, events, err)
			    : loop_add(loop, source, fd, events, err);
}

/* What it announced in the batch that is being handled does not count any more. */
static void forget_ready(struct loop_source *source)
{
	struct loop *loop = source->loop;

	for (int i = 0; loop && i < loop->ready_count; i++)
		if (loop->ready[i] == source)
			loop->ready[i] = NULL;
}

void loop_remove(struct loop_source *source)
{
	if (!source->loop)
		return;
	end_rest(source);
	epoll_ctl(source->loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	forget_ready(source);
	source->loop = NULL;
}

int loop_accept(struct loop_source *source)
{
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0 || !error_is_shortage(errno) || source->rests_until_ns || change(source, 0) < 0)
		return fd;
	source->rests_until_ns = units_monotonic_ns() + REST_NS;
	source->next_resting = source->loop->resting;
	source->loop->resting = source;
	return fd;
}

/* Returns how long the loop may wait, at most @timeout_ms (-1: for ever). */
static int wake_rested(struct loop *loop, int timeout_ms)
{
	struct loop_source *next;
	int64_t now = loop->resting ? units_monotonic_ns() : 0;

	for (struct loop_source *source = loop->resting; source; source = next) {
		int64_t left_ms = (source->rests_until_ns - now + MILLISECOND - 1) / MILLISECOND;

		next = source->next_resting;
		if (left_ms <= 0) {
			end_rest(source);
			change(source, source->events);
		} else if (timeout_ms < 0 || left_ms < timeout_ms) {
			timeout_ms = (int)left_ms;
		}
	}
	return timeout_ms;
}

int loop_timer_create(struct loop *loop, struct loop_source *source, struct error *err)
{
	int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0)
		return error_errno(err, "cannot create a timer");
	if (loop_add(loop, source, fd, EPOLLIN, err) < 0) {
		close(fd);
		return -1;
	}
	return 0;
}

static struct timespec to_timespec(int64_t ns)
{
	return (struct timespec){.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};
}

void loop_timer_set(struct loop_source *source, int64_t delay_ns, int64_t interval_ns)
{
	struct itimerspec when = {
		.it_value = to_timespec(delay_ns),
		.it_interval = to_timespec(interval_ns),
	};

	timerfd_settime(source->fd, 0, &when, NULL);
	forget_ready(source);
}

void loop_timer_read(struct loop_source *source)
{
	uint64_t expirations;

	while (read(source->fd, &expirations, sizeof(expirations)) < 0 && errno == EINTR)
		;
}

void loop_timer_release(struct loop_source *source)
{
	if (!source->loop)
		return;
	loop_remove(source);
	close(source->fd);
	source->fd = -1;
}

int loop_signals_create(struct loop *loop, struct loop_source *source, const sigset_t *signals,
			struct error *err)
{
	int fd;

	if (sigprocmask(SIG_BLOCK, signals, NULL) < 0)
		return error_errno(err, "cannot block signals");
	fd = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return error_errno(err, "cannot receive signals");
	return loop_add(loop, source, fd, EPOLLIN, err);
}

int loop_signal_read(struct loop_source *source, pid_t *sender)
{
	struct signalfd_siginfo info;

	if (read(source->fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	if (sender)
		*sender = (pid_t)info.ssi_pid;
	return (int)info.ssi_signo;
}

int loop_step(struct loop *loop, int timeout_ms, struct error *err)
{
	struct epoll_event events[32];
	int n = epoll_wait(loop->epoll_fd, events, 32, wake_rested(loop, timeout_ms));

	if (n < 0 && errno == EINTR)
		return 0;
	if (n < 0)
		return error_errno(err, "cannot wait for events");
	for (int i = 0; i < n; i++)
		loop->ready[i] = events[i].data.ptr;
	loop->ready_count = n;
	for (int i = 0; i < n && !loop->stopping; i++) {
		struct loop_source *source = loop->ready[i];

		loop->ready[i] = NULL;
		if (source)
			source->handler(source, events[i].events);
	}
	loop->ready_count = 0;
	return n;
}

int loop_run(struct loop *loop, struct error *err)
{
	loop->stopping = false;
	while (!loop->stopping)
		if (loop_step(loop, -1, err) < 0)
			return -1;
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->stopping = true;
}
