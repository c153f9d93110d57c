# Coracle: build, test, install. A new .c file in a source folder needs no edit here.
#
#   make               out/coracle and its helpers
#   make check         everything that .ci/run runs (installs what it needs with apt-get)
#   make check-long    more faults, and applications that need package registries: hours, most of them in an emulated machine
#   make check-bare    README on bare Debian machines: as long again, a gigabyte of downloads
#   make check-kernel  the vm tests under Linux 5.10: ten minutes
#   make check-arm64   the build for arm64, under emulation: half an hour
#   make check-course COURSE=DIR   a course on Docker Compose, as it stands (tests/course)
#   make DEV=1         warnings are errors
#   make VARIANT=asan  AddressSanitizer and UBSan, in out/asan
#   make static        out/static: a directory that runs where none of our libraries is
#   make CROSS=aarch64-linux-gnu   (static, too) with Debian's compiler for another machine, in out/aarch64-linux-gnu
SHELL := /bin/bash
VARIANT ?= release
VERSION := 0.1.0
# In the order of tests/lint/layers.txt; a folder's rooms (storage/image) are found below it.
FOLDERS := base registry storage net runtime oci engine describe builder api compose cli

# LINK says what is in the executables: static: what Debian ships as an archive; whole: all, libc too;
# dynamic: nothing.
ifeq ($(VARIANT),release)
OUT := out
LINK ?= static
else ifeq ($(VARIANT),static)
OUT := out/static-build
LINK := whole
# The archives that Debian does not ship.
ARCHIVES := $(or $(ARCHIVES),$(shell rootfs-tools/static-libraries $(CROSS)))
CPPFLAGS += -isystem $(ARCHIVES)/include -DCORACLE_STATIC -DWITHOUT_ISAL
LDFLAGS += -L$(ARCHIVES)/lib
else
OUT := out/$(VARIANT)
LINK ?= dynamic
endif
# Another machine's libraries are unpacked, not installed.
ifneq ($(CROSS),)
OUT := $(OUT)/$(CROSS)
SYSROOT := $(or $(SYSROOT),$(shell rootfs-tools/sysroot $(CROSS)))
CC := $(CROSS)-gcc --sysroot=$(SYSROOT)
AR := $(CROSS)-ar
MAN :=
endif
STATIC := out/static$(CROSS:%=-%)
PREFIX ?= /usr/local
# What is installed is stripped; STRIP= keeps the symbols.
STRIP ?= -s$(CROSS:%= --strip-program=%-strip)

CC ?= cc
OPT ?= -O2 -g
CPPFLAGS += -I. -I$(SYSROOT)/usr/include/libnl3 -D_GNU_SOURCE -DCORACLE_VERSION='"$(VERSION)"' -DLIBEXECDIR='"$(PREFIX)/libexec/coracle"'
CFLAGS += -std=gnu17 $(OPT) -Wall -Wextra -fstack-protector-strong -fPIE -fno-plt -ffunction-sections -fdata-sections
LDFLAGS += -Wl,-z,relro,-z,now -Wl,--gc-sections
ifneq ($(filter release static,$(VARIANT)),)
CPPFLAGS += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
ifeq ($(VARIANT),asan)
CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
endif
ifneq ($(DEV),)
CFLAGS += -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla -Wundef -Wimplicit-fallthrough -Wswitch-enum
ifneq ($(findstring clang,$(CC)),clang)
CFLAGS += -Wlogical-op -Wduplicated-cond
endif
endif

# One executable. What Debian ships as an archive is linked in, so that it starts in a millisecond
# and its monitors share no relocated library data; LINK=dynamic (and every sanitizer build) uses
# the shared libraries.
LIBS_STATIC := -lyaml -lseccomp -lcap -lnl-route-3 -lnl-3 -lnftnl -ljson-c -larchive -lz -lzstd -llzma -lbz2 -lhogweed -lgmp -lnettle
# Where there is no ISA-L, zlib does its work (storage/archive/igzip.h).
LIBS_SHARED := -lmnl $(if $(wildcard $(SYSROOT)/usr/include/isa-l/igzip_lib.h),-lisal) -lm
LIBS := $(LIBS_STATIC) $(LIBS_SHARED)
LIBCURL := -lcurl
LIBMICROHTTPD := -lmicrohttpd
LDFLAGS += -pie
ifeq ($(LINK),whole)
LIBS := -Wl,--start-group $(LIBS_STATIC) -lmnl -lm -Wl,--end-group
LDLIBS := $(LIBS)
LIBCURL := -lcurl -lssl -lcrypto
# The linker warns of each look-up of a name: base/nss.h is the answer.
LDFLAGS += -static-pie -Wl,--no-warnings
else ifeq ($(LINK),static)
LDLIBS := -Wl,-Bstatic -Wl,--start-group $(LIBS_STATIC) -Wl,--end-group -Wl,-Bdynamic -Wl,--as-needed $(LIBS_SHARED)
else
LDLIBS := $(LIBS)
endif

