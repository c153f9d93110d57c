/* SPDX-License-Identifier: Apache-2.0 */
#include "api/log_frames.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/units.h"

static void *begin(const struct container *container, void *data)
{
	(void)container;
	return data;
}

static void take(void *source, const struct log_record *record, void *data)
{
	struct log_frames *frames = data;
	auto_strbuf struct strbuf line = {0};
	char time[UNITS_TIME_SIZE];

	(void)source;
	if (!frames->wanted[record->stream] || frames->has_gone || frames->has_ended)
		return;
	if (frames->has_times)
		strbuf_printf(&line, "%s ", units_format_time(time, &record->time));
	if (frames->details)
		strbuf_printf(&line, "%s ", frames->details);
	strbuf_add_n(&line, record->text, record->length);
	if (frames_write(&frames->frames, record->stream + 1, line.text, line.length) < 0)
		frames->has_gone = true;
}

static void end(void *source, const struct container *container, enum log_view_end how, void *data)
{
	struct log_frames *frames = data;

	(void)source, (void)container, (void)how;
	frames->has_ended = frames->follows;
}

static bool flush(void *data)
{
	const struct log_frames *frames = data;

	return !frames->has_gone && !frames->has_ended;
}

struct log_view_sink log_frames_sink(struct log_frames *frames)
{
	return (struct log_view_sink){begin, take, end, flush, frames};
}
