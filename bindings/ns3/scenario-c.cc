/*
 * scenario-c.cc - scenario C of Khalili et al. (CoNEXT 2012) in ns-3: N users of two paths, one
 * over an access point of their own, one over an access point that N TCP users share; each has the
 * capacity of N users. What do the TCP users keep of theirs? The same is run in the simulator of
 * `make bench-cc`; both must agree within 5 %.
 *
 * As there, access points are ideal links: no queue, and a share of the data packets is dropped
 * that goes up and down with the load. TCP is ns-3's own, with SACK.
 *
 *     ns3-scenario-c [ALGORITHM [SECONDS]]
 */
#include "mptcp-congestion-ops.hpp"

#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/tcp-socket-base.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
#include "bench/cc/net.h"
}

using namespace ns3;

namespace
{

const unsigned USERS = 10;
const double RATE = 200; /* packets per s of each user's part */
const double RTT = 0.15;
const double WARM_UP = 60;
const double TOLERANCE = 0.05;

/* Drops at random, ever more while more is offered than `rate`, ever less while it is less:
 * net.c's. */
class IdealLink : public ErrorModel
{
  public:
    IdealLink(double rate, Ptr<UniformRandomVariable> chance) : m_rate(rate), m_chance(chance)
    {
    }

  private:
    bool DoCorrupt(Ptr<Packet> packet) override
    {
        if (packet->GetSize() < MSS) {
            return false; /* a SYN */
        }
        double now = Simulator::Now().GetSeconds();
        m_price *= std::exp(0.3 * (1 / m_rate - (now - m_since)));
        m_price = std::min(0.5, std::max(1e-6, m_price));
        m_since = now;
        return m_chance->GetValue() < m_price;
    }

    void DoReset() override
    {
    }

    double m_rate;
    Ptr<UniformRandomVariable> m_chance;
    double m_price{0.01};
    double m_since{0};
};

/* A sender with data at all times, and what arrived of it. */
struct Flow {
    Ptr<Socket> from;
    Ptr<Socket> to; /* accepted */
    uint64_t octets{0};
    uint64_t before{0}; /* at the end of the warm-up */
};

void Fill(Ptr<Socket> socket, uint32_t room)
{
    while (room > 0) {
        int sent = socket->Send(Create<Packet>(std::min(room, 100 * MSS)));
        if (sent <= 0) {
            return;
        }
        room = socket->GetTxAvailable();
    }
}

void Drain(Flow *flow, Ptr<Socket> socket)
{
    while (Ptr<Packet> packet = socket->Recv()) {
        flow->octets += packet->GetSize();
    }
}

/* An access point: two nodes; senders are at the first, receivers at the second. */
struct Access {
    NodeContainer nodes;
    Ipv4InterfaceContainer addresses;
    uint16_t port{5000};

    Access(double rate, const char *network, Ptr<UniformRandomVariable> chance)
    {
        nodes.Create(2);
        InternetStackHelper().Install(nodes);
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("10Gbps"));
        link.SetChannelAttribute("Delay", TimeValue(Seconds(RTT / 2)));
        link.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue("100000p"));
        NetDeviceContainer devices = link.Install(nodes);
        devices.Get(1)->SetAttribute("ReceiveErrorModel",
                                     PointerValue(CreateObject<IdealLink>(rate, chance)));
        Ipv4AddressHelper address(network, "255.255.255.0");
        addresses = address.Assign(devices);
    }

    void Start(Flow *flow, Ptr<TcpCongestionOps> control)
    {
        InetSocketAddress to(addresses.GetAddress(1), ++port);
        Ptr<Socket> listener = Socket::CreateSocket(nodes.Get(1), TcpSocketFactory::GetTypeId());
        listener->Bind(to);
        listener->Listen();
        listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address &>(),
                                    Callback<void, Ptr<Socket>, const Address &>(
                                        [flow](Ptr<Socket> accepted, const Address &) {
                                            flow->to = accepted;
                                            accepted->SetRecvCallback(Callback<void, Ptr<Socket>>(
                                                [flow](Ptr<Socket> s) { Drain(flow, s); }));
                                        }));
        flow->from = Socket::CreateSocket(nodes.Get(0), TcpSocketFactory::GetTypeId());
        DynamicCast<TcpSocketBase>(flow->from)->SetCongestionControlAlgorithm(control);
        flow->from->SetSendCallback(Callback<void, Ptr<Socket>, uint32_t>(&Fill));
        Ptr<Socket> from = flow->from;
        double at = 0.05 * (port % 20);
        Simulator::Schedule(Seconds(at), [from, to]() { from->Connect(to); });
    }
};

