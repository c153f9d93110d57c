# SPDX-License-Identifier: Apache-2.0
"""hostile_cases.py - the cases of hostile_layers.py, which explains how a tree is written."""
import base64
import gzip
import hashlib
import struct

from layer_maker import (BIG, END, LARGE, LARGE_TREE, NOISE, SMALL, base256, d, dev, f, gnu, header, hl,
                         ln, opq, packed, packed_parts, pad, pax, pax_records, skippable, wh, zstd)

CASES = []
CANARY = "mnt/canary"
BELOW = f("keep", "lower") + d("dir") + f("dir/a", "a") + f("dir/b", "b")


class Blob:
    """A layer whose blob is not just its tar: compressed, damaged or described wrongly."""

    def __init__(self, packed_bytes, plain=b"", diff=None, hex_of=None):
        self.packed, self.plain, self.diff, self.hex_of = packed_bytes, plain, diff, hex_of


class Case:
    def __init__(self, group, name, layers, **expected):
        self.group, self.name, self.layers = group, name, layers  # a layer may be a function
        self.tree, self.refused = expected.get("tree"), expected.get("refused")
        self.times, self.sizes = expected.get("times", False), expected.get("sizes", False)
        self.root = expected.get("root")
        self.eats_memory = expected.get("eats_memory", False)
        assert (self.tree is None) != (self.refused is None), name


def case(group, name, *layers, **expected):
    assert name not in [other.name for other in CASES], name
    CASES.append(Case(group, name, [layer if isinstance(layer, Blob) else layer + END
                                    for layer in layers], **expected))


# --- names and links that want to leave --------------------------------------------------------------

case("escape", "a name that begins with two dots", f("../evil"), refused="leads out of the layer")
case("escape", "two dots behind a directory", d("a") + f("a/../../evil"), refused="leads out of the layer")
case("escape", "two dots alone", d(".."), refused="leads out of the layer")
case("escape", "two dots that stay inside", d("a") + f("a/../b", "x"), tree=["d 755 a", "f 644 b=x"])
case("escape", "an absolute name", f("/mnt/canary/new", "x"),
     tree=["d 755 mnt", "d 755 mnt/canary", "f 644 mnt/canary/new=x"])
case("escape", "slashes and dots in a name", f("//a///./b//c", "x"), tree=["d 755 a", "d 755 a/b", "f 644 a/b/c=x"])
case("escape", "an absolute link as parent is clamped", ln("l", "/mnt/canary") + f("l/shadow", "x"),
     tree=["l l->/mnt/canary", "d 755 mnt", "d 755 mnt/canary", "f 644 mnt/canary/shadow=x"])
case("escape", "a relative link as parent is clamped", d("d") + ln("d/l", "../../../../mnt/canary") + f("d/l/shadow", "x"),
     tree=["d 755 d", "l d/l->../../../../mnt/canary", "d 755 mnt", "d 755 mnt/canary", "f 644 mnt/canary/shadow=x"])
case("escape", "a link to the root as parent", ln("l", "/") + f("l/x", "x"), tree=["l l->/", "f 644 x=x"])
case("escape", "a link to two dots as parent", ln("l", "..") + f("l/x", "x"), tree=["l l->..", "f 644 x=x"])
case("escape", "links through links", ln("a", "b") + ln("b", "/c/../d") + d("d") + f("a/x", "x"),
     tree=["l a->b", "l b->/c/../d", "d 755 c", "d 755 d", "f 644 d/x=x"])
case("escape", "links in a circle", ln("a", "b") + ln("b", "a") + f("a/x"), refused="too many symbolic links")
case("escape", "a link to itself as parent", ln("a", "a") + f("a/x"), refused="too many symbolic links")
case("escape", "a magic link of proc as parent is clamped", ln("l", "/proc/self/root/mnt/canary") + f("l/shadow", "x"),
     tree=["l l->/proc/self/root/mnt/canary", "d 755 proc", "d 755 proc/self", "d 755 proc/self/root",
           "d 755 proc/self/root/mnt", "d 755 proc/self/root/mnt/canary", "f 644 proc/self/root/mnt/canary/shadow=x"])
case("escape", "a file over a link does not follow it", ln("l", "/mnt/canary/shadow") + f("l", "x"), tree=["f 644 l=x"])
case("escape", "a directory over a link does not follow it", ln("l", "/mnt/canary") + d("l", mode=0o777) + f("l/x", "x"),
     tree=["d 777 l", "f 644 l/x=x"])
case("escape", "a mode through a hard link to a link", ln("l", "/mnt/canary/shadow") + hl("h", "l") + f("h", "x", mode=0o777),
     tree=["f 777 h=x", "l l->/mnt/canary/shadow"])
case("escape", "a directory over a hard link to a link", ln("l", "/mnt/canary") + hl("h", "l") + d("h", mode=0o777) + f("h/x", "x"),
     tree=["d 777 h", "f 644 h/x=x", "l l->/mnt/canary"])
case("escape", "a hard link to an outside name", hl("h", "../../../mnt/canary/shadow"), refused="leads out of the layer")
case("escape", "a hard link to an absolute name that is not here", hl("h", "/mnt/canary/shadow"), refused="does not exist")
case("escape", "a hard link through a link that leads outside", ln("l", "/mnt") + hl("h", "l/canary/shadow"), refused="does not exist")
case("escape", "a hard link through a lower link that leads outside", ln("l", "/mnt"), hl("h", "l/canary/shadow"), refused="does not exist")
case("escape", "a hard link to the root", hl("h", "/"), refused="hard link to the root")
case("escape", "the root as a link", ln(".", "/mnt/canary") + f("shadow", "x"), refused="root can only be a directory")
case("escape", "the root as a link with a slash", ln("/", "/mnt/canary"), refused="root can only be a directory")
case("escape", "the root as a file", f("./.", "x"), refused="root can only be a directory")
case("escape", "the root as a hard link", f("x") + hl(".", "x"), refused="root can only be a directory")
case("escape", "the root's own metadata", d("./", mode=0o1711, uid=7, gid=8, mtime=5) + f("./x", "x"),
     tree=["f 644 x=x"], root="1711 7:8 @5000000000")
