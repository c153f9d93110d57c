/* SPDX-License-Identifier: Apache-2.0 */
/* What an attached `up` does beside showing: its menu, and files that are watched. */
#include "base/error.h"
#include "cli/invocation.h"
#include "cli/screen/progress.h"
#include "cli/up_attached_private.h"
#include "cli/up_menu.h"

static void hide_menu(void *data)
{
	const struct attached *attached = data;

	up_menu_hide(attached->menu);
}

static void detach(void *data)
{
	struct attached *attached = data;

	attached->is_leaving = true;
}

static void watching_failed(const struct error *err, void *data)
{
	const struct attached *attached = data;

	up_shown_error(attached, err);
	up_menu_set_watching(attached->menu, false);
}

static void toggle_watch(void *data)
{
	struct attached *attached = data;
	struct watching *watching = &attached->watching;
	struct error err = {0};

	if (attached->is_starting || attached->is_stopping)
		return;
	if (watching->watch) {
		watching_end(watching);
	} else if (watching_open(watching, &err) < 0) {
		up_shown_error(attached, &err);
		return;
	} else {
		watching_begin(watching);
	}
	up_menu_set_watching(attached->menu, watching->watch != NULL);
}

int up_extras_open(struct attached *attached, struct error *err)
{
	const struct up_attached *options = attached->options;
	const struct up_menu_client client = {detach, toggle_watch, attached};

	attached->watching = (struct watching){
		.invocation = attached->invocation,
		.loop = &attached->loop,
		.reader = &attached->reader,
		.failed = watching_failed,
		.data = attached,
		.prunes = true,
		.no_build = attached->up->no_build,
		.is_quiet = attached->up->quiet_build,
	};
	if (options->watch && watching_open(&attached->watching, err) < 0)
		return -1;
	if (up_menu_new(&attached->menu, options->menu, attached->invocation, &attached->loop,
			&client, err) < 0)
		return -1;
	up_menu_set_watching(attached->menu, options->watch);
	progress_set_before(attached->invocation->progress, hide_menu, attached);
	return 0;
}

void up_extras_close(struct attached *attached)
{
	progress_set_before(attached->invocation->progress, NULL, NULL);
	up_menu_free(attached->menu);
	attached->menu = NULL;
	watching_release(&attached->watching);
}
