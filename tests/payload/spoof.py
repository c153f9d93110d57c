# SPDX-License-Identifier: Apache-2.0
"""Frames of a container's own and such as somebody else might have sent, each with its name in it.

  spoof.py send IFNAME OWN-IP OWN-IP6 NEIGHBOUR-MAC NEIGHBOUR-IP NEIGHBOUR-IP6 GATEWAY-IP
  spoof.py listen IFNAME    prints the names of those that come, sorted, up to the one called own_end
"""
import re
import socket
import struct
import sys

ARP, IPV4, IPV6, VLAN = 0x0806, 0x0800, 0x86DD, 0x8100
ALL = b"\xff" * 6


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def v4(text):
    return socket.inet_aton(text)


def v6(text):
    return socket.inet_pton(socket.AF_INET6, text)


def link_local(hardware):
    return v6("fe80::")[:8] + bytes([hardware[0] ^ 2]) + hardware[1:3] + b"\xff\xfe" + hardware[3:]


def arp(operation, hardware, address, target):
    return struct.pack("!HHBBH", 1, IPV4, 6, 4, operation) + hardware + address + ALL + target


def checksum(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp(name):
    return struct.pack("!HHHH", 9, 9, 8 + len(name), 0) + name


def ipv4(source, target, payload):
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 9, 17, 0) + source + target
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def ipv6(source, target, following, payload):
    return struct.pack("!IHBB", 6 << 28, len(payload), following, 255) + source + target + payload


def icmp6(source, target, message, name):
    """With an option that nobody knows at its end, which has the name."""
    option = b"\xfd" + bytes([(len(name) + 9) // 8]) + name
    message += option + b"\0" * (-len(option) % 8)
    total = checksum(source + target + struct.pack("!II", len(message), 58) + message)
    return message[:2] + struct.pack("!H", total) + message[4:]


def discovery(kind, target, option, hardware):
    return struct.pack("!BBHI", kind, 0, 0, 0x60000000) + target + bytes([option, 1]) + hardware


def frames(own, own4, own6, other, other4, other6, gateway):
    every = v6("ff02::1")
    nobody = bytes(16)
    all4 = v4("255.255.255.255")
    advert = discovery(136, other6, 2, own)
    router = struct.pack("!BBHIII", 134, 0, 0, 0x40000708, 0, 0)

    def eth(source, kind, payload):
        return lambda name: ALL + source + struct.pack("!H", kind) + payload + name

    def tagged(payload):
        return eth(own, VLAN, struct.pack("!HHHH", 0, VLAN, 0, ARP) + payload)

    def udp_from4(source):
        return lambda name: ALL + own + struct.pack("!H", IPV4) + ipv4(source, all4, udp(name))

    def udp_from6(source):
        return lambda name: ALL + own + struct.pack("!H", IPV6) + ipv6(source, every, 17, udp(name))

    def nd(source, message):
        return lambda name: ALL + own + struct.pack("!H", IPV6) + ipv6(
            source, every, 58, icmp6(source, every, message, name))

    def nd_behind_options(source, message):
        return lambda name: ALL + own + struct.pack("!H", IPV6) + ipv6(
            source, every, 60, b"\x3a\0\1\4\0\0\0\0" + icmp6(source, every, message, name))

    return {
        "arp_reply": eth(own, ARP, arp(2, own, other4, own4)),
        "arp_request": eth(own, ARP, arp(1, own, other4, other4)),
        "arp_gateway": eth(own, ARP, arp(2, own, gateway, gateway)),
        "arp_of_others": eth(own, ARP, arp(2, other, own4, own4)),
        "frame_of_others": eth(other, ARP, arp(2, other, other4, other4)),
        "arp_tagged": tagged(arp(2, own, other4, other4)),
        "advert": nd(own6, advert),
        "advert_behind_options": nd_behind_options(own6, advert),
        "advert_of_others": nd(other6, advert),
        "advert_hardware": nd(own6, discovery(136, own6, 2, other)),
        "solicit": nd(other6, discovery(135, own6, 1, own)),
        "solicit_link_local": nd(link_local(other), discovery(135, own6, 1, own)),
        "solicit_of_nobody": nd(nobody, discovery(135, other6, 14, own)),
        "router": nd(link_local(own), router),
        "redirect": nd(link_local(own), discovery(137, other6, 2, own)),
        "udp4": udp_from4(other4),
        "udp6": udp_from6(other6),
        "own_arp": eth(own, ARP, arp(1, own, own4, own4)),
        "own_arp_probe": eth(own, ARP, arp(1, own, bytes(4), own4)),
        "own_advert": nd(own6, discovery(136, own6, 2, own)),
        "own_solicit": nd(own6, discovery(135, other6, 1, own)),
        "own_solicit_link_local": nd(link_local(own), discovery(135, other6, 1, own)),
        "own_solicit_of_nobody": nd(nobody, discovery(135, own6, 14, own)),
        "own_udp4": udp_from4(own4),
        "own_udp6": udp_from6(own6),
        "own_end": eth(own, 0x88B5, b""),
    }


def send(name, own4, own6, other, other4, other6, gateway):
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind((name, 0))
    own = raw.getsockname()[4]
    made = frames(own, v4(own4), v6(own6), mac(other), v4(other4), v6(other6), v4(gateway))
    for called, frame in made.items():
        raw.send(frame(b"<<" + called.encode() + b">>"))


def listen(name):
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    raw.bind((name, 0))
    raw.settimeout(30)
    print("listening", flush=True)
    seen = set()
    while "own_end" not in seen:
        frame, address = raw.recvfrom(2000)
        match = re.search(rb"<<(\w+)>>", frame)
        if match and address[2] != socket.PACKET_OUTGOING:
            seen.add(match.group(1).decode())
    print(*sorted(seen), flush=True)


if __name__ == "__main__":
    {"send": send, "listen": listen}[sys.argv[1]](*sys.argv[2:])