case("escape", "a link of a lower layer as parent is hidden", d("usr") + d("usr/lib") + f("usr/lib/a", "a") + ln("lib", "usr/lib"),
     f("lib/x", "x"), tree=["d 755 lib", "f 644 lib/x=x", "d 755 usr", "d 755 usr/lib", "f 644 usr/lib/a=a"])
case("escape", "an outside link of a lower layer as parent is hidden", ln("l", "/mnt/canary"), f("l/shadow", "x"),
     tree=["d 755 l", "f 644 l/shadow=x"])
case("escape", "a file of a lower layer as parent is hidden", f("p", "x"), f("p/x", "x"), tree=["d 755 p", "f 644 p/x=x"])
case("escape", "a file of this layer as parent", f("p", "x") + f("p/x", "x"), refused="not a directory")
case("escape", "a whiteout through a link stays inside", ln("l", "/mnt/canary") + f("l/.wh.shadow"),
     tree=["l l->/mnt/canary", "d 755 mnt", "d 755 mnt/canary"])
case("escape", "an opaque mark through a link stays inside", ln("l", "/mnt/canary") + opq("l"),
     tree=["l l->/mnt/canary", "d 755 mnt", "d 755 mnt/canary"])
case("escape", "a name with nothing in it", f(""), refused=".")
case("escape", "a link without a target", ln("l", ""), refused="no target")

# --- hard links ----------------------------------------------------------------------------------------

case("links", "to a file", f("a", "x") + hl("b", "a"), tree=["f 644 a=x", "f 644 b=x %a"])
case("links", "to an absolute name", f("a", "x") + hl("d/b", "/a"), tree=["f 644 a=x", "d 755 d", "f 644 d/b=x %a"])
case("links", "to a link", ln("l", "nowhere") + hl("h", "l"), tree=["l h->nowhere", "l l->nowhere %h"])
case("links", "to a device and a FIFO", dev("c", "3", 1, 3) + hl("d", "c") + header("p", "6") + hl("q", "p"),
     tree=["c 644 c(1,3)", "c 644 d(1,3) %c", "p 644 p", "p 644 q %p"])
case("links", "with owner, mode and time of its own", f("a", "x", mtime=77) + hl("b", "a", mode=0o777, uid=5, mtime=9),
     tree=["f 644 a=x @77000000000", "f 644 b=x %a @77000000000"], times=True)
case("links", "with data, which is passed over", f("a", "x") + pax({"comment": "x"}) + header("b", "1", 3, link="a") + pad(b"abc") + f("c", "y"),
     tree=["f 644 a=x", "f 644 b=x %a", "f 644 c=y"])
case("links", "to itself", f("a", "x") + hl("a", "a"), tree=["f 644 a=x"])
case("links", "to a directory", d("a") + hl("b", "a"), refused="cannot be linked to")
case("links", "to a lower directory", d("a"), hl("b", "a"), refused="does not exist")
case("links", "to nothing", hl("b", "a"), refused="does not exist")
case("links", "to a later entry", hl("b", "a") + f("a", "x"), tree=["f 644 a=x", "f 644 b=x %a"])
case("links", "to a lower file", f("a", "x", mode=0o640, uid=3, gid=4, mtime=55), hl("b", "a"),
     tree=["f 640 3:4 a=x @55000000000", "f 640 3:4 b=x %a @55000000000"], times=True)
case("links", "to a lower file with attributes", pax({"SCHILY.xattr.user.k": "v"}) + f("a", "x"), hl("b", "a"),
     tree=["f 644 a=x {user.k=v}", "f 644 b=x %a {user.k=v}"])
case("links", "to a lower link", ln("l", "t"), hl("h", "l"), tree=["l h->t", "l l->t %h"])
case("links", "two to one lower file", f("a", "x"), hl("b", "a") + hl("c", "a"), tree=["f 644 a=x", "f 644 b=x %a", "f 644 c=x %a"])
case("links", "a chain into a lower layer", f("a", "x"), hl("b", "a") + hl("c", "b"), tree=["f 644 a=x", "f 644 b=x %a", "f 644 c=x %a"])
case("links", "to what an upper layer has hidden", f("a", "x"), wh("a"), hl("b", "a"), refused="does not exist")
case("links", "to what this layer hides", f("a", "x"), wh("a") + hl("b", "a"), refused="cannot be linked to")
case("links", "below an opaque directory of this layer", d("d") + f("d/a", "x"), opq("d") + hl("b", "d/a"), refused="does not exist")
case("links", "in place of a whiteout of this layer", f("a", "x") + f("b", "y"), wh("b") + hl("b", "a"), tree=["f 644 a=x", "f 644 b=x %a"])
case("links", "before a whiteout of the same name", f("a", "x") + f("b", "y"), hl("b", "a") + wh("b"), tree=["f 644 a=x", "f 644 b=x %a"])
case("links", "over a file", f("a", "x") + f("b", "y") + hl("b", "a"), tree=["f 644 a=x", "f 644 b=x %a"])
case("links", "over a directory", f("a", "x") + d("b") + f("b/c") + hl("b", "a"), tree=["f 644 a=x", "f 644 b=x %a"])
case("links", "then replaced, the other name keeps its content", f("a", "x") + hl("b", "a") + f("a", "y"), tree=["f 644 a=y", "f 644 b=x"])
case("links", "waiting for the lower layer, then replaced", f("a", "x"), hl("b", "a") + f("b", "y"), tree=["f 644 a=x", "f 644 b=y"])
case("links", "waiting for the lower layer, then a directory", f("a", "x"), hl("b", "a") + d("b") + f("b/c", "y"),
     tree=["f 644 a=x", "d 755 b", "f 644 b/c=y"])
