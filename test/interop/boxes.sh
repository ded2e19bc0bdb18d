# boxes.sh - the cases of middlebox. Sourced by bash.
#
# Words among our options that say what the case is like:
#   two        a second path that we join from        announced  one that the kernel announces
#   ours       one that we announce                   theirs     one that a kernel as client joins from
#   port       the kernel announces with a port       eight      eight paths
#   slow, big  links that take time; files that do    up, down   data in this direction only
#   wait:N     the kernel's end waits for N further subflows
#   never:NAME a counter of the kernel's that must stay 0
#   bad:TUN    some segments on that path are changed in their payload
#
# name | quick | role | our options | kernel sysctl or - | box | expected | counters that must be there
# Boxes: as seen from us, in: towards us, out: from us. rst: for a moment
# each data segment is answered with a RST; out, it hits the kernel, whose own RSTs then hit us; in, it
# comes to us with a number that is too old by then (RFC 5961).
CASES='
strip-syn                  |yes|connect|                     |-|strip out syn          |same|
strip-syn-accept           |yes|accept |                     |-|strip in syn           |same|
strip-synack               |yes|connect|                     |-|strip in synack        |same|
strip-synack-accept        |no |accept |                     |-|strip out synack       |same|
strip-all-but-syn          |yes|connect|                     |-|strip both rest        |same|
strip-all-but-syn-accept   |no |accept |                     |-|strip both rest        |same|
strip-rest-out             |no |connect|                     |-|strip out rest         |same|
strip-rest-out-accept      |no |accept |                     |-|strip out rest         |same|
strip-rest-in              |no |connect|                     |-|strip in rest          |same|
strip-rest-in-accept       |no |accept |                     |-|strip in rest          |same|
strip-later                |yes|connect|big                  |-|later both rest        |same|
strip-later-accept         |no |accept |big                  |-|later both rest        |same|
strip-later-out            |no |connect|big                  |-|later out rest         |same|
strip-later-in             |no |connect|big                  |-|later in rest          |same|
strip-later-two            |yes|connect|two big              |-|later both rest        |ours|
strip-later-reset          |no |connect|big --no-fallback    |-|later both rest        |ours|
strip-join-syn             |yes|connect|two                  |-|join out syn           |same|MPCapableSYNRX
strip-join-synack          |no |connect|two                  |-|join in synack         |same|
strip-join-ack             |no |connect|two                  |-|join out rest          |same|
drop-syn                   |yes|connect|                     |-|drop out syn           |same|
cookies                    |yes|connect|                     |tcp_syncookies|none      |same|MPCapableACKRX
cookies-two                |no |connect|two                  |tcp_syncookies|none      |same|MPJoinAckRx
eight-subflows             |yes|connect|eight                |-|none                   |same|MPJoinAckRx
flag-c                     |yes|connect|two                  |allow_join_initial_addr_port|none|same|
corrupt-out-two            |yes|connect|two bad:t2 up        |checksum|none            |same|DataCsumErr
corrupt-in-two             |no |connect|two bad:t2 down      |checksum|none            |same|MPFailRx MPRstRx
corrupt-in-one-reset       |yes|connect|bad:t1 down --no-fallback|checksum|none        |ours|
corrupt-out-one-reset      |no |connect|bad:t1 up --no-fallback|checksum|none            |ours|DataCsumErr
abort-ours                 |yes|connect|--at 0.2:abort slow  |-|none                   |told|MPFastcloseRx
abort-ours-accept          |no |accept |--at 0.2:abort slow  |-|none                   |told|MPFastcloseRx
interrupted                |yes|connect|slow                 |-|int                    |told|MPFastcloseRx
interrupted-accept         |no |accept |slow                 |-|int                    |told|MPFastcloseRx
abort-theirs               |yes|connect|slow                 |-|kill                   |told|MPFastcloseTx
prio-ours                  |yes|connect|two --at 0.2:backup:t2 --at 0.6:use:t2 big|-|none|same|MPPrioRx
prio-theirs                |no |connect|two big              |-|prio                   |same|MPPrioTx
remove-ours                |yes|connect|two --at 0.3:remove:t2 big|-|none             |same|RmAddr
remove-ours-first          |no |connect|two --at 0.3:remove:t1 big|-|none             |same|RmAddr
remove-theirs              |yes|connect|announced big        |-|remove                 |same|RmAddrTx
add-ours                   |no |connect|two --at 0.3:add:t2 big|-|none                |same|MPJoinAckRx
announced-port             |no |accept |announced            |-|none                   |same|MPJoinPortAckRx
drop-syn-accept            |no |accept |                     |-|drop in syn            |same|Blackhole
strip-later-two-out        |no |connect|two big              |-|later out rest         |ours|
strip-later-two-in         |no |connect|two big              |-|later in rest          |ours|
strip-later-two-accept     |no |accept |ours big             |-|later both rest        |ours|
strip-join-syn-accept      |no |accept |ours                 |-|join in syn            |same|MPCapableSYNACKRX
strip-join-synack-accept   |no |accept |ours                 |-|join out synack        |same|MPCapableSYNACKRX
strip-join-ack-accept      |no |accept |ours                 |-|join in rest           |same|MPCapableSYNACKRX
eight-subflows-accept      |no |accept |eight --announce     |-|none                   |same|MPJoinSynAckRx
flag-c-accept              |no |accept |two                  |allow_join_initial_addr_port|none|same|MPCapableSYNACKRX
flag-c-ours                |yes|accept |theirs --deny-join never:MPJoinSynTx|-|none   |same|MPCapableSYNACKRX
corrupt-out-two-accept     |no |accept |ours wait:1 bad:t2 up |checksum|none          |same|DataCsumErr
corrupt-in-two-accept      |no |accept |ours wait:1 bad:t2 down|checksum|none         |same|MPFailRx
corrupt-in-one-reset-accept|no |accept |bad:t1 down --no-fallback|checksum|none       |ours|
abort-ours-rst             |yes|connect|--abort-rst --at 0.2:abort slow|-|none        |told|MPFastcloseRx
abort-ours-rst-accept      |no |accept |--abort-rst --at 0.2:abort slow|-|none        |told|MPFastcloseRx
abort-theirs-accept        |no |accept |slow                 |-|kill                   |told|MPFastcloseTx
rst-theirs                 |yes|connect|big                  |-|rst out t1             |ours|
rst-theirs-accept          |no |accept |big                  |-|rst out t1             |ours|
rst-theirs-one-of-two      |no |connect|two big wait:1       |-|rst out t1             |same|
rst-theirs-two-accept      |no |accept |ours big wait:1      |-|rst out t2             |same|
rst-blind                  |no |connect|big                  |-|rst in t1              |same|
prio-ours-accept           |no |accept |ours --at 0.2:backup:t2 --at 0.6:use:t2 big|-|none|same|MPPrioRx
prio-theirs-accept         |no |accept |ours big             |-|prio                   |same|MPPrioTx
remove-ours-accept         |no |accept |ours --at 0.3:remove:t2 big|-|none            |same|RmAddr
remove-theirs-accept       |no |accept |announced big        |-|remove                 |same|RmAddrTx
announced-port-connect     |no |connect|announced port       |-|none                   |same|MPJoinPortAckRx
announced-port-ours        |yes|accept |ours --announce-port 9100|-|none              |same|PortAdd MPJoinSynAckRx
policy-ports               |yes|connect|--policy ports --max-subflows 4 wait:3|-|none |same|MPJoinAckRx
policy-fullmesh            |no |connect|announced --policy fullmesh wait:3|-|none     |same|MPJoinAckRx EchoAdd
policy-backup              |no |connect|two --policy backup  |-|none                   |same|MPJoinSynBackupRx
policy-host                |no |connect|two --policy host big never:MPJoinSynRx|-|none|same|MPCapableACKRX
policy-host-joins          |no |connect|two --policy host big --at 0.2:join:t2|-|none |same|MPJoinAckRx
short-dsn                  |no |connect|two --dsn32          |-|none                   |same|MPJoinAckRx
version-0                  |yes|between|client:0 speaks:0 two big|-|none              |same|
version-0-checksum         |no |between|client:0 server:0 speaks:0 two big --checksum --add-addr2|-|none|same|
version-auto               |no |between|client:auto server:auto speaks:1 two|-|none   |same|
version-0-and-1            |no |between|client:0 server:1 speaks:null|-|none          |same|
version-0-corrupt          |no |between|client:0 server:0 up --checksum spoil:t1|-|none|tcp|
version-0-corrupt-two      |no |between|client:0 speaks:0 up two big --checksum spoil:t2|-|none|same|
version-0-strip-later      |no |between|client:0 server:0 big|-|later rest            |same|
between-cut                |yes|between|cut up big           |-|none                   |same|
between-cut-two            |no |between|cut two up big       |-|none                   |same|
between-cut-version-0      |no |between|cut client:0 server:0 speaks:0 up big|-|none   |same|
between-corrupt            |yes|between|up   --checksum spoil:t1 |-|none              |tcp |
between-corrupt-down       |no |between|down --checksum spoil:t1 |-|none              |tcp |
between-corrupt-reset      |yes|between|up   --checksum spoil:t1 --no-fallback|-|none |both|
between-corrupt-down-reset |no |between|down --checksum spoil:t1 --no-fallback|-|none |both|
between-corrupt-first      |yes|between|up   tiny --checksum spoil:t1|-|none          |tcp |
between-corrupt-first-reset|yes|between|up   tiny --checksum spoil:t1 --no-fallback|-|none|both|
between-corrupt-two        |no |between|up   two big --checksum spoil:t2|-|none           |same|
between-corrupt-two-reset  |no |between|up   two big --checksum spoil:t2 --no-fallback|-|none|same|
between-strip-later        |yes|between|big                  |-|later rest            |same|
between-strip-later-reset  |no |between|big --no-fallback    |-|later rest            |both|
between-strip-later-two    |yes|between|two big              |-|later rest            |both|
between-strip-later-two-reset|no|between|two big --no-fallback|-|later rest           |both|
'
