/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/exec_keep.h - a command in a container whose user has left its terminal.
 */
#pragma once

struct exec_process;

/* A process of its own holds the other side of the terminal, and reads what comes there, until the
 * command has ended: else it would hang up. */
void exec_keep(const struct exec_process *child);