case("links", "waiting for the lower layer, then a hard link", f("a", "x"), f("c", "y") + hl("b", "a") + hl("b", "c"),
     tree=["f 644 a=x", "f 644 b=y", "f 644 c=y %b"])
case("links", "waiting for the lower layer, then a link", f("a", "x"), hl("b", "a") + ln("b", "c"), tree=["f 644 a=x", "l b->c"])
case("links", "whose parents nobody names", f("a", "x") + hl("d/e/f", "a"), tree=["f 644 a=x", "d 755 d", "d 755 d/e", "f 644 d/e/f=x %a"])
case("links", "through a link of this layer", d("d") + f("d/a", "x") + ln("l", "d") + hl("l/b", "l/a"),
     tree=["d 755 d", "f 644 d/a=x", "f 644 d/b=x %d/a", "l l->d"])

FAR = "/".join("d%d" % i for i in range(60))
case("links", "to a far place through a link", d("p") + ln("l", ".") + pax({"path": FAR + "/a"}) + f("x", "x") + pax({"linkpath": "l/" + FAR + "/a"}) + hl("p/b", "x") + f("p/c", "y"),
     tree=["d 755 " + "/".join(FAR.split("/")[:i]) for i in range(1, 61)] + ["f 644 " + FAR + "/a=x", "l l->.", "d 755 p", "f 644 p/b=x %" + FAR + "/a", "f 644 p/c=y"])
case("links", "to a far place that is not there", pax({"path": FAR + "/a"}) + f("x", "x"), d("p") + ln("l", ".") + pax({"path": FAR}) + d("x") + pax({"path": FAR + "/z"}) + f("x") + f("p/b", "old") + pax({"linkpath": "l/" + FAR + "/a"}) + hl("p/b", "x"),
     tree=["d 755 " + "/".join(FAR.split("/")[:i]) for i in range(1, 61)] + ["f 644 " + FAR + "/a=x", "f 644 " + FAR + "/z=", "l l->.", "d 755 p", "f 644 p/b=x %" + FAR + "/a"])

# --- whiteouts -----------------------------------------------------------------------------------------

case("whiteouts", "of a file", BELOW, wh("keep"), tree=["d 755 dir", "f 644 dir/a=a", "f 644 dir/b=b"])
case("whiteouts", "of a file in a directory that nobody names", BELOW, wh("dir/a"), tree=["d 755 dir", "f 644 dir/b=b", "f 644 keep=lower"])
case("whiteouts", "before a file of the name", BELOW, wh("keep") + f("keep", "new"), tree=["d 755 dir", "f 644 dir/a=a", "f 644 dir/b=b", "f 644 keep=new"])
case("whiteouts", "behind a file of the name", BELOW, f("keep", "new") + wh("keep"), tree=["d 755 dir", "f 644 dir/a=a", "f 644 dir/b=b", "f 644 keep=new"])
case("whiteouts", "of a directory", BELOW, wh("dir"), tree=["f 644 keep=lower"])
case("whiteouts", "of a directory with later children", BELOW, wh("dir") + f("dir/c", "c"), tree=["d 755 dir", "f 644 dir/c=c", "f 644 keep=lower"])
case("whiteouts", "of a directory with earlier children", BELOW, f("dir/c", "c") + wh("dir"), tree=["d 755 dir", "f 644 dir/c=c", "f 644 keep=lower"])
case("whiteouts", "of a directory that comes anew", BELOW, wh("dir") + d("dir", mode=0o700), tree=["d 700 dir", "f 644 keep=lower"])
case("whiteouts", "of a directory that becomes a file", BELOW, wh("dir") + f("dir", "x"), tree=["f 644 dir=x", "f 644 keep=lower"])
case("whiteouts", "of a link", ln("l", "x"), wh("l"), tree=[])
case("whiteouts", "of what is missing", BELOW, wh("other") + wh("no/where"), tree=["d 755 dir", "f 644 dir/a=a", "f 644 dir/b=b", "f 644 keep=lower", "d 755 no"])
case("whiteouts", "in the lowest layer", wh("x") + f("y", "y"), tree=["f 644 y=y"])
case("whiteouts", "with an empty name", f(".wh."), refused="whiteout names nothing")
case("whiteouts", "of one dot", f("a/.wh.."), refused="whiteout names nothing")
case("whiteouts", "of two dots", f("a/.wh..."), refused="whiteout names nothing")
case("whiteouts", "as a parent", f(".wh.a/b"), refused="not a directory")
case("whiteouts", "as a parent's parent", f("x/.wh.a/b/c"), refused="not a directory")
case("whiteouts", "aufs' own files", d(".wh..wh.plnk") + f(".wh..wh.plnk/1.2", "x") + f(".wh..wh.aufs") + f("d/.wh..wh.orph") + f("x", "x"),
     tree=["d 755 d", "f 644 x=x"])
case("whiteouts", "names that only look like one", f("..wh.x", "1") + f("x.wh.y", "2") + f(".whx", "3") + f(".wh", "4"),
     tree=["f 644 ..wh.x=1", "f 644 .wh=4", "f 644 .whx=3", "f 644 x.wh.y=2"])
for kind, head in {"link": ln(".wh.keep", "/mnt/canary"), "directory": d(".wh.keep"), "device": dev(".wh.keep", "3", 1, 3),
                   "FIFO": header(".wh.keep", "6"), "hard link": hl(".wh.keep", "dir/a"),
                   "file with content": f(".wh.keep", "content")}.items():
    case("whiteouts", f"as a {kind}", BELOW, head, tree=["d 755 dir", "f 644 dir/a=a", "f 644 dir/b=b"])
