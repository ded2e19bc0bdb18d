/*
 * below-node.hpp - MPTCP streams over the TCP sockets of ns-3, as they are.
 *
 * A BelowNode stands on a node of the simulation. Each of its links is a device that has no IP
 * address; above it a VirtualNetDevice has one, and between the two is the shim:
 *
 *   ns-3's TCP and IP - VirtualNetDevice - below_out, below_in - link device - channel
 *
 * The application calls below_connect and the rest of below.h on Below(), then Work().
 */
#ifndef BELOW_NODE_HPP
#define BELOW_NODE_HPP

#include "below.h"

#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/virtual-net-device.h"

#include <deque>
#include <functional>
#include <map>
#include <vector>

class BelowNode
{
  public:
    /* `changed` is called in an event of its own after below may have something for the
     * application: a stream, or a listener with a stream to accept. */
    using Changed = std::function<void(below_stream, below_listener)>;

    /* cfg: as below_config_init left it, and what is to differ. The node must have an Internet
     * stack (InternetStackHelper). Ends the program if a setting is out of range. */
    BelowNode(ns3::Ptr<ns3::Node> node, const below_config &cfg, Changed changed);
    ~BelowNode();
    BelowNode(const BelowNode &) = delete;
    BelowNode &operator=(const BelowNode &) = delete;

    /* Puts an address on a link device of the node, which must have none. */
    void AddLink(ns3::Ptr<ns3::NetDevice> link, ns3::Ipv4Address address, ns3::Ipv4Mask mask);

    struct below *Below();

    /* Does what is due; to be called after the application's calls. */
    void Work();

    static uint64_t Now();
    static mptcp_addr Address(ns3::Ipv4Address address, uint16_t port);

  private:
    struct Link {
        ns3::Ptr<ns3::NetDevice> lower;
        ns3::Ptr<ns3::VirtualNetDevice> upper;
    };

    /* The calls of struct below_host. */
    static int Connect(void *context, mptcp_addr *local, const mptcp_addr *remote,
                       below_socket *s);
    static int Listen(void *context, const mptcp_addr *local, below_socket *s);
    static int32_t Write(void *context, below_socket s, const void *octets, uint32_t length);
    static int32_t Read(void *context, below_socket s, void *octets, uint32_t length);
    static void Close(void *context, below_socket s, below_close_how how);
    static void Transmit(void *context, unsigned nif, const uint8_t *frame, uint32_t length);
    static void Random(void *context, void *octets, size_t length);
    static void TellChanged(void *context, below_stream stream, below_listener listener);
    static void TellPath(void *context, below_socket s, mptcp_path *path);

    below_socket Enter(ns3::Ptr<ns3::Socket> socket);
    bool FromStack(unsigned nif, ns3::Ptr<ns3::Packet> packet);
    void FromLink(unsigned nif, ns3::Ptr<const ns3::Packet> packet);
    void Drain();
    void Soon();

    ns3::Ptr<ns3::Node> m_node;
    Changed m_changed;
    std::vector<uint64_t> m_memory;
    struct below *m_below;
    std::vector<Link> m_links;
    std::map<below_socket, ns3::Ptr<ns3::Socket>> m_sockets;
    below_socket m_next{1};
    /* What the stack emitted: it leaves after the call of a socket that it was emitted in. */
    std::deque<std::pair<unsigned, std::vector<uint8_t>>> m_out;
    ns3::EventId m_timer;
    ns3::EventId m_soon;
    ns3::Ptr<ns3::UniformRandomVariable> m_random;
};

#endif
