# The front door; `make help` says what there is.  Meson and ninja do the work.
SAN ?=
T ?= 60
prefix ?= /usr/local
DESTDIR ?=
BUILD := build$(if $(filter 1,$(SAN)),-san)$(if $(filter thread,$(SAN)),-tsan)
UNIT := $(if $(filter thread,$(SAN)),build-tsan,build-san)
OPTS_build-san := -Db_sanitize=address,undefined
OPTS_build-tsan := -Db_sanitize=thread
CONFIGURE = test -f $(1)/build.ninja || meson setup $(1) --prefix=$(prefix) $(OPTS_$(1)) >/dev/null
COMPILE = $(call CONFIGURE,$(1)) && ninja -C $(1) --quiet && ln -sfn src/cmd/zegel $(1)/zegel

all:
	@command -v meson ninja cc >/dev/null || { echo "the compiler or meson is missing: tools/packages.sh run build" >&2; exit 1; }
	@$(call COMPILE,$(BUILD))

run:
	@tools/packages.sh run build
	@$(MAKE) --no-print-directory all
	@exec $(BUILD)/zegel serve --dev

test:
	@tools/packages.sh run build test
	@$(MAKE) --no-print-directory all
	@$(call COMPILE,$(UNIT))
	@/usr/bin/python3 test/run.py --unit $(UNIT) --zegel $(CURDIR)/$(BUILD)/zegel $(SUITES)

lint:
	@tools/packages.sh run build test
	@$(MAKE) --no-print-directory all
	@/usr/bin/python3 test/run.py --zegel $(CURDIR)/$(BUILD)/zegel lint

fuzz:
	@tools/packages.sh run build test
	@tools/fuzz.sh $(T)

bench: all
	@bench/run.sh

install: all
	@meson configure $(BUILD) -Dprefix=$(prefix)
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --quiet

clean:
	rm -rf build build-*

help:
	@echo "make            builds build/zegel and the library"
	@echo "make run        installs what it lacks (Debian 12), builds, starts zegel serve --dev"
	@echo "make test       installs what the tests lack, runs everything; SUITES='unit/base e2e/10-way' only these"
	@echo "make lint       the checks of the house alone"
	@echo "make fuzz T=60  each fuzzer, T seconds"
	@echo "make bench      speed, on this machine"
	@echo "make install    prefix=/usr/local DESTDIR="
	@echo "make clean      removes what was built"
	@echo "SAN=1 in front of build, run, test: ASan and UBSan; SAN=thread: TSan"

.PHONY: all run test lint fuzz bench install clean help
