#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `watch` and `develop.watch`: sync, deletions, restart, exec, what is ignored.

load watch_helper

# web with data/ synced to /app/data and config/ to /app/config.
web()
{
	project web <<-YAML
	services:
	  web:
	    image: busybox
	    command: ["sh", "-c", "mkdir -p /app/data; echo up; exec sleep 1000"]
	    init: true
	    develop:
	      watch:
	      - {action: sync, path: ./data, target: /app/data, ignore: ["*.foo", ./ignored]}
	      - {action: sync+restart, path: ./config, target: /app/config}
	$1
	YAML
	mkdir data config
}

@test "files are created, changed and removed as on the host" {
	web
	watch
	echo hello >data/hello.txt
	eventually 10 content_is web /app/data/hello.txt hello
	echo again >data/hello.txt
	eventually 10 content_is web /app/data/hello.txt again
	mkdir -p data/sub/deep data/empty
	echo a >data/sub/deep/a.txt
	eventually 10 content_is web /app/data/sub/deep/a.txt a
	coracle exec web test -d /app/data/empty
	rm -r data/sub data/hello.txt
	eventually 10 misses web /app/data/sub
	misses web /app/data/hello.txt
	coracle exec web test -d /app/data/empty
	end_watch
	grep -q '^Watch disabled$' ../out
	grep -qF 'Syncing service "web" after 1 changes were detected' ../out
	state_is web-web-1 running
}

@test "what is ignored stays outside" {
	web
	watch
	mkdir data/ignored data/.git data/.idea
	touch data/x.foo data/ignored/x data/.git/x data/.idea/x data/x~ data/.x.swp 'data/.#x'
	flush data /app/data
	expect 0 coracle exec web ls -A /app/data
	is flushed
	end_watch
}

@test "a burst of a thousand files is one sync" {
	web
	watch
	# However long the machine takes for them, they come at once: nobody looks meanwhile.
	# shellcheck disable=SC2016 # expanded inside
	inside sh -c 'mkdir "$1/frozen" && pgrep -f "^$2 watch" >"$1/frozen/cgroup.procs" && echo 1 >"$1/frozen/cgroup.freeze"' \
		sh "$CGROUP_PATH" "$CORACLE"
	mkdir data/many
	for i in $(seq 1000); do echo "$i" >"data/many/$i"; done
	# shellcheck disable=SC2016 # expanded inside
	inside sh -c 'echo 0 >"$1/frozen/cgroup.freeze" && pgrep -f "^$2 watch" >"$1/tests/cgroup.procs"' sh "$CGROUP_PATH" "$CORACLE"
	eventually 10 content_is web /app/data/many/999 999
	expect 0 coracle exec web sh -c 'ls /app/data/many | wc -l'
	is 1000
	[ "$(grep -c Syncing ../out)" = 1 ]
	grep -qF 'Syncing service "web" after 1001 changes were detected' ../out
	end_watch
	eventually 5 inside rmdir "$CGROUP_PATH/frozen"
}

@test "--verbose says when what had changed is done" {
	web
	: >../out
	inside "$CORACLE" --verbose watch >../out 2>../err 3>&- &
	watcher=$!
	eventually 20 grep -q 'Watch enabled' ../out || fail "$(cat ../err)"
	run ! grep 'batch complete' ../err
	echo one >data/file
	eventually 10 grep -qF 'batch complete: count[1]' ../err
	content_is web /app/data/file one
	inside pkill -TERM -f "^$CORACLE --verbose watch"
	wait "$watcher" || [ $? = 130 ]
}

@test "sync+restart restarts after the files are there, all replicas get them" {
	web '    deploy: {replicas: 2}'
	watch
	echo new >config/file.config
	eventually 10 grep -qF 'service(s) ["web"] restarted' ../out
	[ "$(coracle exec --index 1 web cat /app/config/file.config)" = new ]
	[ "$(coracle exec --index 2 web cat /app/config/file.config)" = new ]
	logged 4 up
	end_watch
}

@test "a service that has ended gets files, and the restart that goes with them" {
	web
	watch
	coracle kill web
	echo new >config/file.config
	eventually 10 grep -qF 'service(s) ["web"] restarted' ../out
	content_is web /app/config/file.config new
	end_watch
}

