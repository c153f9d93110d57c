/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of git's: one commit, fetched without its history where the server lets us. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "builder/source/context_private.h"
#include "builder/source/git_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define MOST_ARGUMENTS 12

/* git_run with the arguments one by one, NULL at the end. */
static int git(const struct git *git, struct strbuf *output, struct error *err, ...)
{
	char *arguments[MOST_ARGUMENTS + 1] = {NULL};
	size_t count = 0;
	va_list args;

	va_start(args, err);
	while (count < MOST_ARGUMENTS && (arguments[count] = va_arg(args, char *)))
		count++;
	va_end(args);
	return git_run(git, arguments, output, err);
}

/* Local work may take as long as it takes. */
static struct git patient(const struct git *of)
{
	struct git copy = *of;

	copy.stall_s = -1;
	return copy;
}

static int prepare_repository(const struct git *of, const struct git_url *url, struct error *err)
{
	struct git local = patient(of);

	if (git(&local, NULL, err, "init", "-q", NULL) < 0)
		return -1;
	return git(&local, NULL, err, "config", "remote.origin.url", url->remote, NULL);
}

static int resolve(const struct git *of, const char *name, char hex[DIGEST_HEX_SIZE],
		   struct error *err)
{
	struct git local = patient(of);
	auto_strbuf struct strbuf output = {0};
	auto_free char *commit = alloc_format("%s^{commit}", name);

	if (git(&local, &output, err, "rev-parse", "--verify", "--quiet", "--end-of-options",
		commit, NULL) < 0)
		return -1;
	output.text[strcspn(output.text, "\n")] = '\0';
	if (!git_url_is_commit(output.text))
		return error_set(err, EIO, "git: '%.80s' is no commit", output.text);
	memcpy(hex, output.text, strlen(output.text) + 1);
	return 0;
}

static int fetch_one(const struct git *of, const char *ref, char hex[DIGEST_HEX_SIZE],
		     struct error *err)
{
	struct error reason = {0};
	int result = git(of, NULL, &reason, "fetch", "--progress", "--depth=1", "--no-tags",
			 "--no-recurse-submodules", "--", "origin", ref, NULL);

	/* A server that only has files cannot leave anything out. */
	if (result < 0 && strstr(reason.text, "shallow"))
		result = git(of, NULL, &reason, "fetch", "--progress", "--no-tags",
			     "--no-recurse-submodules", "--", "origin", ref, NULL);
	return result < 0 ? error_pass(err, &reason) : resolve(of, "FETCH_HEAD", hex, err);
}

/* A commit that is no tip, or a part of its name, may only be had with all that leads there. */
static int fetch_all(const struct git *of, const char *ref, char hex[DIGEST_HEX_SIZE],
		     struct error *err)
{
	if (git(of, NULL, err, "fetch", "--progress", "--tags", "--no-recurse-submodules", "--",
		"origin", "+refs/heads/*:refs/remotes/origin/*", NULL) < 0)
		return -1;
	return resolve(of, ref, hex, err);
}

static int fetch_commit(const struct git *of, const struct git_url *url, char hex[DIGEST_HEX_SIZE],
			struct error *err)
{
	const char *ref = url->ref ? url->ref : url->checksum ? url->checksum : "HEAD";
	bool is_hex = strlen(ref) >= 7 && strspn(ref, "0123456789abcdef") == strlen(ref);
	struct error reason = {0};

	if (fetch_one(of, ref, hex, &reason) == 0)
		return 0;
	if (is_hex && reason.code != ERROR_TIMEOUT && fetch_all(of, ref, hex, NULL) == 0)
		return 0;
	return error_pass(err, &reason);
}

static int check_commit(const struct git_url *url, const char *checksum, const char *hex,
			struct error *err)
{
	const char *wanted[] = {url->checksum, checksum};

	for (size_t i = 0; i < array_length(wanted); i++)
		if (wanted[i] &&
		    (strlen(wanted[i]) < 7 || strncmp(hex, wanted[i], strlen(wanted[i])) != 0))
			return error_set(err, ERROR_INVALID,
					 "expected checksum to match %s, got %s", wanted[i], hex);
	return 0;
}

/* Those of it by https, ssh and so on; a path of this machine is none. */
static int check_out(const struct git *of, const struct git_url *url, const char *hex,
		     struct error *err)
{
	struct git local = patient(of);

