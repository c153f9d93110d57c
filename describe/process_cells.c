/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns that ps knows: their names, their titles, and what each shows of a process.
 */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "describe/process_private.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* /etc/passwd alone: name services would load libraries into a static program. */
static void put_user(struct strvec *row, unsigned uid)
{
	auto_fclose FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry;

	while (file && (entry = fgetpwent(file))) {
		if (entry->pw_uid == uid) {
			strvec_add(row, entry->pw_name);
			return;
		}
	}
	strvec_addf(row, "%u", uid);
}

static void put_group(struct strvec *row, unsigned gid)
{
	auto_fclose FILE *file = fopen("/etc/group", "re");
	const struct group *entry;

	while (file && (entry = fgetgrent(file))) {
		if (entry->gr_gid == gid) {
			strvec_add(row, entry->gr_name);
			return;
		}
	}
	strvec_addf(row, "%u", gid);
}

#define CELL(name) static void add_##name(struct strvec *row, const struct process *process)
#define NUMBER(name, format, value)                                                                \
	CELL(name)                                                                                 \
	{                                                                                          \
		strvec_addf(row, format, value);                                                   \
	}

NUMBER(pid, "%d", process->pid)
NUMBER(ppid, "%d", process->parent)
NUMBER(pgid, "%d", process->group)
NUMBER(sid, "%d", process->session)
NUMBER(tpgid, "%d", process->foreground)
NUMBER(uid, "%u", process->uid)
NUMBER(euid, "%u", process->euid)
NUMBER(gid, "%u", process->gid)
NUMBER(egid, "%u", process->egid)
NUMBER(state, "%c", process->state)
NUMBER(flags, "%x", process->flags >> 6 & 7)
NUMBER(nice, "%d", process->nice)
NUMBER(priority, "%d", 39 - process->priority)
NUMBER(old_priority, "%d", 60 + process->priority)
NUMBER(threads, "%d", process->threads)
NUMBER(processor, "%d", process->processor)
NUMBER(rss, "%llu", (unsigned long long)process->resident_pages *(unsigned)getpagesize() / 1024)
NUMBER(vsz, "%llu", (unsigned long long)process->virtual_bytes / 1024)
NUMBER(pages, "%llu", (unsigned long long)process->virtual_bytes / (unsigned)getpagesize())

CELL(user)
{
	put_user(row, process->euid);
}

CELL(ruser)
{
	put_user(row, process->uid);
}

CELL(group)
{
	put_group(row, process->egid);
}

CELL(rgroup)
{
	put_group(row, process->gid);
}

CELL(nothing)
{
	(void)process;
	strvec_add(row, "-");
}

CELL(name)
{
	auto_strbuf struct strbuf text = {0};

	process_read_file(process->pid, "comm", &text);
	strvec_addf(row, "%.*s", (int)strcspn(strbuf_text(&text), "\n"), strbuf_text(&text));
}

CELL(command)
{
	auto_strbuf struct strbuf text = {0};

	if (process_read_file(process->pid, "cmdline", &text) == 0 && text.length > 0) {
		for (size_t i = 0; i + 1 < text.length; i++)
			if (!text.text[i])
				text.text[i] = ' ';
		strvec_add(row, text.text);
		return;
	}
	strbuf_clear(&text);
	process_read_file(process->pid, "comm", &text);
	strvec_addf(row, "[%.*s]", (int)strcspn(strbuf_text(&text), "\n"), strbuf_text(&text));
}

CELL(wait)
{
	auto_strbuf struct strbuf text = {0};

	process_read_file(process->pid, "wchan", &text);
	strvec_add(row, text.length && strcmp(text.text, "0") != 0 ? text.text : "-");
}

CELL(terminal)
{
	if (process->terminal == 0)
		strvec_add(row, "?");
	else
		strvec_addf(row, "pts/%d", process->terminal & 0xff);
}

/* As ps adds it to the letter of the state. */
CELL(states)
{
	strvec_addf(row, "%c%s%s%s%s", process->state,
		    process->nice < 0	? "<"
		    : process->nice > 0 ? "N"
					: "",
		    process->session == process->pid ? "s" : "", process->threads > 1 ? "l" : "",
		    process->foreground == process->group ? "+" : "");
}

static int64_t age_s(const struct process *process)
{
	int64_t start_s = (int64_t)(process->start_ticks / (uint64_t)sysconf(_SC_CLK_TCK));
	int64_t age = units_monotonic_ns() / SECOND - start_s;

	return age > 0 ? age : 0;
}

static int64_t used_s(const struct process *process)
{
	return (int64_t)(process->ticks / (uint64_t)sysconf(_SC_CLK_TCK));
}

/* Tenths of a percent of one processor over its life. */
static int64_t share(const struct process *process)
{
	int64_t age = age_s(process), used = used_s(process);

	return age > 0 ? used * 1000 / age : 0;
}

static int64_t memory_share(const struct process *process)
{
	uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES);

	return (int64_t)(pages ? process->resident_pages * 1000 / pages : 0);
}