@test "what an editor replaces by renaming, and a tree that is moved in" {
	web
	mkdir -p elsewhere/tree/below
	echo deep >elsewhere/tree/below/file
	echo one >data/file
	watch
	echo two >data/.file.new
	mv data/.file.new data/file
	eventually 10 content_is web /app/data/file two
	mv elsewhere/tree data/tree
	eventually 10 content_is web /app/data/tree/below/file deep
	mv data/tree data/other
	eventually 10 content_is web /app/data/other/below/file deep
	misses web /app/data/tree
	# Its watches went along.
	echo deeper >data/other/below/file
	eventually 10 content_is web /app/data/other/below/file deeper
	mv data/other elsewhere
	eventually 10 misses web /app/data/other
	end_watch
}

@test "a path that does not exist yet, and a single file" {
	project paths <<-YAML
	services:
	  web:
	    image: busybox
	    command: sleep 1000
	    init: true
	    develop:
	      watch:
	      - {action: sync, path: ./later/on, target: /later}
	      - {action: sync, path: ./one.conf, target: /etc/one.conf}
	      - {action: sync, path: ./two.conf, target: /etc/}
	YAML
	watch
	mkdir -p later/on
	echo here >later/on/file
	eventually 10 content_is web /later/file here
	echo 1 >one.conf
	echo 2 >two.conf
	echo 3 >three.conf
	eventually 10 content_is web /etc/two.conf 2
	content_is web /etc/one.conf 1
	misses web /etc/three.conf
	rm -r later
	eventually 10 misses web /later
	mkdir -p later/on
	echo again >later/on/file
	eventually 10 content_is web /later/file again
	end_watch
}

@test "files belong to the user of the container, or else to who has them here" {
	project owner <<-YAML
	services:
	  root:
	    image: busybox
	    command: sleep 1000
	    init: true
	    develop: {watch: [{action: sync, path: ./data, target: /data}]}
	  nobody:
	    image: busybox
	    command: sleep 1000
	    init: true
	    user: "65534:100"
	    develop: {watch: [{action: sync, path: ./data, target: /data}]}
	YAML
	mkdir data
	watch
	echo x >file
	chown 1234:5678 file
	chmod 640 file
	mv file data/file
	eventually 10 content_is root /data/file x
	eventually 10 content_is nobody /data/file x
	[ "$(coracle exec root stat -c '%u:%g %a' /data/file)" = '1234:5678 640' ]
	[ "$(coracle exec nobody stat -c '%u:%g %a' /data/file)" = '65534:100 640' ]
	end_watch
}

@test "a directory of the container that is a link is followed" {
	project links <<-YAML
	services:
	  app:
	    image: busybox
	    command: ["sh", "-c", "mkdir -p /app/data /var/sub && ln -s /var/sub /app/data/sub && echo up && exec sleep 1000"]
	    init: true
	    develop: {watch: [{action: sync, path: ./data, target: /app/data}]}
	YAML
	mkdir data staged
	echo hello symlink >staged/hello.txt
	ln -s hello.txt staged/link
	watch
	eventually 10 logged 1 up
	mv staged data/sub
	eventually 10 content_is app /var/sub/hello.txt 'hello symlink'
	coracle exec app test -L /app/data/sub
	[ "$(coracle exec app readlink /app/data/sub/link)" = hello.txt ]
	end_watch
}

@test "a directory that becomes a file, and the other way round" {
	web
	mkdir data/thing
	watch
	touch data/thing/x
	eventually 10 coracle exec web test -e /app/data/thing/x
	rm -r data/thing
	echo file >data/thing
	eventually 10 content_is web /app/data/thing file
	rm data/thing
	mkdir data/thing
	echo y >data/thing/y
	eventually 10 content_is web /app/data/thing/y y
	end_watch
}

@test "initial_sync brings what is there before anything changes" {
	project initial <<-YAML
	services:
	  web:
	    image: busybox
	    command: sleep 1000
	    init: true
	    develop:
	      watch:
	      - {action: sync, path: ., target: /data, initial_sync: true, include: ["*.txt", sub], ignore: [no.txt]}
	      - {action: sync, path: ., target: /other}
	YAML
	mkdir sub
	touch yes.txt no.txt sub/file
	watch
	expect 0 coracle exec web sh -c 'cd /data && find . -mindepth 1 | sort'
	is "$(printf './sub\n./sub/file\n./yes.txt')"
	misses web /other
	lacks_line Syncing
	end_watch
}

