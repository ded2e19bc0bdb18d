# Checks of the text: headers that stand alone, format, clang-tidy.

C_FILES := $(sort $(shell find include src fuzz test bindings -name '*.[ch]'))

# Strict, since a program that includes them may be: C11 and C++17, both compilers. Without -Wshadow
# in C++: a struct and a function may share a name there too, and g++ calls that shadowing.
HEADER_FLAGS := -Wall -Wextra -Wconversion -Wpedantic -Werror -Iinclude

.PHONY: headers-check arguments-check format format-check tidy
headers-check:
	$(Q)test/tools/headers.sh 'gcc -std=c11 -Wshadow $(HEADER_FLAGS)' $(PUBLIC_HEADERS) $(BELOW_HEADERS)
	$(Q)if test/tools/have.sh 'headers in C11 with clang' clang; then \
	    test/tools/headers.sh 'clang -std=c11 -Wshadow $(HEADER_FLAGS)' $(PUBLIC_HEADERS) $(BELOW_HEADERS); fi
	$(Q)for cxx in g++ clang++; do if test/tools/have.sh "headers in C++17 with $$cxx" $$cxx; then \
	    LANGUAGE=c++ test/tools/headers.sh "$$cxx -std=c++17 $(HEADER_FLAGS)" $(PUBLIC_HEADERS) $(BELOW_HEADERS) \
	    || exit 1; fi; done
	$(Q)for std in c99 c11 c17 c2x; do \
	    test/tools/headers.sh "gcc -std=$$std $(HEADER_FLAGS)" test/unit/storage_test.h || exit 1; done
	$(Q)if test/tools/have.sh 'storage in C++11 to C++20' g++; then \
	    for std in c++11 c++14 c++17 c++20; do LANGUAGE=c++ \
	    test/tools/headers.sh "g++ -std=$$std $(HEADER_FLAGS)" test/unit/storage_test.h || exit 1; done; fi

# In every standard, beside macros of other headers and the kernel's own header.
headers-check: headers-beside
.PHONY: headers-beside
headers-beside:
	$(Q)test/tools/headers-beside.sh $(PUBLIC_HEADERS)

# A program that compiles the sources by itself has its compiler's standard, where `linux` and
# `unix` are macros, and its own warnings.
headers-check: sources-check
.PHONY: sources-check
sources-check:
	$(Q)for file in $(CORE_SRC) $(BELOW_SRC); do gcc -fsyntax-only -Wall -Wextra -Werror -Iinclude \
	    -Isrc -Ibindings/below $$file || exit 1; done

# Each function of them is called with wrong arguments.
headers-check: arguments-check
arguments-check:
	$(Q)test/tools/arguments.sh $(PUBLIC_HEADERS) -- $(wildcard test/unit/test_arguments*.c)

# Versions of clang-format and clang-tidy disagree about the same file: only this one judges.
LLVM := 14

# The README's example is laid out by hand.
FORMAT_FILES := $(filter-out test/embed/loop.c,$(C_FILES))

# clang-format breaks a row of a table in a comment that is too long, and runs the next rows into it.
BROKEN_ROW := last ~ /^ \*   +(-|[0-9]\.|[A-Za-z_]+  )/ && /^ \* [a-z]/

format-check:
	$(Q)if test/tools/have-llvm.sh format-check clang-format $(LLVM); then \
	    clang-format --dry-run -Werror $(FORMAT_FILES); fi
	$(Q)awk 'FNR > 1 && $(BROKEN_ROW) { print FILENAME ":" FNR ": the row before was broken"; bad = 1 } \
	    { last = $$0 } END { exit bad }' $(FORMAT_FILES)

format:
	$(Q)clang-format -i $(FORMAT_FILES)

# Any header may change what a file means.
HEADERS := $(filter %.h,$(filter include/% src/% bindings/%,$(C_FILES)))
TIDY := $(LIB_SRC:%=$(OUT)/tidy/%.ok) $(BINDING_SRC:%=$(OUT)/tidy/%.ok) $(BELOW_SRC:%=$(OUT)/tidy/%.ok) \
    $(patsubst %,$(OUT)/tidy/%.ok,$(wildcard bindings/lwip/threads/*.c bindings/lwip/nc/*.c \
    bindings/lwip/examples/*.c bindings/lwip/examples/threads/*.c bindings/programs/*.c \
    bindings/below/proxy/*.c bindings/below/freertos/*.c fuzz/*.c test/interop/*.c test/embed/*.c \
    test/demo/*.c test/interop/httpd/*.c))

# In the binding, headers name parameters as lwIP does, and lwIP's macros and its err_t (a char
# made of an enum) are noise.
TIDY_BINDING := -readability-inconsistent-declaration-parameter-name,-misc-redundant-expression,$\
    -bugprone-narrowing-conversions
$(OUT)/tidy/bindings/%: TIDY_FLAGS = --checks='$(TIDY_BINDING)'
$(OUT)/tidy/bindings/%: INCLUDES = $(LWIP_INC)
$(OUT)/tidy/bindings/lwip/threads/%: INCLUDES = $(threads-1_INC) $(threads-1_FLAGS)
$(OUT)/tidy/bindings/lwip/nc/%: INCLUDES = $(LWIP_INC) -Ibindings/programs
$(OUT)/tidy/bindings/lwip/examples/sockets.c.ok: INCLUDES = $(threads-1_INC) $(threads-1_FLAGS)
$(OUT)/tidy/bindings/lwip/examples/threads/%: INCLUDES = $(threads-1_INC) $(threads-1_FLAGS)
$(OUT)/tidy/bindings/programs/%: TIDY_FLAGS =
$(OUT)/tidy/bindings/programs/%: INCLUDES = -Ibindings/lwip
$(OUT)/tidy/test/demo/% $(OUT)/tidy/test/interop/httpd/%: TIDY_FLAGS = --checks='$(TIDY_BINDING)'
$(OUT)/tidy/test/demo/% $(OUT)/tidy/test/interop/httpd/%: INCLUDES = -Itest $(LWIP_INC)
$(OUT)/tidy/test/interop/wire.c.ok: INCLUDES = -Ibindings/lwip
# A fuzz harness asks a question twice, compares whole structures, which it has filled with zeros, and
# owns a block that the analyzer loses sight of in a call.
$(OUT)/tidy/fuzz/%: TIDY_FLAGS = --checks='-misc-redundant-expression,$\
    -bugprone-suspicious-memory-comparison,-clang-analyzer-unix.Malloc'
$(OUT)/tidy/bindings/below/%: TIDY_FLAGS =
$(OUT)/tidy/bindings/below/%: INCLUDES = -Ibindings/below
$(OUT)/tidy/bindings/below/proxy/%: INCLUDES = -Ibindings/below -Ibindings/lwip -Ibindings/programs
$(OUT)/tidy/bindings/below/freertos/%: INCLUDES = -Ibindings/below -Itest/below/freertos_stub

$(OUT)/tidy/%.c.ok: %.c $(HEADERS) $(B)/.flags .clang-tidy $(BEARSSL_READY) $(LWIP_READY)
	$(call say,TIDY,$<)
	@mkdir -p $(@D)
	$(Q)clang-tidy --quiet --warnings-as-errors='*' $(TIDY_FLAGS) $< -- $(LIB_FLAGS) \
	    $(BEARSSL_INC) $(INCLUDES) 2>$@.log || { cat $@.log; exit 1; }
	@touch $@

tidy:
	$(Q)if test/tools/have-llvm.sh tidy clang-tidy $(LLVM); then $(MAKE) tidy-all; fi

.PHONY: tidy-all
tidy-all: $(TIDY)
