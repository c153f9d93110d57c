/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/logs/log_merge.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/units.h"

void log_merge_add(struct log_merge *merge, struct log_feed *feed)
{
	merge->feeds = alloc_resize(merge->feeds, merge->count + 1, sizeof(struct log_feed *));
	merge->feeds[merge->count++] = feed;
}

void log_merge_release(struct log_merge *merge)
{
	free(merge->feeds);
	*merge = (struct log_merge){0};
}

static int fetch(struct log_feed *feed, struct error *err)
{
	int more = 1;

	if (!feed->has_next)
		more = feed->reader ? log_reader_next(feed->reader, &feed->next, err) : 0;
	feed->has_next = more > 0;
	return more;
}

static void hand_over(struct log_merge *merge, struct log_feed *feed)
{
	feed->has_next = false;
	merge->take(feed, &feed->next, merge->data);
}

static struct log_feed *earliest(const struct log_merge *merge)
{
	struct log_feed *first = NULL;

	for (size_t i = 0; i < merge->count; i++) {
		struct log_feed *feed = merge->feeds[i];

		if (feed->has_next &&
		    (!first || units_is_earlier(&feed->next.time, &first->next.time)))
			first = feed;
	}
	return first;
}

int log_merge_run(struct log_merge *merge, size_t limit, struct error *err)
{
	struct log_feed *first;

	for (size_t i = 0; i < merge->count; i++)
		if (fetch(merge->feeds[i], err) < 0)
			return -1;
	for (size_t n = 0; (first = earliest(merge)) != NULL; n++) {
		if (n == limit && limit > 0)
			return 1;
		hand_over(merge, first);
		if (fetch(first, err) < 0)
			return -1;
	}
	return 0;
}

int log_merge_drain(struct log_merge *merge, struct log_feed *feed, size_t limit, struct error *err)
{
	int more = 1;

	for (size_t n = 0; n < limit || limit == 0; n++) {
		more = fetch(feed, err);
		if (more <= 0)
			return more;
		hand_over(merge, feed);
	}
	return more;
}
