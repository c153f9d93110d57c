/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/trim.h - gives back memory that only a burst of work needed.
 *
 * For the processes of which there is one for each container: nearly all of them sleep nearly all
 * the time, and what they hold while asleep is what containers cost.
 */
#pragma once

#define TRIM_SETTLED_MS 100 /* without an event: the burst is over */

void trim_memory(void);
