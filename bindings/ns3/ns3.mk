# bindings/ns3: congestion control in ns-3 (Debian's libns3-dev). Nothing else needs it.

NS3_THERE := /usr/include/ns3/core-module.h
NS3_SRC := $(sort $(wildcard bindings/ns3/*.cc))
NS3_OBJ := $(NS3_SRC:%.cc=$(B)/obj/%.o)
NS3_FLAGS := -std=c++17 -Wall -Wextra -Werror -Iinclude -Itest
# Of the simulator of bench-cc, with which the example compares itself.
NS3_NET := $(call objects,test/bench/cc/net.c)

$(B)/obj/bindings/ns3/%.o: bindings/ns3/%.cc $(B)/.flags
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)g++ $(NS3_FLAGS) $(MODE_FLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/ns3-scenario-c: $(NS3_OBJ) $(NS3_NET) $(filter-out -l%,$(LIB))
	$(call say,LD,$@)
	$(Q)g++ $(CFLAGS) $(MODE_FLAGS) $(LDFLAGS) $(NS3_OBJ) $(NS3_NET) $(LIB) -lns3-point-to-point \
	    -lns3-internet -lns3-network -lns3-core -lm -o $@

.PHONY: ns3 ns3-check
ns3:
	$(Q)if test/tools/have.sh 'ns3 (libns3-dev)' g++ $(NS3_THERE); then \
	    $(MAKE) $(B)/ns3-scenario-c; fi

# Half a minute.
ns3-check:
	$(Q)if test/tools/have.sh 'ns3 (libns3-dev)' g++ $(NS3_THERE); then \
	    $(MAKE) $(B)/ns3-scenario-c && $(B)/ns3-scenario-c lia 40; fi
