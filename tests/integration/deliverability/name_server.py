"""A real name server on loopback, over UDP and TCP, that answers from a dictionary."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class NameServer:
    """`zones` by name and type; a name of `silent` is never answered, one of `broken` with a failure."""

    def __init__(self):
        self.zones = {}
        self.silent, self.broken = set(), set()
        self.asked = []
        self.port = 0

    def put(self, name, kind, *values):
        self.zones[name.lower(), kind] = list(values)

    def drop(self, name, kind):
        self.zones.pop((name.lower(), kind), None)

    def answer(self, wire):
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = str(question.name).rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self.silent:
            return None
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA | dns.flags.RA
        if name in self.broken:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif (name, kind) in self.zones:
            texts = [_text(kind, value) for value in self.zones[name, kind]]
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
        elif (name, "CNAME") in self.zones:
            target = self.zones[name, "CNAME"][0]
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", "CNAME", f"{target}."))
            texts = [_text(kind, value) for value in self.zones.get((target, kind), [])]
            if texts:
                reply.answer.append(dns.rrset.from_text(f"{target}.", 60, "IN", kind, *texts))
        elif not any(known == name for known, _ in self.zones):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply


def _text(kind, value):
    if kind == "TXT":
        pieces = [value[at : at + 255] for at in range(0, len(value), 255)]
        return " ".join(f'"{piece}"' for piece in pieces)
    return f"{value}." if kind in ("CNAME", "PTR", "MX") and not value.endswith(".") else value


@contextmanager
def name_server() -> Iterator[NameServer]:
    made = NameServer()

    class Udp(socketserver.BaseRequestHandler):
        def handle(self):
            wire, sock = self.request
            reply = made.answer(wire)
            if reply is not None:
                sock.sendto(reply.to_wire(max_size=65_000), self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        def handle(self):
            (size,) = struct.unpack("!H", self.rfile.read(2))
            reply = made.answer(self.rfile.read(size))
            if reply is not None:
                wire = reply.to_wire()
                self.wfile.write(struct.pack("!H", len(wire)) + wire)

    with (
        socketserver.ThreadingUDPServer(("127.0.0.1", 0), Udp) as udp,
        socketserver.ThreadingTCPServer(("127.0.0.1", udp.server_address[1]), Tcp) as tcp,
    ):
        made.port = udp.server_address[1]
        for server in (udp, tcp):
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield made
        udp.shutdown()
        tcp.shutdown()