case("whiteouts", "opaque before its entries", BELOW, opq("dir") + f("dir/c", "c"), tree=["d 755 dir", "f 644 dir/c=c", "f 644 keep=lower"])
case("whiteouts", "opaque behind its entries", BELOW, d("dir") + f("dir/c", "c") + opq("dir"), tree=["d 755 dir", "f 644 dir/c=c", "f 644 keep=lower"])
case("whiteouts", "opaque twice", BELOW, opq("dir") + opq("dir"), tree=["d 755 dir", "f 644 keep=lower"])
case("whiteouts", "opaque at the root", BELOW, opq("") + f("new", "x"), tree=["f 644 new=x"])
case("whiteouts", "opaque at the root of a middle layer", BELOW, opq("") + f("new", "x"), f("top", "y"), tree=["f 644 new=x", "f 644 top=y"])
case("whiteouts", "opaque on a file of a lower layer", BELOW, opq("keep") + f("keep/x", "x"),
     tree=["d 755 dir", "f 644 dir/a=a", "f 644 dir/b=b", "d 755 keep", "f 644 keep/x=x"])
case("whiteouts", "opaque on a file of this layer", f("keep", "x") + opq("keep"), refused="not a directory")
case("whiteouts", "opaque on what is missing", BELOW, opq("new"), tree=["d 755 dir", "f 644 dir/a=a", "f 644 dir/b=b", "f 644 keep=lower", "d 755 new"])
case("whiteouts", "in an opaque directory", BELOW, opq("dir") + wh("dir/a") + f("dir/c", "c"), tree=["d 755 dir", "f 644 dir/c=c", "f 644 keep=lower"])
case("whiteouts", "an opaque directory below a whiteout", d("p") + d("p/q") + f("p/q/r", "r"), wh("p") + opq("p/q"), tree=["d 755 p", "d 755 p/q"])
case("whiteouts", "in the middle, the name comes again above", BELOW, wh("dir"), d("dir") + f("dir/z", "z"), tree=["d 755 dir", "f 644 dir/z=z", "f 644 keep=lower"])
case("whiteouts", "of a name of 250 bytes", pax({"path": "n" * 250}) + f("short", "x"), pax({"path": ".wh." + "n" * 250}) + f("short"), tree=[])
case("whiteouts", "of a name that is not UTF-8", f(b"\xff\xfe", "x"), f(b".wh.\xff\xfe"), tree=[])
case("whiteouts", "twice", BELOW, wh("keep") + wh("keep"), tree=["d 755 dir", "f 644 dir/a=a", "f 644 dir/b=b"])

# --- the same name again -------------------------------------------------------------------------------

case("again", "file and file", f("a", "first") + f("a", "x", mode=0o600), tree=["f 600 a=x"])
case("again", "file and shorter file keep nothing", f("a", "longer content") + f("a", ""), tree=["f 644 a="])
case("again", "file and directory", f("a", "x") + d("a") + f("a/b", "y"), tree=["d 755 a", "f 644 a/b=y"])
case("again", "directory with children and file", d("a") + d("a/b") + f("a/b/c", "y") + f("a", "x"), tree=["f 644 a=x"])
case("again", "directory and directory keep the children", d("a", mtime=1) + f("a/b", "y", mtime=2) + d("a", mode=0o700, uid=9, mtime=3),
     tree=["d 700 9:0 a @3000000000", "f 644 a/b=y @2000000000"], times=True)
case("again", "link and directory", ln("a", "b") + d("a") + f("a/c", "x"), tree=["d 755 a", "f 644 a/c=x"])
case("again", "directory and link", d("b") + d("a") + f("a/c", "x") + ln("a", "b") + f("a/d", "y"), tree=["l a->b", "d 755 b", "f 644 b/d=y"])
case("again", "all types in turn", f("a", "x") + ln("a", "b") + d("a") + header("a", "6") + dev("a", "3", 1, 3) + dev("a", "4", 8, 1) + f("a", "y"), tree=["f 644 a=y"])
case("again", "a lower file becomes a directory", f("a", "x"), d("a") + f("a/b", "y"), tree=["d 755 a", "f 644 a/b=y"])
case("again", "a lower directory becomes a file", d("a") + f("a/b", "y"), f("a", "x"), tree=["f 644 a=x"])
case("again", "a lower directory becomes a link", d("a") + f("a/b", "y"), ln("a", "c"), tree=["l a->c"])
case("again", "a lower link becomes a directory", ln("a", "c"), d("a"), tree=["d 755 a"])
case("again", "a lower directory gets metadata and keeps its children", d("a") + f("a/b", "y"), d("a", mode=0o1777, gid=4), tree=["d 1777 0:4 a", "f 644 a/b=y"])
case("again", "the same layer twice", f("a", "x"), f("a", "x"), tree=["f 644 a=x"])

# --- owners, modes, times, attributes ------------------------------------------------------------------

CAPABILITY = bytes.fromhex("0100000200040000000000000000000000000000")
case("metadata", "set-id and sticky bits", f("u", mode=0o4755) + f("g", mode=0o2755, uid=1, gid=2) + d("t", mode=0o1777) + f("all", mode=0o7777, uid=9),
     tree=["f 7777 9:0 all=", "f 2755 1:2 g=", "d 1777 t", "f 4755 u="])
case("metadata", "a set-group-id directory hands nothing on", d("d", mode=0o2775, gid=50) + f("d/f", "x") + d("d/e") + f("d/e/g", "y"),
     tree=["d 2775 0:50 d", "d 755 d/e", "f 644 d/e/g=y", "f 644 d/f=x"])
case("metadata", "no mode at all", f("f", mode=0) + d("d", mode=0) + f("d/x", "y"), tree=["d 0 d", "f 644 d/x=y", "f 0 f="])
case("metadata", "owners above 31 bits", f("a", uid=0x80000005, gid=0xfffffff0), tree=["f 644 2147483653:4294967280 a="])
case("metadata", "an owner that means nobody", f("a", uid=0xffffffff), refused="not a 32-bit number")
case("metadata", "an owner of 33 bits", f("a", uid=0x100000000), refused="not a 32-bit number")
case("metadata", "a negative owner", f("a", uid=-1), refused="not a 32-bit number")
case("metadata", "devices and FIFOs with owners", dev("c", "3", 1, 3, mode=0o666) + dev("b", "4", 8, 1, mode=0o660, gid=6) + header("p", "6", mode=0o600, uid=1),
     tree=["b 660 0:6 b(8,1)", "c 666 c(1,3)", "p 600 1:0 p"])
