/* SPDX-License-Identifier: Apache-2.0 */
#include "net/port_holder.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "net/port_socket.h"

struct port_holder *port_holder_new(void)
{
	return alloc_zeroed(1, sizeof(struct port_holder));
}

void port_holder_add(struct port_holder *holder, const struct claim *claim, int fd)
{
	holder->ports = alloc_resize(holder->ports, holder->count + 1, sizeof(*holder->ports));
	holder->ports[holder->count++] = (struct held_port){
		.fd = fd,
		.is_relayed = port_socket_is_relayed(claim),
		.is_tcp = claim->protocol == IPPROTO_TCP,
		.target = claim->relay,
		.target_port = claim->target_port,
	};
}

bool port_holder_relays(const struct port_holder *holder)
{
	for (size_t i = 0; holder && i < holder->count; i++)
		if (holder->ports[i].is_relayed)
			return true;
	return false;
}

void port_holder_free(struct port_holder *holder)
{
	if (!holder)
		return;
	for (size_t i = 0; i < holder->count; i++)
		close(holder->ports[i].fd);
	free(holder->ports);
	free(holder);
}