NUMBER(c, "%lld", (long long)(share(process) / 10))
NUMBER(cpu, "%.1f", (double)share(process) / 10)
NUMBER(memory, "%.1f", (double)memory_share(process) / 10)
NUMBER(seconds, "%lld", (long long)used_s(process))
NUMBER(age, "%lld", (long long)age_s(process))

static void find_start(const struct process *process, struct tm *parts)
{
	time_t started = time(NULL) - age_s(process);

	localtime_r(&started, parts);
}

CELL(start)
{
	struct tm parts;
	char text[40];

	find_start(process, &parts);
	strftime(text, sizeof(text), age_s(process) < 86400 ? "%H:%M" : "%b%d", &parts);
	strvec_add(row, text);
}

CELL(long_start)
{
	struct tm parts;
	char text[40];

	find_start(process, &parts);
	strftime(text, sizeof(text), "%a %b %e %T %Y", &parts);
	strvec_add(row, text);
}

CELL(time)
{
	int64_t used = used_s(process);

	strvec_addf(row, "%02lld:%02lld:%02lld", (long long)used / 3600, (long long)used / 60 % 60,
		    (long long)used % 60);
}

CELL(short_time)
{
	int64_t used = used_s(process);

	strvec_addf(row, "%lld:%02lld", (long long)used / 60, (long long)used % 60);
}

/* [[DD-]HH:]MM:SS */
CELL(elapsed)
{
	auto_strbuf struct strbuf text = {0};
	int64_t age = age_s(process);

	if (age >= 86400)
		strbuf_printf(&text, "%lld-", (long long)age / 86400);
	if (age >= 3600)
		strbuf_printf(&text, "%02lld:", (long long)age / 3600 % 24);
	strbuf_printf(&text, "%02lld:%02lld", (long long)age / 60 % 60, (long long)age % 60);
	strvec_add(row, strbuf_text(&text));
}

static const struct process_column known[] = {
	{"%cpu", "%CPU", add_cpu},
	{"%mem", "%MEM", add_memory},
	{"addr", "ADDR", add_nothing},
	{"args", "COMMAND", add_command},
	{"bsdstart", "START", add_start},
	{"bsdtime", "TIME", add_short_time},
	{"c", "C", add_c},
	{"cmd", "CMD", add_command},
	{"comm", "COMMAND", add_name},
	{"command", "COMMAND", add_command},
	{"cp", "CP", add_c},
	{"cputime", "TIME", add_time},
	{"cputimes", "TIME", add_seconds},
	{"egid", "EGID", add_egid},
	{"egroup", "EGROUP", add_group},
	{"etime", "ELAPSED", add_elapsed},
	{"etimes", "ELAPSED", add_age},
	{"euid", "EUID", add_euid},
	{"euser", "EUSER", add_user},
	{"f", "F", add_flags},
	{"flag", "F", add_flags},
	{"flags", "F", add_flags},
	{"gid", "GID", add_egid},
	{"group", "GROUP", add_group},
	{"lstart", "STARTED", add_long_start},
	{"ni", "NI", add_nice},
	{"nice", "NI", add_nice},
	{"nlwp", "NLWP", add_threads},
	{"opri", "PRI", add_old_priority},
	{"pcpu", "%CPU", add_cpu},
	{"pgid", "PGID", add_pgid},
	{"pgrp", "PGRP", add_pgid},
	{"pid", "PID", add_pid},
	{"pmem", "%MEM", add_memory},
	{"ppid", "PPID", add_ppid},
	{"pri", "PRI", add_priority},
	{"psr", "PSR", add_processor},
	{"rgid", "RGID", add_gid},
	{"rgroup", "RGROUP", add_rgroup},
	{"rss", "RSS", add_rss},
	{"rssize", "RSS", add_rss},
	{"rsz", "RSZ", add_rss},
	{"ruid", "RUID", add_uid},
	{"ruser", "RUSER", add_ruser},
	{"s", "S", add_state},
	{"sess", "SESS", add_sid},
	{"session", "SESS", add_sid},
	{"sid", "SID", add_sid},
	{"start", "STARTED", add_start},
	{"start_time", "START", add_start},
	{"stat", "STAT", add_states},
	{"state", "S", add_state},
	{"stime", "STIME", add_start},
	{"sz", "SZ", add_pages},
	{"tgid", "TGID", add_pid},
	{"thcount", "THCNT", add_threads},
	{"time", "TIME", add_time},
	{"times", "TIME", add_seconds},
	{"tname", "TTY", add_terminal},
	{"tpgid", "TPGID", add_tpgid},
	{"tt", "TT", add_terminal},
	{"tty", "TT", add_terminal},
	{"ucmd", "CMD", add_name},
	{"ucomm", "COMMAND", add_name},
	{"uid", "UID", add_euid},
	{"uname", "USER", add_user},
	{"user", "USER", add_user},
	{"vsize", "VSZ", add_vsz},
	{"vsz", "VSZ", add_vsz},
	{"wchan", "WCHAN", add_wait},
};

const struct process_column *process_column_find(const char *name, size_t length)
{
	for (size_t i = 0; i < array_length(known); i++)
		if (strncmp(known[i].name, name, length) == 0 && !known[i].name[length])
			return &known[i];
	return NULL;
}
