/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/credentials.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "registry/base64.h"
#include "registry/credential_helper.h"
#include "registry/docker_config.h"
#include "registry/host.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static void release_secret(char **text)
{
	if (*text)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void credentials_release(struct credentials *credentials)
{
	release_secret(&credentials->user);
	release_secret(&credentials->password);
	release_secret(&credentials->identity_token);
}

/* ---- keys ------------------------------------------------------------------------------------ */

/* Under which name a login of @host is kept. */
static const char *account_of(const char *host)
{
	return strcmp(host, HOST_DEFAULT) == 0 ? HOST_DEFAULT_ACCOUNT : host;
}

/* "https://HOST/v1/" to HOST: how old clients wrote their keys. Returns its length. */
static size_t strip_key(const char **key)
{
	const char *scheme = strstr(*key, "://");

	if (scheme)
		*key = scheme + 3;
	return strcspn(*key, "/");
}

static bool is_same_host(const char *key, size_t length, const char *host)
{
	return strlen(host) == length && strncasecmp(key, host, length) == 0;
}

/* Is this key of "auths" one for @host? */
static bool is_key_of(const char *key, const char *host)
{
	const char *account = HOST_DEFAULT_ACCOUNT;
	size_t length = strip_key(&key), account_length = strip_key(&account);

	if (is_same_host(key, length, host))
		return true;
	if (strcmp(host, HOST_DEFAULT) != 0)
		return false;
	return is_same_host(key, length, HOST_DEFAULT_API) ||
	       (length == account_length && strncasecmp(key, account, length) == 0);
}

/* The member of an object that names @host: as it is written today, else any older form. */
static const char *find_key(json *object, const char *host)
{
	if (!json_is_object(object))
		return NULL;
	if (json_get(object, account_of(host)))
		return account_of(host);
	json_each (key, value, object) {
		(void)value;
		if (is_key_of(key, host))
			return key;
	}
	return NULL;
}

char *credentials_host(const char *server, struct error *err)
{
	auto_free char *host = NULL;
	size_t length;

	if (!server || !*server || is_key_of(server, HOST_DEFAULT))
		return alloc_string(HOST_DEFAULT);
	length = strip_key(&server);
	host = alloc_string_n(server, length);
	if (host_check(host, err) < 0)
		return NULL;
	for (char *c = host; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return take_ptr(host);
}

/* ---- finding --------------------------------------------------------------------------------- */

static const char *helper_name(const struct docker_config *config, const char *host)
{
	json *helpers = json_get(config->document, "credHelpers");
	const char *key = find_key(helpers, host);
	const char *name = key ? json_string(helpers, key, NULL) : NULL;

	if (!name || !*name)
		name = json_string(config->document, "credsStore", NULL);
	return name && *name ? name : NULL;
}

static int split_auth(struct credentials *credentials, const char *auth, const char *path,
		      struct error *err)
{
	size_t length;
	auto_free char *pair = base64_decode(auth, &length);
	char *colon = pair ? memchr(pair, ':', length) : NULL;

	if (!colon)
		return error_set(err, ERROR_INVALID, "%s: an 'auth' is not base64 of USER:PASSWORD",
				 path);
	credentials->user = alloc_string_n(pair, (size_t)(colon - pair));
	credentials->password = alloc_string(colon + 1); /* old clients padded it with NUL */
	explicit_bzero(pair, length);
	return 0;
}

static int find_in_auths(struct credentials *credentials, const struct docker_config *config,
			 const char *host, struct error *err)
{
	json *auths = json_get(config->document, "auths");
	const char *key = find_key(auths, host);
	json *entry = key ? json_get(auths, key) : NULL;
	const char *auth = json_string(entry, "auth", NULL);
	const char *token = json_string(entry, "identitytoken", NULL);
	const char *user = json_string(entry, "username", NULL);
	const char *password = json_string(entry, "password", NULL);

	if (auth && *auth) {
		if (split_auth(credentials, auth, config->path, err) < 0)
			return -1;
	} else if (user && password) {
		credentials->user = alloc_string(user);
		credentials->password = alloc_string(password);
	}
	if (token && *token)
		credentials->identity_token = alloc_string(token);
	return 0;
}

static int find_in(struct credentials *credentials, const struct docker_config *config,
		   const char *host, struct error *err)
{
	struct credential_helper helper = {.name = helper_name(config, host), .config = config};

	if (!config->document)
		return 0;
	if (helper.name && credential_helper_get(&helper, account_of(host), credentials, err) < 0)
		return error_wrap(err, "cannot look up the login for '%s'", host);
	if (credentials->user || credentials->identity_token)
		return 0;
	return find_in_auths(credentials, config, host, err);
}

/* --- of this process -------------------------------------------------------------------------- */

struct lent {
	char *host;
	struct credentials credentials;
};

static struct lent *lent;
static size_t lent_count;
static bool is_lent;

static char *copy(const char *text)
{
	return text ? alloc_string(text) : NULL;
}

void credentials_lend(const char *host, const struct credentials *credentials)
{
	is_lent = true;
	if (!credentials)
		return;
	lent = alloc_resize(lent, lent_count + 1, sizeof(*lent));
	lent[lent_count++] = (struct lent){
		.host = alloc_string(host),
		.credentials =
			{
				.user = copy(credentials->user),
				.password = copy(credentials->password),
				.identity_token = copy(credentials->identity_token),
			},
	};
}

static void find_lent(struct credentials *credentials, const char *host)
{
	for (size_t i = 0; i < lent_count; i++) {
		const struct credentials *one = &lent[i].credentials;

		if (strcasecmp(lent[i].host, host) != 0)
			continue;
		*credentials = (struct credentials){copy(one->user), copy(one->password),
						    copy(one->identity_token)};
		return;
	}
}

int credentials_find(struct credentials *credentials, const char *host, struct error *err)
{
	auto_docker_config struct docker_config own = {0}, callers = {0};

	if (is_lent) {
		find_lent(credentials, host);
		return 0;
	}
	if (docker_config_load(&own, err) < 0 || find_in(credentials, &own, host, err) < 0)
		return -1;
	if (credentials->user || credentials->identity_token)
		return 0;
	if (docker_config_load_callers(&callers, err) < 0)
		return -1;
	return find_in(credentials, &callers, host, err);
}

/* ---- changing -------------------------------------------------------------------------------- */

static json *auths_of(struct docker_config *config)
{
	if (!json_is_object(json_get(config->document, "auths")))
		json_set(config->document, "auths", json_new_object());
	return json_get(config->document, "auths");
}

/* Forms that older clients wrote must not outlive the login that replaces them. */
static int remove_keys(json *auths, const char *host)
{
	const char *key;
	int removed = 0;

	while ((key = find_key(auths, host))) {
		json_object_object_del(auths, key);
		removed = 1;
	}
	return removed;
}

static json *plain_entry(const struct credentials *credentials)
{
	auto_strbuf struct strbuf pair = {0};
	auto_free char *auth = NULL;
	json *entry = json_new_object();

	/* With an identity token, the password is not needed any more. */
	strbuf_printf(&pair, "%s:%s", credentials->user,
		      credentials->identity_token ? "" : credentials->password);
	auth = base64_encode(pair.text, pair.length);
	explicit_bzero(pair.text, pair.length);
	json_set_string(entry, "auth", auth);
	json_set_string(entry, "identitytoken", credentials->identity_token);
	return entry;
}

int credentials_store(const char *host, const struct credentials *credentials, bool *is_plain,
		      char **path, struct error *err)
{
	auto_docker_config struct docker_config config = {0};
	struct credential_helper helper = {.config = &config};
	json *auths;

	if (docker_config_edit(&config, err) < 0)
		return -1;
	helper.name = helper_name(&config, host);
	if (helper.name && credential_helper_store(&helper, account_of(host), credentials, err) < 0)
		return error_wrap(err, "cannot store the login for '%s'", host);
	auths = auths_of(&config);
	remove_keys(auths, host);
	json_set(auths, account_of(host),
		 helper.name ? json_new_object() : plain_entry(credentials));
	if (docker_config_save(&config, err) < 0)
		return -1;
	if (is_plain)
		*is_plain = !helper.name;
	if (path)
		*path = alloc_string(config.path);
	return 0;
}

int credentials_erase(const char *host, struct error *err)
{
	auto_docker_config struct docker_config config = {0};
	struct credential_helper helper = {.config = &config};
	int removed;

	if (docker_config_edit(&config, err) < 0)
		return -1;
	helper.name = helper_name(&config, host);
	removed = remove_keys(json_get(config.document, "auths"), host);
	if (helper.name) {
		if (credential_helper_erase(&helper, account_of(host), err) < 0)
			return error_wrap(err, "cannot remove the login for '%s'", host);
	}
	if (removed > 0 && docker_config_save(&config, err) < 0)
		return -1;
	return removed;
}

/* ---- HttpHeaders ----------------------------------------------------------------------------- */

static bool is_header(const char *name, const char *value)
{
	if (!*name || !value)
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '-' && *name != '_')
			return false;
	for (; *value; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return false;
	return true;
}

char **credentials_headers(struct arena *arena, struct error *err)
{
	auto_docker_config struct docker_config config = {0};
	auto_strvec struct strvec lines = {0};
	json *headers;

	if (docker_config_load(&config, err) < 0)
		return NULL;
	headers = json_get(config.document, "HttpHeaders");
	if (json_is_object(headers)) {
		json_each (name, value, headers) {
			const char *text = json_string(headers, name, NULL);

			(void)value;
			if (!is_header(name, text)) {
				error_set(err, ERROR_INVALID,
					  "%s: 'HttpHeaders' has a header that cannot be sent",
					  config.path);
				return NULL;
			}
			if (strcasecmp(name, "User-Agent") != 0)
				strvec_addf(&lines, "%s: %s", name, text);
		}
	}
	if (lines.count == 0)
		return arena_array(arena, 1, sizeof(char *));
	return strvec_copy(&lines, arena);
}
