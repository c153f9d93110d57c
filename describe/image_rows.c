/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of `images`, and of `image history`: the steps that an image was made in, with their sizes.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "describe/times.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "storage/image/image.h"
#include "storage/reference.h"

#include <stdio.h>
#include <string.h>

#define SHOWN 45 /* characters of a command, as Docker cuts it */

/* The image's record may have been removed while the container lives on. */
json *describe_used_image_row(const struct engine *engine, const struct container *container)
{
	auto_arena struct arena arena = {0};
	json *row = json_new_object();
	struct image image = {0};
	struct error err = {0};
	bool is_there = image_find(&engine->layout, container->image_id, &image, &arena, &err) == 0;
	auto_free char *reference = reference_normalize(container->config.image, &err);
	auto_free char *age = times_ago(image.created);
	char short_id[13], size[32] = "N/A";
	char platform[64] = "";

	if (is_there) {
		units_format_size(size, sizeof(size), image.size);
		snprintf(platform, sizeof(platform), "%.20s/%.20s%s%.20s",
			 image.os ? image.os : "linux",
			 image.architecture ? image.architecture : "", image.variant ? "/" : "",
			 image.variant ? image.variant : "");
	}
	describe_short_id(short_id, container->image_id);
	json_set_string(row, "ID", container->image_id);
	json_set_string(row, "ContainerName", container->name);
	describe_split_reference(row, reference);
	json_set_string(row, "Platform", platform);
	json_set_string(row, "ShortID", short_id);
	json_set_int(row, "Size", image.size);
	json_set_string(row, "HumanSize", size);
	json_set_string(row, "Created", image.created ? image.created : "");
	json_set_string(row, "CreatedSince", age);
	return row;
}

static void set_command(json *row, const char *command, bool is_full)
{
	auto_strbuf struct strbuf text = {0};
	size_t characters = 0;

	for (const char *c = command; *c; c++) {
		bool is_start = ((unsigned char)*c & 0xc0) != 0x80;

		characters += is_start;
		if (!is_full && is_start && characters >= SHOWN &&
		    strlen(c) > 1) { /* the last place is for the mark */
			strbuf_add(&text, "…");
			break;
		}
		strbuf_add_char(&text, *c == '\t' || *c == '\n' ? ' ' : *c);
	}
	json_set_string(row, "CreatedBy", strbuf_text(&text));
}

static json *describe_step_item(const json *entry, int64_t bytes)
{
	json *item = json_new_object();

	json_set_int(item, "Created", times_read(json_string(entry, "created", NULL)).tv_sec);
	json_set_string(item, "CreatedBy", json_string(entry, "created_by", ""));
	json_set(item, "Tags", NULL);
	json_set_int(item, "Size", bytes);
	json_set_string(item, "Comment", json_string(entry, "comment", ""));
	return item;
}

static json *describe_step(struct describe_history_style style, const json *entry, int64_t bytes)
{
	json *row = json_new_object();
	const char *created = json_string(entry, "created", NULL);
	auto_free char *age = times_ago(created);
	auto_free char *whole = times_whole(created);
	char size[32];

	json_set_string(row, "Comment", json_string(entry, "comment", ""));
	json_set_string(row, "CreatedAt", whole);
	set_command(row, json_string(entry, "created_by", ""), style.is_full);
	json_set_string(row, "CreatedSince", style.is_raw ? whole : age);
	if (!style.is_raw)
		units_format_size(size, sizeof(size), bytes);
	else
		snprintf(size, sizeof(size), "%jd", (intmax_t)bytes);
	json_set_string(row, "Size", size);
	return row;
}

/* The newest first. A config may say less of its history than it has layers. */
static json *describe_steps(const struct layout *layout, const struct image *image,
			    struct describe_history_style style, const json *history)
{
	json *rows = json_new_array();
	size_t layer = image->layer_count;
	char short_id[13];

	describe_short_id(short_id, image->id);
	for (size_t i = json_length(history); i-- > 0;) {
		json *entry = json_at(history, i);
		bool has_layer = !json_flag(entry, "empty_layer", false) && layer > 0;
		int64_t bytes = has_layer ? image_layer_size(layout, image->chain_ids[--layer]) : 0;
		json *row = style.is_item ? describe_step_item(entry, bytes)
					  : describe_step(style, entry, bytes);

		json_set_string(row, style.is_item ? "Id" : "ID",
				json_length(rows)		 ? "<missing>"
				: style.is_full || style.is_item ? image->id
								 : short_id);
		json_add(rows, row);
	}
	return rows;
}

json *describe_image_history(const struct engine *engine, const struct image *image,
			     struct describe_history_style style, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	auto_json json *config = NULL;

	if (image_read_config(&engine->layout, image, &text, err) < 0)
		return NULL;
	config = json_parse(strbuf_text(&text), text.length, image->id, err);
	if (!config)
		return NULL;
	return describe_steps(&engine->layout, image, style, json_get(config, "history"));
}
