# lwIP and the binding with other options than bindings/lwip/lwipopts.h: each variant has its own
# objects under build/obj/NAME.

# $(call lwip_variant,NAME,FOLDERS,LWIP SOURCES,OWN SOURCES,FLAGS): FOLDERS have lwipopts.h and more
# headers of the variant's. NAME_OBJ are the objects of the sources; any other file of the tree is
# compiled for the variant as $(NAME_DIR)/FILE.o.
define lwip_variant
$(1)_DIR := $(B)/obj/$(1)
$(1)_OBJ := $$(addprefix $$($(1)_DIR)/,$$(addprefix lwip/,$(3:%=%.o)) $(4:%.c=%.o))
$(1)_FLAGS := $(5)
$(1)_INC := $(2:%=-I%) -Ibindings/lwip -Ibindings/lwip/examples -isystem $(LWIP_DIR)/src/include
$(1)_CONFIG := $(LWIP_CONFIG) $(wildcard $(2:%=%/lwipopts.h))

$$($(1)_DIR)/lwip/%.o: $(B)/.flags $(LWIP_READY) $$($(1)_CONFIG)
	$$(call say,CC,'$(1): lwip/$$*.c')
	@mkdir -p $$(@D)
	$$(Q)$$(CC) -std=c11 -w $$(MODE_FLAGS) -fno-sanitize=undefined -Iinclude $$($(1)_INC) $$($(1)_FLAGS) \
	    $$(CPPFLAGS) $$(CFLAGS) -MMD -MP -c $$(LWIP_DIR)/$$(or $$(filter contrib/%,$$*),src/$$*).c -o $$@

$$($(1)_DIR)/%.o: %.c $(B)/.flags $(LWIP_READY) $(CMOCKA_READY) $$($(1)_CONFIG)
	$$(call say,CC,'$(1): $$<')
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(BASE) $$(CMOCKA_INC) $$($(1)_INC) $$($(1)_FLAGS) \
	    $$(CPPFLAGS) $$(CFLAGS) -MMD -MP -c $$< -o $$@

-include $$(shell find $$($(1)_DIR) -name '*.d' 2>/dev/null)
endef

# ------------------------------------------------------------ with lwIP's thread

# NO_SYS 0 over lwIP's own port to POSIX threads, with its core lock (threads-1) and without
# (threads-0): the example of sockets, and the tests of bindings/lwip/threads. `make threads
# MODE=tsan` runs them under ThreadSanitizer.
THREADS_PORT := contrib/ports/unix/port
THREADS_LWIP := $(LWIP_SRC) $(addprefix api/,api_lib api_msg err netbuf tcpip sockets) \
    $(THREADS_PORT)/sys_arch
