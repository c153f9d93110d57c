/* SPDX-License-Identifier: Apache-2.0 */
#include "api/frames.h"

#include "api/request.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

const char *frames_type(const struct request *request, bool is_raw)
{
	return is_raw || request->version < 42 ? ANSWER_RAW : ANSWER_FRAMES;
}

void frames_add(struct strbuf *out, unsigned stream, const void *bytes, size_t length)
{
	uint32_t size = htonl((uint32_t)length);
	char header[8] = {(char)stream};

	memcpy(header + 4, &size, sizeof(size));
	if (stream)
		strbuf_add_n(out, header, sizeof(header));
	strbuf_add_n(out, bytes, length);
}

int frames_write(const struct frames *frames, unsigned stream, const void *bytes, size_t length)
{
	auto_strbuf struct strbuf frame = {0};

	frames_add(&frame, frames->is_raw ? 0 : stream, bytes, length);
	if (!frames->raw)
		return answer_write(frames->request, frame.text, frame.length);
	return answer_raw_write(frames->request, frames->raw, frame.text, frame.length);
}
