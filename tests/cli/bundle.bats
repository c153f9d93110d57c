#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bundle: a project with its files and images as one archive, brought up where there is nothing else.

load helper

app()
{
	project app <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: ["sh", "-c", "cat /etc/page /etc/conf /run/secrets/word && sleep 100"]
	    env_file: [app.env]
	    volumes: ["./page:/etc/page:ro", "data:/data", "./site:/site:ro"]
	    configs: [{source: conf, target: /etc/conf}]
	    secrets: [word]
	volumes:
	  data:
	configs:
	  conf: {file: ./conf}
	secrets:
	  word: {file: ./word}
	YAML
	mkdir -p site/deep
	echo page >page
	echo conf >conf
	echo word >word
	echo 'NAME=value' >app.env
	echo deep >site/deep/file
	chmod 750 site/deep/file
}


# On another machine: nothing is in its root.
there()
{
	inside "$CORACLE" --root "$BATS_TEST_TMPDIR/root" --run /run/elsewhere "$@"
}

@test "bundle: what it holds, and that the same gives the same bytes" {
	app
	expect 0 coracle bundle
	has_error "compose.yaml:14:3: secrets.word: it is left out: 'coracle secret create app_word FILE'"
	[ -f app.tar ]
	tar tf app.tar >list
	[ "$(head -1 list)" = coracle/bundle.json ]
	for name in compose.yaml files/page files/site/deep/file configs/conf; do
		grep -qx "coracle/project/$name" list
	done
	if grep -q word list; then
		false
	fi
	grep -qx index.json list
	coracle bundle -o again.tar
	cmp app.tar again.tar
	expect 0 coracle bundle --secrets -o secret.tar
	tar tf secret.tar | grep -qx coracle/project/secrets/word
	# to a reader of image archives it is one
	expect 0 coracle load -i app.tar
	has 'Loaded image: busybox'
}

@test "up -f app.tar: on another root, without what it was made from" {
	app
	coracle bundle --secrets -o app.tar
	mv app.tar "$BATS_TEST_TMPDIR/app.tar"
	rm -r page conf word site app.env
	expect 0 there up -f "$BATS_TEST_TMPDIR/app.tar" -d
	expect 0 there -f "$BATS_TEST_TMPDIR/app.tar" exec web sh -c 'echo $NAME; cat /etc/page /site/deep/file /run/secrets/word'
	is "value
page
deep
word"
	# again: nothing to do, and the file may have gone
	expect 0 there -f "$BATS_TEST_TMPDIR/app.tar" up -d
	if grep -q Recreated <<<"$stderr"; then
		false
	fi
	rm "$BATS_TEST_TMPDIR/app.tar"
	expect 0 there -p app down -v -t 0
}

@test "bundle --sign and --verify: a bad or a missing signature is refused before anything is loaded" {
	command -v openssl >/dev/null || skip "no openssl"
	app
	openssl genpkey -algorithm ed25519 -out key.pem
	openssl pkey -in key.pem -pubout -out key.pub
	openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out other.pub
	coracle bundle --sign key.pem -o signed.tar
	coracle bundle -o plain.tar
	# the signature is OpenSSL's
	tar xf signed.tar coracle/bundle.json coracle/bundle.sig
	openssl pkeyutl -verify -pubin -inkey key.pub -rawin -in coracle/bundle.json \
		-sigfile coracle/bundle.sig
	root=$BATS_TEST_TMPDIR/root
	expect 1 there load -i signed.tar --verify other.pub
	has_error "its signature is not by the key 'other.pub'"
	expect 1 there load -i plain.tar --verify key.pub
	has_error 'is not signed'
	expect 1 there up -f plain.tar --verify key.pub -d
	has_error 'is not signed'
	expect 1 there -f signed.tar --verify other.pub up -d
	expect 1 there -f compose.yaml --verify key.pub config
	has_error 'is none'
	# one byte of what is signed, of the images' index, and of a file
	for word in '"project":"app"' '"schemaVersion":2' page; do
		python3 - "$word" <<-'PYTHON'
		import sys
		data = bytearray(open("signed.tar", "rb").read())
		word = sys.argv[1].encode()
		at = data.find(word)
		if at < 0:
		    at = data.find(word.replace(b":", b": "))
		assert at >= 0, word
		if word == b"page":
		    at = data.find(b"page\n")
		data[at + len(word) - 1] ^= 1
		open("changed.tar", "wb").write(data)
		PYTHON
		expect 1 there up -f changed.tar --verify key.pub -d
		[ -n "$stderr" ]
	done
	expect 0 there image ls -q
	[ -z "$output" ]
	if [ -e "$root/bundles/app" ] && [ -n "$(find "$root/bundles/app" -mindepth 1)" ]; then
		find "$root/bundles/app" | head
		false
	fi
	expect 0 there load -i signed.tar --verify key.pub
	has 'Loaded image: busybox'
}

