/*
 * below-node.cc - MPTCP streams over the TCP sockets of ns-3 (below-node.hpp).
 */
#include "below-node.hpp"

#include "ns3/tcp-socket-base.h"

#include <cstdio>
#include <cstdlib>

using namespace ns3;

namespace
{

const uint16_t ETHERTYPE_IPV4 = 0x0800;

BelowNode *Self(void *context)
{
    return static_cast<BelowNode *>(context);
}

Ipv4Address ToNs3(const mptcp_addr &a)
{
    return Ipv4Address::Deserialize(a.ip);
}

/* The address and port that a socket has at one end. */
mptcp_addr NameOf(const Ptr<Socket> &socket, bool peer)
{
    ns3::Address name;
    if (peer) {
        socket->GetPeerName(name);
    } else {
        socket->GetSockName(name);
    }
    InetSocketAddress inet = InetSocketAddress::ConvertFrom(name);
    return BelowNode::Address(inet.GetIpv4(), inet.GetPort());
}

} // namespace

uint64_t BelowNode::Now()
{
    return static_cast<uint64_t>(Simulator::Now().GetMicroSeconds()) + 1;
}

mptcp_addr BelowNode::Address(Ipv4Address address, uint16_t port)
{
    mptcp_addr a = {};
    a.family = 4;
    a.port = port;
    address.Serialize(a.ip);
    return a;
}

BelowNode::BelowNode(Ptr<Node> node, const below_config &cfg, Changed changed)
    : m_node(node), m_changed(changed), m_memory(below_size(&cfg) / 8 + 1),
      m_random(CreateObject<UniformRandomVariable>())
{
    below_host host = {};
    host.context = this;
    host.sockets = {Connect, Listen, Write, Read, Close};
    host.transmit = Transmit;
    host.random = Random;
    host.changed = TellChanged;
    host.path = TellPath;
    m_below = below_init(m_memory.data(), m_memory.size() * 8, &cfg, &host, Now());
    if (m_below == nullptr) {
        std::fprintf(stderr, "BelowNode: a setting is out of range\n");
        std::exit(2);
    }
}

BelowNode::~BelowNode()
{
    m_timer.Cancel();
    m_soon.Cancel();
}

struct below *BelowNode::Below()
{
    return m_below;
}

/* ----------------------------------------------------------------- packets */

void BelowNode::AddLink(Ptr<NetDevice> lower, Ipv4Address address, Ipv4Mask mask)
{
    unsigned nif = static_cast<unsigned>(m_links.size());
    Ptr<VirtualNetDevice> upper = CreateObject<VirtualNetDevice>();

    m_links.push_back({lower, upper});
    upper->SetNeedsArp(false);
    upper->SetIsPointToPoint(true);
    upper->SetMtu(lower->GetMtu());
    upper->SetSendCallback([this, nif](Ptr<Packet> packet, const ns3::Address &,
                                       const ns3::Address &,
                                       uint16_t) { return FromStack(nif, packet); });
    m_node->AddDevice(upper);
    m_node->RegisterProtocolHandler(
        [this, nif](Ptr<NetDevice>, Ptr<const Packet> packet, uint16_t, const ns3::Address &,
                    const ns3::Address &, NetDevice::PacketType) { FromLink(nif, packet); },
        ETHERTYPE_IPV4, lower);
    Ptr<Ipv4> ip = m_node->GetObject<Ipv4>();
    uint32_t interface = ip->AddInterface(upper);
    ip->AddAddress(interface, Ipv4InterfaceAddress(address, mask));
    ip->SetUp(interface);
    below_set_mtu(m_below, nif, lower->GetMtu());
}

bool BelowNode::FromStack(unsigned nif, Ptr<Packet> packet)
{
    std::vector<uint8_t> frame(packet->GetSize());

    packet->CopyData(frame.data(), static_cast<uint32_t>(frame.size()));
    m_out.emplace_back(nif, std::move(frame));
    Soon();
    return true;
}

