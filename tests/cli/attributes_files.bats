#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Attributes about files that volumes.bats, files.bats and secrets.bats leave out.

load helper

@test "volumes_from: a service's or container's volumes and binds, :ro is honoured" {
	project donors <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  donor: {<<: *service, container_name: the-donor, volumes: ["data:/data", "./bound:/bound", "/anonymous"], tmpfs: /scratch}
	  writer: {<<: *service, volumes_from: [donor]}
	  reader: {<<: *service, volumes_from: ["donor:ro"]}
	volumes: {data: {}}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T writer sh -c 'echo one >/data/f; echo two >/bound/f; echo three >/anonymous/f'
	expect 0 coracle exec -T donor cat /data/f /bound/f /anonymous/f
	is $'one\ntwo\nthree'
	expect 0 coracle exec -T reader cat /data/f /bound/f /anonymous/f
	is $'one\ntwo\nthree'
	expect 1 coracle exec -T reader sh -c 'echo no >/data/f'
	expect 1 coracle exec -T reader sh -c 'echo no >/bound/f'
	cat >other.yaml <<-'YAML'
	services:
	  far: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, volumes_from: ["container:the-donor:ro"]}
	YAML
	expect 0 coracle -p far -f other.yaml up -d
	expect 0 coracle -p far -f other.yaml exec -T far cat /data/f
	expect 1 coracle -p far -f other.yaml exec -T far sh -c 'echo no >/data/f'
	expect 0 coracle -p far -f other.yaml down
}

@test "bind: propagation and recursive" {
	inside sh -c 'mkdir -p /mnt/tree/below && mount --bind /mnt/tree /mnt/tree && mount --make-shared /mnt/tree &&
		mount -t tmpfs none /mnt/tree/below && touch /mnt/tree/below/hidden'
	project binds <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  slave: {<<: *service, volumes: [{type: bind, source: /mnt/tree, target: /t, bind: {propagation: rslave}}]}
	  private: {<<: *service, volumes: [{type: bind, source: /mnt/tree, target: /t}]}
	  flat: {<<: *service, volumes: [{type: bind, source: /mnt/tree, target: /t, bind: {recursive: disabled}}]}
	  locked: {<<: *service, volumes: [{type: bind, source: /mnt/tree, target: /t, read_only: true, bind: {recursive: readonly, propagation: rprivate}}]}
	  writable: {<<: *service, volumes: [{type: bind, source: /mnt/tree, target: /t, read_only: true, bind: {recursive: writable}}]}
	  short: {<<: *service, volumes: ["/mnt/tree:/t:ro"]}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T private ls /t/below/hidden
	expect 1 coracle exec -T flat ls /t/below/hidden
	expect 1 coracle exec -T locked touch /t/below/no
	expect 1 coracle exec -T short touch /t/below/no
	expect 1 coracle exec -T writable touch /t/no
	expect 0 coracle exec -T writable touch /t/below/yes
	expect 0 coracle exec -T private touch /t/below/yes
	inside sh -c 'mkdir /mnt/tree/late && mount -t tmpfs none /mnt/tree/late && touch /mnt/tree/late/seen'
	expect 0 coracle exec -T slave ls /t/late/seen
	expect 1 coracle exec -T private ls /t/late/seen
	coracle down
	inside sh -c 'umount /mnt/tree/late /mnt/tree/below /mnt/tree && rm -r /mnt/tree'
}

@test "env_file: format raw, required: false" {
	printf 'A="quoted"\nB=$HOME # kept\n' >"$BATS_TEST_TMPDIR/raw.env"
	printf 'C="quoted"\n' >"$BATS_TEST_TMPDIR/plain.env"
	project env <<-'YAML'
	services:
	  x:
	    image: busybox
	    command: env
	    env_file:
	      - {path: ../raw.env, format: raw}
	      - ../plain.env
	      - {path: ../missing.env, required: false}
	YAML
	expect 0 coracle up --no-log-prefix
	has $'A="quoted"'
	has $'B=$HOME # kept'
	has $'C=quoted'
}
