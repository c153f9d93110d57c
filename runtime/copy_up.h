/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/copy_up.h - the content of a directory into a file system that is about to cover it
 * ("tmpcopyup").
 */
#pragma once

struct error;

/* Both are descriptors of directories, O_PATH will do. Kinds, modes, owners, times and extended
 * attributes come along; links are copied, never followed, and no other file system is entered. */
int copy_up(int from_fd, int to_fd, struct error *err);
