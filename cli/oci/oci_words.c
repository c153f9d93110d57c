/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/oci/oci_words.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/screen/output.h"
#include "oci/create.h"
#include "runtime/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *oci_path(struct invocation *invocation, const char *path)
{
	auto_free char *here = path ? getcwd(NULL, 0) : NULL;
	auto_free char *joined = path ? path_join(here ? here : "/", path) : NULL;

	return arena_string(invocation->arena, joined);
}

/* Those that a service manager hands over, as sd_listen_fds(3) says, are the program's too. */
static int handed_over(void)
{
	const char *count = getenv("LISTEN_FDS");
	int64_t number;

	if (!count || units_parse_int(&number, count, 0, 1000, NULL) < 0)
		return 0;
	return (int)number;
}

int oci_check_preserved(int count, struct error *err)
{
	if (count < 0 || count > 1000)
		return error_set(err, ERROR_INVALID, "--preserve-fds must be 0 to 1000, not %d",
				 count);
	for (int fd = 3; fd < 3 + count; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return error_set(err, ERROR_INVALID,
					 "--preserve-fds %d: descriptor %d is not open", count, fd);
	return 0;
}

static bool is_by_systemd(const struct globals *globals)
{
	const char *manager = globals->oci_cgroup_manager;

	return globals->oci_systemd_cgroup || (manager && strcmp(manager, "systemd") == 0);
}

int oci_fill_create(struct oci_create_request *request, struct invocation *invocation,
		    struct error *err)
{
	const struct oci_bundle_options *options = invocation->options;
	const struct globals *globals = invocation->globals;
	const char *manager = globals->oci_cgroup_manager;

	request->handed_over = handed_over();
	request->preserved = options->preserve_fds + request->handed_over;
	request->by_systemd = is_by_systemd(globals);
	if (oci_check_preserved(request->preserved, err) < 0)
		return -1;
	request->root = oci_path(invocation, globals->oci_root);
	request->id = invocation->arguments[0];
	request->bundle = oci_path(invocation, options->bundle ? options->bundle : ".");
	request->pid_file = oci_path(invocation, options->pid_file);
	request->console_socket = oci_path(invocation, options->console_socket);
	request->no_pivot = options->no_pivot;
	request->keeps_keys = options->no_new_keyring;
	request->without_cgroup = manager && strcmp(manager, "disabled") == 0;
	return 0;
}

void oci_print(const struct json_object *document)
{
	auto_strbuf struct strbuf text = {0};

	json_print(&text, document, true);
	strbuf_add_char(&text, '\n');
	output_text(text.text, text.length);
}

int oci_signal(int *number, const char *text, struct error *err)
{
	*number = strcmp(text, "0") == 0 ? 0 : spec_signal(text);
	return *number < 0 ? error_set(err, ERROR_INVALID, "there is no signal '%s'", text) : 0;
}
