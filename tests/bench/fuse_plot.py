"""The figures of "bench fuse --json", drawn by gnuplot(1).

Bars are the first server's ratios of wall time to the kernel's, of cold
workloads above and of warm ones below; the thick line is as fast as the kernel,
a black mark is the goal.
SPDX-License-Identifier: MIT
"""

import json
import subprocess

COLOURS = ("#4477aa", "#66ccee", "#228833", "#ccbb44", "#ee6677", "#aa3377",
           "#bbbbbb", "#000000")
HEAD = """set terminal svg size 1000,720 font "sans-serif,12" background "white"
set output
set logscale y 2
set yrange [0.0625:4]
set ytics ("1/16" 0.0625, "1/8" 0.125, "1/4" 0.25, "1/2" 0.5, 1, 2, 4)
set grid ytics lc "#dddddd"
set style fill solid noborder
set boxwidth {width} absolute
set xtics nomirror scale 0
set key outside top horizontal
set ylabel "wall time, times the kernel's"
set multiplot layout 2,1
"""


def table(results, heat):
    """Map of workload to {image: row} in the order of the workloads."""
    found = {}
    for result in results:
        rows = result.get("rows", [])
        ours = rows[0]["server"] if rows else None
        for row in rows:
            if row["heat"] == heat and row["server"] == ours:
                image = "%s, %s" % (result["comp"], result["block"])
                found.setdefault(row["work"], {})[image] = row
    return found


def panel(heat, works, images, width):
    """gnuplot's commands for one half, data in them."""
    data, draws = [], []
    for place, image in enumerate(images):
        bars = ["$bars%s%d << E" % (heat, place)]
        for number, rows in enumerate(works.values()):
            if image in rows:
                row = rows[image]
                bars.append("%f %f %s" % (
                    number + (place - (len(images) - 1) / 2) * width,
                    row["wall"], row["goal"] or "nan"))
        data += bars + ["E"]
        draws.append("$bars%s%d using 1:2 with boxes lc \"%s\" "
                     "title \"%s\"" % (heat, place, COLOURS[place % 8], image))
        draws.append("$bars%s%d using 1:3 with points pt 1 ps 1 lw 2 lc \"black\" "
                     "notitle" % (heat, place))
    ticks = ", ".join('"%s" %d' % (name, number)
                      for number, name in enumerate(works))
    return "\n".join(data + [
        'set title "%s"' % heat, "set xtics (%s)" % ticks,
        "set xrange [-0.6:%f]" % (len(works) - 0.4),
        "plot 1 with lines lw 2 lc \"black\" notitle, " + ", ".join(draws)])


def plot(figures, out):
    with open(figures, encoding="ascii") as file:
        results = json.load(file)
    halves = {heat: table(results, heat) for heat in ("cold", "warm")}
    images = list(dict.fromkeys(image for works in halves.values()
                                for rows in works.values() for image in rows))
    if not images:
        raise SystemExit("%s: no workload was measured" % figures)
    width = 0.8 / len(images)
    script = HEAD.replace("{width}", str(width)) + "\n".join(
        panel(heat, works, images, width)
        for heat, works in halves.items() if works) + "\nunset multiplot\n"
    drawn = subprocess.run(["gnuplot"], input=script, text=True, check=True,
                           stdout=subprocess.PIPE).stdout
    with open(out, "w", encoding="utf-8") as file:
        file.write(drawn)
