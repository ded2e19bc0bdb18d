# lwIP, unmodified, from its source package, with the binding: build/liblwip-mptcp.a.
# And what is built of them: mptcp-nc, the demo, the tests over lwIP.

LWIP_DIR := $(DEPS)/lwip
LWIP_READY := $(LWIP_DIR)/.fetched

# Where lwipopts.h and arch/cc.h are.
LWIP_PORT := $(sort $(patsubst %/lwipopts.h,%,$(wildcard bindings/lwip/lwipopts.h \
    bindings/lwip/*/lwipopts.h)) $(patsubst %/arch/cc.h,%,$(wildcard bindings/lwip/arch/cc.h \
    bindings/lwip/*/arch/cc.h)))
# Included by lwIP's headers, which the compiler takes for the system's and lists no dependency on.
LWIP_CONFIG := $(wildcard bindings/lwip/lwipopts.h bindings/lwip/arch/*.h bindings/lwip/hooks.h)
LWIP_INC := -Ibindings/lwip $(LWIP_PORT:%=-I%) -isystem $(LWIP_DIR)/src/include

LWIP_SRC := $(addprefix core/,init def dns inet_chksum ip mem memp netif pbuf raw stats sys altcp \
    altcp_tcp tcp tcp_in tcp_out timeouts udp) \
    $(addprefix core/ipv4/,acd autoip dhcp etharp icmp igmp ip4_frag ip4 ip4_addr) \
    $(addprefix core/ipv6/,dhcp6 ethip6 icmp6 inet6 ip6 ip6_addr ip6_frag mld6 nd6) \
    $(addprefix apps/http/,fs httpd)

BINDING_SRC := $(sort $(wildcard bindings/lwip/*.c bindings/lwip/port/*.c))
LWIP_OBJ := $(LWIP_SRC:%=$(B)/obj/lwip/%.o) $(BINDING_SRC:%.c=$(B)/obj/%.o)
LWIP_LIB := $(B)/liblwip-mptcp.a
LWIP_LIBS = $(LWIP_LIB) $(LIB) $(BEARSSL_LIB)
LWIP_FLAGS = $(BASE) $(LWIP_INC)

# lwIP's own warnings are lwIP's, and so is its undefined behaviour.
$(B)/obj/lwip/%.o: $(B)/.flags $(LWIP_READY) $(LWIP_CONFIG)
	$(call say,CC,'lwip/$*.c')
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -w $(MODE_FLAGS) -fno-sanitize=undefined -Iinclude $(LWIP_INC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c \
	    $(LWIP_DIR)/src/$*.c -o $@

$(B)/obj/bindings/%.o: bindings/%.c $(B)/.flags $(LWIP_READY) $(LWIP_CONFIG)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LWIP_FLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/.lwip-objects: FORCE
	$(call keep_text,$(LWIP_OBJ))

$(LWIP_LIB): $(LWIP_OBJ) $(B)/.lwip-objects
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(LWIP_OBJ)

# --------------------------------------------------------------------- mptcp-nc

NC_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard bindings/lwip/nc/*.c)))

$(NC_OBJ): private LWIP_FLAGS += -Ibindings/programs
$(B)/mptcp-nc: $(NC_OBJ) $(PROGRAMS_OBJ) $(filter-out -l%,$(LWIP_LIBS))
	$(call link,$(NC_OBJ) $(PROGRAMS_OBJ) $(LWIP_LIBS))

.PHONY: nc
ifeq ($(NC_OBJ),)
nc:
	$(call absent,bindings/lwip/nc)
else
nc: $(B)/mptcp-nc
programs: nc
install: $(B)/mptcp-nc
PROGRAMS += $(B)/mptcp-nc
endif

include bindings/lwip/variants.mk
