# BearSSL and CMocka: the host's own development packages where they are, otherwise
# (cross builds, no root) compiled from their source packages under build/deps.
#
# Sets, for the current MODE and TARGET: BEARSSL_INC, BEARSSL_LIB, CMOCKA_INC, CMOCKA_LIB
# (compiler and linker arguments) and *_READY (files that must be there first).

has_header = $(shell $(CC) -E -include $(1) -x c /dev/null >/dev/null 2>&1 && echo yes)

ifneq ($(TARGET),)
BEARSSL_FROM := source
CMOCKA_FROM := source
else
BEARSSL_FROM := $(if $(call has_header,bearssl.h),host,source)
CMOCKA_FROM := $(if $(call has_header,stdarg.h -include stddef.h -include setjmp.h \
    -include stdint.h -include cmocka.h),host,source)
endif

ifeq ($(BEARSSL_FROM),host)
BEARSSL_LIB := -lbearssl
else
BEARSSL_DIR := $(DEPS)/bearssl
BEARSSL_INC := -isystem $(BEARSSL_DIR)/inc
BEARSSL_LIB := $(B)/libbearssl.a
BEARSSL_READY := $(BEARSSL_DIR)/.fetched
# What SHA-256, SHA-1 and HMAC need of it.
BEARSSL_OBJ := $(addprefix $(B)/obj/bearssl/,hash/sha2small.o hash/sha1.o mac/hmac.o codec/dec32be.o \
    codec/enc32be.o)

$(B)/libbearssl.a: $(BEARSSL_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/obj/bearssl/%.o: $(BEARSSL_READY) $(B)/.flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -w -I$(BEARSSL_DIR)/inc -I$(BEARSSL_DIR)/src -c \
	    $(BEARSSL_DIR)/src/$*.c -o $@
endif

ifeq ($(CMOCKA_FROM),host)
CMOCKA_LIB := -lcmocka
else
CMOCKA_DIR := $(DEPS)/cmocka
CMOCKA_INC := -isystem $(CMOCKA_DIR)/include
CMOCKA_LIB := $(B)/libcmocka.a
CMOCKA_READY := $(CMOCKA_DIR)/.fetched

$(B)/libcmocka.a: $(CMOCKA_READY) $(B)/.flags
	$(call say,CC,'cmocka.c (source package)')
	@mkdir -p $(B)/obj
	$(Q)$(CC) $(CFLAGS) -w -std=gnu99 -I$(CMOCKA_DIR)/include $(CMOCKA_CONFIG) -c \
	    $(CMOCKA_DIR)/src/cmocka.c -o $(B)/obj/cmocka.o
	$(Q)rm -f $@ && $(AR) rcs $@ $(B)/obj/cmocka.o
endif

# What its configure step would find on any Linux.
CMOCKA_CONFIG := -DHAVE_SIGNAL_H -DHAVE_STDIO_H -DHAVE_STDLIB_H -DHAVE_STRING_H -DHAVE_STRINGS_H \
    -DHAVE_STDINT_H -DHAVE_INTTYPES_H -DHAVE_UNISTD_H -DHAVE_SYS_TYPES_H -DHAVE_SYS_STAT_H \
    -DHAVE_MALLOC_H -DHAVE_MEMORY_H -DHAVE_TIME_H -DHAVE_SNPRINTF -DHAVE_VSNPRINTF -DHAVE_STRSIGNAL \
    -DHAVE_STRUCT_TIMESPEC -DHAVE_CLOCK_REALTIME -DHAVE_CLOCK_GETTIME -DHAVE_GCC_THREAD_LOCAL_STORAGE
