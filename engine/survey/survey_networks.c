/* SPDX-License-Identifier: Apache-2.0 */
/* Networks and the cgroups: what of both can be made. */
#include "engine/survey/survey_private.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "net/net_probe.h"
#include "net/shortcut.h"
#include "runtime/cgroup.h"
#include "runtime/spec.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LOAD_AND_ALLOW                                                                             \
	"load the module on the host (modprobe), and give the container CAP_NET_ADMIN"

static const struct {
	const char *name, *remedy;
} features[NET_FEATURE_COUNT] = {
	[NET_NAMESPACE] = {"network namespaces", "give the container CAP_SYS_ADMIN"},
	[NET_BRIDGE] = {"bridges", LOAD_AND_ALLOW ": bridge"},
	[NET_VETH] = {"veth", LOAD_AND_ALLOW ": veth"},
	[NET_FILTER] = {"nf_tables", LOAD_AND_ALLOW ": nf_tables, nft_chain_nat"},
};

static void check_forwarding(struct survey *survey)
{
	auto_strbuf struct strbuf text = {0};

	file_read(AT_FDCWD, "/proc/sys/net/ipv4/ip_forward", 16, &text, NULL);
	if (strbuf_text(&text)[0] == '1')
		survey_say(survey, "ip forwarding", SURVEY_OK, "is on");
	else
		survey_say(survey, "ip forwarding", SURVEY_OK,
			   "is off; the first network turns it on");
}

/* Without them, connections of this machine to its own published ports go through the rules. */
static void check_shortcut(struct survey *survey)
{
	auto_strbuf struct strbuf detail = {0};
	struct error reason = {0};

	if (shortcut_check(cgroup_open_root, &reason) == 0)
		strbuf_add(&detail, "can be attached");
	else
		strbuf_printf(
			&detail,
			"cannot be attached: %s; connections to 127.0.0.1 go through nf_tables",
			reason.text);
	survey_say(survey, "bpf for ports", SURVEY_OK, detail.text);
}

void survey_networks(struct survey *survey)
{
	struct error problems[NET_FEATURE_COUNT];

	net_probe(problems);
	for (size_t i = 0; i < NET_FEATURE_COUNT; i++) {
		survey_say(survey, features[i].name, problems[i].code ? SURVEY_MISSING : SURVEY_OK,
			   problems[i].code ? problems[i].text : "can be made");
		survey_advise(survey, features[i].remedy);
		if (i == NET_NAMESPACE && problems[i].code)
			return; /* nothing else was tried */
	}
	check_forwarding(survey);
	check_shortcut(survey);
}

static bool has_controller(int fd, const char *name)
{
	auto_strbuf struct strbuf text = {0};
	size_t length = strlen(name);

	if (file_read(fd, "cgroup.controllers", 4096, &text, NULL) < 0)
		return false;
	for (const char *at = strbuf_text(&text); (at = strstr(at, name)); at += length)
		if ((at == text.text || at[-1] == ' ') && strchr(" \n", at[length]))
			return true;
	return false;
}

static void check_controllers(struct survey *survey, int fd)
{
	static const struct {
		const char *controller, *limits;
		bool is_late; /* a cgroup gets it when it is needed */
	} rows[] = {
		{"memory", "of memory", false},
		{"cpu", "of processors", false},
		{"pids", "of processes", false},
		{"io", "of block devices", false},
		{"cpuset", "to certain processors", true},
	};
	auto_close int root = cgroup_open_place(CGROUP_ROOT);
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < array_length(rows); i++)
		if (!has_controller(rows[i].is_late ? root : fd, rows[i].controller))
			strbuf_printf(&text, "%s%s (%s)", text.length ? ", " : "", rows[i].limits,
				      rows[i].controller);
	if (!text.length) {
		survey_say(survey, "cgroup v2", SURVEY_OK, "with memory, cpu, pids, io, cpuset");
		return;
	}
	survey_say(survey, "cgroup v2", SURVEY_NOTE,
		   arena_format(survey->arena, "limits have no effect: %s", strbuf_text(&text)));
	survey_advise(survey,
		      "boot with cgroup v2 alone (systemd.unified_cgroup_hierarchy=1); in a "
		      "container: its own cgroup may lack controllers");
}

void survey_cgroups(struct survey *survey)
{
	const struct spec_resources none = {.all_devices = true};
	char path[40] = "coracle/check-";
	struct error err = {0};
	auto_close int fd = -1;

	units_random_hex(path + strlen(path), 8);
	fd = cgroup_create(path, &none, &err);
	if (fd >= 0) {
		check_controllers(survey, fd);
		cgroup_destroy(path, NULL);
		return;
	}
	survey_say(survey, "cgroup v2",
		   err.code == ERROR_UNSUPPORTED ? SURVEY_NOTE : SURVEY_MISSING,
		   arena_format(survey->arena,
				"%s; containers stay in this command's: limits have no effect, and "
				"they cannot be paused",
				err.text));
	survey_advise(survey,
		      "mount cgroup2 at /sys/fs/cgroup, writable (docker run --privileged)");
}
