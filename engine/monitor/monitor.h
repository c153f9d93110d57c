/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/monitor/monitor.h - the process that guards one container: libexec/coracle/monitor.
 *
 * Its job: parent (or adopter) of the container's first process; output into the log; control
 * socket; health; restart policy; DNS; state.json. Everything it needs is on disk or in descriptors
 * that it inherits, so a fresh one can take over at any time. The parts: monitor.c (start, exit,
 * restart), monitor_stop.c (stop, signals, pause), monitor_io.c (log and requests),
 * monitor_output.c, monitor_client.c (connections), monitor_network.c (networks, DNS, ports),
 * health.c (probes).
 */
#pragma once

#include "base/arena.h"
#include "base/loop.h"
#include "base/strbuf.h"
#include "engine/container.h"
#include "engine/container_store.h"
#include "engine/control.h"
#include "engine/logs/logfile.h"
#include "engine/monitor/health.h"
#include "engine/monitor/listening.h"
#include "engine/monitor/monitor_client.h"
#include "engine/monitor/restart.h"
#include "runtime/spawn.h"

#include <stdbool.h>
#include <stddef.h>

struct firewall_watch;
struct log_forward;
struct responder;

/* A stream that keeps coming is looked at by the clock. */
struct gathered_output {
	struct loop_source timer; /* exists while that is so */
	enum log_stream stream;
	int64_t last_ns; /* when it came */
	int streak, vain_looks;
};

struct monitor {
	struct engine *engine;
	struct arena arena; /* the container's description; renewed by a restart */
	struct container container;
	struct container_dirs dirs;
	struct loop loop;

	int lock_fd;			   /* held for life: "this container has a monitor" */
	int ready_fd;			   /* to the command that started us, -1 once told */
	struct loop_source starter_source; /* it has gone */
	int netns_fd;  /* kept over restarts; -1 for the host's or another container's */
	int keeper_fd; /* to our parent; -1: none */
	int pidfd;
	struct spawned spawned; /* the process, while it waits for spawn_start */
	bool waits_for_attach;
	struct loop_source process_source;

	struct log_writer *log;
	unsigned debts;			  /* enum monitor_debt: what could not be done so far */
	unsigned new_debts;		  /* those noted since the last one was settled */
	int64_t retry_ns;		  /* when that is tried again; 0: nothing is owed */
	struct log_forward *forward;	  /* NULL: only into the log */
	int output_fds[LOG_STREAM_COUNT]; /* FIFOs, or the terminal as the first */
	int stdin_fd;
	struct loop_source stdin_source; /* waits for room, when there is input */
	struct loop_source output_sources[LOG_STREAM_COUNT];
	bool output_is_blocked; /* a slow client: the container waits, as with a full pipe */
	struct gathered_output gathered;

	struct loop_source control_source;
	monitor_client_handler *handler; /* of what clients ask */
	struct monitor_client *clients;

	struct responder *responder;
	struct port_holder *holder;
	struct firewall_watch *watch;
	struct health health;
	struct listening listening;

	struct loop_source stop_timer; /* until the stop signal, then the grace period */
	int stop_signal;	       /* to be given when the timer ends; 0: it was */
	int64_t stop_grace_ms;
	struct loop_source settle_timer; /* until a signal has had its effect */
	bool is_stopping, restarts_after_stop, leaves_network;
	struct loop_source host_source;
	bool ends_with_host;	      /* nobody has wanted it to be stopped */
	bool tells_death, tells_stop; /* as events, once it is on disk */
	struct loop_source restart_timer;
	struct restart_history history;
	int64_t started_ns, ran_ns;
	char started_at[40], finished_at[40];
	char error_text[1024];
	bool is_finished;
};

/* argv as launch.c makes it. @handler is for what comes over the control socket. Returns the
 * process's exit code. */
int monitor_main(int argc, char **argv, monitor_client_handler *handler);

/* monitor_end.c */
/* The container has ended and is taken apart: tells everybody, and leaves. */
int monitor_end(struct monitor *monitor, const struct error *err);

/* monitor_host.c */
/* Calls @handler when it may be that the host goes down, and that asks. */
int monitor_host_watch(struct monitor *monitor, loop_handler *handler, struct error *err);
bool monitor_host_goes_down(struct monitor *monitor);

