/* SPDX-License-Identifier: Apache-2.0 */
/* What this process may, and what it may hand on. */
#include "engine/survey/survey_private.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/session.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "runtime/caps.h"
#include "runtime/spec.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define ADD "add it to the container (docker run --cap-add …, or --privileged)"

static const struct right {
	int capability;
	bool is_needed;
	const char *without; /* what then */
} rights[] = {
	{CAP_SYS_ADMIN, true, "no mounts, no namespaces"},
	{CAP_NET_ADMIN, true, "no bridges, no published ports"},
	{CAP_DAC_OVERRIDE, true, "files of other users cannot be written"},
	{CAP_CHOWN, true, "images' files cannot get their owners"},
	{CAP_FOWNER, true, "images' files cannot get their modes"},
	{CAP_SETUID, true, "containers cannot become their users"},
	{CAP_SETGID, true, "containers cannot get their groups"},
	{CAP_SETPCAP, true, "containers would keep capabilities"},
	{CAP_KILL, true, "containers of other users cannot be stopped"},
	{CAP_SYS_CHROOT, true, "no commands in running containers"},
	{CAP_MKNOD, false, "devices are bound from /dev; images with devices cannot be unpacked"},
	{CAP_SETFCAP, false, "images' file capabilities cannot be set"},
	{CAP_NET_BIND_SERVICE, false, "containers cannot listen on ports below 1024"},
	{CAP_NET_RAW, false, "containers cannot ping"},
	{CAP_SYS_PTRACE, false, "processes of other users are joined as these users"},
	{CAP_SYS_RESOURCE, false, "limits cannot be raised above this command's"},
};

static bool check_capability(struct survey *survey, const struct right *right)
{
	uint64_t have = caps_available();

	if (have >> right->capability & 1)
		return true;
	survey_say(survey, spec_capability_name(right->capability),
		   right->is_needed ? SURVEY_MISSING : SURVEY_NOTE,
		   arena_format(survey->arena, "this process has not got it: %s", right->without));
	survey_advise(survey, ADD);
	return false;
}

static void check_capabilities(struct survey *survey)
{
	bool all = true;

	for (size_t i = 0; i < array_length(rights); i++)
		all &= check_capability(survey, &rights[i]);
	if (all)
		survey_say(survey, "capabilities", SURVEY_OK, "all that are of use");
}

/* "0 0 4294967295": the only one. */
static void check_user_namespace(struct survey *survey)
{
	auto_strbuf struct strbuf map = {0};
	unsigned long long count = 0;

	if (file_read(AT_FDCWD, "/proc/self/uid_map", 4096, &map, NULL) == 0)
		sscanf(strbuf_text(&map), "%*u %*u %llu", &count);
	if (count == UINT32_MAX) {
		survey_say(survey, "user namespace", SURVEY_OK, "the host's");
		return;
	}
	survey_say(survey, "user namespace", SURVEY_NOTE,
		   "we are in one (a rootless container, userns-remap): whiteouts, devices and "
		   "networks may be refused");
	survey_advise(survey, "start the container without (docker run --userns=host)");
}

/* After all else: this process is what one of a container is from now on. */
static void check_session(struct survey *survey)
{
	auto_strvec struct strvec problems = {0};

	session_try(&problems);
	strvec_each (problem, &problems) {
		survey_say(survey, "session", SURVEY_NOTE, *problem);
		survey_advise(survey, "give the container what it lacks (docker run --ulimit …, "
				      "--cap-add SYS_RESOURCE, --security-opt …, or --privileged)");
	}
	if (!problems.count)
		survey_say(survey, "session", SURVEY_OK, "containers get Docker's limits");
}

void survey_rights(struct survey *survey)
{
	check_capabilities(survey);
	check_user_namespace(survey);
	check_session(survey);
}
