#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What builds fetch: contexts and files of ADD by http and from git. tests/payload/files.py serves
# $BATS_FILE_TMPDIR/files, `git daemon` the repositories in it.

load build_helper

eval "build_$(declare -f file_setup)"

file_setup()
{
	build_file_setup
	export FILES=$BATS_FILE_TMPDIR/files CORACLE_REGISTRIES=$BATS_FILE_TMPDIR/registries.json
	echo '{"limits": {"retry-seconds": 0.05, "attempts": 2, "stall-seconds": 1}}' >"$CORACLE_REGISTRIES"
	mkdir -p "$FILES"
	make_files
	make_repository
	inside sh -c 'python3 "$1" "$2" >"$3/port" 2>"$3/requests" &' sh \
		"$tests_dir/payload/files.py" "$FILES" "$BATS_FILE_TMPDIR"
	inside sh -c 'git daemon --reuseaddr --export-all --base-path="$1" --listen=127.0.0.1 \
		--pid-file="$2/git.pid" >/dev/null 2>&1 &' sh "$FILES" "$BATS_FILE_TMPDIR"
	eventually 20 test -s "$BATS_FILE_TMPDIR/port"
	eventually 20 inside bash -c 'echo >/dev/tcp/127.0.0.1/9418'
	HTTP=127.0.0.1:$(cat "$BATS_FILE_TMPDIR/port")
	export HTTP
}

make_files()
{
	mkdir "$FILES/tree"
	(
		cd "$FILES" || exit
		echo hello >a.txt
		touch -d @1234567890 a.txt
		printf 'FROM scratch\nCOPY . /c/\n' >tree/Dockerfile
		echo in the archive >tree/file
		tar czf context.tgz --owner=5 --group=6 -C tree .
		printf 'FROM scratch\nCOPY . /c/\n' >Alone
	)
}

make_repository()
{
	export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=n GIT_AUTHOR_EMAIL=n@example
	export GIT_COMMITTER_NAME=n GIT_COMMITTER_EMAIL=n@example
	git init -q -b main "$BATS_FILE_TMPDIR/work"
	(
		cd "$BATS_FILE_TMPDIR/work" || exit
		mkdir app
		printf 'FROM scratch\nCOPY . /c/\n' | tee Dockerfile >app/Dockerfile
		echo one >file
		ln -s /etc out
		ln -s app link
		git add -A && git commit -qm one && git tag -a -m v1 v1
		echo two >file
		git commit -qam two
		git checkout -q -b dev
		echo dev >app/file
		git add -A && git commit -qm dev
		git checkout -q main
		git clone -q --bare . "$FILES/p.git"
		git -C "$FILES/p.git" update-server-info
	)
}

# built CONTEXT [ARGS...]: into ./out
built()
{
	rm -rf out
	expect 0 coracle image build -q -o out "$@"
}

refused()
{
	rm -rf out
	expect 1 coracle image build -q -o out "$@"
	[ ! -e out ] || fail "there is something in out"
}

# content PATH TEXT, below ./out
content()
{
	[ "$(cat "out/$1")" = "$2" ] || fail "$1 is '$(cat "out/$1")', not '$2'"
}

setup_directory()
{
	mkdir -p "$BATS_TEST_TMPDIR/here"
	cd "$BATS_TEST_TMPDIR/here" || return
}

@test "a context is an archive or a Dockerfile at a URL" {
	setup_directory
	built "http://$HTTP/context.tgz"
	content c/file 'in the archive'
	[ "$(stat -c %u:%g out/c/file)" = 5:6 ]
	built "http://$HTTP/Alone"
	content c/Alone "$(cat "$FILES/Alone")"
	built "http://$HTTP/to/%2fcontext.tgz"
	content c/file 'in the archive'
	refused "http://$HTTP/nosuch"
	has_error "'http://$HTTP/nosuch'"
	has_error 404
}

