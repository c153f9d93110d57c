/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/monitor/monitor.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "base/trim.h"
#include "base/units.h"
#include "engine/container_cgroup.h"
#include "engine/container_event.h"
#include "engine/container_json.h"
#include "engine/keeper.h"
#include "engine/labels.h"
#include "engine/launch.h"
#include "engine/monitor/exit_status.h"
#include "engine/monitor_start.h"
#include "engine/namespace_mode.h"
#include "engine/start.h"
#include "net/responder.h"
#include "runtime/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_STARTED "stopped before it started"
/* What is said of a run whose end nobody of ours has seen. */
#define CODE_LOST   "its exit code is not known: its monitor and its keeper were killed"
#define UNSEEN	    "it ended while neither its monitor nor its keeper was there: "
#define OUTPUT_LOST UNSEEN "what it had written last may be lost"
#define ALL_LOST    UNSEEN "its exit code is not known, and what it had written last may be lost"

static void tell_starter(struct monitor *monitor, int code, const char *text)
{
	struct error message = {.code = code};

	if (monitor->ready_fd < 0)
		return;
	snprintf(message.text, sizeof(message.text), "%s", text);
	error_send(monitor->ready_fd, &message);
	if (code >= 0) {
		loop_remove(&monitor->starter_source);
		close(monitor->ready_fd);
		monitor->ready_fd = -1;
	}
}

static void stamp(char out[40])
{
	struct timespec now = units_now();

	units_format_time(out, &now);
}

/* How the process ended: as its parent, or by what the kernel still knows of a foreign child. -1
 * when nobody can tell. */
static int read_exit_code(struct monitor *monitor)
{
	siginfo_t info = {0};
	int code;

	if (waitid(P_PIDFD, (id_t)monitor->pidfd, &info, WEXITED) == 0)
		return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	if (keeper_ask(monitor->keeper_fd, monitor->container.state.pid, 50, &code))
		return code;
	return exit_status_of_foreign(monitor->pidfd, monitor->container.state.pid);
}

/* @code -1: nobody knows it, and @lost says why. */
static void note_end(struct monitor *monitor, int code, const char *lost)
{
	struct container_state *state = &monitor->container.state;

	state->exit_code = code < 0 ? 255 : code;
	if (code < 0)
		state->error = lost;
	stamp(monitor->finished_at);
	monitor->tells_death = true;
}

static void release_run(struct monitor *monitor)
{
	loop_remove(&monitor->process_source);
	if (monitor->pidfd >= 0)
		close(monitor->pidfd);
	monitor->pidfd = -1;
	monitor->container.state.pid = 0;
	monitor->container.state.start_time = 0;
}

/* The last things: what the run had in the kernel goes, whoever waits is told. */
static void finish(struct monitor *monitor, const struct error *err)
{
	struct container_state *state = &monitor->container.state;

	monitor_network_leave_watch(monitor);
	responder_close(monitor->responder);
	monitor->responder = NULL;
	if (monitor->holder)
		ports_release(monitor->holder);
	monitor->holder = NULL;
	state->health = HEALTH_NONE;
	start_undo(monitor->engine, &monitor->container, monitor->leaves_network);
	state->endpoint_count = state->port_count = 0;
	if (monitor->log) /* the next monitor may come before this one has ended */
		log_writer_close(monitor->log);
	monitor->log = NULL;
	monitor_end(monitor, err);
}

static void start_again(struct monitor *monitor);

static void decide(struct monitor *monitor, int64_t ran_ns)
{
	struct container_state *state = &monitor->container.state;
	enum restart_event event = state->exit_code ? RESTART_EVENT_FAILURE : RESTART_EVENT_SUCCESS;
	struct restart_decision decision;

	if (monitor->is_stopping)
		event = RESTART_EVENT_STOPPED;
	decision = restart_decide(&monitor->container.config.restart, &monitor->history, event,
				  ran_ns);
	if (monitor->restarts_after_stop || decision.restarts)
		monitor_ports_end_part(monitor);
	if (monitor->restarts_after_stop) {
		monitor_event_end(monitor);
		monitor_io_end_run(monitor);
		start_again(monitor);
	} else if (decision.restarts) {
		state->status = CONTAINER_RESTARTING;
		monitor_save(monitor, false, NULL);
		monitor_event_end(monitor);
		monitor_io_end_run(monitor);
		loop_timer_set(&monitor->restart_timer, decision.delay_ns, 0);
	} else {
		state->status = CONTAINER_EXITED;
		state->stopped_by_user = monitor->is_stopping && !monitor->ends_with_host;
		state->is_stopping = false;
		finish(monitor, NULL);
	}
}

