/*
 * mptcp-congestion-ops.hpp - the library's congestion control in ns-3: plain TCP sockets whose
 * windows are coupled as those of the subflows of one MPTCP connection.
 *
 *     auto connection = ns3::Create<ns3::MptcpConnection>(&mptcp_olia);
 *     socket1->SetCongestionControlAlgorithm(connection->NewSubflow());
 *     socket2->SetCongestionControlAlgorithm(connection->NewSubflow());
 *
 * The sockets are TcpSocketBase, before they connect. Slow start, recovery and timeouts are ns-3's
 * own. ns-3 asks for ssthresh the same way at a loss and at a timeout: the algorithm hears of a
 * loss each time. An undo and an idle time it does not tell.
 */
#ifndef MPTCP_CONGESTION_OPS_H
#define MPTCP_CONGESTION_OPS_H

#include "mptcp/congestion.h"

#include "ns3/simple-ref-count.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-socket-state.h"

#include <vector>

namespace ns3
{

class MptcpSubflow;

/* What the subflows of a connection share: the algorithm, and each other. Subflows keep it alive.
 */
class MptcpConnection : public SimpleRefCount<MptcpConnection>
{
  public:
    explicit MptcpConnection(const mptcp_congestion *algorithm);

    Ptr<TcpCongestionOps> NewSubflow();

  private:
    friend class MptcpSubflow;

    /* The paths of all subflows, as the hooks are shown them. */
    struct View {
        std::vector<mptcp_cc_path> paths;
        std::vector<mptcp_cc_acc *> acc;
        mptcp_cc_flows flows;
    };

    void Describe(const MptcpSubflow *self, View *view) const;

    const mptcp_congestion *m_algorithm;
    std::vector<MptcpSubflow *> m_subflows;
};

/* The congestion control of one socket. */
class MptcpSubflow : public TcpCongestionOps
{
  public:
    static TypeId GetTypeId();

    explicit MptcpSubflow(Ptr<MptcpConnection> connection);
    ~MptcpSubflow() override;

    std::string GetName() const override;
    void Init(Ptr<TcpSocketState> tcb) override;
    uint32_t GetSsThresh(Ptr<const TcpSocketState> tcb, uint32_t bytesInFlight) override;
    void IncreaseWindow(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked) override;
    void PktsAcked(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked, const Time &rtt) override;
    /* A subflow of the same connection: ns-3 forks what a listener or the L4 protocol holds. */
    Ptr<TcpCongestionOps> Fork() override;

  private:
    friend class MptcpConnection;

    Ptr<MptcpConnection> m_connection;
    Ptr<TcpSocketState> m_tcb; /* null until the socket has it */
    mptcp_cc_acc m_acc{};
    uint32_t m_srttUs{0};
    uint32_t m_rttUs{0}; /* of the ACK that is being processed */
};

} // namespace ns3

#endif