@test "include: only files that match are synced" {
	project includes <<-YAML
	services:
	  a:
	    image: busybox
	    command: sleep 1000
	    init: true
	    develop: {watch: [{action: sync, path: ., target: /data/, include: A.*}]}
	YAML
	watch
	echo test >B.test
	echo test >A.test
	eventually 10 content_is a /data/A.test test
	misses a /data/B.test
	end_watch
}

changed()
{
	[ "$(grep -c '^changed$' ../out)" = "$1" ]
}

@test "what is mounted already is not synced" {
	project mounted <<-YAML
	services:
	  web:
	    image: busybox
	    command: sleep 1000
	    init: true
	    volumes: [./data:/data]
	    develop:
	      watch:
	      - {action: sync, path: ./data/sub, target: /data/sub}
	      - {action: sync+exec, path: ./data, target: /data, exec: {command: echo changed}}
	YAML
	mkdir -p data/sub
	watch
	grep -qF "data/sub' also declared by a bind mount volume, this path won't be monitored!" ../err
	echo x >data/file
	eventually 10 changed 1
	# Its own work is no change.
	echo y >data/other
	eventually 10 changed 2
	end_watch
}

@test "sync+exec runs the command with what it is given, once for many files" {
	project exec <<-YAML
	services:
	  web:
	    image: busybox
	    command: sleep 1000
	    init: true
	    develop:
	      watch:
	      - action: sync+exec
	        path: ./data
	        target: /data
	        exec:
	          command: ["sh", "-c", "echo SUCCESS \$\$(id -u) \$\$PWD \$\$COLOUR; cat /data/a /data/b; exit 3"]
	          user: "99"
	          working_dir: /tmp
	          environment: {COLOUR: red}
	      - action: sync+exec
	        path: ./rights
	        target: /rights
	        exec: {command: [sh, -c, "grep -q CapEff.*1ff /proc/self/status && echo ALL"], privileged: true}
	YAML
	mkdir data rights
	watch
	touch rights/file
	eventually 10 grep -q '^ALL$' ../out
	echo A >data/a
	echo B >data/b
	eventually 10 grep -q '^SUCCESS 99 /tmp red$' ../out
	grep -q '^B$' ../out
	eventually 10 grep -q 'exited with status 3' ../err
	[ "$(grep -c SUCCESS ../out)" = 1 ]
	# It goes on.
	echo C >data/a
	eventually 10 grep -q '^C$' ../out
	end_watch
}

@test "the project's lock is free while it waits, and down ends it" {
	web
	watch
	expect 0 coracle up -d
	expect 0 coracle down -t 0
	wait "$watcher"
	lacks_line Rebuilding
	grep -q '^Watch disabled$' ../out
}

@test "only one watches a project; services without rules cannot be watched" {
	web
	watch
	expect 1 coracle watch --no-up
	has_error 'cannot take exclusive lock for project "web"'
	end_watch
	project none <<-YAML
	services:
	  web: {image: busybox, command: sleep 1000}
	YAML
	expect 1 coracle watch
	has_error "none of the selected services is configured for watch, consider setting a 'develop' section"
	gone none-web-1
}

@test "rules that cannot be carried out are refused before anything starts" {
	project wrong <<-YAML
	services:
	  web:
	    image: busybox
	    command: sleep 1000
	    develop: {watch: [{action: rebuild, path: .}]}
	YAML
	expect 1 coracle watch
	has_error "can't watch service \"web\" with action rebuild without a build context"
	project wrong <<-YAML
	services:
	  web:
	    image: busybox
	    develop: {watch: [{action: sync+exec, path: ., target: /x}]}
	YAML
	expect 1 coracle watch
	has_error "can't watch with action \"sync+exec\" on service web without a command"
	gone wrong-web-1
}

@test "--no-up watches what is there, --dry-run changes nothing" {
	web
	expect 0 coracle up -d
	watch --no-up
	echo x >data/file
	eventually 10 content_is web /app/data/file x
	end_watch
	watch --no-up --dry-run
	echo y >data/file
	echo y >config/file
	eventually 10 grep -q 'restarted' ../out
	grep -qF 'Syncing service "web"' ../out
	content_is web /app/data/file x
	logged 1 up
	end_watch
}
