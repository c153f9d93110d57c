/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/build_use.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "storage/layout.h"
#include "storage/reference.h"

#define MOST_HELD ((size_t)1 << 20)

struct visit {
	void (*call)(const char *chain_id, void *data);
	void *data;
};

static bool is_chain_id(const char *text)
{
	return text && reference_is_hex(text, 64) && !text[64];
}

static void visit_record(const struct visit *visit, int dirfd, const char *name)
{
	auto_json json *document = json_load(dirfd, name, NULL);
	json *layers = json_get(document, "layers");

	for (size_t i = 0; i < json_length(layers); i++) {
		const char *chain_id = json_string_at(layers, i);

		if (is_chain_id(chain_id))
			visit->call(chain_id, visit->data);
	}
}

/* A line for each layer. Whose builder has gone, that file says nothing any more. */
static void visit_hold(const struct visit *visit, int dirfd, const char *name)
{
	auto_close int fd = file_open(dirfd, name, O_RDONLY, NULL);
	auto_strbuf struct strbuf text = {0};
	char *rest, *line;

	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0 ||
	    file_read(dirfd, name, MOST_HELD, &text, NULL) < 0 || !text.text)
		return;
	for (line = strtok_r(text.text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (is_chain_id(line))
			visit->call(line, visit->data);
}

static int each_file(const struct layout *layout, const char *directory,
		     void (*use)(const struct visit *visit, int dirfd, const char *name),
		     const struct visit *visit, struct error *err)
{
	int fd = openat(layout->root_fd, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT
			       ? 0
			       : error_errno(err, "cannot list '%s/%s'", layout->root, directory);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			use(visit, fd, entry->d_name);
	return 0;
}

int build_use_each_held(const struct layout *layout, void (*call)(const char *chain_id, void *data),
			void *data, struct error *err)
{
	return each_file(layout, "build/holds", visit_hold, &(struct visit){call, data}, err);
}

int build_use_each_layer(const struct layout *layout,
			 void (*call)(const char *chain_id, void *data), void *data,
			 struct error *err)
{
	if (each_file(layout, "build/records", visit_record, &(struct visit){call, data}, err) < 0)
		return -1;
	return build_use_each_held(layout, call, data, err);
}
