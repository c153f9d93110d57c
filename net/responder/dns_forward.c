/* SPDX-License-Identifier: Apache-2.0 */
#include "net/responder/dns_forward.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/units.h"
#include "net/responder/dns_answer.h"
#include "net/responder/dns_cache.h"
#include "net/responder/supply.h"

#define DEADLINE_NS   (2000 * MILLISECOND)
#define HEDGE_NS      (150 * MILLISECOND) /* until another server is asked as well */
#define REPEAT_NS     (500 * MILLISECOND) /* until the same one is asked again */
#define PENDING_LIMIT 1024
#define SOCKET_LIMIT  64
#define ATTEMPT_LIMIT 4

struct upstream_socket {
	struct loop_source source;
	struct dns_forwarder *forwarder;
	size_t server, users;
};

struct pending {
	uint16_t client_id;
	struct sockaddr_in client;
	size_t udp_limit;
	struct upstream_socket *sockets[ATTEMPT_LIMIT];
	size_t attempts, failures;
	int64_t deadline_ns, next_ns;
	size_t size;
	uint8_t query[]; /* with our id */
};

struct dns_forwarder {
	struct loop *loop;
	struct dns_upstreams *upstreams;
	struct dns_cache *cache;
	int reply_fd;
	struct loop_source timer;
	int64_t due_ns; /* 0: the timer is off */
	struct upstream_socket *sockets[SOCKET_LIMIT];
	struct pending *pending[PENDING_LIMIT];
	size_t count;
};

static void send_to_client(const struct dns_forwarder *forwarder, const struct pending *pending,
			   const uint8_t *reply, size_t size)
{
	sendto(forwarder->reply_fd, reply, size, MSG_DONTWAIT | MSG_NOSIGNAL,
	       (const struct sockaddr *)&pending->client, sizeof(pending->client));
}

static void release_socket(struct dns_forwarder *forwarder, struct upstream_socket *socket)
{
	if (--socket->users > 0)
		return;
	for (size_t i = 0; i < SOCKET_LIMIT; i++)
		if (forwarder->sockets[i] == socket)
			forwarder->sockets[i] = NULL;
	loop_remove(&socket->source);
	close(socket->source.fd);
	free(socket);
}

static void forget(struct dns_forwarder *forwarder, size_t index)
{
	struct pending *pending = forwarder->pending[index];

	forwarder->pending[index] = forwarder->pending[--forwarder->count];
	for (size_t i = 0; i < pending->attempts; i++)
		if (pending->sockets[i])
			release_socket(forwarder, pending->sockets[i]);
	free(pending);
}

/* The query itself turned into an answer without records. */
static void fail(struct dns_forwarder *forwarder, size_t index)
{
	struct pending *pending = forwarder->pending[index];
	uint8_t reply[DNS_UDP_MINIMUM];
	struct dns_question question;

	if (dns_message_parse(&question, pending->query, pending->size) == DNS_CODE_OK) {
		size_t size;

		question.id = pending->client_id;
		size = dns_answer_code(&question, pending->query, reply, DNS_CODE_FAILURE);
		send_to_client(forwarder, pending, reply, size);
	}
	forget(forwarder, index);
}

static loop_handler handle_socket;

static struct upstream_socket *open_socket(struct dns_forwarder *forwarder, size_t server)
{
	int fd = supply_socket(forwarder->upstreams, server, SOCK_DGRAM);
	struct upstream_socket *socket;

	if (fd < 0)
		return NULL;
	socket = alloc_zeroed(1, sizeof(*socket));
	socket->forwarder = forwarder;
	socket->server = server;
	socket->source.handler = handle_socket;
	socket->source.data = socket;
	if (loop_add(forwarder->loop, &socket->source, fd, EPOLLIN, NULL) < 0) {
		close(fd);
		free(socket);
		return NULL;
	}
	return socket;
}

/* A free place gets a new socket; when all are in use, one towards the same server is shared. */
static struct upstream_socket *take_socket(struct dns_forwarder *forwarder, size_t server)
{
	size_t start = (size_t)units_monotonic_ns() % SOCKET_LIMIT;

	for (size_t i = 0; i < SOCKET_LIMIT; i++) {
		struct upstream_socket **place = &forwarder->sockets[i];

		if (*place)
			continue;
		*place = open_socket(forwarder, server);
		if (*place)
			(*place)->users++;
		return *place;
	}
	for (size_t i = 0; i < SOCKET_LIMIT; i++) {
		struct upstream_socket *socket = forwarder->sockets[(start + i) % SOCKET_LIMIT];

		if (socket->server == server) {
			socket->users++;
			return socket;
		}
	}
	return NULL;
}

