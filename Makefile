# deps, build, demo, test, lint: thin; what needs logic is a script of its own.
SAN ?= 0
BUILD := build/release
OPTIMISE := -O3 -g
PROGRAM := visage
ifeq ($(SAN),1)
BUILD := build/san
OPTIMISE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
PROGRAM := build/san/visage
endif

PACKAGES := lua5.4 openblas libjpeg libpng hdf5 zlib libzip libcrypto libedit
# gcc cannot see that err->code is never VSG_OK after a failure.
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wwrite-strings -Werror -Wno-maybe-uninitialized
CFLAGS := -std=c11 -D_GNU_SOURCE $(OPTIMISE) -fopenmp $(WARNINGS) -I. $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LDLIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lm -ldl

SOURCES := $(wildcard core/*/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)

all: $(PROGRAM)

$(PROGRAM): $(OBJECTS)
	$(CC) $(OPTIMISE) -fopenmp -Wl,-E -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(OBJECTS:.o=.d)

clean:
	rm -rf build visage

.PHONY: all clean
