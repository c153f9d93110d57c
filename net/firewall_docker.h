/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/firewall_docker.h - beside Docker, whose own rules drop what is forwarded for others.
 *
 * Where its hook for neighbours is, the chain DOCKER-USER of iptables over nf_tables, we accept
 * what our bridges send and get: our own table says what of that may be. Not to Docker's networks,
 * which go on to Docker's rules.
 */
#pragma once

#include "net/firewall.h"

/* Brings our rules there to what the networks need. 1: there is such a chain, 0: there is none. The
 * lock of net/firewall.h is held. */
int firewall_docker_sync(const struct net_context *context, struct error *err);