/* Asks the next server. */
static void attempt(struct dns_forwarder *forwarder, struct pending *pending, int64_t now)
{
	size_t servers = forwarder->upstreams->count, number = pending->attempts;

	pending->next_ns = pending->deadline_ns;
	if (number == ATTEMPT_LIMIT || servers == 0)
		return;
	pending->sockets[number] = take_socket(forwarder, number % servers);
	pending->attempts++;
	pending->next_ns = now + (pending->attempts < servers ? HEDGE_NS : REPEAT_NS);
	if (!pending->sockets[number] || send(pending->sockets[number]->source.fd, pending->query,
					      pending->size, MSG_NOSIGNAL) < 0) {
		pending->failures++;
		pending->next_ns = now;
	}
}

static bool has_failed(const struct dns_forwarder *forwarder, const struct pending *pending)
{
	return pending->failures >= forwarder->upstreams->count ||
	       pending->failures >= ATTEMPT_LIMIT;
}

static void set_timer(struct dns_forwarder *forwarder, int64_t now)
{
	int64_t due = 0;

	for (size_t i = 0; i < forwarder->count; i++) {
		const struct pending *pending = forwarder->pending[i];
		int64_t next = pending->next_ns < pending->deadline_ns ? pending->next_ns
								       : pending->deadline_ns;

		if (due == 0 || next < due)
			due = next;
	}
	if (due == forwarder->due_ns)
		return;
	forwarder->due_ns = due;
	loop_timer_set(&forwarder->timer, due == 0 ? 0 : due > now ? due - now : 1, 0);
}

/* Whatever is due: another attempt, or the end. */
static void advance(struct dns_forwarder *forwarder, int64_t now)
{
	for (size_t i = forwarder->count; i-- > 0;) {
		struct pending *pending = forwarder->pending[i];

		while (pending->next_ns <= now && pending->next_ns < pending->deadline_ns &&
		       !has_failed(forwarder, pending))
			attempt(forwarder, pending, now);
		if (now >= pending->deadline_ns || has_failed(forwarder, pending))
			fail(forwarder, i);
	}
	set_timer(forwarder, now);
}

static void handle_timer(struct loop_source *source, uint32_t events)
{
	struct dns_forwarder *forwarder = source->data;

	(void)events;
	loop_timer_read(source);
	forwarder->due_ns = 0;
	advance(forwarder, units_monotonic_ns());
}

static bool was_asked_at(const struct pending *pending, const struct upstream_socket *socket)
{
	for (size_t i = 0; i < pending->attempts; i++)
		if (pending->sockets[i] == socket)
			return true;
	return false;
}

/* Nobody listens there: the kernel says so at once, no need to wait. */
static void socket_failed(struct dns_forwarder *forwarder, const struct upstream_socket *socket)
{
	int64_t now = units_monotonic_ns();

	for (size_t i = 0; i < forwarder->count; i++)
		if (was_asked_at(forwarder->pending[i], socket)) {
			forwarder->pending[i]->failures++;
			forwarder->pending[i]->next_ns = now;
		}
	advance(forwarder, now);
}

static void remember(struct dns_forwarder *forwarder, const struct pending *pending,
		     const uint8_t *reply, size_t size)
{
	struct dns_question question;
	const struct dns_asked asked = {pending->query, pending->size, &question};

	if (dns_message_parse(&question, pending->query, pending->size) == DNS_CODE_OK)
		dns_cache_keep(forwarder->cache, &asked, reply, size, units_monotonic_ns());
}

static void take_reply(struct dns_forwarder *forwarder, size_t index, uint8_t *reply, size_t size)
{
	struct pending *pending = forwarder->pending[index];
	enum dns_code code = dns_message_code(reply);

	if (code == DNS_CODE_FAILURE || code == DNS_CODE_REFUSED) {
		pending->failures++;
		if (!has_failed(forwarder, pending)) {
			pending->next_ns = units_monotonic_ns();
			advance(forwarder, pending->next_ns);
			return;
		}
	}
	if (size > pending->udp_limit)
		size = dns_message_truncate(reply, size);
	else
		remember(forwarder, pending, reply, size);
	dns_message_set_id(reply, pending->client_id);
	send_to_client(forwarder, pending, reply, size);
	forget(forwarder, index);
	if (forwarder->count == 0)
		set_timer(forwarder, 0);
}