static void on_process_exit(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;
	struct container_state *state = &monitor->container.state;
	auto_arena struct arena arena = {0};
	auto_close int cgroup_fd = -1;

	(void)events;
	cgroup_fd = cgroup_open(container_cgroup_path(&monitor->container, &arena), NULL);
	note_end(monitor, read_exit_code(monitor), CODE_LOST);
	state->oom_killed = cgroup_fd >= 0 && cgroup_oom_kills(cgroup_fd) > 0;
	if (cgroup_fd >= 0)
		cgroup_kill(cgroup_fd, NULL); /* with a shared pid namespace, others may be left */
	health_end(monitor);
	listening_end(monitor);
	monitor_output_drain(monitor);
	loop_timer_set(&monitor->stop_timer, 0, 0);
	release_run(monitor);
	monitor_network_announce(monitor, false);
	monitor->ran_ns = units_monotonic_ns() - monitor->started_ns;
	decide(monitor, monitor->ran_ns);
	monitor_io_settle(monitor);
}

static int watch_process(struct monitor *monitor, int pidfd, struct error *err)
{
	monitor->pidfd = pidfd;
	monitor->process_source = (struct loop_source){.handler = on_process_exit, .data = monitor};
	return loop_add(&monitor->loop, &monitor->process_source, pidfd, EPOLLIN, err);
}

/* The process could not execve: an exit like any other, with Docker's code for it. */
static void fail_start(struct monitor *monitor, const struct error *err)
{
	struct container_state *state = &monitor->container.state;

	state->exit_code = spawn_exit_code(err);
	snprintf(monitor->error_text, sizeof(monitor->error_text), "%s", err->text);
	state->error = monitor->error_text;
	stamp(monitor->finished_at);
	loop_remove(&monitor->process_source);
	/* Without spawn_start it still waits, and would for ever. */
	if (monitor->spawned.pidfd >= 0)
		process_signal(monitor->spawned.pidfd, SIGKILL, NULL);
	if (monitor->spawned.pid > 0)
		process_reap(monitor->spawned.pid);
	spawn_release(&monitor->spawned);
	monitor->spawned.pid = 0;
	monitor->pidfd = -1; /* spawned's, which is closed */
	state->pid = 0;
	state->start_time = 0;
	monitor_network_announce(monitor, false);
}

/* A start that never came to be: no policy revives it. */
static void give_up(struct monitor *monitor, const struct error *err)
{
	monitor->container.state.status = CONTAINER_CREATED;
	finish(monitor, err);
}

/* Lets the waiting process execve. */
int monitor_begin(struct monitor *monitor)
{
	struct container_state *state = &monitor->container.state;
	struct error err = {0};

	monitor->waits_for_attach = false;
	monitor_network_announce(monitor, true);
	if (spawn_start(&monitor->spawned, &err) < 0) {
		fail_start(monitor, &err);
		if (monitor->ready_fd >= 0) {
			give_up(monitor, &err); /* who hears of it finds nothing running */
			tell_starter(monitor, err.code ? err.code : ERROR_INVALID, err.text);
			return -1;
		}
		monitor->restarts_after_stop = false;
		monitor_io_finish(monitor, &err);
		decide(monitor, 0);
		return -1;
	}
	stamp(monitor->started_at);
	monitor->started_ns = units_monotonic_ns();
	state->status = CONTAINER_RUNNING;
	state->error = NULL;
	state->health = monitor->container.healthcheck.test ? HEALTH_STARTING : HEALTH_NONE;
	monitor_watch_health(monitor);
	monitor_save(monitor, true, NULL);
	container_event(&monitor->container, "start", NULL, 0);
	monitor->spawned.pidfd = -1; /* ours now */
	spawn_release(&monitor->spawned);
	monitor->spawned.pid = 0;
	keeper_guard(monitor->keeper_fd, state->pid, monitor->output_fds[LOG_STDOUT],
		     monitor->output_fds[LOG_STDERR]);
	tell_starter(monitor, 0, "");
	return 0;
}