# Programs of their own, below: they are no part of the library.
BARE := runtime/trampoline/trampoline.c api/listener/listener.c
SOURCES := $(filter-out $(BARE),$(foreach f,$(FOLDERS),$(wildcard $(f)/*.c $(f)/*/*.c)))
OBJECTS := $(SOURCES:%.c=$(OUT)/obj/%.o)
MAINS := cli/main engine/monitor/main_monitor registry/transport/main_transport net/responder/main_responder api/main_api
LIBRARY_OBJECTS := $(filter-out $(MAINS:%=$(OUT)/obj/%.o),$(OBJECTS))
UNIT_SOURCES := $(wildcard tests/unit/*/*_test.c tests/unit/*/*/*_test.c)
UNIT_TESTS := $(UNIT_SOURCES:tests/unit/%.c=$(OUT)/tests/%)
HARNESS := $(OUT)/obj/tests/harness/harness.o
ifeq ($(VARIANT),asan)
SANITIZER_OPTIONS := $(OUT)/obj/tests/harness/sanitizer_options.o
endif

.PHONY: dist deb static $(STATIC) all objects unit unit-programs check check-long check-bare check-kernel check-arm64 check-course lint format asan fuzz install install-docker-names uninstall uninstall-docker-names clean quickstart deps docs
HELPERS := $(foreach name,monitor keeper responder transport api listener init,$(OUT)/libexec/coracle/$(name))
all: $(OUT)/coracle $(HELPERS)

$(OUT)/coracle: $(OUT)/obj/cli/main.o $(OUT)/libcoracle.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(OUT)/libexec/coracle/monitor: $(OUT)/obj/engine/monitor/main_monitor.o $(SANITIZER_OPTIONS) $(OUT)/libcoracle.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The only one that knows HTTP and TLS, and the only one that loads libcurl.
$(OUT)/libexec/coracle/transport: $(OUT)/obj/registry/transport/main_transport.o $(SANITIZER_OPTIONS) $(OUT)/libcoracle.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(LIBCURL)

# The only one that serves HTTP, and the only one that loads libmicrohttpd.
$(OUT)/libexec/coracle/api: $(OUT)/obj/api/main_api.o $(SANITIZER_OPTIONS) $(OUT)/libcoracle.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(LIBMICROHTTPD)

# One beside each monitor: with a libc of its own it has less memory to itself than with a shared one.
$(OUT)/libexec/coracle/responder: $(OUT)/obj/net/responder/main_responder.o $(SANITIZER_OPTIONS) $(OUT)/libcoracle.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $(if $(filter dynamic,$(LINK)),,-static-pie) -o $@ $^

# For .ci/run: what a second compiler has to say.
objects: $(OBJECTS)

# No libc, and the same in all variants.
define bare
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -D_GNU_SOURCE -I. -Os -Wall -Wextra -ffreestanding -fno-stack-protector -fno-pie \
		-fno-asynchronous-unwind-tables -nostdlib -static -no-pie -s \
		-Wl,--build-id=none,-z,norelro,-z,noseparate-code,-z,noexecstack,-n -o $@ $<
endef

# One beside each monitor, so every page counts.
$(OUT)/libexec/coracle/keeper: engine/monitor/keeper/keeper.c engine/keeper_protocol.h base/bare.h
	$(bare)

# Resident where no service manager holds the API's socket.
$(OUT)/libexec/coracle/listener: api/listener/listener.c base/bare.h
	$(bare)

# What a container's process is for a moment; it is embedded.
$(OUT)/trampoline: runtime/trampoline/trampoline.c runtime/trampoline/steps.h runtime/trampoline.h runtime/sync.h base/bare.h
	$(bare)

$(OUT)/obj/runtime/trampoline.o: CPPFLAGS += -DTRAMPOLINE_IMAGE='"$(OUT)/trampoline"'
$(OUT)/obj/runtime/trampoline.o: $(OUT)/trampoline

# The optional pid 1 of `init: true`: no libc start-up to speak of, so it is static in all variants.
$(OUT)/libexec/coracle/init: rootfs-tools/init/init.c
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -Os -Wall -Wextra -static -s -D_GNU_SOURCE -o $@ $<

$(OUT)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The executables and the unit tests link from here: the linker keeps what each of them reaches.
$(OUT)/libcoracle.a: $(LIBRARY_OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(OUT)/tests/%: tests/unit/%.c $(HARNESS) $(OUT)/libcoracle.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -Itests/harness -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(HARNESS) $(OUT)/libcoracle.a $(LIBS) -Wl,--as-needed $(LIBMICROHTTPD) -lcmocka

# tests/fuzz/run sets CC, OPT and OUT.
$(OUT)/fuzz_%: tests/fuzz/fuzz_%.c $(OUT)/libcoracle.a
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(OUT)/libcoracle.a $(LIBS) $(LIBCURL) $(LIBMICROHTTPD)

$(OUT)/obj/tests/harness/%.o: tests/harness/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Some start it.
$(UNIT_TESTS): | $(OUT)/libexec/coracle/responder

unit: $(UNIT_TESTS)
	@tests/run unit $(UNIT_TESTS)

# For tests/run: builds the unit tests and prints where they are.
unit-programs: $(UNIT_TESTS)
	@printf '%s\n' $(UNIT_TESTS)

check:
	@tests/check

check-long: deps all
	CHURN_SECONDS=600 FAULTS_SCALE=8 FAULTS_TEST_TIMEOUT=7200 FAULTS_LIMIT=14400 tests/run faults long
	DAMAGE_STRIDE=1 BATS_TEST_TIMEOUT=7200 CLI_LIMIT=14400 tests/run cli tests/cli/damage_records.bats tests/cli/damage_tables.bats
	API_CONNECTIONS=10000 BATS_TEST_TIMEOUT=7200 CLI_LIMIT=14400 tests/run cli tests/cli/api_hostile.bats
	SECURITY_ROUNDS=1000 BATS_TEST_TIMEOUT=7200 CLI_LIMIT=14400 tests/run cli tests/cli/security.bats tests/cli/security_network.bats tests/cli/build_security.bats
	OCI_PEERS=strict tests/run cli tests/cli/oci_bundles.bats
	VM_CUTS=100 VM_KILLS=1000 VM_TIMEOUT=36000 VM_LIMIT=36000 tests/run vm tests/vm/power.sh tests/vm/hard_times.sh
	SECONDS_EACH=60 tests/fuzz/run
	tests/vm/older bullseye
	tests/bare/run
	$(if $(COURSE),tests/course/run $(COURSE))

check-bare:
	tests/bare/run

# The vm layer under Linux 5.10, or why not: ten minutes.
check-kernel: all
	tests/vm/older bullseye

# Half an hour: an arm64 build, its unit tests and projects in an emulated machine.
check-arm64:
	tests/ports/arm64

check-course: all
	tests/course/run $(COURSE)

lint:
	@tests/lint/run

format:
	clang-format -i $$(git ls-files -co --exclude-standard '*.c' '*.h')

asan:
	$(MAKE) VARIANT=asan all unit

fuzz:
	tests/fuzz/run

deps:
	rootfs-tools/install-dependencies

# The pages that are made from the program's tables.
docs: $(OUT)/coracle
	$(OUT)/coracle __compatibility >docs/compatibility.md

quickstart:
	@rootfs-tools/quickstart

# Manual pages, by the program itself (another machine's is not run: MAN= leaves them out).
MAN ?= $(OUT)/man
$(OUT)/man: $(OUT)/coracle
	@rm -rf $@ && mkdir -p $@
	$(OUT)/coracle __man $@

# Directories that a system may have or not: those that it lacked are noted, and go with uninstall.
OWN_DIRECTORIES := libexec lib/systemd/system lib/systemd share/man/man1 share/man/man5 share/zsh/vendor-completions \
	share/zsh share/fish/vendor_completions.d share/fish share/bash-completion/completions share/bash-completion
# boot/README.md says what each of them is for.
UNITS := $(notdir $(wildcard boot/*.service boot/*.socket))
BOOT_SCRIPTS := $(notdir $(wildcard boot/*.openrc boot/*.init))
MADE := $(DESTDIR)$(PREFIX)/share/coracle/made

install: all $(MAN)
	install -d $(dir $(MADE))
	@for d in $(OWN_DIRECTORIES); do [ -d $(DESTDIR)$(PREFIX)/$$d ] || echo $$d; done >>$(MADE)
	install -D $(STRIP) -m 755 $(OUT)/coracle $(DESTDIR)$(PREFIX)/bin/coracle
	ln -sf coracle $(DESTDIR)$(PREFIX)/bin/coracle-oci
	install -d $(DESTDIR)$(PREFIX)/libexec/coracle
	install $(STRIP) -m 755 $(HELPERS) $(DESTDIR)$(PREFIX)/libexec/coracle
	[ -z "$(MAN)" ] || { install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5 && \
		install -m 644 $(MAN)/*.1 $(DESTDIR)$(PREFIX)/share/man/man1 && \
		install -m 644 $(MAN)/*.5 $(DESTDIR)$(PREFIX)/share/man/man5; }
	install -D -m 644 cli/completion.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/coracle
	install -D -m 644 cli/completion.zsh $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_coracle
	install -D -m 644 cli/completion.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/coracle.fish
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	@for unit in $(UNITS); do \
		sed 's|@PREFIX@|$(PREFIX)|' boot/$$unit >$(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit || exit 1; done
	@for script in $(BOOT_SCRIPTS); do \
		sed 's|@PREFIX@|$(PREFIX)|' boot/$$script >$(DESTDIR)$(PREFIX)/share/coracle/$$script && \
		chmod 755 $(DESTDIR)$(PREFIX)/share/coracle/$$script || exit 1; done

# The names docker and docker-compose for coracle, where nobody else has them.
install-docker-names:
	sh cli/install-names install $(DESTDIR)$(PREFIX)

uninstall-docker-names:
	@sh cli/install-names uninstall $(DESTDIR)$(PREFIX)

# Takes away what install made, also the links of systemctl enable and its directories that are empty then; no data.
uninstall: uninstall-docker-names
	rm -f $(DESTDIR)$(PREFIX)/bin/coracle $(DESTDIR)$(PREFIX)/bin/coracle-oci $(DESTDIR)$(PREFIX)/share/bash-completion/completions/coracle \
		$(UNITS:%=$(DESTDIR)$(PREFIX)/lib/systemd/system/%)
	rm -f $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_coracle \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/coracle.fish
	rm -f $(DESTDIR)$(PREFIX)/share/man/man1/coracle.1 $(DESTDIR)$(PREFIX)/share/man/man1/coracle-*.1 \
		$(DESTDIR)$(PREFIX)/share/man/man5/coracle.compose.5
	rm -rf $(DESTDIR)$(PREFIX)/libexec/coracle
	@for d in $(OWN_DIRECTORIES); do \
		! grep -qsx $$d $(MADE) || rmdir $(DESTDIR)$(PREFIX)/$$d 2>/dev/null || true; done
	rm -rf $(DESTDIR)$(PREFIX)/share/coracle
	rm -f $(UNITS:%=$(DESTDIR)/etc/systemd/system/*.wants/%)
	@[ ! -d "$(DESTDIR)/var/lib/coracle" ] || echo "images, containers and volumes stay in $(DESTDIR)/var/lib/coracle"

# A directory that can be copied to any host: the program finds its helpers beside itself.
static:
	@$(MAKE) VARIANT=static $(STATIC)

$(STATIC): all
	rm -rf $@
	install -D $(STRIP) -m 755 $(OUT)/coracle $@/coracle
	install -d $@/libexec/coracle
	install $(STRIP) -m 755 $(HELPERS) $@/libexec/coracle
	install -m 644 LICENSE $@
	@echo "$@: $$(du -sh --apparent-size $@ | cut -f 1), no shared library is needed"

# What is committed, as an archive; and a Debian package of it. Both in out/.
dist:
	mkdir -p out
	git archive --format=tar.gz --prefix=coracle-$(VERSION)/ -o out/coracle-$(VERSION).tar.gz HEAD

deb: dist
	@debian/check-build
	rm -rf out/deb && mkdir -p out/deb
	tar -C out/deb -xzf out/coracle-$(VERSION).tar.gz
	cd out/deb/coracle-$(VERSION) && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL dpkg-buildpackage -b -us -uc -j$$(nproc)
	@echo && ls out/deb/*.deb

clean:
	rm -rf out

-include $(OBJECTS:.o=.d) $(UNIT_TESTS:=.d)
