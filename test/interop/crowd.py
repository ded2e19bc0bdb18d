#!/usr/bin/env python3
"""crowd.py - many connections at once, and small servers, for the cases of test/interop/below.

  crowd.py echo PORT            a server that sends back what it gets, over MPTCP, or TCP (--tcp)
  crowd.py http PORT BYTES      a server whose only page has so many octets, over MPTCP, or TCP
  crowd.py meet HOST PORT N BYTES   N connections, all open at once; each sends so many octets of
                                its own and must get them back; says "N of N"
  crowd.py socks PORT HOST PORT     asks a SOCKS5 proxy for HOST; says the code of its answer
  crowd.py abort PORT           a server, over MPTCP, that reads a little of its only client and resets
  crowd.py stall HOST PORT      writes until nothing is taken for two seconds; says how much was
  crowd.py flood HOST PORT SECONDS  connects again and again, and leaves each connection at once; says
                                how many there were
  crowd.py asks HOST PORT SECONDS   sends an octet to an echo, and another one when it is back; says how
                                many came back, and the longest time that one was away, in ms
  crowd.py resets HOST PORT SECONDS  says when the peer has sent something; resets the connection so
                                much later, or when it is killed

Exit status: 0 all went well, 1 it did not.
"""
import argparse
import asyncio
import http.server
import random
import socket
import struct
import sys
import time

MPTCP = 262


def listener(port, tcp):
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, 0 if tcp else MPTCP)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind(("::", port))
    s.listen(4096)
    return s


async def echo(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        pass
    finally:
        writer.close()


async def serve_echo(args):
    server = await asyncio.start_server(echo, sock=listener(args.port, args.tcp), backlog=4096)
    async with server:
        await server.serve_forever()


def serve_http(args):
    page = bytes(args.bytes)

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def do_PUT(self):
            left = int(self.headers["Content-Length"])
            while left > 0:
                left -= len(self.rfile.read(min(left, 65536)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("", args.port), Page, bind_and_activate=False)
    server.socket.close()
    server.socket = listener(args.port, args.tcp)
    server.serve_forever()


async def meet_one(args, i, all_open, count):
    reader, writer = await asyncio.open_connection(args.host, args.port)
    data = random.Random(i).randbytes(args.bytes)
    half = len(data) // 2
    writer.write(data[:half])
    got = await reader.readexactly(half)
    count[0] += 1
    if count[0] == args.n:
        all_open.set()
    await all_open.wait()
    writer.write(data[half:])
    writer.write_eof()
    got += await reader.read(-1)
    writer.close()
    return got == data


async def meet(args):
    all_open = asyncio.Event()
    count = [0]
    results = await asyncio.gather(
        *(meet_one(args, i, all_open, count) for i in range(args.n)), return_exceptions=True)
    good = sum(r is True for r in results)
    print(f"{good} of {args.n}")
    for r in results:
        if r is not True:
            print(repr(r))
            break
    return good == args.n


def socks(args):
    s = socket.create_connection(("127.0.0.1", args.port))
    name = args.host.encode()
    request = b"\x05\x01\x00\x03" + bytes([len(name)]) + name + struct.pack(">H", args.target)
    # In pieces, as a network may deliver it.
    for piece in (b"\x05", b"\x02\x02\x00"):
        s.sendall(piece)
    if s.recv(2) != b"\x05\x00":
        print("no method")
        return False
    s.sendall(request[:7])
    s.sendall(request[7:])
    answer = s.recv(10)
    print(answer[1] if len(answer) == 10 else "no answer")
    return len(answer) == 10


def stall(args):
    s = socket.create_connection((args.host, args.port))
    s.settimeout(2)
    total = 0
    try:
        while total < 1 << 30:
            total += s.send(bytes(65536))
    except TimeoutError:
        pass
    print(total, flush=True)
    s.settimeout(None)
    s.recv(1)
    return True


def resets(args):
    s = socket.create_connection((args.host, args.port))
    s.sendall(b"hello")
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    print("served" if s.recv(1) else "ended", flush=True)
    time.sleep(args.seconds)
    s.close()
    return True


def flood(args):
    end = time.monotonic() + args.seconds
    n = 0
    while time.monotonic() < end:
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.settimeout(1)
        try:
            s.connect((args.host, args.port))
            n += 1
        except OSError:
            pass  # no room in the listener's queue, or reset already
        s.close()
    print(n)
    return n > 0


def asks(args):
    s = socket.create_connection((args.host, args.port))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    end = time.monotonic() + args.seconds
    longest = 0
    n = 0
    while (began := time.monotonic()) < end:
        s.sendall(b".")
        if not s.recv(1):
            return False
        n += 1
        longest = max(longest, time.monotonic() - began)
    print(n, round(longest * 1000))
    return True


def abort(args):
    s = listener(args.port, args.tcp)
    c, _ = s.accept()
    c.recv(100000)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.close()
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tcp", action="store_true")
    sub = parser.add_subparsers(dest="what", required=True)
    for name, words in {"echo": ["port"], "http": ["port", "bytes"],
                        "meet": ["host", "port", "n", "bytes"],
                        "socks": ["port", "host", "target"], "stall": ["host", "port"],
                        "resets": ["host", "port", "seconds"],
                        "flood": ["host", "port", "seconds"],
                        "asks": ["host", "port", "seconds"], "abort": ["port"]}.items():
        p = sub.add_parser(name)
        for w in words:
            p.add_argument(w, type=str if w == "host" else int)
    args = parser.parse_args()
    if args.what == "echo":
        asyncio.run(serve_echo(args))
    elif args.what == "http":
        serve_http(args)
    elif args.what == "meet":
        return asyncio.run(meet(args))
    else:
        return {"socks": socks, "stall": stall, "resets": resets, "flood": flood, "asks": asks,
                "abort": abort}[args.what](args)
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
