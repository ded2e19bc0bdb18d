/*
 * bonding.cc - one stream over two links, by the TCP of ns-3 as it is, with the shim below it.
 *
 * Two nodes, two links of their own rates and delays. The client sends SIZE MiB; the server checks
 * each octet. The same is done over the first link alone, and the two times are compared. Virtual
 * time. With --cut the first link is cut for a second while octets flow.
 */
#include "below-node.hpp"

#include "ns3/point-to-point-module.h"

#include <cstdio>
#include <memory>

using namespace ns3;

namespace
{

const uint16_t PORT = 5000;
const double LIMIT = 300; /* s, for a run */

struct Run {
    uint64_t size{0};
    uint64_t sent{0};
    uint64_t received{0};
    bool wrong{false};
    bool done{false};
    double seconds{0};
    below_stream client{BELOW_NONE};
    below_stream server{BELOW_NONE};
    std::unique_ptr<BelowNode> at[2];
};

uint8_t Pattern(uint64_t i)
{
    return static_cast<uint8_t>(i * 31 + (i >> 8) * 7 + (i >> 16));
}

void Send(Run *run)
{
    struct below *b = run->at[0]->Below();
    uint8_t octets[4096];

    while (run->sent < run->size) {
        uint32_t n = static_cast<uint32_t>(std::min<uint64_t>(sizeof octets, run->size - run->sent));
        for (uint32_t i = 0; i < n; i++) {
            octets[i] = Pattern(run->sent + i);
        }
        int32_t taken = below_write(b, run->client, octets, n, BelowNode::Now());
        if (taken <= 0) {
            break;
        }
        run->sent += static_cast<uint64_t>(taken);
    }
    if (run->sent == run->size) {
        below_close(b, run->client, BelowNode::Now());
        run->sent++;
    }
    run->at[0]->Work();
}

void Receive(Run *run, below_listener listener)
{
    struct below *b = run->at[1]->Below();
    uint8_t octets[4096];
    int32_t n;

    if (run->server == BELOW_NONE && listener != BELOW_NONE) {
        below_accept(b, listener, &run->server);
    }
    while ((n = below_read(b, run->server, octets, sizeof octets, BelowNode::Now())) > 0) {
        for (int32_t i = 0; i < n; i++) {
            run->wrong |= octets[i] != Pattern(run->received + static_cast<uint64_t>(i));
        }
        run->received += static_cast<uint64_t>(n);
    }
    if (n == 0 && !run->done) {
        run->done = true;
        run->seconds = Simulator::Now().GetSeconds();
        below_close(b, run->server, BelowNode::Now());
    }
    run->at[1]->Work();
}

below_config Settings()
{
    below_config cfg;

    below_config_init(&cfg);
    cfg.snd_buf = 1u << 20;
    cfg.conn.rcv_buf = 1u << 20;
    cfg.conn.runs = mptcp_runs_for(cfg.conn.subflows, cfg.snd_buf + cfg.conn.rcv_buf);
    cfg.shim.trusted = 1; /* ns-3 leaves checksums out */
    return cfg;
}

/* Down, for a second: nothing gets through. */
void Cut(Ptr<NetDevice> device, bool cut)
{
    Ptr<RateErrorModel> all = CreateObject<RateErrorModel>();

    all->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
    all->SetRate(cut ? 1 : 0);
    device->SetAttribute("ReceiveErrorModel", PointerValue(all));
}

struct LinkSetting {
    const char *rate;
    const char *delay;
};
const LinkSetting LINKS[] = {{"20Mbps", "10ms"}, {"10Mbps", "20ms"}};

/* Link i between the two nodes. */
void AddLink(Run *run, const NodeContainer &nodes, unsigned i, bool cut)
{
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue(LINKS[i].rate));
    link.SetChannelAttribute("Delay", StringValue(LINKS[i].delay));
    NetDeviceContainer devices = link.Install(nodes);
    for (unsigned k = 0; k < 2; k++) {
        Ipv4Address address(0x0a000001u + (i + 1) * 0x10000u + k);
        run->at[k]->AddLink(devices.Get(k), address, Ipv4Mask("255.255.255.0"));
        mptcp_addr a = BelowNode::Address(address, k == 0 ? 0 : PORT);
        if (i > 0) {
            below_add_address(run->at[k]->Below(), &a,
                              k == 0 ? MPTCP_ADDR_JOIN : MPTCP_ADDR_ANNOUNCE, BelowNode::Now());
        }
        if (cut) {
            Simulator::Schedule(Seconds(1), &Cut, devices.Get(k), true);
            Simulator::Schedule(Seconds(2), &Cut, devices.Get(k), false);
        }
    }
}

/* Builds two nodes with so many links, and sends. */
void Transfer(Run *run, unsigned links, bool cut)
{
    NodeContainer nodes;
    below_config cfg = Settings();
    nodes.Create(2);
    InternetStackHelper().Install(nodes);
    run->at[0] = std::make_unique<BelowNode>(nodes.Get(0), cfg,
                                             [run](below_stream, below_listener) { Send(run); });
    run->at[1] = std::make_unique<BelowNode>(
        nodes.Get(1), cfg, [run](below_stream, below_listener l) { Receive(run, l); });
    for (unsigned i = 0; i < links; i++) {
        AddLink(run, nodes, i, cut && i == 0);
    }
    mptcp_addr from = BelowNode::Address(Ipv4Address("10.1.0.1"), 0);
    mptcp_addr to = BelowNode::Address(Ipv4Address("10.1.0.2"), PORT);
    below_listener listener;
    below_listen(run->at[1]->Below(), &to, &listener, BelowNode::Now());
    below_connect(run->at[0]->Below(), &from, &to, &run->client, BelowNode::Now());
    Simulator::ScheduleNow([run]() { Send(run); });
    Simulator::Stop(Seconds(LIMIT));
    Simulator::Run();
    shim_counts counts;
    below_shim_counts(run->at[0]->Below(), &counts);
    std::printf("%u link%s: %.1f MiB in %.2f s, %.1f Mbit/s, %s; client: %u segments out, %u cut\n",
                links, links == 1 ? " " : "s", static_cast<double>(run->received) / (1 << 20),
                run->seconds, static_cast<double>(run->received) * 8e-6 / run->seconds,
                run->wrong ? "WRONG" : "right", counts.out, counts.split);
    run->at[0].reset();
    run->at[1].reset();
    Simulator::Destroy();
}

} // namespace

int main(int argc, char **argv)
{
    double size = 16;
    bool cut = false;
    CommandLine cmd("One MPTCP stream over two links of ns-3, beside one link");

    cmd.AddValue("size", "MiB to send", size);
    cmd.AddValue("cut", "cut the first link for a second", cut);
    cmd.Parse(argc, argv);
    /* Room for timestamps and MPTCP's options within an MTU of 1500. */
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1500 - 40 - 12 - 28));
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(1 << 20));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(1 << 20));

    std::printf("one MPTCP stream over ns-3's sockets%s:\n",
                cut ? ", the first of two links dark for a second" : "");
    Run one;
    Run two;
    one.size = two.size = static_cast<uint64_t>(size * (1 << 20));
    Transfer(&one, 1, false);
    Transfer(&two, 2, cut);
    bool right = one.done && two.done && !one.wrong && !two.wrong && one.received == one.size &&
                 two.received == two.size;
    double gain = one.seconds / two.seconds;
    std::printf("two links%s are %.2f times as fast as the first alone\n", cut ? ", one cut," : "", gain);
    return right && (cut || gain > 1.35) ? 0 : 1;
}
