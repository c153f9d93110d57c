/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The responder's executable, libexec/coracle/responder.
 *
 * The only program that parses what containers ask and what name servers answer. It is started by
 * net/responder.c with a socket, over which it is told what to do; alone it does nothing. There is
 * one beside each monitor, so every page counts: it is linked as a whole, and small.
 */
#include "base/error.h"
#include "base/loop.h"
#include "base/process.h"
#include "base/trim.h"
#include "net/netns.h"
#include "net/responder/lock_in.h"
#include "net/responder/service.h"
#include "net/responder/supply.h"
#include "net/responder_wire.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* When nothing more comes, memory goes back once; after that nothing wakes it up. */
static int watch(struct loop *loop, struct error *err)
{
	int timeout_ms = TRIM_SETTLED_MS, events;

	while ((events = loop_step(loop, timeout_ms, err)) >= 0) {
		if (events == 0)
			trim_memory();
		timeout_ms = events == 0 ? -1 : TRIM_SETTLED_MS;
	}
	return -1;
}

static int serve(struct error *err)
{
	static struct service service;
	static struct loop loop;

	if (service_receive(&service, err) < 0 || loop_init(&loop, err) < 0 ||
	    lock_in(service.relay.count, err) < 0 || service_start(&service, &loop, err) < 0)
		return -1;
	return watch(&loop, err);
}

int main(int argc, char **argv)
{
	struct error err = {0};
	int type = 0;
	socklen_t size = sizeof(type);

	if (getsockopt(RESPONDER_FD, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
	    type != SOCK_SEQPACKET) {
		fprintf(stderr, "responder: this program is started by coracle's monitors\n");
		return 1;
	}
	if (argc > 1 && strcmp(argv[1], RESPONDER_INSIDE) == 0)
		netns_move(RESPONDER_NAMESPACE_FD, &err);
	process_close_from(RESPONDER_FD + 1);
	prctl(PR_SET_NAME, "coracle-respond");
	if (!err.code)
		serve(&err);
	supply_fail(&err);
	return 1;
}