static void handle_socket(struct loop_source *source, uint32_t events)
{
	struct upstream_socket *socket = source->data;
	struct dns_forwarder *forwarder = socket->forwarder;
	uint8_t reply[DNS_UDP_MAXIMUM];
	/* The real length, also of what does not fit: take_reply then cuts it down. */
	ssize_t n = recv(source->fd, reply, sizeof(reply), MSG_TRUNC);
	size_t size = n > (ssize_t)sizeof(reply) ? sizeof(reply) : (size_t)n;

	(void)events;
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			socket_failed(forwarder, socket);
		return;
	}
	if (n < DNS_HEADER_SIZE)
		return;
	for (size_t i = 0; i < forwarder->count; i++) {
		const struct pending *pending = forwarder->pending[i];

		if (dns_message_id(pending->query) == dns_message_id(reply) &&
		    was_asked_at(pending, socket) &&
		    dns_message_is_answer(reply, size, pending->query, pending->size)) {
			take_reply(forwarder, i, reply, (size_t)n);
			return;
		}
	}
}

static uint16_t random_id(const struct dns_forwarder *forwarder)
{
	uint16_t id;

	for (;;) {
		bool is_used = false;

		if (getrandom(&id, sizeof(id), 0) != sizeof(id))
			continue;
		for (size_t i = 0; i < forwarder->count; i++)
			is_used |= dns_message_id(forwarder->pending[i]->query) == id;
		if (!is_used)
			return id;
	}
}

static void answer_at_once(const struct dns_forwarder *forwarder, const uint8_t *query,
			   const struct dns_question *question, const struct sockaddr_in *client,
			   enum dns_code code)
{
	const struct pending origin = {.client = *client};
	uint8_t reply[DNS_UDP_MINIMUM];
	size_t size = dns_answer_code(question, query, reply, code);

	send_to_client(forwarder, &origin, reply, size);
}

/* Other servers may know other things. */
static void follow_servers(struct dns_forwarder *forwarder)
{
	struct dns_upstreams before = *forwarder->upstreams;

	supply_servers(forwarder->upstreams);
	if (memcmp(before.servers, forwarder->upstreams->servers, sizeof(before.servers)) != 0)
		dns_cache_clear(forwarder->cache);
}

static bool answer_from_cache(const struct dns_forwarder *forwarder, const uint8_t *query,
			      size_t size, const struct dns_question *question,
			      const struct sockaddr_in *client)
{
	const struct pending origin = {.client = *client};
	const struct dns_asked asked = {query, size, question};
	uint8_t reply[DNS_UDP_MAXIMUM];
	size_t length = dns_cache_find(forwarder->cache, &asked, reply, units_monotonic_ns());

	if (length > 0)
		send_to_client(forwarder, &origin, reply, length);
	return length > 0;
}

static void start_asking(struct dns_forwarder *forwarder, const uint8_t *query, size_t size,
			 const struct dns_question *question, const struct sockaddr_in *client)
{
	int64_t now = units_monotonic_ns();
	struct pending *pending = alloc_zeroed(1, sizeof(*pending) + size);

	pending->client_id = question->id;
	pending->client = *client;
	pending->udp_limit = question->udp_limit;
	pending->deadline_ns = now + DEADLINE_NS;
	pending->size = size;
	pending->next_ns = now;
	memcpy(pending->query, query, size);
	dns_message_set_id(pending->query, random_id(forwarder));
	forwarder->pending[forwarder->count++] = pending;
	advance(forwarder, now);
}

void dns_forward(struct dns_forwarder *forwarder, const uint8_t *query, size_t size,
		 const struct dns_question *question, const struct sockaddr_in *client)
{
	follow_servers(forwarder);
	if (forwarder->upstreams->is_denied || forwarder->upstreams->count == 0)
		answer_at_once(forwarder, query, question, client, DNS_CODE_FAILURE);
	else if (answer_from_cache(forwarder, query, size, question, client))
		return;
	else if (forwarder->count == PENDING_LIMIT)
		answer_at_once(forwarder, query, question, client, DNS_CODE_REFUSED);
	else
		start_asking(forwarder, query, size, question, client);
}

struct dns_forwarder *dns_forward_new(struct loop *loop, struct dns_upstreams *upstreams,
				      int reply_fd, struct error *err)
{
	struct dns_forwarder *forwarder = alloc_zeroed(1, sizeof(*forwarder));

	forwarder->loop = loop;
	forwarder->upstreams = upstreams;
	forwarder->reply_fd = reply_fd;
	forwarder->cache = dns_cache_new();
	forwarder->timer.handler = handle_timer;
	forwarder->timer.data = forwarder;
	if (loop_timer_create(loop, &forwarder->timer, err) < 0) {
		dns_cache_free(forwarder->cache);
		free(forwarder);
		return NULL;
	}
	return forwarder;
}

void dns_forward_free(struct dns_forwarder *forwarder)
{
	if (!forwarder)
		return;
	while (forwarder->count > 0)
		forget(forwarder, forwarder->count - 1);
	loop_timer_release(&forwarder->timer);
	dns_cache_free(forwarder->cache);
	free(forwarder);
}