THREADS_OWN := $(BINDING_SRC) $(wildcard bindings/lwip/threads/*.c)
THREADS_EXAMPLE := $(addprefix bindings/lwip/examples/,sockets.c port.c net.c threads/wire.c)
THREADS_TEST := $(wildcard test/threads/*.c) $(filter-out %/sockets.c,$(THREADS_EXAMPLE))

define threads
$(call lwip_variant,$(1),bindings/lwip/examples/threads,$(THREADS_LWIP),$(THREADS_OWN),\
    -DLWIP_TCPIP_CORE_LOCKING=$(2) -pthread -isystem $(LWIP_DIR)/$(THREADS_PORT)/include)

# lwIP's own, not instrumented for ThreadSanitizer: its port looks at who has a lock without taking
# one, and its sockets at the flags of a netconn. What they do by semaphores and mailboxes is seen as
# ever, in the calls of POSIX threads.
$$(addprefix $$($(1)_DIR)/lwip/,$(THREADS_PORT)/sys_arch.o api/api_lib.o api/api_msg.o api/sockets.o): \
    private MODE_FLAGS += -fno-sanitize=thread
$$($(1)_DIR)/lwip/$(THREADS_PORT)/sys_arch.o: private CPPFLAGS += -D_GNU_SOURCE

$(B)/examples/sockets-$(2): $$($(1)_OBJ) $$(THREADS_EXAMPLE:%.c=$$($(1)_DIR)/%.o) $(LIB)
	$$(call link,$$^ $(BEARSSL_LIB) -pthread)

$(B)/test/threads-$(2): $$($(1)_OBJ) $$(THREADS_TEST:%.c=$$($(1)_DIR)/%.o) $(LIB)
	$$(call link,$$^ $(CMOCKA_LIB) $(BEARSSL_LIB) -pthread)
endef
$(eval $(call threads,threads-0,0))
$(eval $(call threads,threads-1,1))

# Threads of lwIP's port end with the program.
THREADS_RUN := $(if $(filter tsan,$(MODE)),TSAN_OPTIONS='report_thread_leaks=0 halt_on_error=1')

.PHONY: threads tsan
threads: $(B)/test/threads-0 $(B)/test/threads-1
	$(Q)$(THREADS_RUN) $(RUN_TESTS) 'threads$(SUFFIX)' $^

# The runtime comes with the compiler, but not on every machine.
TSAN_RUNTIME = $(shell $(CC) -print-file-name=libtsan.so)
tsan:
	$(Q)if test/tools/have.sh 'threads under ThreadSanitizer' $(or $(filter /%,$(TSAN_RUNTIME)),./libtsan.so); then \
	    $(MAKE) MODE=tsan SUFFIX=', tsan' threads; fi

# --------------------------------------------------------------------- examples

# A client and a server for each API that an application of lwIP may use; raw.c also with the
# options of a small board.
EXAMPLE_SRC := $(addprefix bindings/lwip/examples/,port.c net.c loop.c)
EXAMPLE_OBJ := $(EXAMPLE_SRC:%.c=$(B)/obj/%.o)
EXAMPLES := $(addprefix $(B)/examples/,raw altcp raw-small sockets-0 sockets-1)

$(B)/examples/raw $(B)/examples/altcp: $(B)/examples/%: $(B)/obj/bindings/lwip/examples/%.o \
    $(EXAMPLE_OBJ) $(filter-out -l%,$(LWIP_LIBS))
	$(call link,$< $(EXAMPLE_OBJ) $(LWIP_LIBS))

SMALL_SRC := bindings/lwip/examples/raw.c $(EXAMPLE_SRC) $(filter-out bindings/lwip/port/%,$(BINDING_SRC))
$(eval $(call lwip_variant,small,bindings/lwip/examples/small,$(LWIP_SRC),$(SMALL_SRC)))
$(B)/examples/raw-small: $(small_OBJ) $(LIB)
	$(call link,$^ $(BEARSSL_LIB))

# ... and bindings/lwip/README.md shows lines of them only.
.PHONY: examples
examples: $(EXAMPLES)
	$(Q)test/examples/check.sh $^
	$(Q)if test/tools/have.sh 'examples of bindings/lwip/README.md' python3; then \
	    test/tools/page.py bindings/lwip/README.md bindings/lwip/examples; fi

# ---------------------------------------------------------------- other options

# What of lwIP can be left out, one by one: the binding compiles, all warnings on.
LEFT_OUT := LWIP_IPV4 LWIP_IPV6 LWIP_TCP_TIMESTAMPS LWIP_WND_SCALE LWIP_TCP_SACK_OUT TCP_QUEUE_OOSEQ \
    LWIP_ALTCP LWIP_ALTCP_TLS MEM_LIBC_MALLOC TCP_LISTEN_BACKLOG LWIP_CHECKSUM_CTRL_PER_NETIF

.PHONY: lwip-options
lwip-options: $(LWIP_READY)
	$(Q)COMPILE='$(CC) $(BASE) -fsyntax-only' INCLUDES='-Ibindings/lwip -isystem $(LWIP_DIR)/src/include' \
	    test/tools/lwip-options.sh $(B)/lwip-options '$(LEFT_OUT)' $(wildcard bindings/lwip/*.c)