case("metadata", "a device with large numbers", dev("c", "3", 4000, 1000000), tree=["c 644 c(4000,1000000)"])
case("metadata", "the device that overlayfs takes for a whiteout", dev("c", "3", 0, 0), refused="device 0:0")
case("metadata", "block device 0:0", dev("b", "4", 0, 0), tree=["b 644 b(0,0)"])
case("metadata", "overlayfs' attributes on a directory", d("d") + f("d/x", "x"),
     pax({"SCHILY.xattr.trusted.overlay.opaque": "y", "SCHILY.xattr.user.overlay.opaque": "y",
          "SCHILY.xattr.trusted.overlay.redirect": "/mnt/canary"}) + d("d"), tree=["d 755 d", "f 644 d/x=x"])
case("metadata", "overlayfs' attributes on a file", f("f", "lower"), pax({"SCHILY.xattr.trusted.overlay.metacopy": "", "SCHILY.xattr.trusted.overlay.redirect": "/keep",
     "SCHILY.xattr.trusted.overlay.origin": "x", "SCHILY.xattr.user.ok": "1"}) + f("f", "upper"), tree=["f 644 f=upper {user.ok=1}"])
case("metadata", "overlayfs' attributes on the root", f("x", "x"), pax({"SCHILY.xattr.trusted.overlay.opaque": "y"}) + d("./") + f("y", "y"), tree=["f 644 x=x", "f 644 y=y"])
case("metadata", "labels of the host's policy", pax({"SCHILY.xattr.security.selinux": "x", "SCHILY.xattr.security.ima": "x", "SCHILY.xattr.security.evm": "x"}) + f("f", "x"), tree=["f 644 f=x"])
case("metadata", "a capability survives the owner", pax({b"SCHILY.xattr.security.capability": CAPABILITY}) + f("f", "x", mode=0o755, uid=5),
     tree=["f 755 5:0 f=x {security.capability=" + CAPABILITY.hex() + "}"])
case("metadata", "a capability that is none", pax({"SCHILY.xattr.security.capability": "nonsense"}) + f("f", "x"), refused="security.capability")
case("metadata", "attributes of the libarchive form", pax({"LIBARCHIVE.xattr.user.k": base64.b64encode(b"v1").decode()}) + f("f", "x"), tree=["f 644 f=x {user.k=v1}"])
case("metadata", "attributes with odd bytes", pax({b"SCHILY.xattr.user.k": b"a\n\0=b"}) + f("f", "x"), tree=["f 644 f=x {user.k=a\\n\\x00=b}"])
case("metadata", "attributes on a link and a device", pax({"SCHILY.xattr.trusted.t": "1", "SCHILY.xattr.user.u": "2"}) + ln("l", "/mnt/canary/shadow") +
     pax({"SCHILY.xattr.trusted.t": "3", "SCHILY.xattr.user.u": "4"}) + dev("c", "3", 1, 3), tree=["c 644 c(1,3) {trusted.t=3}", "l l->/mnt/canary/shadow {trusted.t=1}"])
case("metadata", "an attribute that is too long", pax({"SCHILY.xattr.user.k": "x" * 70000}) + f("f", "x"), refused="user.k")
case("metadata", "times of directories with later children", d("d", mtime=7) + d("d/e", mtime=8) + f("d/e/f", mtime=9) + f("d/g", mtime=10),
     tree=["d 755 d @7000000000", "d 755 d/e @8000000000", "f 644 d/e/f= @9000000000", "f 644 d/g= @10000000000"], times=True)
case("metadata", "fractions of a second", pax({"mtime": "1234567890.123456789"}) + f("f") + pax({"mtime": "12.5"}) + d("d") + pax({"mtime": "3.000000001"}) + ln("l", "x"),
     tree=["d 755 d @12500000000", "f 644 f= @1234567890123456789", "l l->x @3000000001"], times=True)
case("metadata", "times before 1970", f("a", mtime=-1) + pax({"mtime": "-2"}) + f("b") + pax({"mtime": "-1.5"}) + f("c") + pax({"mtime": "-100.25"}) + f("d"),
     tree=["f 644 a= @-1000000000", "f 644 b= @-2000000000", "f 644 c= @-1500000000", "f 644 d= @-100250000000"], times=True)
case("metadata", "times beyond 32 bits", f("a", mtime=2 ** 33) + pax({"mtime": str(2 ** 33 + 1)}) + f("b"),
     tree=["f 644 a= @8589934592000000000", "f 644 b= @8589934593000000000"], times=True)
case("metadata", "an implied parent looks like the lower one", d("tmp", mode=0o1777, uid=4, gid=5, mtime=33), f("tmp/x", "x", mtime=34),
     tree=["d 1777 4:5 tmp @33000000000", "f 644 tmp/x=x @34000000000"], times=True)
case("metadata", "an implied parent of a hidden one does not", d("tmp", mode=0o1777), wh("tmp"), f("tmp/x", "x"), tree=["d 755 tmp", "f 644 tmp/x=x"])
case("metadata", "the root looks like the lower one", d("./", mode=0o711, uid=3, mtime=4), f("x", "x"), tree=["f 644 x=x"], root="711 3:0 @4000000000")
case("metadata", "sockets are left out", f("a", "x") + pax({"SCHILY.filetype": "socket"}) + f("s"), tree=["f 644 a=x", "f 644 s="])

# --- the dialects of tar -------------------------------------------------------------------------------

