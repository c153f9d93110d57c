/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/secret/secret_key.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"

#define VARIABLE   "CORACLE_SECRET_KEY_FILE"
#define ALWAYS	   "CORACLE_SECRET_ENCRYPT"
#define ADMIN_FILE "/etc/coracle/secret.key"
#define HOST_FILE  "host.key"
#define HEX_SIZE   ((size_t)SECRET_KEY_SIZE * 2)

void secret_key_forget(struct secret_key *key)
{
	explicit_bzero(key, sizeof(*key));
}

static void forget_text(struct strbuf *text)
{
	if (text->text)
		explicit_bzero(text->text, text->capacity);
	strbuf_release(text);
}

static void set_id(struct secret_key *key)
{
	static const char purpose[] = "coracle secret key id";
	struct sha256_ctx hash;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_init(&hash);
	sha256_update(&hash, sizeof(purpose), (const uint8_t *)purpose);
	sha256_update(&hash, sizeof(key->bytes), key->bytes);
	sha256_digest(&hash, sizeof(digest), digest);
	explicit_bzero(&hash, sizeof(hash));
	units_format_hex(key->id, digest, (sizeof(key->id) - 1) / 2);
}

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static int parse(struct secret_key *key, const struct strbuf *text, const char *path,
		 struct error *err)
{
	size_t length = strspn(strbuf_text(text), "0123456789abcdefABCDEF");

	if (length != HEX_SIZE || strspn(text->text + length, " \r\n\t") != text->length - length)
		return error_set(err, ERROR_INVALID,
				 "the key file '%s' must hold 64 hexadecimal digits: make one with "
				 "'openssl rand -hex 32'",
				 path);
	for (size_t i = 0; i < SECRET_KEY_SIZE; i++)
		key->bytes[i] =
			(uint8_t)(digit(text->text[2 * i]) << 4 | digit(text->text[2 * i + 1]));
	set_id(key);
	return 0;
}

/* ENOENT when it is not there. */
static int load_file(struct secret_key *key, int dirfd, const char *path, struct error *err)
{
	__attribute__((cleanup(forget_text))) struct strbuf text = {0};
	struct stat status;

	if (fstatat(dirfd, path, &status, 0) < 0)
		return error_errno(err, "cannot open the key file '%s'", path);
	if ((status.st_uid != 0 && status.st_uid != geteuid()) || status.st_mode & 077)
		return error_set(err, ERROR_INVALID,
				 "the key file '%s' can be read by others: it must belong to root "
				 "with mode 0600",
				 path);
	if (file_read(dirfd, path, 4096, &text, err) < 0)
		return -1;
	return parse(key, &text, path, err);
}

static const char *given_file(void)
{
	const char *path = getenv(VARIABLE);

	if (path && *path)
		return path;
	return access(ADMIN_FILE, F_OK) == 0 ? ADMIN_FILE : NULL;
}

bool secret_key_is_wanted(void)
{
	const char *always = getenv(ALWAYS);

	return given_file() ||
	       (always && (strcmp(always, "1") == 0 || strcmp(always, "true") == 0));
}

static int make(int dirfd, const char *name, struct error *err)
{
	uint8_t bytes[SECRET_KEY_SIZE];
	char hex[HEX_SIZE + 2];
	int result;

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return error_errno(err, "cannot make the key '%s'", name);
	units_format_hex(hex, bytes, sizeof(bytes));
	hex[HEX_SIZE] = '\n';
	result = file_replace(dirfd, name, hex, HEX_SIZE + 1, 0600, err);
	explicit_bzero(bytes, sizeof(bytes));
	explicit_bzero(hex, sizeof(hex));
	return result;
}

/* One of our own in ROOT/secrets. Two who come at once end with the same key. */
static int load_own(struct secret_key *key, const struct layout *layout, const char *name,
		    struct error *err)
{
	auto_close int lock = -1;
	struct error problem = {0};

	if (load_file(key, layout->secrets_fd, name, &problem) == 0)
		return 0;
	if (problem.code != ENOENT)
		return error_pass(err, &problem);
	lock = openat(layout->secrets_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return error_errno(err, "cannot lock '%s/secrets'", layout->root);
	if (faccessat(layout->secrets_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	    make(layout->secrets_fd, name, err) < 0)
		return -1;
	return load_file(key, layout->secrets_fd, name, err);
}

int secret_key_load(struct secret_key *key, const struct layout *layout, struct error *err)
{
	const char *given = given_file();

	return given ? load_file(key, AT_FDCWD, given, err) : load_own(key, layout, HOST_FILE, err);
}

int secret_key_load_digest(struct secret_key *key, const struct layout *layout, struct error *err)
{
	return load_own(key, layout, "digest.key", err);
}

int secret_key_find(struct secret_key *key, const struct layout *layout, const char *id,
		    struct error *err)
{
	const char *given = getenv(VARIABLE);
	const struct {
		int dirfd;
		const char *path;
	} places[] = {
		{AT_FDCWD, given && *given ? given : NULL},
		{AT_FDCWD, ADMIN_FILE},
		{layout->secrets_fd, HOST_FILE},
	};

	for (size_t i = 0; i < array_length(places); i++) {
		struct error problem = {0};

		if (!places[i].path)
			continue;
		if (load_file(key, places[i].dirfd, places[i].path, &problem) == 0) {
			if (strcmp(key->id, id) == 0)
				return 0;
		} else if (problem.code != ENOENT) {
			return error_pass(err, &problem);
		}
	}
	secret_key_forget(key);
	return error_set(
		err, ERROR_INVALID,
		"it was encrypted with the key %s, which is not the one of this host ($" VARIABLE
		", " ADMIN_FILE ", %s/secrets/" HOST_FILE ")",
		id, layout->root);
}
