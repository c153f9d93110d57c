/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options that stand before an OCI command, and the log that they name: conmon, containerd and
 * dockerd read it.
 */
#include "cli/table.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/units.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Out of the way of descriptors that are to be preserved. */
#define HIGH_FD 1000

const struct option_spec oci_globals[] = {
	OPTION(STRING, "root", 0, globals, oci_root,
	       "Keep the state of containers in this directory", .value = "DIRECTORY",
	       .fallback = "/run/coracle-oci"),
	OPTION(STRING, "log", 0, globals, oci_log, "Write errors and warnings into this file, too",
	       .value = "FILE"),
	OPTION(WORD, "log-format", 0, globals, oci_log_format, "How that file is written",
	       .value = "FORMAT", .words = "text json", .fallback = "text"),
	OPTION(BOOL, "debug", 'D', globals, debug, "Say more on standard error"),
	OPTION(BOOL, "systemd-cgroup", 0, globals, oci_systemd_cgroup,
	       "Have systemd make cgroups, as --cgroup-manager systemd"),
	OPTION(WORD, "cgroup-manager", 0, globals, oci_cgroup_manager, "Who makes cgroups",
	       .value = "MANAGER", .words = "cgroupfs systemd disabled", .fallback = "cgroupfs"),
	OPTION(WORD, "rootless", 0, globals, oci_rootless,
	       "Whether somebody else than root calls, which true is refused for", .value = "BOOL",
	       .words = "auto true false", .fallback = "auto"),
	OPTION(BOOL, "version", 'v', globals, show_version, "Show the version"),
	{0},
};

static int open_log(struct globals *globals, struct error *err)
{
	auto_close int fd = open(globals->oci_log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0)
		return error_errno(err, "cannot open the log '%s'", globals->oci_log);
	globals->oci_log_fd = fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);
	if (globals->oci_log_fd < 0)
		globals->oci_log_fd = take_fd(&fd);
	return 0;
}

int oci_begin(struct globals *globals, struct error *err)
{
	if (!globals->oci_root)
		globals->oci_root = "/run/coracle-oci";
	if (globals->oci_log && open_log(globals, err) < 0)
		return -1;
	if (globals->oci_rootless && strcmp(globals->oci_rootless, "true") == 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "--rootless=true: containers of somebody else than root are not "
				 "supported; call this as root");
	return 0;
}

static void format_json(struct strbuf *out, const char *level, const char *time, const char *text)
{
	auto_json json *object = json_new_object();

	json_set_string(object, "level", level);
	json_set_string(object, "msg", text);
	json_set_string(object, "time", time);
	json_print(out, object, false);
	strbuf_add_char(out, '\n');
}

/* Quoted, a text of several lines is one line, too. */
static void format_text(struct strbuf *out, const char *level, const char *time, const char *text)
{
	auto_json json *quoted = json_new_string(text, strlen(text));

	strbuf_printf(out, "time=\"%s\" level=%s msg=", time, level);
	json_print(out, quoted, false);
	strbuf_add_char(out, '\n');
}

void oci_tell(const struct globals *globals, const char *level, const char *text)
{
	auto_strbuf struct strbuf line = {0};
	struct timespec now = units_now();
	char time[UNITS_TIME_SIZE];

	if (globals->oci_log_fd <= 0)
		return;
	units_format_time(time, &now);
	if (globals->oci_log_format && strcmp(globals->oci_log_format, "json") == 0)
		format_json(&line, level, time, text);
	else
		format_text(&line, level, time, text);
	file_write_all(globals->oci_log_fd, line.text, line.length, NULL);
}