LONG = "/".join(["directory-%02d-%s" % (i, "x" * 40) for i in range(20)])
LONG_TREE = ["d 755 " + "/".join(LONG.split("/")[:i + 1]) for i in range(19)]
TOO_LONG = "/".join(["x" * 250] * 17)
DEEP = "/".join(["d"] * 400)
case("dialects", "PAX path and linkpath", pax({"path": LONG}) + f("short", "x") + pax({"linkpath": LONG}) + hl("h", "short") + pax({"linkpath": LONG}) + ln("l", "short"),
     tree=LONG_TREE + ["f 644 " + LONG + "=x", "f 644 h=x %" + LONG, "l l->" + LONG])
case("dialects", "GNU long name and long link", gnu("L", LONG) + f("short", "x") + gnu("K", LONG) + ln("l", "short") + gnu("K", LONG) + gnu("L", "other") + hl("h", "short"),
     tree=LONG_TREE + ["f 644 " + LONG + "=x", "l l->" + LONG, "f 644 other=x %" + LONG])
case("dialects", "ustar prefix", f("name", "x", prefix="some/where"), tree=["d 755 some", "d 755 some/where", "f 644 some/where/name=x"])
case("dialects", "a name of exactly 100 bytes", f("n" * 100, "x"), tree=["f 644 " + "n" * 100 + "=x"])
case("dialects", "a header from before ustar", f("a", "x", magic=b"\0" * 8, kind="\0") + header("d/", "\0", magic=b"\0" * 8, mode=0o755), tree=["f 644 a=x", "d 755 d"])
case("dialects", "a file's type with a slash at the end", f("d/", mode=0o755) + f("d/x", "y"), tree=["d 755 d", "f 644 d/x=y"])
case("dialects", "contiguous files", f("a", "x", kind="7"), tree=["f 644 a=x"])
case("dialects", "a checksum of signed bytes", f(b"caf\xe9", "x", signed=True), tree=["f 644 caf\\xe9=x"])
case("dialects", "a wrong checksum", f("a", "x") + f("b", "y", checksum=b"000000\0 "), refused="not a sound tar|Damaged")
case("dialects", "base-256 numbers", header("a", "0", patch={124: base256(3, 12), 136: base256(5, 12), 108: base256(70000, 8)}) + pad(b"abc"),
     tree=["f 644 70000:0 a=abc @5000000000"], times=True)
case("dialects", "PAX size, owner and time win", pax({"size": "3", "uid": "3000000000", "gid": "7", "mtime": "9", "uname": "nobody"}) + header("a", "0", 9, uid=1) + pad(b"abc") + f("b", "x"),
     tree=["f 644 3000000000:7 a=abc @9000000000", "f 644 b=x @1000000000000"], times=True)
case("dialects", "a PAX global header", pax({"comment": "0123456789", "mtime": "5"}, "g") + f("a", "x"), tree=["f 644 a=x"])
case("dialects", "a PAX global path is not everybody's", pax({"comment": "x"}, "g") + f("a", "x") + f("b", "y"), tree=["f 644 a=x", "f 644 b=y"])
case("dialects", "PAX with unknown keys", pax({"VENDOR.thing": "1"}) + f("a", "x"), tree=["f 644 a=x"])
case("dialects", "PAX with a record that lies about its length", pax(b"999 path=evil\n") + f("a", "x"), refused="not a sound tar")
case("dialects", "PAX with a record without a number", pax(b"path=evil\n") + f("a", "x"), refused="not a sound tar")
case("dialects", "PAX path that leaves", pax({"path": "../evil"}) + f("a", "x"), refused="leads out of the layer")
case("dialects", "PAX linkpath that leaves", f("t") + pax({"linkpath": "../../mnt/canary/shadow"}) + hl("a", "t"), refused="leads out of the layer")
case("dialects", "GNU long name that leaves", gnu("L", "a/../../evil") + f("a", "x"), refused="leads out of the layer")
case("dialects", "names that are not UTF-8", f(b"\xff\xfe\x80", "x") + pax({b"path": b"\xc0\xaf"}) + f("n", "y") + pax({b"hdrcharset": b"BINARY", b"path": b"\x80bin"}) + f("n", "z"),
     tree=["f 644 \\x80bin=z", "f 644 \\xc0\\xaf=y", "f 644 \\xff\\xfe\\x80=x"])
case("dialects", "names in UTF-8 stay as they are", f("é-ü-漢", "x") + pax({"path": "e\u0301"}) + f("n", "y"), tree=["f 644 e\u0301=y", "f 644 é-ü-漢=x"])
case("dialects", "newline, backslash and escape in names", f("a\nb", "x") + f("c\\d", "y") + f("\x1b[31m", "z") + ln("l", "t\n2"),
     tree=["f 644 \\x1b[31m=z", "f 644 a\\nb=x", "f 644 c\\\\d=y", "l l->t\\n2"])
case("dialects", "a name of 255 bytes", pax({"path": "d/" + "n" * 255}) + f("x", "y"), tree=["d 755 d", "f 644 d/" + "n" * 255 + "=y"])
case("dialects", "a name of 256 bytes", pax({"path": "n" * 256}) + f("x", "y"), refused="name too long")
case("dialects", "a path longer than any", pax({"path": TOO_LONG}) + f("x"), refused="longer than 4095 bytes")
case("dialects", "directories 400 deep", pax({"path": DEEP}) + d("x") + pax({"path": DEEP + "/f"}) + f("x", "y"),
     tree=["d 755 " + "/".join(["d"] * i) for i in range(1, 401)] + ["f 644 " + DEEP + "/f=y"])
case("dialects", "directories 5000 deep", pax({"path": "/".join("d" * 2000)}) + d("x") + b"".join(
     pax({"path": "/".join("d" * (2000 + i))}) + d("x") for i in range(1, 48)), refused="nested deeper")
case("dialects", "no end at all", Blob(f("a", "x"), f("a", "x")), tree=["f 644 a=x"])
case("dialects", "one block of zeroes as end", Blob(f("a", "x") + b"\0" * 512, f("a", "x") + b"\0" * 512), tree=["f 644 a=x"])
case("dialects", "an empty blob", Blob(b"", b""), tree=[])
case("dialects", "an empty archive", Blob(END, END), tree=[])
case("dialects", "entries behind the end do not count", Blob(SMALL + f("evil", "x") + END, SMALL + f("evil", "x") + END), tree=["f 644 file=content"])
case("dialects", "garbage behind the end belongs to the digest", Blob(SMALL + b"garbage" * 99, SMALL + b"garbage" * 99), tree=["f 644 file=content"])
case("dialects", "garbage behind the end that the digest does not know", Blob(SMALL + b"garbage", SMALL), refused="altered or is damaged")
case("dialects", "a header cut short", Blob(f("a", "x") + f("b", "y")[:300], f("a", "x") + f("b", "y")[:300]), refused="not a sound tar")
case("dialects", "data cut short", Blob(f("a", "x" * 2000)[:1500], f("a", "x" * 2000)[:1500]), refused="not a sound tar")
case("dialects", "noise", Blob(NOISE[:20480], NOISE[:20480]), refused="not a sound tar")
case("dialects", "a size of 8 EiB without data", Blob(header("a", "0", 2 ** 63 - 1), header("a", "0", 2 ** 63 - 1)), refused="not a sound tar|too large|cannot")
case("dialects", "a negative size", Blob(header("a", "0", patch={124: base256(-5, 12)}) + END, header("a", "0", patch={124: base256(-5, 12)}) + END), refused=".")
case("dialects", "an unknown type is a file", f("a", "x", kind="Q"), tree=["f 644 a=x"])
case("dialects", "a volume label is nothing", f("label", kind="V") + f("a", "x"), tree=["f 644 a=x"])
case("dialects", "a long name without its entry", gnu("L", "name"), refused="not a sound tar|.")
case("dialects", "a PAX header of 2 MiB", pax({"comment": "x" * (2 << 20)}) + f("a", "x"), refused="not a sound tar|.")


def old_sparse(name, size, pieces, data):
    """GNU's old form: four pieces in the header."""
    block = b"".join(b"%011o\0%011o\0" % piece for piece in pieces).ljust(96, b"\0")
    return header(name, "S", len(data), magic=b"ustar  \0", patch={386: block, 482: b"\0", 483: b"%011o\0" % size}) + pad(data)


def sparse_1_0(name, size, pieces, data):
    table = "%d\n" % len(pieces) + "".join("%d\n%d\n" % piece for piece in pieces)
    body = pad(table.encode()) + data
    return pax({"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": name,
                "GNU.sparse.realsize": str(size)}) + f("GNUSparseFile.0/" + name, body)


MIB = 1 << 20
PIECES = [(0, 4096), (8 * MIB, 4096)]
HOLES = "f 644 s=%d sparse sha256:" % (16 * MIB) + hashlib.sha256(
    b"a" * 4096 + b"\0" * (8 * MIB - 4096) + b"b" * 4096 + b"\0" * (8 * MIB - 4096)).hexdigest()[:16]
DATA = b"a" * 4096 + b"b" * 4096
case("sparse", "the old form", old_sparse("s", 16 * MIB, PIECES + [(16 * MIB, 0)], DATA) + f("t", "x"), tree=[HOLES, "f 644 t=1 sha256:" + hashlib.sha256(b"x").hexdigest()[:16]], sizes=True)
case("sparse", "form 0.0", f("PaxHeader", b"".join(pax_records({key: value}) for key, value in (
     ("GNU.sparse.size", str(16 * MIB)), ("GNU.sparse.numblocks", "2"), ("GNU.sparse.offset", "0"), ("GNU.sparse.numbytes", "4096"),
     ("GNU.sparse.offset", str(8 * MIB)), ("GNU.sparse.numbytes", "4096"))), "x") + f("s", DATA), tree=[HOLES], sizes=True)
case("sparse", "form 0.1", pax({"GNU.sparse.size": str(16 * MIB), "GNU.sparse.numblocks": "2", "GNU.sparse.map": "0,4096,%d,4096" % (8 * MIB), "GNU.sparse.name": "s"}) +
     f("GNUSparseFile.0/s", DATA), tree=[HOLES], sizes=True)
case("sparse", "form 1.0", sparse_1_0("s", 16 * MIB, PIECES, DATA), tree=[HOLES], sizes=True)
case("sparse", "all of it a hole", sparse_1_0("s", 16 * MIB, [(16 * MIB, 0)], b""), sizes=True,
     tree=["f 644 s=%d sparse sha256:%s" % (16 * MIB, hashlib.sha256(b"\0" * (16 * MIB)).hexdigest()[:16])])
case("sparse", "a name of the sparse header that leaves", sparse_1_0("../evil", 16 * MIB, PIECES, DATA), refused="leads out of the layer")
case("sparse", "pieces behind the end of the file", sparse_1_0("s", 100, [(0, 4096), (8 * MIB, 4096)], DATA), refused=".")
case("sparse", "pieces that overlap", sparse_1_0("s", 16 * MIB, [(8 * MIB, 4096), (0, 4096)], DATA), refused=".")
case("sparse", "a size of 8 EiB", sparse_1_0("s", 2 ** 63 - 1, [(0, 4096)], b"a" * 4096), refused="cannot|sound")
case("sparse", "a map that ends too early", pax({"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "s", "GNU.sparse.realsize": "100"}) +
     f("GNUSparseFile.0/s", b"9999999\n0\n1\n" + b"\0" * 500), refused="not a sound tar")
case("sparse", "a map with negative numbers", sparse_1_0("s", 16 * MIB, [(-4096, 4096)], b"a" * 4096), refused="not a sound tar|cannot")

# --- compression ---------------------------------------------------------------------------------------

HALF = len(LARGE) // 2
case("compressed", "gzip", Blob(packed(SMALL), SMALL), tree=["f 644 file=content"])
case("compressed", "gzip, large", Blob(packed(LARGE), LARGE), tree=LARGE_TREE)
case("compressed", "gzip of many members", Blob(b"".join(packed(LARGE[i:i + 300000]) for i in range(0, len(LARGE), 300000)), LARGE), tree=LARGE_TREE)
case("compressed", "gzip with empty members", Blob(packed(b"") * 500 + packed(SMALL) + packed(b""), SMALL), tree=["f 644 file=content"])
case("compressed", "gzip with a name, a comment and an extra field", Blob(b"\x1f\x8b\x08\x1c" + b"\0" * 6 + b"\x04\0abcdname\0comment\0" + packed(SMALL)[10:], SMALL), tree=["f 644 file=content"])
case("compressed", "gzip with zeroes behind", Blob(packed(SMALL) + b"\0" * 100000, SMALL), tree=["f 644 file=content"])
case("compressed", "gzip with garbage behind", Blob(packed(SMALL) + b"garbage", SMALL), refused="garbage behind")
case("compressed", "gzip with a member behind zeroes", Blob(packed(SMALL) + b"\0" * 512 + packed(SMALL), SMALL * 2), refused="garbage behind")
case("compressed", "gzip cut short", Blob(packed(SMALL)[:-20], SMALL), refused="ends too early|damaged")
case("compressed", "gzip without its trailer", Blob(packed(LARGE)[:-8], LARGE), refused="ends too early|damaged")
case("compressed", "gzip cut in the middle, large", Blob(packed(LARGE)[:len(packed(LARGE)) // 2], LARGE), refused="ends too early|damaged")
case("compressed", "gzip with a wrong checksum", Blob(packed(LARGE)[:-8] + b"\1\2\3\4" + packed(LARGE)[-4:], LARGE), refused="damaged")
case("compressed", "gzip with a wrong length", Blob(packed(SMALL)[:-4] + b"\1\2\3\4", SMALL), refused="damaged")
case("compressed", "gzip with damage inside, large", Blob(packed(LARGE)[:1500000] + b"\xff" * 64 + packed(LARGE)[1500064:], LARGE), refused="damaged|altered|sound")
case("compressed", "gzip within gzip is not undone twice", Blob(packed(packed(SMALL)), packed(SMALL)), refused="not a sound tar")
case("compressed", "gzip with garbage behind the archive", Blob(packed(LARGE + b"trailing" * 1000), LARGE + b"trailing" * 1000), tree=LARGE_TREE)
case("compressed", "gzip of another content than promised", Blob(packed(LARGE), LARGE, diff=hashlib.sha256(b"other").hexdigest()), refused="altered or is damaged")
case("compressed", "a blob of another digest than promised", Blob(packed(SMALL), SMALL, hex_of=b"other"), refused="damaged|digest")
case("compressed", "plain in spite of what the manifest says", Blob(SMALL, SMALL), tree=["f 644 file=content"])
case("compressed", "zstd", Blob(zstd(SMALL), SMALL), tree=["f 644 file=content"])
case("compressed", "zstd, large, of many frames", Blob(b"".join(zstd(LARGE[i:i + 250000]) for i in range(0, len(LARGE), 250000)), LARGE), tree=LARGE_TREE)
case("compressed", "zstd with skippable frames", Blob(skippable(b"table of contents") + zstd(SMALL[:700]) + skippable(b"") + zstd(SMALL[700:]) + skippable(b"x" * 5000), SMALL), tree=["f 644 file=content"])
case("compressed", "zstd with a window of 128 MiB", Blob(zstd(SMALL, window=17), SMALL), tree=["f 644 file=content"])
case("compressed", "zstd with a window of 2 GiB", Blob(zstd(SMALL, window=21), SMALL), refused="damaged")
case("compressed", "zstd cut short", Blob(zstd(SMALL, truncated=True), SMALL), refused="ends too early")
case("compressed", "zstd cut short, large", Blob(zstd(LARGE, truncated=True), LARGE), refused="ends too early")
case("compressed", "zstd with garbage behind", Blob(zstd(SMALL) + b"garbage", SMALL), refused="damaged")
case("compressed", "xz", Blob(b"\xfd7zXZ\0" + b"\0" * 100, SMALL), refused="xz")
case("compressed", "bzip2", Blob(b"BZh91AY&SY" + b"\0" * 100, SMALL), refused="bzip2")

# --- bombs, for a file system of 64 MiB with 20,000 files ------------------------------------------------

TOO_MUCH = "sound tar|memory|killed"


def bomb(name, make, refused):
    """Made when it is its turn."""
    CASES.append(Case("bombs", name, [make], refused=refused, eats_memory=refused == TOO_MUCH))


def endless(head, part, times):
    yield head
    for _ in range(times):
        yield part


bomb("a gzip of zeroes", lambda: Blob(packed_parts(endless(header("zeroes", "0", 300 * MIB), b"\0" * MIB, 300))), "no space left")
bomb("a zstd of zeroes", lambda: Blob(zstd(header("zeroes", "0", 400000000)) + zstd(b"", rle=4000)), "no space left")
bomb("more files than there is room for", lambda: Blob(packed_parts(f("f%d" % i) for i in range(30000))), "no space left")
bomb("more directories than there is room for", lambda: Blob(packed_parts(d("d%d" % i) for i in range(30000))), "no space left")
bomb("zeroes behind the end of the archive", lambda: Blob(zstd(SMALL) + zstd(b"", rle=10000)), "altered or is damaged")
bomb("a sparse map without end", lambda: Blob(packed_parts(endless(
    pax({"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "s", "GNU.sparse.realsize": str(2 ** 40)}) +
    header("x", "0", 2 ** 33) + b"100000000\n", b"0\n0\n" * 10000, 2000))), TOO_MUCH)
bomb("a long name without end", lambda: Blob(zstd(header("././@LongLink", "L", 2 ** 33)) + zstd(b"", rle=10000)), TOO_MUCH)
bomb("a PAX header without end", lambda: Blob(zstd(header("PaxHeader", "x", 2 ** 33)) + zstd(b"", rle=10000)), TOO_MUCH)