void BelowNode::FromLink(unsigned nif, Ptr<const Packet> packet)
{
    std::vector<uint8_t> frame(packet->GetSize());
    const Link &link = m_links[nif];

    packet->CopyData(frame.data(), static_cast<uint32_t>(frame.size()));
    uint32_t length = static_cast<uint32_t>(frame.size());
    if (below_in(m_below, nif, frame.data(), length, Now()) == SHIM_PASS) {
        link.upper->Receive(Create<Packet>(frame.data(), length), ETHERTYPE_IPV4, link.upper->GetAddress(),
                            link.upper->GetAddress(), NetDevice::PACKET_HOST);
    }
    Soon();
}

void BelowNode::Transmit(void *context, unsigned nif, const uint8_t *frame, uint32_t length)
{
    const Link &link = Self(context)->m_links[nif];
    link.lower->Send(Create<Packet>(frame, length), link.lower->GetBroadcast(), ETHERTYPE_IPV4);
}

/* -------------------------------------------------------------------- work */

/* Once, after the event that the simulator is in: then no socket is in the midst of a call. */
void BelowNode::Soon()
{
    if (!m_soon.IsRunning()) {
        m_soon = Simulator::ScheduleNow(&BelowNode::Drain, this);
    }
}

void BelowNode::Drain()
{
    while (!m_out.empty()) {
        auto [nif, frame] = std::move(m_out.front());
        m_out.pop_front();
        below_out(m_below, nif, frame.data(), static_cast<uint32_t>(frame.size()), Now());
    }
    Work();
}

void BelowNode::Work()
{
    uint64_t next = below_work(m_below, Now());

    m_timer.Cancel();
    if (next != MPTCP_NEVER) {
        uint64_t wait = next > Now() ? next - Now() : 0;
        m_timer = Simulator::Schedule(MicroSeconds(wait), &BelowNode::Work, this);
    }
}

void BelowNode::TellChanged(void *context, below_stream stream, below_listener listener)
{
    BelowNode *self = Self(context);
    Simulator::ScheduleNow([self, stream, listener]() { self->m_changed(stream, listener); });
}

void BelowNode::Random(void *context, void *octets, size_t length)
{
    uint8_t *p = static_cast<uint8_t *>(octets);
    for (size_t i = 0; i < length; i++) {
        p[i] = static_cast<uint8_t>(Self(context)->m_random->GetInteger(0, 255));
    }
}

/* ----------------------------------------------------------------- sockets */

below_socket BelowNode::Enter(Ptr<Socket> socket)
{
    below_socket s = m_next++;

    m_sockets[s] = socket;
    socket->SetConnectCallback(
        [this, s](Ptr<Socket>) {
            below_connected(m_below, s, Now());
            Soon();
        },
        [this, s](Ptr<Socket>) {
            m_sockets.erase(s);
            below_socket_failed(m_below, s, MPTCP_E_SUBFLOW_FAILED, Now());
            Soon();
        });
    socket->SetRecvCallback([this, s](Ptr<Socket>) {
        below_readable(m_below, s, Now());
        Soon();
    });
    socket->SetSendCallback([this, s](Ptr<Socket>, uint32_t) {
        below_writable(m_below, s, Now());
        Soon();
    });
    auto readable = [this, s](Ptr<Socket>) {
        below_readable(m_below, s, Now());
        Soon();
    };
    socket->SetCloseCallbacks(readable, readable);
    return s;
}

int BelowNode::Connect(void *context, mptcp_addr *local, const mptcp_addr *remote, below_socket *s)
{
    BelowNode *self = Self(context);
    Ptr<Socket> socket = Socket::CreateSocket(self->m_node, TcpSocketFactory::GetTypeId());

    if (socket->Bind(InetSocketAddress(ToNs3(*local), local->port)) != 0) {
        return MPTCP_E_SUBFLOW_FAILED;
    }
    /* A route by destination alone would send the segments of this address over another link. */
    Ptr<Ipv4> ip = self->m_node->GetObject<Ipv4>();
    int32_t interface = ip->GetInterfaceForAddress(ToNs3(*local));
    if (interface < 0) {
        return MPTCP_E_SUBFLOW_FAILED;
    }
    socket->BindToNetDevice(ip->GetNetDevice(static_cast<uint32_t>(interface)));
    *s = self->Enter(socket);
    if (socket->Connect(InetSocketAddress(ToNs3(*remote), remote->port)) != 0) {
        self->m_sockets.erase(*s);
        return MPTCP_E_SUBFLOW_FAILED;
    }
    *local = NameOf(socket, false);
    return MPTCP_OK;
}

