/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/connection.h - the life of one connection, in a process of its own.
 */
#pragma once

struct engine;
struct api_settings;

/* Serves until the client goes, or the server has gone and nothing is asked. Takes @fd. */
void connection_serve(const struct api_settings *settings, struct engine *engine, int fd);
