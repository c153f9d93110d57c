/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/nss - how names of hosts and users are looked up by a program that has no shared library.
 *
 * The modules that a host's nsswitch.conf names (sssd, systemd, mDNS) belong to the host's libc,
 * which may be another than the one in us: they must not be loaded. Files and DNS are built in.
 */
#pragma once

/* Before the first look-up. Does nothing in a program that uses the host's libc. */
void nss_prepare(void);
