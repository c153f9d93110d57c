/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/lines.c - writes numbered lines of 100 bytes to stdout.
 *
 *   lines BYTES [AT_ONCE]
 *
 * AT_ONCE bytes go into each write(2), 100 (a line) unless told otherwise.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE 100

int main(int argc, char **argv)
{
	long bytes = argc > 1 ? atol(argv[1]) / LINE * LINE : 0, number = 0, done = 0;
	size_t size = argc > 2 ? (size_t)atol(argv[2]) / LINE * LINE : LINE;
	char *buffer = malloc(size + 1);

	if (bytes <= 0 || size == 0 || !buffer) {
		fprintf(stderr, "usage: lines BYTES [AT_ONCE]\n");
		return 2;
	}
	memset(buffer, '.', size);
	for (size_t at = 0; at < size; at += LINE)
		buffer[at + LINE - 1] = '\n';
	for (; done < bytes; done += (long)size) {
		if (bytes - done < (long)size)
			size = (size_t)(bytes - done);
		for (size_t at = 0; at + LINE <= size; at += LINE) {
			char digits[24];
			int length = snprintf(digits, sizeof(digits), "%012ld", number++);

			memcpy(buffer + at, digits, (size_t)length);
		}
		for (size_t at = 0; at < size;) {
			ssize_t n = write(STDOUT_FILENO, buffer + at, size - at);

			if (n < 0) {
				perror("lines");
				return 1;
			}
			at += (size_t)n;
		}
	}
	return 0;
}