/* A restart: the container's description is read anew, the network namespace stays. */
static int prepare_again(struct monitor *monitor, struct error *err)
{
	struct container_state *state = &monitor->container.state;
	struct start start;
	int restarts = state->restart_count + !monitor->restarts_after_stop;

	start_undo(monitor->engine, &monitor->container, true);
	if (start_prepare(&start, monitor->engine, monitor->container.id, monitor->netns_fd, err) <
	    0) {
		if (start.spawned.pidfd >= 0)
			process_signal(start.spawned.pidfd, SIGKILL, NULL);
		if (start.spawned.pid > 0)
			process_reap(start.spawned.pid);
		spawn_release(&start.spawned);
		if (start.netns_fd >= 0 && start.netns_fd != monitor->netns_fd)
			close(start.netns_fd);
		start_release(&start);
		return -1;
	}
	start.container.state.restart_count = restarts;
	monitor->spawned = start.spawned;
	if (monitor->netns_fd < 0 && start.container.state.endpoint_count)
		monitor->netns_fd = start.netns_fd;
	else if (start.netns_fd >= 0 && start.netns_fd != monitor->netns_fd)
		close(start.netns_fd);
	arena_release(&monitor->arena);
	monitor->arena = start.arena;
	start.arena = (struct arena){0};
	monitor->container = start.container;
	start_release(&start);
	return 0;
}

static int resume_run(struct monitor *monitor, struct error *err)
{
	if (monitor_output_connect(monitor, monitor->spawned.terminal_fd, err) < 0)
		return -1;
	monitor->spawned.terminal_fd = -1;
	return watch_process(monitor, monitor->spawned.pidfd, err);
}

static void start_again(struct monitor *monitor)
{
	struct error err = {0};

	monitor->is_stopping = false;
	if (prepare_again(monitor, &err) < 0 || resume_run(monitor, &err) < 0) {
		fail_start(monitor, &err);
		monitor->restarts_after_stop = false;
		monitor_io_finish(monitor, &err);
		decide(monitor, 0);
		return;
	}
	if (monitor_network_serve(monitor, &err) < 0)
		monitor_owe(monitor, MONITOR_OWES_NETWORK, &err);
	if (monitor_begin(monitor) == 0 && monitor->restarts_after_stop) {
		container_event(&monitor->container, "restart", NULL, 0);
		monitor_io_finish(monitor, NULL);
	}
	monitor->restarts_after_stop = false;
}

static void on_restart_timer(struct loop_source *source, uint32_t events)
{
	(void)events;
	loop_timer_read(source);
	start_again(source->data);
}

void monitor_cancel_start(struct monitor *monitor)
{
	struct error err = {.code = ECANCELED, .text = NOT_STARTED};

	loop_timer_set(&monitor->restart_timer, 0, 0);
	if (monitor->waits_for_attach)
		fail_start(monitor, &err);
	decide(monitor, 0);
}

/* As anybody stops it; but nobody has wanted it to be stopped. */
static void on_host_end(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;

	(void)events;
	if (!monitor_host_goes_down(monitor) ||
	    (monitor->is_stopping && !monitor->restarts_after_stop))
		return;
	monitor->ends_with_host = true;
	monitor->restarts_after_stop = false;
	if (!monitor_stop(monitor, spec_signal(monitor->container.stop_signal),
			  container_grace_ms(&monitor->container)))
		monitor_cancel_start(monitor);
}

/* ---- start of the role ---- */

static int take_start(struct monitor *monitor, const char *text, struct error *err)
{
	struct monitor_start start;

	if (monitor_start_parse(&start, text, err) < 0)
		return -1;
	monitor->lock_fd = start.lock_fd;
	monitor->ready_fd = start.ready_fd;
	monitor->netns_fd = start.netns_fd;
	monitor->keeper_fd = start.keeper_fd;
	monitor->spawned.sync_fd = start.sync_fd;
	monitor->spawned.terminal_fd = start.terminal_fd;
	monitor->spawned.pidfd = start.pidfd;
	monitor->spawned.pid = start.pid;
	monitor->waits_for_attach = start.waits_for_attach > 0;
	process_cloexec_from(3);
	return 0;
}

static int open_timers(struct monitor *monitor, struct error *err)
{
	monitor->restart_timer = (struct loop_source){.handler = on_restart_timer, .data = monitor};
	if (monitor_stop_open(monitor, err) < 0)
		return -1;
	return loop_timer_create(&monitor->loop, &monitor->restart_timer, err);
}

