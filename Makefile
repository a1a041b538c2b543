# Thin targets: what needs logic is a script of its own. On a fresh machine the
# libraries that pkg-config asks for come with deps, so whatever depends on deps
# builds in a second make.
SAN ?= 0
FUZZ ?= 0
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 30

PACKAGES := lua5.4 openblas libjpeg libpng zlib libcrypto libedit expat jansson sqlite3
INCLUDES := -I. $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LDLIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lm -ldl

# Three builds: for use; SAN=1, under sanitizers; FUZZ=1, the fuzzers.
BUILD := build/release
PROGRAM := visage
OPTIMISE := -O3 -g
OPENMP := -fopenmp
# gcc cannot see that err->code is never VSG_OK after a failure.
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wwrite-strings -Werror -Wno-maybe-uninitialized
SANITIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
ifeq ($(SAN),1)
BUILD := build/san
PROGRAM := build/san/visage
OPTIMISE := $(SANITIZE)
endif
ifeq ($(FUZZ),1)
# clang, because libFuzzer is its; gcc has given all warnings. One thread, so
# that a run can be repeated. omp.h is gcc's; of other headers clang has its own.
CC := clang
BUILD := build/fuzz
OPTIMISE := $(SANITIZE) -fsanitize=fuzzer-no-link
OPENMP :=
WARNINGS := -w
INCLUDES += -idirafter $(shell mkdir -p build/fuzz/include && ln -sf $$(gcc -print-file-name=include)/omp.h build/fuzz/include && echo build/fuzz/include)
endif
# Leaks count too, but for those of other people's libraries that the file names.
export ASAN_OPTIONS ?= detect_leaks=1
export LSAN_OPTIONS ?= suppressions=$(CURDIR)/spec/support/leaks.supp:print_suppressions=0
export UBSAN_OPTIONS ?= print_stacktrace=1

CFLAGS := -std=c11 -D_GNU_SOURCE $(OPTIMISE) $(OPENMP) $(WARNINGS) $(INCLUDES)

SOURCES := $(wildcard core/*/*.c)
# The fast engine needs oneDNN, which has no file for pkg-config.
ifneq ($(shell echo '\#include <dnnl.h>' | $(CC) -E - 2>/dev/null),)
CFLAGS += -DVSG_ONEDNN
# Nobody asks which exceptions floats raise; loops with conditions become vectors.
$(BUILD)/core/onednn/%.o: CFLAGS += -fno-trapping-math
LDLIBS += -ldnnl
else
SOURCES := $(filter-out core/onednn/%,$(SOURCES))
endif
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)

all: $(PROGRAM)

$(PROGRAM): $(OBJECTS)
	$(CC) $(OPTIMISE) $(OPENMP) -Wl,-E -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# ISO C rounds each product; the convolutions' sums are multiply-adds, as BLAS's.
$(BUILD)/core/onednn/direct.o $(BUILD)/core/onednn/depthwise_rows.o: CFLAGS += -ffp-contract=fast

FUZZERS := build/fuzz/loader build/fuzz/decode_image

fuzzers: $(FUZZERS)

build/fuzz/%: build/fuzz/spec/fuzz/%.o build/fuzz/spec/fuzz/only.o $(filter-out $(BUILD)/core/lua/%,$(OBJECTS))
	$(CC) $(OPTIMISE) -fsanitize=fuzzer -o $@ $^ $(LDLIBS) -lgomp

.SECONDARY: $(FUZZERS:build/fuzz/%=build/fuzz/spec/fuzz/%.o)

-include $(OBJECTS:.o=.d)

deps:
	@.ci/deps

# The second make, with as many jobs as there are processors.
build: deps
	@$(MAKE) --no-print-directory -s -j$$(nproc) all

demo: build
	@./$(PROGRAM) experiments/demo.lua

# What cannot be fetched is named, and the specs that need it are pending.
test: build
	-@./$(PROGRAM) weights get --quiet mtcnn dlib-resnet demo-photos > /dev/null
	@./$(PROGRAM) spec/support/busted.lua

# Slow tests: lint, the specs under the sanitizers, the fuzzers.
test-long: build
	@./visage spec/support/long.lua

lint: build
	@./visage spec/support/lint.lua

# Follows clang-format, which lint compares with.
format: build
	@./visage spec/support/format.lua --write

# What is published against what is found here: make reproduce ARGS="--data DIR".
reproduce: build
	@./$(PROGRAM) experiments/reproduce.lua --force $(ARGS)

# visage beside the frameworks that one would otherwise use; writes BENCH.md.
bench: build
	@./$(PROGRAM) experiments/bench.lua --force --markdown experiments/bench/BENCH.md $(ARGS)

fuzz: build
	@$(MAKE) --no-print-directory -s -j$$(nproc) FUZZ=1 fuzzers
	@./visage spec/fuzz/run.lua $(FUZZ_SECONDS)

# The real frameworks, into .venv; tests read what is committed.
goldens: build
	@./visage spec/golden/run.lua $(SCRIPTS)

# The frameworks of goldens beside visage; writes the tables of spec/parity.
parity: build
	@./visage spec/parity/run.lua
	@./visage spec/parity/exports.lua

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/visage/weights
	install visage $(DESTDIR)$(PREFIX)/bin
	cp -R lua experiments $(DESTDIR)$(PREFIX)/share/visage
	cp weights/manifest.lua weights/README.md $(DESTDIR)$(PREFIX)/share/visage/weights
	./visage -e 'print(require "visage.system".commit() or "unknown")' > $(DESTDIR)$(PREFIX)/share/visage/COMMIT

clean:
	rm -rf build visage

.PHONY: all fuzzers deps build demo reproduce test test-long lint format bench fuzz goldens parity install clean
.DELETE_ON_ERROR:
