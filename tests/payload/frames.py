#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""frames.py COMMAND... - makes frames by hand, as root in a container may (CAP_NET_RAW).

  arp IP [MAC]            claims IP for MAC (our own), to everybody and to the gateway: 20 times
  advertise               router advertisements and neighbour advertisements over IPv6: 20 times
  udp GATEWAY-IP SOURCE-IP TARGET-IP PORT TEXT [IFACE]
                          one datagram through the gateway's hardware address, whatever the routes
                          say, 3 times; SOURCE-IP "-" is our own
  syn GATEWAY-IP SOURCE-IP TARGET-IP PORT [IFACE]
                          a TCP SYN the same way; prints "open", "closed" or "nothing"
  sniff IFACE SECONDS     prints "ready", then the IP packets that come by: "SOURCE > TARGET"
"""
import fcntl
import socket
import struct
import sys
import time

IFACE = "eth0"


def own_mac(iface):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        return fcntl.ioctl(s, 0x8927, struct.pack("256s", iface.encode()))[18:24]


def own_ip(iface):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        return socket.inet_ntoa(
            fcntl.ioctl(s, 0x8915, struct.pack("256s", iface.encode()))[20:24])


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def raw(iface, protocol=3):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    s.bind((iface, protocol))
    return s


def arp_packet(iface, operation, source, target, target_mac, mac=None):
    mac = mac or own_mac(iface)
    return (target_mac + own_mac(iface) + b"\x08\x06"
            + struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation)
            + mac + socket.inet_aton(source)
            + (b"\0" * 6 if operation == 1 else target_mac) + socket.inet_aton(target))


def mac_of(iface, address):
    """Asks by ARP, so that no route is needed."""
    with raw(iface, 0x0806) as s:
        s.settimeout(0.3)
        for _ in range(5):
            s.send(arp_packet(iface, 1, own_ip(iface), address, b"\xff" * 6))
            end = time.monotonic() + 0.3
            while time.monotonic() < end:
                try:
                    frame = s.recv(2048)
                except TimeoutError:
                    break
                if frame[20:22] == b"\0\x02" and frame[28:32] == socket.inet_aton(address):
                    return frame[22:28]
    sys.exit(f"no answer for {address}")


def ip_packet(protocol, source, target, payload):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0,
                         socket.inet_aton(source), socket.inet_aton(target))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def arp(address, mac=None):
    mac = bytes.fromhex(mac.replace(":", "")) if mac else None
    with raw(IFACE) as s:
        for _ in range(20):
            for operation in (1, 2):
                s.send(arp_packet(IFACE, operation, address, address, b"\xff" * 6, mac))
            time.sleep(0.02)


def advertise():
    source = socket.inet_pton(socket.AF_INET6, "fe80::bad")
    everybody = socket.inet_pton(socket.AF_INET6, "ff02::1")
    mac = own_mac(IFACE)
    prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 86400, 86400, 0)
    prefix += socket.inet_pton(socket.AF_INET6, "2001:db8:bad::")
    router = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + prefix + b"\1\1" + mac
    neighbour = struct.pack("!BBHI", 136, 0, 0, 0xA0000000) + source + b"\2\1" + mac
    with raw(IFACE) as s:
        for _ in range(20):
            for message in (router, neighbour):
                pseudo = source + everybody + struct.pack("!II", len(message), 58)
                value = checksum(pseudo + message)
                message = message[:2] + struct.pack("!H", value) + message[4:]
                header = struct.pack("!IHBB", 0x60000000, len(message), 58, 255)
                s.send(b"\x33\x33\0\0\0\1" + mac + b"\x86\xdd" + header + source + everybody
                       + message)
            time.sleep(0.02)


def udp(gateway, source, target, port, text, iface=IFACE):
    source = own_ip(iface) if source == "-" else source
    datagram = struct.pack("!HHHH", 4444, int(port), 8 + len(text), 0) + text.encode()
    frame = (mac_of(iface, gateway) + own_mac(iface) + b"\x08\x00"
             + ip_packet(17, source, target, datagram))
    with raw(iface) as s:
        for _ in range(3):
            s.send(frame)
            time.sleep(0.02)


def syn(gateway, source, target, port, iface=IFACE):
    source = own_ip(iface) if source == "-" else source
    segment = struct.pack("!HHIIBBHHH", 4445, int(port), 1, 0, 0x50, 2, 1024, 0, 0)
    pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack("!BBH", 0, 6, 20)
    segment = segment[:16] + struct.pack("!H", checksum(pseudo + segment)) + segment[18:]
    frame = (mac_of(iface, gateway) + own_mac(iface) + b"\x08\x00"
             + ip_packet(6, source, target, segment))
    with raw(iface) as s:
        s.settimeout(0.7)
        s.send(frame)
        end = time.monotonic() + 0.7
        while time.monotonic() < end:
            try:
                answer = s.recv(2048)
            except TimeoutError:
                break
            if answer[12:14] == b"\x08\0" and answer[23] == 6 and answer[36:38] == b"\x11\x5d":
                print("open" if answer[47] & 0x12 == 0x12 else "closed")
                return
    print("nothing")


def sniff(iface, seconds):
    end = time.monotonic() + float(seconds)
    with raw(iface) as s:
        s.settimeout(0.05)
        print("ready", flush=True)
        while time.monotonic() < end:
            try:
                frame = s.recv(2048)
            except TimeoutError:
                continue
            if frame[12:14] == b"\x08\0":
                print(socket.inet_ntoa(frame[26:30]), ">", socket.inet_ntoa(frame[30:34]),
                      flush=True)


{"arp": arp, "advertise": advertise, "udp": udp, "syn": syn, "sniff": sniff}[sys.argv[1]](
    *sys.argv[2:])