	if (git(&local, NULL, err, "checkout", "-q", "--force", "--detach", hex, "--", NULL) < 0)
		return -1;
	if (url->skips_submodules ||
	    faccessat(of->directory_fd, ".gitmodules", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return git(of, NULL, err, "submodule", "update", "--init", "--recursive", "--depth=1",
		   "--progress", NULL);
}

static int fetch_tree(const struct git *of, const struct git_url *url,
		      const struct context_fetch *request, char hex[DIGEST_HEX_SIZE],
		      struct error *err)
{
	bool keeps = request->keeps_git_directory || url->keeps;

	if (prepare_repository(of, url, err) < 0 || fetch_commit(of, url, hex, err) < 0 ||
	    check_commit(url, request->checksum, hex, err) < 0 || check_out(of, url, hex, err) < 0)
		return -1;
	return keeps ? 0 : file_remove_tree(of->directory_fd, ".git", err);
}

static bool is_line_of(const char *line, const char *prefix, const char *ref, const char *suffix)
{
	const char *name = strchr(line, '\t');
	auto_free char *wanted = alloc_format("%s%s%s", prefix, ref, suffix);

	return name && strcmp(name + 1, wanted) == 0;
}

/* The commit of @ref among the lines of ls-remote, by the order in which fetch looks; an annotated
 * tag's is in a line of its own. */
static bool find_line(char hex[DIGEST_HEX_SIZE], const char *lines, const char *ref)
{
	static const char *const prefixes[] = {"", "refs/", "refs/tags/", "refs/heads/"};
	static const char *const suffixes[] = {"^{}", ""};
	auto_strvec struct strvec rows = {0};

	for (size_t length; *lines; lines += length + (lines[length] == '\n')) {
		length = strcspn(lines, "\n");
		strvec_add_n(&rows, lines, length);
	}
	for (size_t i = 0; i < array_length(prefixes) * array_length(suffixes); i++)
		strvec_each (row, &rows) {
			size_t length = strcspn(*row, "\t");

			if (!is_line_of(*row, prefixes[i / 2], ref, suffixes[i % 2]) ||
			    length >= DIGEST_HEX_SIZE)
				continue;
			memcpy(hex, *row, length);
			hex[length] = '\0';
			return git_url_is_commit(hex);
		}
	return false;
}

/* 1: the commit is known, and nothing was fetched. */
static int identify(const struct git *of, const struct git_url *url, char hex[DIGEST_HEX_SIZE],
		    struct error *err)
{
	const char *ref = url->ref ? url->ref : "HEAD";
	auto_free char *peeled = alloc_format("%s^{}", ref);
	auto_strbuf struct strbuf lines = {0};

	if (git_url_is_commit(ref)) {
		memcpy(hex, ref, strlen(ref) + 1);
		return 1;
	}
	if (git(of, &lines, err, "ls-remote", "--", url->remote, ref, peeled, NULL) < 0)
		return -1;
	return lines.length && find_line(hex, lines.text, ref);
}

/* No link may be on the way: the repository's owner chose them. */
static int open_subdir(int tree, const char *subdir, struct error *err)
{
	struct error reason = {0};
	int fd = path_open(tree, subdir, PATH_NO_LINKS, O_RDONLY | O_DIRECTORY, &reason);

	if (fd >= 0)
		return fd;
	if (reason.code == ELOOP || reason.code == ENOTDIR)
		return error_set(err, ERROR_INVALID, "'%s' is no folder of it", subdir);
	if (reason.code == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "it has no folder '%s'", subdir);
	return error_pass(err, &reason);
}

int context_git_fetch(struct context_fetched *fetched, const struct context_fetch *request,
		      const struct staging *staging, struct arena *arena, struct error *err)
{
	auto_close int tree = -1;
	struct git_url url;
	struct git of;

	if (git_url_parse(&url, request->url, arena, err) < 0 ||
	    git_prepare(&of, &url, request->ssh_auth_socket, arena, err) < 0)
		return -1;
	of.directory_fd = staging->fd;
	if (request->only_digest) {
		int known = identify(&of, &url, fetched->hex, err);

		if (known < 0)
			return error_wrap(err, "cannot fetch '%s'", url.shown);
		fetched->is_git = true;
		if (known)
			return check_commit(&url, request->checksum, fetched->hex, err);
	}
	tree = context_make_directory(staging, err);
	if (tree < 0)
		return -1;
	of.directory_fd = tree;
	if (fetch_tree(&of, &url, request, fetched->hex, err) < 0)
		return error_wrap(err, "cannot fetch '%s'", url.shown);
	fetched->is_git = true;
	fetched->fd = url.subdir ? open_subdir(tree, url.subdir, err) : take_fd(&tree);
	return fetched->fd < 0 ? error_wrap(err, "'%s'", url.shown) : 0;
}