/* Whoever was to attach has been killed: nobody will. */
static void on_starter_gone(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;
	struct error err = {.code = ECANCELED, .text = NOT_STARTED};

	(void)events;
	loop_remove(source);
	if (!monitor->waits_for_attach)
		return;
	fail_start(monitor, &err);
	give_up(monitor, &err);
}

static int watch_starter(struct monitor *monitor, struct error *err)
{
	monitor->starter_source = (struct loop_source){.handler = on_starter_gone, .data = monitor};
	/* Nothing is waited for but the error that a pipe without a reader is. */
	return loop_add(&monitor->loop, &monitor->starter_source, monitor->ready_fd, 0, err);
}

static int begin_fresh(struct monitor *monitor, struct error *err)
{
	if (monitor_io_open(monitor, true, err) < 0 || monitor_network_serve(monitor, err) < 0 ||
	    resume_run(monitor, err) < 0)
		return -1;
	if (!monitor->waits_for_attach) {
		monitor_begin(monitor);
		return 0;
	}
	tell_starter(monitor, LAUNCH_LISTENING, "");
	return watch_starter(monitor, err);
}

/* The run's beginning in our clock, from the process's start in ticks since boot. */
static int64_t begin_of_run(const struct container_state *state)
{
	return (int64_t)state->start_time * (SECOND / sysconf(_SC_CLK_TCK));
}

/* Inherited from our keeper; another one's, when that could not start us. */
static int find_terminal(struct monitor *monitor)
{
	int fd = monitor->spawned.terminal_fd;

	monitor->spawned.terminal_fd = -1;
	return fd >= 0 ? fd : keeper_find_terminal(monitor->dirs.run_fd);
}

/* The process ended while nobody looked, but perhaps a keeper. */
static void adopt_dead(struct monitor *monitor)
{
	struct container_state *state = &monitor->container.state;
	int64_t ran_ns = state->start_time ? units_monotonic_ns() - begin_of_run(state) : 0;
	int code = -1;

	monitor_output_drain(monitor);
	if (state->status != CONTAINER_RESTARTING) {
		keeper_ask(monitor->keeper_fd, state->pid, 1000, &code);
		note_end(monitor, code, ALL_LOST);
		monitor->ran_ns = ran_ns;
	}
	state->pid = 0;
	state->start_time = 0;
	network_detach(&monitor->engine->net, (char *[]){(char *)monitor->container.id}, 1, NULL);
	decide(monitor, ran_ns);
}

/* Takes over from a monitor that was killed. */
static int begin_adoption(struct monitor *monitor, struct error *err)
{
	struct container_state *state = &monitor->container.state;
	struct process_id process = {.pid = state->pid, .start_time = state->start_time};
	int pidfd;

	if (!container_is_live(&monitor->container)) { /* killed when its work was done */
		monitor->is_finished = true;
		return 0;
	}
	/* Output first: from here on what the process has written cannot be lost by its end. */
	if (monitor_io_open(monitor, false, err) < 0 ||
	    monitor_output_connect(monitor, find_terminal(monitor), err) < 0)
		return -1;
	pidfd = process_open(&process, err);
	if (pidfd < 0 && err->code != ESRCH)
		return -1; /* it may well run */
	monitor->is_stopping = state->stopped_by_user;
	monitor->history.attempts = state->restart_count;
	snprintf(monitor->started_at, sizeof(monitor->started_at), "%s",
		 state->started_at ? state->started_at : "");
	if (pidfd < 0) {
		adopt_dead(monitor);
		return 0;
	}
	if (!namespace_mode_is_foreign(monitor->container.config.network_mode))
		monitor->netns_fd = netns_open(state->pid, NULL);
	/* Its own ends of the output may be closed; a keeper would have held the other ones. */
	if (monitor->ready_fd >= 0 && exit_status_is_near(state->pid))
		state->error = OUTPUT_LOST;
	if (watch_process(monitor, pidfd, err) < 0)
		return -1;
	monitor_network_adopt(monitor);
	monitor->started_ns = begin_of_run(state);
	monitor_watch_health(monitor);
	monitor_renew_names(monitor);
	monitor_save(monitor, false, NULL);
	keeper_guard(monitor->keeper_fd, state->pid, monitor->output_fds[LOG_STDOUT],
		     monitor->output_fds[LOG_STDERR]);
	/* The signal that was still to be given went with who was killed, or what comes after it.
	 */
	if (state->is_stopping)
		monitor_stop(monitor, spec_signal(monitor->container.stop_signal),
			     container_grace_ms(&monitor->container));
	return 0;
}