int BelowNode::Listen(void *context, const mptcp_addr *local, below_socket *s)
{
    BelowNode *self = Self(context);
    Ptr<Socket> socket = Socket::CreateSocket(self->m_node, TcpSocketFactory::GetTypeId());
    Ipv4Address address = local->family == 0 ? Ipv4Address::GetAny() : ToNs3(*local);

    if (socket->Bind(InetSocketAddress(address, local->port)) != 0 || socket->Listen() != 0) {
        return MPTCP_E_SUBFLOW_FAILED;
    }
    below_socket listener = self->m_next++;
    self->m_sockets[listener] = socket;
    *s = listener;
    socket->SetAcceptCallback(
        [](Ptr<Socket>, const ns3::Address &) { return true; },
        [self, listener](Ptr<Socket> accepted, const ns3::Address &) {
            mptcp_addr here = NameOf(accepted, false);
            mptcp_addr there = NameOf(accepted, true);
            below_socket mine = self->Enter(accepted);
            if (below_accepted(self->m_below, listener, mine, &here, &there, Now()) != MPTCP_OK) {
                self->m_sockets.erase(mine);
                accepted->Close();
            }
            self->Soon();
        });
    return MPTCP_OK;
}

int32_t BelowNode::Write(void *context, below_socket s, const void *octets, uint32_t length)
{
    Ptr<Socket> socket = Self(context)->m_sockets.at(s);
    uint32_t n = std::min(length, socket->GetTxAvailable());

    if (n == 0) {
        return 0;
    }
    int sent = socket->Send(Create<Packet>(static_cast<const uint8_t *>(octets), n));
    return sent < 0 ? static_cast<int32_t>(MPTCP_E_SUBFLOW_FAILED) : sent;
}

int32_t BelowNode::Read(void *context, below_socket s, void *octets, uint32_t length)
{
    Ptr<Socket> socket = Self(context)->m_sockets.at(s);
    uint32_t n = std::min(length, socket->GetRxAvailable());

    if (n > 0) {
        return socket->Recv(static_cast<uint8_t *>(octets), n, 0);
    }
    /* An empty packet, and no error: the peer's FIN has come. */
    Ptr<Packet> end = socket->Recv();
    return end != nullptr && end->GetSize() == 0 ? 0 : static_cast<int32_t>(MPTCP_E_AGAIN);
}

void BelowNode::Close(void *context, below_socket s, below_close_how how)
{
    BelowNode *self = Self(context);
    Ptr<Socket> socket = self->m_sockets.at(s);

    if (how == BELOW_FIN) {
        socket->ShutdownSend();
        return;
    }
    socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    socket->SetSendCallback(MakeNullCallback<void, Ptr<Socket>, uint32_t>());
    socket->SetCloseCallbacks(MakeNullCallback<void, Ptr<Socket>>(),
                              MakeNullCallback<void, Ptr<Socket>>());
    socket->Close();
    self->m_sockets.erase(s);
}

/* ns-3's TCP has no MSS option: what it cuts is an attribute of the socket. */
void BelowNode::TellPath(void *context, below_socket s, mptcp_path *path)
{
    Ptr<TcpSocketBase> tcp = DynamicCast<TcpSocketBase>(Self(context)->m_sockets.at(s));
    UintegerValue size;

    tcp->GetAttribute("SegmentSize", size);
    path->segment_size = static_cast<uint32_t>(size.Get());
}
