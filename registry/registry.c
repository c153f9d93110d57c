/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/registry.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strvec.h"
#include "registry/launch.h"
#include "registry/prepare.h"
#include "registry/registry_private.h"
#include "registry/settings.h"
#include "registry/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

/* Identity tokens are a few kilobytes. */
#define TOKEN_LIMIT ((size_t)64 << 10)
/* More than one for each mirror is no use to anybody. */
#define MOST_WARNINGS 32

/* A request without a final reply. */
struct pending {
	bool is_used, is_transfer, is_finished, has_progress;
	uint32_t id;
	int64_t offset, size;
	struct wire_reply reply; /* the final one; .bytes: so far */
};

struct registry {
	struct launch launch;
	char *host;
	uint32_t next_id;
	unsigned warnings;
	struct pending pending[WIRE_REQUESTS];
	struct error failure; /* of the last event */
	/* Readable: the socket, or the counter, which is set while an event waits in pending. */
	int epoll_fd, counter_fd;
};

/* ---- events that wait ------------------------------------------------------------------------ */

static struct pending *find_event(struct registry *registry)
{
	for (size_t i = 0; i < WIRE_REQUESTS; i++) {
		struct pending *pending = &registry->pending[i];

		if (pending->is_used && pending->is_transfer &&
		    (pending->is_finished || pending->has_progress))
			return pending;
	}
	return NULL;
}

static void update_counter(struct registry *registry)
{
	uint64_t value = 1;

	if (find_event(registry))
		(void)!write(registry->counter_fd, &value, sizeof(value));
	else
		(void)!read(registry->counter_fd, &value, sizeof(value));
}

/* Most of what a transport says begins with the host. */
static int name_registry(const struct registry *registry, struct error *err)
{
	if (err && strncmp(err->text, registry->host, strlen(registry->host)) == 0)
		return -1;
	return error_wrap(err, "registry '%s'", registry->host);
}

/* ---- messages -------------------------------------------------------------------------------- */

static int broken(struct error *err, const char *why)
{
	return error_set(err, EPROTO, "the transport does not keep to the protocol: %s", why);
}

static struct pending *find_pending(struct registry *registry, uint32_t id)
{
	for (size_t i = 0; i < WIRE_REQUESTS; i++)
		if (registry->pending[i].is_used && registry->pending[i].id == id)
			return &registry->pending[i];
	return NULL;
}

/* Hostile until it is checked: only what belongs to an open request changes anything. */
static int accept_reply(struct registry *registry, const struct wire_reply *reply,
			struct error *err)
{
	struct pending *pending;

	if (reply->kind == WIRE_WARNING) {
		if (registry->warnings++ < MOST_WARNINGS)
			log_warning_once("%s", reply->text);
		return 0;
	}
	pending = find_pending(registry, reply->id);
	if (!pending || pending->is_finished)
		return broken(err, "an answer to nothing");
	if (reply->bytes > pending->size ||
	    (pending->is_transfer && (reply->bytes < pending->offset ||
				      (reply->kind == WIRE_DONE && reply->bytes != pending->size))))
		return broken(err, "a wrong number of bytes");
	pending->reply = *reply;
	pending->is_finished = reply->kind != WIRE_PROGRESS;
	pending->has_progress = true;
	return 0;
}

