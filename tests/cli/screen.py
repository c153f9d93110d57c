# SPDX-License-Identifier: Apache-2.0
#
# screen.py - what stands on a terminal's screen after some bytes, as far as our programs use one: lines that
# wrap or are cut, cursor movement, erasing, scrolling, and a change of size, at which lines are broken anew.
import codecs
import re
import unicodedata

WIDE_REST = "\0"  # the second half of a wide character
SEQUENCE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b[^\[]")


class Screen:
    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.lines = [""]  # all there have been; the last self.rows of them are to be seen
        self.joined = [False]  # the line goes on in the next one
        self.row = self.column = 0  # of the cursor, in self.lines
        self.wraps = True
        self.beyond = False  # the last column is filled, the next character wraps
        self.rest = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.moves = 0  # how often the cursor went elsewhere than on

    def top(self):
        return max(0, len(self.lines) - self.rows)

    def feed(self, data):
        text = self.rest + self.decoder.decode(data)
        self.rest = ""
        at = 0
        while at < len(text):
            if text[at] != "\x1b":
                self.put(text[at])
                at += 1
                continue
            found = SEQUENCE.match(text, at)
            if not found:
                self.rest = text[at:]
                return
            if found[2]:
                self.obey(found[1], found[2])
            at = found.end()

    def put(self, char):
        if char == "\n":
            self.down()
        elif char == "\r":
            self.column, self.beyond = 0, False
        elif char == "\b":
            self.column, self.beyond = max(0, self.column - 1), False
        elif char == "\t":
            self.column = min((self.column // 8 + 1) * 8, self.columns - 1)
        elif char >= " ":
            self.place(char + WIDE_REST if unicodedata.east_asian_width(char) in "WF" else char)

    def place(self, cells):
        if (self.beyond or self.column + len(cells) > self.columns) and self.wraps:
            self.joined[self.row] = True
            self.column = 0
            self.down()
        self.column = min(self.column, self.columns - len(cells))
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[: self.column] + cells + line[self.column + len(cells) :]
        self.beyond = self.column + len(cells) >= self.columns
        self.column = min(self.column + len(cells), self.columns - 1)

    def down(self):
        self.beyond = False
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")
            self.joined.append(False)

    def obey(self, arguments, letter):
        number = int(arguments) if arguments.isdigit() and int(arguments) > 0 else 1
        if letter in "ABCDGHJK":
            self.moves += 1
        if letter == "A":
            self.row = max(self.top(), self.row - number)
        elif letter == "B":
            self.row = min(len(self.lines) - 1, self.row + number)
        elif letter == "C":
            self.column = min(self.columns - 1, self.column + number)
        elif letter == "D":
            self.column = max(0, self.column - number)
        elif letter == "G":
            self.column = number - 1
        elif letter == "H":
            self.row, self.column = self.top(), 0
        elif letter == "J" and arguments == "2":
            for i in range(self.top(), len(self.lines)):
                self.lines[i] = ""
        elif letter == "J":
            self.lines[self.row] = self.lines[self.row][: self.column]
            del self.lines[self.row + 1 :], self.joined[self.row + 1 :]
            self.joined[self.row] = False
        elif letter == "K":
            self.lines[self.row] = "" if arguments == "2" else self.lines[self.row][: self.column]
            self.joined[self.row] = False
        elif letter in "hl" and arguments == "?7":
            self.wraps = letter == "h"
        self.beyond = self.beyond and letter in "mhl"

    def resize(self, rows, columns):
        """Lines that were joined are broken anew; the cursor stays where it was in its line."""
        lines, joined, cursor = [], [], (0, 0)
        at = 0
        while at < len(self.lines):
            end = at
            while self.joined[end]:
                end += 1
            whole = "".join(self.lines[at : end + 1])
            pieces = [whole[i : i + columns] for i in range(0, max(1, len(whole)), columns)]
            if at <= self.row <= end:
                offset = sum(len(line) for line in self.lines[at : self.row]) + self.column
                cursor = (len(lines) + min(offset // columns, len(pieces) - 1), offset % columns)
            lines += pieces
            joined += [True] * (len(pieces) - 1) + [False]
            at = end + 1
        self.lines, self.joined, self.rows, self.columns = lines, joined, rows, columns
        self.row, self.column = cursor
        self.beyond = False

    def text(self, whole=False):
        lines = self.lines if whole else self.lines[self.top() :]
        return "\n".join(line.replace(WIDE_REST, "").rstrip() for line in lines).rstrip("\n") + "\n"
