# bindings/below/ns3: streams over the TCP sockets of ns-3 (Debian's libns3-dev). Nothing else needs it.

BELOW_NS3_SRC := $(sort $(wildcard bindings/below/ns3/*.cc))
BELOW_NS3_OBJ := $(BELOW_NS3_SRC:%.cc=$(B)/obj/%.o)

$(B)/obj/bindings/below/ns3/%.o: bindings/below/ns3/%.cc $(B)/.flags
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)g++ $(NS3_FLAGS) -Ibindings/below $(MODE_FLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/ns3-bonding: $(BELOW_NS3_OBJ) $(filter-out -l%,$(BELOW_LIBS))
	$(call say,LD,$@)
	$(Q)g++ $(CFLAGS) $(MODE_FLAGS) $(LDFLAGS) $(BELOW_NS3_OBJ) $(BELOW_LIBS) \
	    -lns3-virtual-net-device -lns3-point-to-point -lns3-internet -lns3-network -lns3-core -o $@

.PHONY: below-ns3 below-ns3-check
below-ns3:
	$(Q)if test/tools/have.sh 'below-ns3 (libns3-dev)' g++ $(NS3_THERE); then \
	    $(MAKE) $(B)/ns3-bonding; fi

# Some seconds.
below-ns3-check:
	$(Q)if test/tools/have.sh 'below-ns3 (libns3-dev)' g++ $(NS3_THERE); then \
	    $(MAKE) $(B)/ns3-bonding && $(B)/ns3-bonding && $(B)/ns3-bonding --cut; fi