@test "ADD of a URL: name, time, mode, checksum" {
	sum=$(sha256sum "$FILES/a.txt" | cut -d' ' -f1)
	context files <<-EOF
		FROM scratch
		ADD --checksum=sha256:$sum http://$HTTP/a.txt /named
		ADD http://$HTTP/a.txt?x=y http://$HTTP/once/a.txt /two/
		ADD http://$HTTP/tree/../a.txt /three/x/
	EOF
	built .
	content named hello
	content two/a.txt hello
	content three/x/a.txt hello
	[ "$(stat -c '%a %Y' out/named)" = '600 1234567890' ]
	context wrong <<<"FROM scratch
ADD --checksum=sha256:${sum//[0-9]/0} http://$HTTP/a.txt /x"
	refused .
	has_error "digest mismatch sha256:$sum"
}

@test "neither a URL nor its server chooses a name that is none" {
	for name in 'filename="../../x"' 'filename=/etc/x' "filename*=UTF-8''..%252f..%252fx"; do
		context "names" <<<"FROM scratch
ADD http://$HTTP/named/attachment;%20${name//\//%2f}/ /d/"
		built .
		[ "$(find out -type f -printf '%P ')" = "d/$(basename "$(find out -type f)") " ] ||
			fail "$name: $(find out)"
	done
	long=$(printf 'x%.0s' {1..300})
	for path in "to/%2fa.txt?/%2e%2e" "named/x/$long" "named/x/a%00b" "named/x/a%2f..%2fz"; do
		context "paths" <<<"FROM scratch
ADD http://$HTTP/$path /d/"
		built .
		[ "$(find out -type f | wc -l)" = 1 ] && [ "$(find out/d -maxdepth 1 -type f | wc -l)" = 1 ] ||
			fail "$path: $(find out)"
	done
}

@test "a user in a URL is for its server, and in no message" {
	context login <<<"FROM scratch
ADD http://user:p%3aw@$HTTP/login/a.txt /x"
	built .
	content x hello
	sed -i 's/p%3aw/s3cret/' Dockerfile
	refused .
	[[ "${stderr#*ADD}" == *401* ]] || fail "$stderr"
	[[ "${stderr##*ERROR}" != *s3cret* ]] || fail "$stderr"
	setup_directory
	refused "http://user:s3cret@$HTTP/login/Alone"
	lacks_error s3cret
	# It does not go along to where a server leads.
	: >"$BATS_FILE_TMPDIR/requests"
	refused "http://user:s3cret@127.0.0.1:1/x"
	lacks_error s3cret
}

@test "a server is asked whether a file is another; git, which commit it is" {
	setup_directory
	cd ..
	cp "$FILES/a.txt" "$FILES/changing"
	git clone -q --bare "$FILES/p.git" "$FILES/moving.git"
	git clone -q -b dev "$FILES/moving.git" moving
	context tagged <<-EOF
		FROM scratch
		ADD http://$HTTP/tagged/changing /x
		ADD git://127.0.0.1/moving.git#dev:app /p
	EOF
	built .
	: >"$BATS_FILE_TMPDIR/requests"
	expect 0 coracle image build --progress plain -o out .
	[ "$(grep -c CACHED <<<"$output$stderr")" -ge 2 ] || fail "$output$stderr"
	grep -q '^/tagged/changing - "[0-9a-f]*"$' "$BATS_FILE_TMPDIR/requests"
	content x hello
	echo other >"$FILES/changing"
	built .
	content x other
	content p/file dev
	# What was asked for only, and is needed after all, is fetched.
	sed -i 's, /x$, /y,' Dockerfile
	built .
	content y other
	echo newer >../moving/app/file
	git -C ../moving commit -qam newer
	git -C ../moving push -q origin dev
	built .
	content p/file newer
}

@test "a server that does not answer, or does not end, does not hold up a build" {
	setup_directory
	SECONDS=0
	refused "http://$HTTP/silent"
	[ "$SECONDS" -lt 20 ]
	refused "http://$HTTP/to/%2fto%2f%252fto"
	refused "http://127.0.0.1:1/x"
	has_error 'connection refused'
}

@test "a context is a commit of git's, and a folder of it" {
	setup_directory
	git=git://127.0.0.1/p.git
	built "$git"
	content c/file two
	[ ! -e out/c/.git ]
	built "$git#v1"
	content c/file one
	built "$git#dev:app"
	content c/file dev
	built "$git?ref=dev&subdir=app"
	content c/file dev
	built "$git?tag=v1"
	content c/file one
	commit=$(git -C "$FILES/p.git" rev-parse 'v1^{commit}')
	built "$git#$commit"
	content c/file one
	built "$git#${commit:0:10}:app"
	[ -e out/c/Dockerfile ]
	built "$git?keep-git-dir=1"
	[ -d out/c/.git ]
	built --build-arg BUILDKIT_CONTEXT_KEEP_GIT_DIR=1 "$git"
	[ -d out/c/.git ]
	# A server that only has files.
	built "http://user:p%3aw@$HTTP/login/p.git#v1"
	content c/file one
	refused "$git#nosuch"
	has_error "couldn't find remote ref nosuch"
}

@test "ADD of a repository, with its commit checked" {
	commit=$(git -C "$FILES/p.git" rev-parse main)
	context add <<-EOF
		FROM scratch
		ADD --checksum=$commit git://127.0.0.1/p.git#main /p
		ADD --keep-git-dir=true git://127.0.0.1/p.git#v1 /kept/
	EOF
	built .
	content p/file two
	[ ! -e out/p/.git ]
	[ -d out/kept/.git ]
	context wrong <<<"FROM scratch
ADD --checksum=${commit//[0-9]/0} git://127.0.0.1/p.git#main /p"
	refused .
	has_error 'expected checksum to match'
}

@test "neither a git URL nor a repository leads out" {
	setup_directory
	git=git://127.0.0.1/p.git
	touch mark
	for bad in "$git#--upload-pack=touch /mnt/owned" "$git#-c" "$git#main:app/.." "$git#main:../.." \
		"$git#main:out" "$git#main:link" "$git#a..b" "git://-oProxyCommand=x/p.git" \
		"ssh://-oProxyCommand=touch%20mark/p.git" "$git?nosuch=1"; do
		refused "$bad"
	done
	refused 'ext::sh -c "touch /mnt/owned"'
	refused "file://$FILES/p.git"
	refused "$git" -f out/passwd
	has_error 'leads out'
	inside test ! -e /mnt/owned
	context local <<<"FROM scratch
ADD file://$FILES/p.git /p"
	refused .
}

@test "a submodule that is a path of this machine is not fetched" {
	setup_directory
	git clone -q "$FILES/p.git" work
	(
		cd work || exit
		git -c protocol.file.allow=always submodule -q add "$FILES/p.git" sub
		git commit -qm sub
		git clone -q --bare . "$FILES/with-path.git"
		git config -f .gitmodules submodule.sub.url ../p.git
		git commit -qam relative
		git clone -q --bare . "$FILES/relative.git"
	)
	refused git://127.0.0.1/with-path.git
	has_error 'not allowed'
	built 'git://127.0.0.1/with-path.git?submodules=false'
	[ -z "$(ls out/c/sub)" ]
	built git://127.0.0.1/relative.git
	content c/sub/file two
}

@test "what a user or a machine has configured for git does not count" {
	setup_directory
	mkdir -p home/template/hooks
	printf '#!/bin/sh\ntouch /mnt/owned\n' >home/template/hooks/post-checkout
	chmod +x home/template/hooks/post-checkout
	printf '[init]\ntemplateDir = %s\n[core]\nhooksPath = %s\n' "$PWD/home/template" \
		"$PWD/home/template/hooks" >home/.gitconfig
	unset GIT_CONFIG_GLOBAL
	HOME=$PWD/home GIT_TEMPLATE_DIR=$PWD/home/template built git://127.0.0.1/p.git
	content c/file two
	inside test ! -e /mnt/owned
}

@test "without git it is said what to install" {
	setup_directory
	mkdir bin
	expect 1 inside env PATH="$PWD/bin" "$CORACLE" image build -q git://127.0.0.1/p.git
	has_error "git is not installed here: it comes with the package 'git'"
}

@test "ssh asks nobody, knows the user's hosts, and what it says is told" {
	ssh=$(command -v ssh) || skip 'there is no ssh'
	setup_directory
	printf '#!/bin/sh\nprintf "<%%s>" "$@" >%s/args\necho "Permission denied (publickey)." >&2\nexit 255\n' \
		"$PWD" >fake
	chmod +x fake
	inside mount --bind fake "$ssh"
	HOME=/home/me refused git@127.0.0.1:o/p.git#main
	inside umount "$ssh"
	has_error 'Permission denied (publickey)'
	args=$(cat args)
	[[ "$args" == *'<BatchMode=yes>'*'/home/me/.ssh/known_hosts>'*"<git@127.0.0.1><git-upload-pack 'o/p.git'>" ]] ||
		fail "$args"
}
