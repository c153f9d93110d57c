/* SPDX-License-Identifier: Apache-2.0 */
/* ROOT and RUN: on what they are, and how much room there is. */
#include "engine/survey/survey_private.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "engine/engine.h"
#include "storage/cover.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/statvfs.h>

/* Below the first nothing runs; below the second, not much. */
struct room {
	const char *name;
	uint64_t least, scarce, least_inodes, scarce_inodes;
};

static const struct room root_room = {"room in ROOT", UINT64_C(64) << 20, UINT64_C(1) << 30, 1000,
				      50000};
static const struct room run_room = {"room in RUN", UINT64_C(2) << 20, UINT64_C(8) << 20, 200,
				     2000};

static void check_kind(struct survey *survey)
{
	const struct layout *layout = &survey->engine->layout;
	auto_strbuf struct strbuf cover = {0};

	if (cover_describe(layout, &cover)) {
		survey_say(survey, "ROOT", SURVEY_NOTE, strbuf_text(&cover));
		return;
	}
	if (cover_is_needless(layout->root_fd)) {
		survey_say(survey, "ROOT", SURVEY_OK, layout->root);
		return;
	}
	survey_say(survey, "ROOT", SURVEY_MISSING,
		   arena_format(survey->arena, "'%s' is on a file system that has no whiteouts",
				layout->root));
	survey_advise(survey, "put it on ext4, xfs, btrfs or tmpfs (--root, CORACLE_ROOT; in a "
			      "container, a volume)");
}

static enum survey_verdict judge(const struct room *room, const struct statvfs *about,
				 uint64_t bytes)
{
	bool counts = about->f_files > 0; /* btrfs has no inodes to count */

	if (bytes < room->least || (counts && about->f_favail < room->least_inodes))
		return SURVEY_MISSING;
	if (bytes < room->scarce || (counts && about->f_favail < room->scarce_inodes))
		return SURVEY_NOTE;
	return SURVEY_OK;
}

static void check_room(struct survey *survey, const struct room *room, const char *path, int fd)
{
	auto_strbuf struct strbuf text = {0};
	struct statvfs about = {0};
	uint64_t bytes;
	char size[32];

	if (fstatvfs(fd, &about) < 0)
		return;
	bytes = (uint64_t)about.f_bavail * about.f_frsize;
	units_format_size(size, sizeof(size), (int64_t)bytes);
	strbuf_add(&text, size);
	if (about.f_files)
		strbuf_printf(&text, " and %llu inodes", (unsigned long long)about.f_favail);
	strbuf_printf(&text, " are free in '%s'", path);
	survey_say(survey, room->name, judge(room, &about, bytes), strbuf_text(&text));
	survey_advise(survey, "make room ('coracle system df' shows what takes it), or put it on a "
			      "larger file system (--root, --run)");
}

void survey_places(struct survey *survey)
{
	const struct layout *layout = &survey->engine->layout;

	check_kind(survey);
	check_room(survey, &root_room, layout->root, layout->root_fd);
	check_room(survey, &run_room, layout->run, layout->run_fd);
}
