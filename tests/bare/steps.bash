# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# steps.bash - what is done on bare machines, and what must be true afterwards.
# shellcheck disable=SC2034,SC2154 # what run and machine.bash have

# README's lines of section "Five minutes", block $1 of them.
readme()
{
	awk -v wanted="$1" '
		/^## / {section = $0}
		section != "## Five minutes" {next}
		/^    / {if (!inside) block++; inside = 1; if (block == wanted) print substr($0, 5); next}
		{inside = 0}' "$project/README.md"
}

# Types commands as somebody would who stops at the first that fails.
typed()
{
	machine bash -ec "$1"
}

files()
{
	machine find / -xdev ! -path '/root/coracle*' ! -path '/tmp/*' ! -path '/root/.cache*' ! -path '/var/log/*' \
		! -path '/var/lib/apt/*' ! -path '/var/cache/*' ! -path '/var/lib/dpkg/*' ! -path '/etc/systemd/system/*.wants' | sort
}

# What runs, is mounted, or is in the network of the machine.
state()
{
	machine sh -c 'ps -eo args= | grep -v -e "^ps " -e "^sleep 3600" -e "^sh -c ps" -e "^grep" -e "^sort" | sort
		cut -d " " -f 5 /proc/self/mountinfo | sort
		ls /sys/class/net 2>/dev/null; find /sys/fs/cgroup -mindepth 1 -type d | sort'
}

# $1 and a new look with command $2 are the same.
nothing_new()
{
	diff "$1" <("$2")
}

# Longer than the five seconds that are promised, since the machine may have much else to do.
quickstart()
{
	local line='' last=$SECONDS silence=0 end=''
	while IFS= read -r line; do
		[ $((SECONDS - last)) -le "$silence" ] || silence=$((SECONDS - last))
		last=$SECONDS end=$line
		printf '%s\n' "$line"
	done < <(typed "$1" 2>&1 && echo "quickstart ended well")
	echo "longest silence: $silence s"
	[ "$end" = "quickstart ended well" ] && [ "$silence" -le 10 ]
}

# What quickstart has printed as commands, but for those that end it.
printed_commands()
{
	sed -n '/To go on:/,$s/^    //p' "$1"
	sed -n 's/^\$ //p' "$1"
}

install_and_uninstall()
{
	files >"$base/before"
	typed 'make install install-docker-names && coracle version && docker version && docker-compose version &&
		test -s /usr/local/share/man/man1/coracle.1 && cd / && coracle system check && cd - && make uninstall'
	nothing_new "$base/before" files
}

# What a command of the machine prints as "apt-get install …" is typed as well.
make_package()
{
	local say
	say=$(machine make deb 2>&1) || true
	say=$(sed -n 's/.*first, as root: //p' <<<"$say")
	[ -z "$say" ] || typed "$say"
	typed 'make deb'
	cp "$root"/root/coracle/out/deb/*.deb "$base/"
}

remove_all()
{
	typed "$1"
	machine_directory=/root
	machine sh -c '! ls -d /var/lib/coracle /var/cache/coracle-images /run/coracle /root/coracle'
	nothing_new "$base/state" state
}

# README as it stands; then what it says of make install, make deb and of taking it all away.
from_readme()
{
	local suite=$1 first clone quick
	fresh_machine "$suite" "$suite"
	first=$(readme 1)
	clone=$(sed -n 's/ADDRESS/\/srv\/coracle.bundle/p' <<<"$first" | sed 's/ && cd .*//')
	quick=$(tail -n 1 <<<"$first")
	machine sleep 0.1
	state >"$base/state"
	step "$(head -n 1 <<<"$first")" typed "$(head -n 1 <<<"$first")"
	step "git clone" typed "$clone"
	machine_directory=/root/coracle
	step "$quick" quickstart "$quick"
	cp "$log" "$base/quickstart.log"
	step "what it shows, typed; it ends with down --volumes" typed "$(printed_commands "$base/quickstart.log" |
		grep curl; printed_commands "$base/quickstart.log" | grep -v curl)"
	step "$quick, again" quickstart "$quick"
	step "README's next commands" typed "$(readme 2 | sed 's/logs -f/& \& sleep 2; kill $!; true/; s/ exec api sh/ exec -T api sh/')"
	step "make install, docker's names, uninstall" install_and_uninstall
	step "make deb" make_package
	step "README's way to be rid of it" remove_all "$(readme 3)"
	machine_close
	[ -n "${KEEP:-}" ] || rm -rf --one-file-system "$root"
}

package_works()
{
	typed 'coracle version && coracle image load -i /srv/busybox.tar && coracle container run -d --name one busybox sleep 3600 &&
		coracle container exec one echo from inside'
}

# With everything that came with it; containers end, and volumes that somebody has made stay.
# A library that came with the package and that another one suggests would be kept by apt itself.
purge()
{
	typed 'coracle volume create data && apt-get purge -y coracle &&
		apt-get autoremove -y --purge -o APT::AutoRemove::SuggestsImportant=false -o APT::AutoRemove::RecommendsImportant=false'
	machine ls /var/lib/coracle/volumes/data
	machine rm -r /var/lib/coracle
	nothing_new "$base/before" files
	nothing_new "$base/state" state
}

# Nothing but the package, on a machine that has never had a compiler.
from_package()
{
	local suite=$1
	fresh_machine "$suite-package" "$suite"
	cp "$base"/coracle_*.deb "$root/srv/" || return 0
	"$project/rootfs-tools/make-image" busybox && cp "$cache/busybox/image.tar" "$root/srv/busybox.tar"
	machine sleep 0.1
	state >"$base/state"
	step "apt-get update" typed "apt-get update"
	files >"$base/before"
	step "apt-get install ./coracle.deb" typed "apt-get install -y --no-install-recommends /srv/coracle_*.deb"
	step "a container" package_works
	step "apt-get purge" purge
	step "what make check installs: nothing runs or starts with the host" test_packages
	machine_close
	rm -f "$base"/coracle_*.deb
	[ -n "${KEEP:-}" ] || rm -rf --one-file-system "$root"
}

starts_with_host()
{
	machine find /etc/systemd/system /etc/rc2.d /boot '(' -type l -o -path '/boot/*' ')' | sort
}

test_packages()
{
	typed 'apt-get install -y git'
	typed 'git clone -q /srv/coracle.bundle coracle'
	starts_with_host >"$base/starting"
	typed 'coracle/rootfs-tools/install-dependencies'
	nothing_new "$base/starting" starts_with_host
	nothing_new "$base/state" state
}
