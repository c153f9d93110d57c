/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask.c - what a client in a container does: connects to a unix socket, sends its standard input,
 * prints what comes back. Static: it runs in any image.
 *
 *   ask PATH
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void copy(int from, int to)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, (size_t)n) != n)
			return;
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	strcpy(address.sun_path, argv[1]);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror(argv[1]);
		return 1;
	}
	copy(STDIN_FILENO, fd);
	shutdown(fd, SHUT_WR);
	copy(fd, STDOUT_FILENO);
	return 0;
}
