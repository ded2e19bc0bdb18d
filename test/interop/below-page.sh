# below-page.sh - the cases of test/interop/below that run the commands of the page of mptcp-below
# (bindings/below/proxy/README.md) as they stand there. Sourced by it, behind below-links.sh.

PAGE=$TOP/bindings/below/proxy/README.md

# The functions for links, of section 1: all of its commands but those that call them.
page_functions()
{
    sed -n '/^## 1\./,/^## 2\./{s/^    //p}' "$PAGE" | grep -v '^link6\? '
}

# The service, of section 4.
page_unit()
{
    sed -n '/^    \[Unit\]/,/^    WantedBy/{s/^    //p}' "$PAGE"
}

# on_router COMMANDS: with the functions of the page
on_router()
{
    in_router bash -c "set -e; $(page_functions)
$1" >>"$WORK/page.log" 2>&1 || { echo "on the router: $1: $(tail -n 1 "$WORK/page.log")"; return 1; }
}

# Two lines of a machine, without anything else.
topology_lines()
{
    local path
    make_router && in_router sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0 || return
    for path in 1 2; do
        ip -n "$NS" link add "t$path" type veth peer name "t$path" netns "$NS2" &&
            ip -n "$NS2" addr add "10.81.$path.3/24" dev "t$path" &&
            ip -n "$NS2" addr add "fd81:$path::3/64" dev "t$path" nodad &&
            ip -n "$NS2" link set "t$path" up || return
    done
    give_addresses "$NS" 1 && ip -n "$NS" addr add fe80::1/64 dev t1 nodad &&
        ip -n "$NS" addr add fe80::1/64 dev t2 nodad
}

state_of_lines()
{
    in_router sh -c 'ip rule; ip -6 rule; ip route show table all; ip -6 route show table all
        ip -br link; iptables-save -t nat; ip6tables-save -t nat' |
        sed '/^multicast/d; /^anycast/d; /^fe80/d; /^#/d; s/\[[0-9:]*\]//; s/expires [0-9]*sec//; /^:/d; /^\*nat/d; /^COMMIT/d'
}

# Both families over both links; and all of it taken back.
case_page_links()
{
    local before after
    topology_lines || { echo "no lines"; return; }
    before=$(state_of_lines)
    on_router 'link dsl 1 t1; line 1 t1 via 10.81.1.1
        link lte 2 t2; line 2 t2 via 10.81.2.1
        link6 dsl 1 t1; line6 1 t1 via fe80::1
        link6 lte 2 t2; line6 2 t2 via fe80::1' || return
    server http 8000 3000000
    start_below proxy "$NS2" --path dsl=10.64.1.2/24 --path lte=10.64.2.2/24 \
        --path dsl=fd64:1::2/64 --path lte=fd64:2::2/64 --stats "$WORK/stats" \
        -L 8001:10.81.1.1:8000 -L '8002:[fd81:1::1]:8000' || return
    fetch 3000000 http://127.0.0.1:8001/
    counted MPJoinAckRx 1
    fetch 3000000 http://127.0.0.1:8002/
    counted MPCapableSYNRX 2
    counted MPJoinAckRx 2
    stop_below proxy
    [ "$(last_stat "sorted(x['local'].rsplit(':', 1)[0] for x in s)")" = "['[fd64:1::2]', '[fd64:2::2]']" ] ||
        echo "subflows: $(last_stat s)"
    on_router 'drop_link6 dsl 1 t1; drop_link dsl 1 t1; drop_link6 lte 2 t2; drop_link lte 2 t2'
    after=$(state_of_lines)
    [ "$before" = "$after" ] || { echo "what is left:"; diff <(echo "$before") <(echo "$after"); }
}

# systemd knows every line of the unit; its programs are taken from where they are here.
case_page_service()
{
    which systemd-analyze >/dev/null || { echo "skip no systemd-analyze"; return; }
    mkdir -p "$WORK/unit"
    printf '#!/bin/sh\n' >"$WORK/unit/links"
    cp "$BELOW" "$WORK/unit/mptcp-below"
    chmod +x "$WORK/unit/links" "$WORK/unit/mptcp-below"
    page_unit | sed "s|/usr/local/s\?bin/|$WORK/unit/|" >"$WORK/unit/mptcp-below.service"
    grep -q '^ExecStart=' "$WORK/unit/mptcp-below.service" || echo "the page has no unit"
    systemd-analyze verify --man=no "$WORK/unit/mptcp-below.service" 2>&1
}
