/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transport's executable, libexec/coracle/transport.
 *
 * The only program that parses what comes from a registry, and the only one with libcurl in it. It
 * is started by registry/launch.c with a socket and its settings; alone it does nothing.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/nss.h"
#include "base/strbuf.h"
#include "registry/text.h"
#include "registry/transport/reply.h"
#include "registry/transport/sandbox.h"
#include "registry/transport/transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define LARGEST_SETTINGS ((size_t)64 << 20)

static int read_settings(struct settings *settings, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	ssize_t n;

	do {
		char *end = strbuf_reserve(&text, 65536);

		n = pread(WIRE_SETTINGS_FD, end, 65536, (off_t)text.length);
		if (n < 0)
			return error_errno(err, "cannot read the transport's settings");
		text.length += (size_t)n;
	} while (n > 0 && text.length < LARGEST_SETTINGS);
	close(WIRE_SETTINGS_FD);
	return settings_parse(settings, strbuf_text(&text), text.length, err);
}

static int serve(struct transport *transport, struct error *err)
{
	nss_prepare();
#ifdef CORACLE_STATIC
	/* It may name modules, which belong to the host's OpenSSL and not to the one in us. */
	setenv("OPENSSL_CONF", "/dev/null", 1);
#endif
	/* Before the lock: OpenSSL reads its configuration. Nothing of the network is in it. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(err, ENOMEM, "cannot prepare libcurl");
	if (sandbox_enter(err) < 0 || read_settings(&transport->settings, err) < 0 ||
	    transport_init(transport, err) < 0)
		return -1;
	return transport_run(transport, err);
}

int main(void)
{
	struct transport transport = {0};
	struct error err = {0};
	int type = 0;
	socklen_t size = sizeof(type);

	if (getsockopt(WIRE_SOCKET_FD, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
	    type != SOCK_SEQPACKET) {
		fprintf(stderr, "transport: this program is started by coracle pull and push\n");
		return 1;
	}
	if (serve(&transport, &err) < 0) {
		struct wire_reply reply = {.kind = WIRE_WARNING};

		text_copy(reply.text, sizeof(reply.text), err.text, strlen(err.text));
		reply_send(&transport, &reply);
		transport_release(&transport);
		return 1;
	}
	transport_release(&transport);
	/* Whoever has closed the socket kills us at any moment: nothing else is worth starting. */
	_exit(0);
}