@test "bundle: hostile ones are refused, and leave nothing" {
	app
	coracle bundle -o app.tar
	root=$BATS_TEST_TMPDIR/root
	for kind in out absolute link hardlink device extra missing large twice; do
		python3 "$BATS_TEST_DIRNAME/../payload/hostile_bundle.py" app.tar "$kind" hostile.tar
		expect 1 there up -f hostile.tar -d
		has_error "the bundle 'hostile.tar' is refused"
		[ ! -e "$BATS_TEST_TMPDIR/escaped" ]
		[ -z "$(find "$root/bundles" "$root/staging" -mindepth 2 -type f 2>/dev/null)" ]
	done
	expect 0 there image ls -q
	[ -z "$output" ]
}

@test "bundle: what fails or is torn leaves no archive of that name" {
	app
	echo before >app.tar
	sed -i 's/image: busybox/image: not-here/' compose.yaml
	expect 1 coracle bundle -o app.tar
	has_error 'not-here'
	[ "$(cat app.tar)" = before ]
	expect 1 coracle bundle -o new.tar
	[ ! -e new.tar ]
	sed -i 's/image: not-here/image: busybox/' compose.yaml
	expect 1 coracle bundle --sign compose.yaml -o new.tar
	has_error 'no Ed25519 key'
	[ ! -e new.tar ]
	for delay in 0.01 0.03 0.1; do
		inside timeout -s KILL "$delay" "$CORACLE" bundle -o torn.tar >/dev/null 2>&1 || true
		[ ! -e torn.tar ] || tar tf torn.tar >/dev/null
	done
}

@test "bundle: its files are seen by df, go by prune when no container is left, and stay when something was written" {
	app
	sed -i 's,"./site:/site:ro","./site:/site",' compose.yaml
	coracle bundle --secrets -o "$BATS_TEST_TMPDIR/app.tar"
	cd "$BATS_TEST_TMPDIR"
	root=$BATS_TEST_TMPDIR/root
	expect 0 there system df
	lacks Bundles
	expect 0 there up -f app.tar -d
	expect 0 there system df
	matches 'Bundles +1 +1 +[0-9.]+kB +0B'
	expect 0 there system df -v
	matches "app +$root/bundles/app/[0-9a-f]{64} +1 "
	expect 0 there system check
	# of a project that has containers nothing goes
	expect 0 there system prune -f
	lacks 'Deleted Bundles'
	expect 0 there -p app exec web sh -c 'echo mine >/site/written'
	# down keeps the files as it keeps images
	expect 0 there -p app down -v -t 0
	[ -n "$(cat "$root"/bundles/app/*/files/site/written)" ]
	expect 0 there system prune <<<n
	has_error 'all files of bundles of which no container was made'
	expect 0 there system prune -f
	lacks 'Deleted Bundles'
	has_error "the files of the bundle 'app' are kept: 'files/site/written' in $root/bundles/app/"
	[ "$(cat "$root"/bundles/app/*/files/site/written)" = mine ]
	rm "$root"/bundles/app/*/files/site/written
	mkdir "$(echo "$root"/bundles/app/*/files/site)/empty"
	expect 0 there system df
	matches 'Bundles +1 +0 +.*100%'
	expect 0 there system prune -f --filter until=1h
	lacks 'Deleted Bundles'
	expect 0 there system prune -f
	matches 'Deleted Bundles:
app/[0-9a-f]{12}'
	[ -z "$(ls "$root/bundles")" ]
	expect 0 there system prune <<<n
	if grep -q bundles <<<"$stderr"; then
		false
	fi
	# and the archive makes them anew
	expect 0 there up -f app.tar -d
	expect 0 there -p app exec web cat /site/deep/file
	is deep
	expect 0 there -p app down -v -t 0
	rm "$root"/bundles/app/*/files/page
	expect 1 there system check
	has '1 of its 5 files are missing'
	has "then 'up -f' with the bundle"
}

# What a killed or refused `up -f` leaves: no half place, and the same command works.
no_half_place()
{
	local place
	for place in "$BATS_TEST_TMPDIR"/root/bundles/app/*/; do
		[ ! -e "$place" ] || [ "$(find "$place" -type f | wc -l)" = 6 ] || fail "$(find "$place")"
	done
}

@test "up -f app.tar: cut, killed, on a full disk, twice at once" {
	app
	coracle bundle --secrets -o "$BATS_TEST_TMPDIR/app.tar"
	cd "$BATS_TEST_TMPDIR"
	size=$(stat -c %s app.tar)
	# wherever it ends too early
	for part in 100 600 3000 6000 9000 $((size / 2)) $((size - 2000)); do
		head -c "$part" app.tar >cut.tar
		expect 1 there up -f cut.tar -d
		[ -n "$stderr" ]
		no_half_place
	done
	expect 0 there image ls -q
	[ -z "$output" ]
	# no room for the files and the image
	mkdir -p full
	inside mount -t tmpfs -o size=1m,mode=700 full "$PWD/full"
	expect 1 inside "$CORACLE" --root "$PWD/full" --run /run/full up -f app.tar -d
	has_error 'there is no room'
	[ -z "$(inside find "$PWD/full/bundles" -type f)" ]
	inside mount -o remount,size=100m "$PWD/full"
	expect 0 inside "$CORACLE" --root "$PWD/full" --run /run/full up -f app.tar -d
	expect 0 inside "$CORACLE" --root "$PWD/full" --run /run/full -p app down -v -t 0
	eventually 10 inside umount "$PWD/full"
	# killed, sooner and later
	for delay in 0.005 0.02 0.05 0.1 0.2 0.4 0.8; do
		inside timeout -s KILL "$delay" "$CORACLE" --root "$PWD/root" --run /run/elsewhere up -f app.tar -d \
			>/dev/null 2>&1 || true
		no_half_place
		[ "$delay" != 0.1 ] || expect 0 there up -f app.tar -d
	done
	expect 0 there up -f app.tar -d
	expect 0 there -p app exec web cat /site/deep/file /run/secrets/word
	is "deep
word"
	expect 0 there -p app down -v -t 0
	expect 0 there system prune -af
	no_half_place
	[ -z "$(ls root/bundles)" ]
	# two at once, on nothing
	there up -f app.tar -d >one 2>&1 3>&- &
	first=$!
	there up -f app.tar -d >two 2>&1 3>&- || fail "$(cat two)"
	wait "$first" || fail "$(cat one)"
	[ "$(there -p app ps -q | wc -l)" = 1 ]
	expect 0 there system check
	expect 0 there -p app down -v -t 0
}

@test "up -f: another bundle of the project over a running one" {
	app
	coracle bundle --secrets -o "$BATS_TEST_TMPDIR/one.tar"
	echo 'another page' >page
	coracle bundle --secrets -o "$BATS_TEST_TMPDIR/two.tar"
	cd "$BATS_TEST_TMPDIR"
	expect 0 there up -f one.tar -d
	expect 0 there up -f two.tar -d
	has_error Recreated
	expect 0 there -p app exec web cat /etc/page
	is 'another page'
	expect 0 there system df
	matches 'Bundles +2 +1 '
	expect 0 there system prune -f
	has 'Deleted Bundles'
	[ "$(find root/bundles/app -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]
	expect 0 there -p app exec web cat /site/deep/file
	is deep
	# back again
	expect 0 there up -f one.tar -d
	expect 0 there -p app exec web cat /etc/page
	is page
	expect 0 there -p app down -v -t 0
}