/* y / C2 by ns-3. */
double ByNs3(const mptcp_congestion *algorithm, double seconds)
{
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(MSS));
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(1 << 21));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(1 << 21));
    Config::SetDefault("ns3::TcpSocket::DelAckCount", UintegerValue(1));
    Config::SetDefault("ns3::TcpSocket::InitialSlowStartThreshold", UintegerValue(64 * MSS));
    Config::SetDefault("ns3::TcpSocketBase::MinRto", TimeValue(MilliSeconds(200)));
    Ptr<UniformRandomVariable> chance = CreateObject<UniformRandomVariable>();
    Access own(USERS * RATE, "10.1.0.0", chance);
    Access shared(USERS * RATE, "10.2.0.0", chance);
    std::vector<Flow> flows(3 * USERS); /* own, shared, TCP's */
    for (unsigned i = 0; i < USERS; i++) {
        auto both = Create<MptcpConnection>(algorithm);
        auto single = Create<MptcpConnection>(&mptcp_reno);
        own.Start(&flows[i], both->NewSubflow());
        shared.Start(&flows[USERS + i], both->NewSubflow());
        shared.Start(&flows[2 * USERS + i], single->NewSubflow());
    }
    Simulator::Schedule(Seconds(WARM_UP), [&flows]() {
        for (Flow &f : flows) {
            f.before = f.octets;
        }
    });
    Simulator::Stop(Seconds(WARM_UP + seconds));
    Simulator::Run();
    double taken = 0;
    double kept = 0;
    for (unsigned i = 0; i < USERS; i++) {
        taken += static_cast<double>(flows[USERS + i].octets - flows[USERS + i].before);
        kept += static_cast<double>(flows[2 * USERS + i].octets - flows[2 * USERS + i].before);
    }
    Simulator::Destroy();
    return kept / (kept + taken);
}

/* y / C2 by the simulator of bench-cc. */
double ByBench(const mptcp_congestion *algorithm, double seconds)
{
    static net network;
    double taken = 0;
    double kept = 0;
    const uint32_t rtt = static_cast<uint32_t>(RTT * 1e6);

    for (unsigned seed = 1; seed <= 3; seed++) {
        net_begin(&network, seed);
        unsigned own = net_ideal(&network, USERS * RATE);
        unsigned shared = net_ideal(&network, USERS * RATE);
        for (unsigned i = 0; i < USERS; i++) {
            net_connection(&network, algorithm, 2);
            net_lane(&network, rtt, 0, 1, &own);
            net_lane(&network, rtt, 0, 1, &shared);
            net_connection(&network, &mptcp_reno, 1);
            net_lane(&network, rtt, 0, 1, &shared);
        }
        net_run(&network, WARM_UP);
        net_measure(&network);
        net_run(&network, seconds);
        for (unsigned i = 0; i < 3 * USERS; i += 3) {
            taken += net_rate(&network, i + 1);
            kept += net_rate(&network, i + 2);
        }
        net_end(&network);
    }
    return kept / (kept + taken);
}

} // namespace

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "lia";
    double seconds = argc > 2 ? std::atof(argv[2]) : 300;
    const mptcp_congestion *algorithm = nullptr;

    for (unsigned i = 0; mptcp_congestion_at(i) != nullptr; i++) {
        if (std::strcmp(mptcp_congestion_at(i)->name, name) == 0) {
            algorithm = mptcp_congestion_at(i);
        }
    }
    if (algorithm == nullptr || !(seconds > 0)) {
        std::fprintf(stderr,
                     "usage: ns3-scenario-c [lia|olia|balia|wvegas|reno|cubic [SECONDS]]\n");
        return 2;
    }
    double bench = ByBench(algorithm, seconds);
    double ns = ByNs3(algorithm, seconds);
    double off = ns / bench - 1;
    bool good = std::fabs(off) <= TOLERANCE;
    std::printf(
        "scenario C, %s, N1 = N2, C1 = C2: y/C2 by bench-cc %.3f, by ns-3 %.3f, off %.1f%% %s\n",
        name, bench, ns, 100 * off, good ? "" : " MISSED");
    return good ? 0 : 1;
}