/* monitor_debt.c */
enum monitor_debt {
	MONITOR_OWES_STATE = 1 << 0,
	MONITOR_OWES_LOG = 1 << 1,
	MONITOR_OWES_WATCH = 1 << 2,   /* over its health */
	MONITOR_OWES_NETWORK = 1 << 3, /* names, ports, DNS */
	MONITOR_OWES_END = 1 << 4,     /* its own, see monitor_end */
};
/* It could not be done and is tried again; @why is logged, once, unless NULL. Returns -1. */
int monitor_owe(struct monitor *monitor, unsigned debts, const struct error *why);
/* Until what is owed is tried again, if that is sooner than @otherwise_ms (-1: never). */
int monitor_retry_timeout(const struct monitor *monitor, int otherwise_ms);

/* monitor_retry.c */
/* Settles what is owed, when it is time. */
void monitor_retry(struct monitor *monitor);
/* Begins to look after the container. What fails is owed. */
int monitor_watch_health(struct monitor *monitor);

/* monitor_save.c */
/* What cannot be written now is written as soon as it can: -1 when commands cannot read it so far,
 * and @err, which may be NULL, says why. */
int monitor_save(struct monitor *monitor, bool also_root, struct error *err);
/* Somebody has changed container.json: what is in it counts from now on. */
int monitor_reload(struct monitor *monitor, struct error *err);
/* A rename that was killed may have left the container's former name in its networks. */
void monitor_renew_names(struct monitor *monitor);

/* monitor.c, for monitor_request.c */
int monitor_begin(struct monitor *monitor);
/* Ends what has been created, or waits to be restarted, and does not run. */
void monitor_cancel_start(struct monitor *monitor);

/* monitor_network.c */
/* What fails is owed. */
int monitor_network_announce(struct monitor *monitor, bool visible);
/* Brings the container to the networks of its description, and serves them. What can be served is,
 * whatever fails. */
int monitor_network_serve(struct monitor *monitor, struct error *err);
/* It will end: somebody else shall watch the firewall. */
void monitor_network_leave_watch(struct monitor *monitor);
/* The same of a container whose monitor was killed. */
void monitor_network_adopt(struct monitor *monitor);

/* monitor_ports.c */
/* Its part in ports that it shares. What fails is owed. */
void monitor_ports_set_ready(struct monitor *monitor, bool is_ready);
/* Between two runs such a port is the others'. */
void monitor_ports_end_part(struct monitor *monitor);

/* monitor_stop.c */
int monitor_stop_open(struct monitor *monitor, struct error *err);
/* The signal, and SIGKILL after the grace period; a frozen one is thawed between. Where others
 * take over its published ports, the signal waits for what was on its way to it. False when nothing
 * of it runs: then its start is to be cancelled. */
bool monitor_stop(struct monitor *monitor, int signal, int64_t grace_ms);
/* A signal of the user's. SIGKILL and the stop signal also stop one that waits to be restarted.
 * What comes of it is seen by monitor_io_finish or monitor_io_settle. 1: as false of monitor_stop.
 */
int monitor_kill(struct monitor *monitor, int signal, struct error *err);
int monitor_pause(struct monitor *monitor, bool freezes, struct error *err);

/* monitor_event.c */
void monitor_event_signal(const struct monitor *monitor, int signal);
void monitor_event_health(const struct monitor *monitor);
void monitor_event_size(const struct monitor *monitor, unsigned rows, unsigned columns);
/* The end of a run, with its reasons. */
void monitor_event_end(struct monitor *monitor);

/* monitor_io.c */
/* With @is_fresh, a syslog that is not there keeps the container from starting. */
int monitor_io_open(struct monitor *monitor, bool is_fresh, struct error *err);
/* Tells whoever waits for a stop or restart. */
void monitor_io_finish(struct monitor *monitor, const struct error *err);
/* Tells attached clients the exit code. They were attached to that run, and have no part in the
 * next one's output and input. */
void monitor_io_end_run(struct monitor *monitor);
/* Tells whoever has sent a signal that its effect has been seen. */
void monitor_io_settle(struct monitor *monitor);
/* Returns when all clients have read what they were sent. */
void monitor_io_close(struct monitor *monitor);

/* monitor_output.c */
/* Opens the ends of the streams of a new run. */
int monitor_output_connect(struct monitor *monitor, int terminal_fd, struct error *err);
/* Reads what is left when the process has exited, and ends the lines. */
void monitor_output_drain(struct monitor *monitor);
void monitor_output_close(struct monitor *monitor);
/* What the log shows of the output before it is written: attached clients and syslog get it. */
log_tap monitor_output_show;
