#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What a pull shows: layers as parts of their image, what each waits for, sizes, repeated attempts, in
# plain lines, in JSON, and on a terminal.

load ../cli/helper
load ../cli/pull_helper

file_setup()
{
	load_image busybox
	quick_transport
}

# What is known of one object, a line each: json_of ID FILTER
json_of()
{
	jq -r --arg id "$1" "select(.id == \$id) | $2" <<<"$stderr"
}

id_of()
{
	blob_of layout "$1" layer "$2" | head -c 12
}

@test "json: layers are parts of their image, with what has come of how much" {
	local upper lower
	images layout one=j1:300000,j2:2000000
	lower=$(id_of one 1) upper=$(id_of one 2)
	scripted --layout layout lib
	project jsonned <<-YAML
	services:
	  a: {image: "$registry/lib:one", network_mode: none}
	YAML
	expect 0 coracle --progress json pull
	[ "$(json_of "$upper" .parent_id | sort -u)" = "Image $registry/lib:one" ] || fail "$stderr"
	[ "$(json_of "$lower" .parent_id | sort -u)" = "Image $registry/lib:one" ] || fail "$stderr"
	[ "$(json_of "$upper" .text | head -n 1)" = Waiting ] || fail "$stderr"
	[ "$(json_of "$upper" '[.text, .status, .percent] | join(" ")' | tail -n 1)" = 'Pull complete Done 100' ]
	# Every number is true of its total.
	jq -se --arg id "$upper" 'map(select(.id == $id and .total)) | length > 0 and all(
		(.current // 0) <= .total and (.percent // 0) == ((.current // 0) * 100 / .total | floor))' <<<"$stderr"
	# The image has the sum.
	jq -se --arg image "Image $registry/lib:one" --arg upper "$upper" --arg lower "$lower" '
		(map(select(.id == $upper and .total)) | last.total) as $a |
		(map(select(.id == $lower and .total)) | last.total) as $b |
		map(select(.id == $image)) | last | .text == "Pulled" and .total == $a + $b and .percent == 100 and
			(has("parent_id") | not) and (.details | test("^2.[0-9]+MB$"))' <<<"$stderr" || fail "$stderr"
	# What is there is complete, without bytes.
	coracle rmi "$registry/lib:one" >/dev/null
	cd ..
	scripted_stop
}

@test "what waits for the layer below says so, and goes on when that is there" {
	local upper lower
	images layout stairs=s1:2000000,s2:100000
	lower=$(id_of stairs 1) upper=$(id_of stairs 2)
	# The lower one comes with a pause in which the upper one is done but for that.
	scripted --layout layout lib "GET blobs/sha256:$(blob_of layout stairs layer 1) stall 1000000 x1"
	expect 0 coracle image pull "$registry/lib:stairs"
	[ "$(grep " $upper " <<<"$stderr" | tail -n 3 | cut -d ' ' -f 3- | sed 's/ [0-9.]*kB//')" = "Download complete waits for the layer below
Extracting
Pull complete" ] || fail "$stderr"
	has_error "$lower Retrying"
	has_error "Image $registry/lib:stairs Pulled 2"
	coracle rmi "$registry/lib:stairs" >/dev/null
	scripted_stop
}

@test "an attempt that was cut is repeated, and says why; the same when pushing" {
	images layout cut=c1:3000000
	scripted --layout layout lib "GET blobs/sha256:$(blob_of layout cut layer) truncate 1000000 x1"
	expect 0 coracle image pull "$registry/lib:cut"
	[[ "$(grep " $(id_of cut 1) " <<<"$stderr" | cut -d ' ' -f 3 | uniq | tr '\n' ' ')" =~ \
		^Waiting\ Downloading\ Retrying\ .*Pull\ $ ]] || fail "$stderr"
	has_error "$(id_of cut 1) Retrying $registry"
	rules "PUT . close x1" "PATCH . close x1"
	coracle tag busybox "$registry/other:b"
	expect 0 coracle image push "$registry/other:b"
	has_error " Retrying $registry"
	[[ "$stderr" =~ Image\ $registry/other:b\ Pushed\ [0-9.]+[kM]B$ ]] || fail "$stderr"
	coracle rmi "$registry/lib:cut" "$registry/other:b" >/dev/null
	scripted_stop
}
