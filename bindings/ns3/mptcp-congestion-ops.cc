/*
 * mptcp-congestion-ops.cc - ns-3's calls as hooks of struct mptcp_congestion.
 */
#include "mptcp-congestion-ops.hpp"

#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSubflow);

MptcpConnection::MptcpConnection(const mptcp_congestion *algorithm) : m_algorithm(algorithm)
{
}

Ptr<TcpCongestionOps> MptcpConnection::NewSubflow()
{
    return CreateObject<MptcpSubflow>(Ptr<MptcpConnection>(this));
}

void MptcpConnection::Describe(const MptcpSubflow *self, View *view) const
{
    view->flows = mptcp_cc_flows{};
    for (MptcpSubflow *s : m_subflows) {
        if (!s->m_tcb) {
            continue;
        }
        if (s == self) {
            view->flows.self = static_cast<unsigned>(view->paths.size());
        }
        mptcp_cc_path path{};
        path.cwnd = s->m_tcb->m_cWnd;
        path.ssthresh = s->m_tcb->m_ssThresh;
        path.srtt_us = s->m_srttUs;
        path.mss = static_cast<uint16_t>(s->m_tcb->m_segmentSize);
        path.flags = MPTCP_CC_USABLE;
        if (s->m_tcb->m_congState == TcpSocketState::CA_RECOVERY) {
            path.flags |= MPTCP_CC_RECOVERY;
        }
        view->paths.push_back(path);
        view->acc.push_back(&s->m_acc);
    }
    view->flows.paths = view->paths.data();
    view->flows.acc = view->acc.data();
    view->flows.n = static_cast<unsigned>(view->paths.size());
    view->flows.now = static_cast<uint64_t>(Simulator::Now().GetMicroSeconds());
}

TypeId MptcpSubflow::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpSubflow").SetParent<TcpCongestionOps>().SetGroupName("Internet");
    return tid;
}

MptcpSubflow::MptcpSubflow(Ptr<MptcpConnection> connection) : m_connection(connection)
{
    m_connection->m_subflows.push_back(this);
}

MptcpSubflow::~MptcpSubflow()
{
    auto &all = m_connection->m_subflows;
    all.erase(std::remove(all.begin(), all.end(), this), all.end());
    for (MptcpSubflow *s : all) {
        mptcp_cc_refresh(&s->m_acc);
    }
}

std::string MptcpSubflow::GetName() const
{
    return std::string("Mptcp-") + m_connection->m_algorithm->name;
}

void MptcpSubflow::Init(Ptr<TcpSocketState> tcb)
{
    m_tcb = tcb;
}

uint32_t MptcpSubflow::GetSsThresh(Ptr<const TcpSocketState> tcb, uint32_t bytesInFlight)
{
    MptcpConnection::View view;
    m_connection->Describe(this, &view);
    mptcp_cc_path &path = view.paths[view.flows.self];
    path.cwnd = std::max(bytesInFlight, tcb->m_segmentSize);
    path.flags = MPTCP_CC_USABLE;
    uint32_t ssthresh = m_connection->m_algorithm->on_loss(&view.flows);
    for (MptcpSubflow *s : m_connection->m_subflows) {
        mptcp_cc_refresh(&s->m_acc);
    }
    return ssthresh;
}

void MptcpSubflow::IncreaseWindow(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked)
{
    MptcpConnection::View view;
    m_connection->Describe(this, &view);
    const mptcp_cc_path &path = view.paths[view.flows.self];
    view.flows.rtt_us = m_rttUs;
    uint32_t octets = segmentsAcked * tcb->m_segmentSize;
    uint32_t cwnd = m_connection->m_algorithm->on_ack(&view.flows, octets);
    m_rttUs = 0;
    if (cwnd == path.cwnd && cwnd < path.ssthresh) {
        tcb->m_cWnd = cwnd + std::min(octets, tcb->m_segmentSize);
        return;
    }
    tcb->m_ssThresh = mptcp_cc_ssthresh(&path, cwnd);
    tcb->m_cWnd = cwnd;
}

void MptcpSubflow::PktsAcked(Ptr<TcpSocketState>, uint32_t, const Time &rtt)
{
    if (!rtt.IsStrictlyPositive()) {
        return;
    }
    uint32_t us = static_cast<uint32_t>(
        std::min<int64_t>(std::max<int64_t>(rtt.GetMicroSeconds(), 1), UINT32_MAX));
    m_rttUs = us;
    m_srttUs = m_srttUs == 0 ? us : m_srttUs - m_srttUs / 8 + us / 8;
}

Ptr<TcpCongestionOps> MptcpSubflow::Fork()
{
    return m_connection->NewSubflow();
}

} // namespace ns3
