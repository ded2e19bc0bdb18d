#!/usr/bin/env python3
"""heat.py [--help] TABLE.tsv FILE.svg

Draws the grid of TABLE.tsv (as `make bench-paths` writes it) as heat maps, one for each scheduler:
a row for each pair of paths, a column for each window and queue. The number in a cell is the rate
on both paths as a ratio of that on the better one alone: red below 1, green above. Exit status 2
without such a table.
"""
import csv
import math
import sys

WIDE, HIGH = 46, 24
LEFT, TOP = 120, 62
ACROSS = 2
BAD, WORSE = 0.98, 0.95


def die(text):
    print("heat.py: " + text, file=sys.stderr)
    sys.exit(2)


def read(path):
    """{scheduler: {(pair, column): ratio}}, pairs, columns: in the order of the file"""
    maps, pairs, columns = {}, [], []
    with open(path, encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["table"] != "grid":
                continue
            cells = maps.setdefault("%s, %s" % (row["scheduler"], row["cc"]), {})
            cells[row["pair"], row["column"]] = float(row["ratio"])
            pairs += [] if row["pair"] in pairs else [row["pair"]]
            columns += [] if row["column"] in columns else [row["column"]]
    if not maps:
        die(path + " has no cell of the grid")
    return maps, pairs, columns


def colour(ratio):
    """red at 0.5 and less, white at 1, green at 2"""
    strength = max(-1.0, min(1.0, math.log2(max(ratio, 0.01))))
    ends = (192, 57, 43) if strength < 0 else (39, 134, 84)
    return "#%02x%02x%02x" % tuple(round(255 + (end - 255) * abs(strength)) for end in ends)


def summary(ratios):
    mean = math.exp(sum(math.log(max(r, 0.001)) for r in ratios) / len(ratios))
    return "%d of %d below %.2f, %d below %.2f; least %.2f, geometric mean %.2f" % (
        sum(r < WORSE for r in ratios), len(ratios), WORSE, sum(r < BAD for r in ratios), BAD,
        min(ratios), mean)


def text(x, y, words, more=""):
    return '<text x="%.0f" y="%.0f"%s>%s</text>' % (x, y, more, words)


def draw(name, cells, pairs, columns, x, y):
    out = [text(x, y + 16, name, ' font-size="14" font-weight="bold"'),
           text(x, y + 34, summary(list(cells.values())))]
    for i, column in enumerate(columns):
        out.append(text(x + LEFT + (i + 0.5) * WIDE, y + TOP - 6, column, ' text-anchor="middle"'))
    for k, pair in enumerate(pairs):
        down = y + TOP + k * HIGH
        out.append(text(x + LEFT - 6, down + 16, pair, ' text-anchor="end"'))
        for i, column in enumerate(columns):
            ratio = cells.get((pair, column))
            if ratio is None:
                continue
            right = x + LEFT + i * WIDE
            deep = abs(math.log2(max(ratio, 0.01))) > 0.5
            out.append('<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>' % (
                right, down, WIDE - 1, HIGH - 1, colour(ratio)))
            out.append(text(right + WIDE / 2, down + 16, "%.2f" % ratio,
                            ' text-anchor="middle" fill="%s"' % ("#fff" if deep else "#111")))
    return out


def main():
    if "--help" in sys.argv:
        print(__doc__)
        return
    if len(sys.argv) != 3:
        die("usage: heat.py TABLE.tsv FILE.svg")
    maps, pairs, columns = read(sys.argv[1])
    wide = LEFT + len(columns) * WIDE + 30
    high = TOP + len(pairs) * HIGH + 24
    rows = (len(maps) + ACROSS - 1) // ACROSS
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" '
           'font-size="11">' % (min(ACROSS, len(maps)) * wide + 20, rows * high + 60),
           '<rect width="100%" height="100%" fill="#fff"/>',
           text(20, 24, "Both paths against the better one alone: rows Mbit/s / ms of RTT of the "
                        "two paths, columns receive window in KiB,", ' font-size="13"'),
           text(20, 42, "queues of 64 KiB (s) or 100 ms (d); the mean of up and down at several "
                        "phases of the timers", ' font-size="13"')]
    for n, (name, cells) in enumerate(maps.items()):
        out += draw(name, cells, pairs, columns, 20 + n % ACROSS * wide, 56 + n // ACROSS * high)
    out.append("</svg>")
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
