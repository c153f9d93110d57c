/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/server.h - accepts connections, and gives each a process of its own.
 *
 * Nothing is shared between them but what is on disk, so a slow client holds nobody up, and the
 * server may be killed at any moment: connections go on to the end of what they are at.
 */
#pragma once

struct error;
struct api_settings;

#define SERVER_MOST_CONNECTIONS 512

/* Until nobody has been connected for settings->idle_ms, or SIGTERM or SIGINT. */
int server_run(const struct api_settings *settings, struct error *err);