static void set_title(const struct monitor *monitor)
{
	char title[16];

	snprintf(title, sizeof(title), "coracle:%.7s", monitor->container.name);
	prctl(PR_SET_NAME, title);
}

static int prepare_role(struct monitor *monitor, const char *id, struct error *err)
{
	sigset_t blocked;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGHUP);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, NULL); /* only SIGKILL ends a monitor from outside */
	/* Started by a keeper: what the killed one had is closed a moment after its end. */
	for (int attempt = 0; monitor->lock_fd < 0 && attempt < 100; attempt++) {
		if (attempt)
			poll(NULL, 0, 10);
		monitor->lock_fd = container_monitor_lock(monitor->engine, id, err);
	}
	if (monitor->lock_fd < 0 ||
	    container_dirs_open(monitor->engine, id, &monitor->dirs, err) < 0 ||
	    container_load(monitor->engine, id, &monitor->container, &monitor->arena, err) < 0 ||
	    loop_init(&monitor->loop, err) < 0 || monitor_host_watch(monitor, on_host_end, err) < 0)
		return -1;
	set_title(monitor);
	return open_timers(monitor, err);
}

/* When a burst of work is over, memory goes back once; after that nothing wakes it up. */
static int watch_over(struct monitor *monitor, struct error *err)
{
	int timeout_ms = TRIM_SETTLED_MS;

	while (!monitor->is_finished) {
		int events =
			loop_step(&monitor->loop, monitor_retry_timeout(monitor, timeout_ms), err);

		if (events < 0)
			return -1;
		monitor_retry(monitor);
		if (events == 0 && timeout_ms > 0)
			trim_memory();
		timeout_ms = events == 0 ? -1 : TRIM_SETTLED_MS;
	}
	return 0;
}

/* One whose directory has gone was removed while nobody guarded it. */
static bool exists(const struct engine *engine, const char *id)
{
	return engine->layout.run_containers_fd <= 0 ||
	       faccessat(engine->layout.run_containers_fd, id, F_OK, 0) == 0;
}

/* coracle-monitor ROOT RUN ID NAME START */
int monitor_main(int argc, char **argv, monitor_client_handler *handler)
{
	/* What these hold is in use until the process ends. */
	static struct engine engine;
	static struct monitor monitor = {
		.engine = &engine,
		.dirs = {-1, -1},
		.lock_fd = -1,
		.ready_fd = -1,
		.netns_fd = -1,
		.keeper_fd = -1,
		.pidfd = -1,
		.spawned = {.pidfd = -1, .terminal_fd = -1, .sync_fd = -1},
		.output_fds = {-1, -1},
		.stdin_fd = -1,
		.health = {.probe = {0, -1, -1, -1, -1}},
	};
	struct error err = {0};
	bool is_fresh;

	if (argc < 6)
		return 2;
	if (take_start(&monitor, argv[5], &err) < 0) {
		log_warning("%s", err.text);
		return 2;
	}
	monitor.handler = handler;
	is_fresh = monitor.spawned.pid > 0;
	if (engine_open(&engine, argv[1], argv[2], &err) < 0 ||
	    prepare_role(&monitor, argv[3], &err) < 0 ||
	    (is_fresh ? begin_fresh(&monitor, &err) : begin_adoption(&monitor, &err)) < 0) {
		log_warning("monitor of %s: %s", argv[4], err.text);
		if (is_fresh && monitor.container.id) {
			fail_start(&monitor, &err);
			monitor.container.state.status = CONTAINER_CREATED;
			start_undo(&engine, &monitor.container, false);
			monitor_save(&monitor, true, NULL);
		}
		if (monitor.lock_fd >= 0)
			close(monitor.lock_fd);
		tell_starter(&monitor, err.code ? err.code : ERROR_INVALID, err.text);
		return is_fresh || exists(&engine, argv[3]); /* else there is nothing to guard */
	}
	if (!is_fresh)
		tell_starter(&monitor, 0, "");
	if (!monitor.is_finished && watch_over(&monitor, &err) < 0)
		log_warning("monitor of %s: %s", argv[4], err.text);
	monitor_io_close(&monitor);
	return 0;
}