/* Waits for one message. */
static int receive(struct registry *registry, struct error *err)
{
	struct wire_reply raw, reply;
	ssize_t n;

	if (registry->launch.socket < 0)
		return error_set(err, EPIPE, "the transport has ended");
	do
		n = recv(registry->launch.socket, &raw, sizeof(raw), MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return launch_ended(&registry->launch, err);
	if (n < 0)
		return error_errno(err, "cannot hear the transport");
	if (wire_parse_reply(&reply, &raw, (size_t)n, err) < 0)
		return broken(err, "a malformed answer");
	return accept_reply(registry, &reply, err);
}

/* Sends a request; returns where its answers go. */
static struct pending *ask(struct registry *registry, struct wire_request *request, int fd,
			   struct error *err)
{
	struct pending *pending = registry->pending;

	while (pending < registry->pending + WIRE_REQUESTS && pending->is_used)
		pending++;
	if (pending == registry->pending + WIRE_REQUESTS) {
		error_set(err, ERROR_BUSY, "more than %d transfers at once", WIRE_REQUESTS);
		return NULL;
	}
	if (registry->launch.socket < 0) {
		error_set(err, EPIPE, "the transport has ended");
		return NULL;
	}
	request->magic = WIRE_MAGIC;
	request->id = registry->next_id;
	if (wire_send(registry->launch.socket, request, sizeof(*request), fd, 0) < 0) {
		if (errno == EPIPE || errno == ECONNRESET)
			launch_ended(&registry->launch, err);
		else
			error_errno(err, "cannot talk to the transport");
		return NULL;
	}
	*pending = (struct pending){.is_used = true,
				    .id = request->id,
				    .offset = request->offset,
				    .size = request->size};
	pending->reply.bytes = request->offset;
	registry->next_id = (registry->next_id + 1) & INT32_MAX;
	return pending;
}

int registry_call(struct registry *registry, struct wire_request *request, int fd,
		  struct wire_reply *reply, struct error *err)
{
	struct pending *pending = ask(registry, request, fd, err);

	if (!pending)
		return -1;
	while (!pending->is_finished)
		if (receive(registry, err) < 0)
			return -1;
	*reply = pending->reply;
	pending->is_used = false;
	update_counter(registry);
	if (reply->kind == WIRE_FAILED)
		return error_set(err, reply->code, "%s", reply->text);
	return 0;
}

/* ---- life ------------------------------------------------------------------------------------ */

int registry_start(struct registry **out, const char *transport, const struct settings *settings,
		   struct error *err)
{
	auto_registry struct registry *registry = alloc_zeroed(1, sizeof(*registry));
	struct epoll_event event = {.events = EPOLLIN};

	registry->epoll_fd = registry->counter_fd = registry->launch.socket = -1;
	registry->host = alloc_string(settings->host);
	registry->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	registry->counter_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (registry->epoll_fd < 0 || registry->counter_fd < 0)
		return error_errno(err, "cannot create a descriptor to wait for");
	if (launch_transport(&registry->launch, transport, settings, err) < 0)
		return -1;
	if (epoll_ctl(registry->epoll_fd, EPOLL_CTL_ADD, registry->counter_fd, &event) < 0 ||
	    epoll_ctl(registry->epoll_fd, EPOLL_CTL_ADD, registry->launch.socket, &event) < 0)
		return error_errno(err, "cannot wait for the transport");
	*out = take_ptr(registry);
	return 0;
}

int registry_open(struct registry **registry, const struct registry_options *options,
		  struct error *err)
{
	auto_settings struct settings settings = {0};

	if (prepare_settings(&settings, options, err) < 0)
		return -1;
	return registry_start(registry, options->transport, &settings, err);
}

void registry_close(struct registry *registry)
{
	if (!registry)
		return;
	launch_end(&registry->launch);
	if (registry->epoll_fd >= 0)
		close(registry->epoll_fd);
	if (registry->counter_fd >= 0)
		close(registry->counter_fd);
	free(registry->host);
	free(registry);
}

/* ---- documents ------------------------------------------------------------------------------- */

static int set_text(char *member, size_t size, const char *text, struct error *err)
{
	if (strlen(text) >= size)
		return error_set(err, ERROR_INVALID, "'%.40s…' is too long", text);
	memcpy(member, text, strlen(text) + 1);
	return 0;
}

static int set_hex(struct wire_request *request, const char *hex, struct error *err)
{
	if (strlen(hex) != 64 || strspn(hex, "0123456789abcdef") != 64)
		return error_set(err, ERROR_INVALID, "'%.80s' is no digest", hex);
	memcpy(request->hex, hex, 65);
	return 0;
}

void registry_document_release(struct registry_document *document)
{
	free(document->media_type);
	free(document->bytes);
	*document = (struct registry_document){0};
}

/* Copies what was written to a memory file; from then on it cannot change any more. */
static char *read_memory(int fd, size_t length, struct error *err)
{
	auto_free char *bytes = alloc_bytes(length + 1);

	for (size_t done = 0; done < length;) {
		ssize_t n = pread(fd, bytes + done, length - done, (off_t)done);

		if (n <= 0) {
			error_errno(err, "cannot read a memory file");
			return NULL;
		}
		done += (size_t)n;
	}
	bytes[length] = '\0';
	return take_ptr(bytes);
}

int registry_get_manifest(struct registry *registry, const char *reference,
			  struct registry_document *document, struct error *err)
{
	struct wire_request request = {.kind = WIRE_GET_MANIFEST, .size = REGISTRY_DOCUMENT_LIMIT};
	auto_close int fd = launch_memory_file(NULL, REGISTRY_DOCUMENT_LIMIT, err);
	struct registry_document got = {0};
	struct wire_reply reply;

	if (fd < 0 || set_text(request.reference, sizeof(request.reference), reference, err) < 0)
		return -1;
	if (registry_call(registry, &request, fd, &reply, err) < 0)
		return name_registry(registry, err);
	got.length = (size_t)reply.bytes;
	got.bytes = read_memory(fd, got.length, err);
	if (!got.bytes)
		return -1;
	digest_hex(got.hex, got.bytes, got.length);
	if (strncmp(reference, "sha256:", 7) == 0 && strcmp(reference + 7, got.hex) != 0) {
		free(got.bytes);
		return error_set(err, ERROR_INVALID,
				 "registry '%s': the content does not match digest '%s'",
				 registry->host, reference);
	}
	got.media_type = alloc_string(reply.media_type);
	*document = got;
	return 0;
}

int registry_head_manifest(struct registry *registry, const char *reference,
			   char hex[DIGEST_HEX_SIZE], struct error *err)
{
	struct wire_request request = {.kind = WIRE_HEAD_MANIFEST};
	struct wire_reply reply;

	if (set_text(request.reference, sizeof(request.reference), reference, err) < 0)
		return -1;
	if (registry_call(registry, &request, -1, &reply, err) < 0)
		return name_registry(registry, err);
	if (!reply.hex[0])
		return broken(err, "no digest");
	memcpy(hex, reply.hex, DIGEST_HEX_SIZE);
	return 0;
}

int registry_put_manifest(struct registry *registry, const char *reference, const char *media_type,
			  const void *bytes, size_t length, struct error *err)
{
	struct wire_request request = {.kind = WIRE_PUT_MANIFEST, .size = (int64_t)length};
	auto_close int fd = -1;
	struct wire_reply reply;

	if (set_text(request.reference, sizeof(request.reference), reference, err) < 0 ||
	    set_text(request.media_type, sizeof(request.media_type), media_type, err) < 0)
		return -1;
	fd = launch_memory_file(bytes, length, err);
	if (fd < 0)
		return -1;
	if (registry_call(registry, &request, fd, &reply, err) < 0)
		return name_registry(registry, err);
	return 0;
}

/* ---- tags ------------------------------------------------------------------------------------ */

/* Nothing else becomes part of a name, or of an address. */
static bool is_tag(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length <= 128 && *text != '.' && *text != '-' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
		       length;
}

/* How many of them are new; -1: that is no list of tags. */
static int take_tags(const char *bytes, size_t length, struct strvec *tags, struct error *err)
{
	auto_json json *document = json_parse(bytes, length, "the list of tags", err);
	const json *list = json_get(document, "tags");
	int count = 0;

	if (!document)
		return -1;
	for (size_t i = 0; i < json_length(list); i++) {
		const char *tag = json_object_get_string(json_at(list, i));

		if (!tag || !is_tag(tag) || strvec_contains(tags, tag))
			continue;
		strvec_add(tags, tag);
		count++;
	}
	return count;
}

/* Registries give them in pieces: the next begins behind the last one. */
int registry_list_tags(struct registry *registry, struct strvec *tags, struct error *err)
{
	int added = 1;

	while (added > 0) {
		struct wire_request request = {.kind = WIRE_LIST_TAGS,
					       .size = REGISTRY_DOCUMENT_LIMIT};
		auto_close int fd = launch_memory_file(NULL, REGISTRY_DOCUMENT_LIMIT, err);
		const char *last = tags->count ? tags->items[tags->count - 1] : "";
		auto_free char *bytes = NULL;
		struct wire_reply reply;

		if (fd < 0 || set_text(request.reference, sizeof(request.reference), last, err) < 0)
			return -1;
		if (registry_call(registry, &request, fd, &reply, err) < 0)
			return name_registry(registry, err);
		bytes = read_memory(fd, (size_t)reply.bytes, err);
		added = bytes ? take_tags(bytes, (size_t)reply.bytes, tags, err) : -1;
	}
	return added;
}

/* ---- blobs ----------------------------------------------------------------------------------- */

static int ask_about(struct registry *registry, enum wire_request_kind kind, const char *hex,
		     struct error *err)
{
	struct wire_request request = {.kind = kind};
	struct wire_reply reply;

	if (set_hex(&request, hex, err) < 0)
		return -1;
	if (registry_call(registry, &request, -1, &reply, err) < 0)
		return name_registry(registry, err);
	return (int)reply.answer;
}

int registry_has_blob(struct registry *registry, const char *hex, struct error *err)
{
	return ask_about(registry, WIRE_HAS_BLOB, hex, err);
}

int registry_mount_blob(struct registry *registry, const char *hex, struct error *err)
{
	return ask_about(registry, WIRE_MOUNT_BLOB, hex, err);
}

static int transfer(struct registry *registry, enum wire_request_kind kind,
		    const struct registry_blob *blob, struct error *err)
{
	struct wire_request request = {.kind = kind, .size = blob->size, .offset = blob->offset};
	struct pending *pending;

	if (set_hex(&request, blob->hex, err) < 0)
		return -1;
	if (blob->size < 0 || blob->offset < 0 || blob->offset > blob->size)
		return error_set(err, ERROR_INVALID, "blob sha256:%.12s: invalid size", blob->hex);
	pending = ask(registry, &request, blob->fd, err);
	if (!pending)
		return -1;
	pending->is_transfer = true;
	return (int)pending->id;
}

int registry_fetch_blob(struct registry *registry, const struct registry_blob *blob,
			struct error *err)
{
	return transfer(registry, WIRE_FETCH_BLOB, blob, err);
}

int registry_send_blob(struct registry *registry, const struct registry_blob *blob,
		       struct error *err)
{
	struct registry_blob whole = *blob;

	whole.offset = 0;
	return transfer(registry, WIRE_SEND_BLOB, &whole, err);
}

int registry_fd(const struct registry *registry)
{
	return registry->epoll_fd;
}

int registry_next(struct registry *registry, struct registry_event *event, struct error *err)
{
	struct pending *pending;

	while (!(pending = find_event(registry)))
		if (receive(registry, err) < 0)
			return name_registry(registry, err);
	*event = (struct registry_event){.kind = REGISTRY_PROGRESS,
					 .transfer = (int)pending->id,
					 .bytes = pending->reply.bytes};
	pending->has_progress = false;
	if (pending->is_finished) {
		pending->is_used = false;
		event->kind = pending->reply.kind == WIRE_DONE ? REGISTRY_DONE : REGISTRY_FAILED;
	}
	if (event->kind == REGISTRY_FAILED ||
	    (event->kind == REGISTRY_PROGRESS && pending->reply.text[0])) {
		error_set(&registry->failure, pending->reply.code, "%s", pending->reply.text);
		name_registry(registry, &registry->failure);
		event->err = &registry->failure;
	}
	update_counter(registry);
	return 0;
}

/* ---- login ----------------------------------------------------------------------------------- */

static int check_login(struct registry *registry, char **identity_token, struct error *err)
{
	struct wire_request request = {.kind = WIRE_CHECK_LOGIN, .size = TOKEN_LIMIT};
	auto_close int fd = launch_memory_file(NULL, TOKEN_LIMIT, err);
	struct wire_reply reply;
	char *token;

	if (fd < 0)
		return -1;
	if (registry_call(registry, &request, fd, &reply, err) < 0)
		return name_registry(registry, err);
	*identity_token = NULL;
	if (reply.bytes == 0)
		return 0;
	token = read_memory(fd, (size_t)reply.bytes, err);
	if (!token)
		return -1;
	*identity_token = token;
	return 0;
}

int registry_check_login(const char *transport, const char *host, const char *user,
			 const char *password, char **identity_token, struct error *err)
{
	auto_settings struct settings settings = {0};
	auto_registry struct registry *registry = NULL;

	if (prepare_login(&settings, host, user, password, err) < 0 ||
	    registry_start(&registry, transport, &settings, err) < 0)
		return -1;
	return check_login(registry, identity_token, err);
}
