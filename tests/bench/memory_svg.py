# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""Draws resident memory over time as an SVG that reads well in light and in dark mode."""

import html

WIDTH, HEIGHT = 860, 430
LEFT, RIGHT, BOTTOM = 72, 24, 52
LEGEND_TOP, LEGEND_ROW, LEGEND_COLUMNS = 52, 20, 4
BEFORE_S = 3
# (on light, on dark): told apart by those who see few colours, too; Ebb takes the first.
COLOURS = [("#0969da", "#58a6ff"), ("#bc4c00", "#f0883e"), ("#8250df", "#bc8cff"),
           ("#1a7f37", "#3fb950"), ("#6e7781", "#8b949e"), ("#a40e26", "#ff7b72"),
           ("#7d4e00", "#d29922")]
MIB = 1 << 20


def step_for(span, most):
    """The smallest of 1, 2, 5 x 10^n that divides `span` into at most `most` parts."""
    scale = 1
    while True:
        for digit in (1, 2, 5):
            if span / (digit * scale) <= most:
                return digit * scale
        scale *= 10


def ticks(low, high, step):
    first = -(-low // step) * step
    return [first + i * step for i in range(int((high - first) // step) + 1)]


class Plot:
    """Maps seconds and MiB to the picture's coordinates, below a legend of `rows` rows."""

    def __init__(self, low, high, highest, rows):
        self.low, self.high, self.highest = low, high, highest
        self.top = LEGEND_TOP + LEGEND_ROW * rows
        self.bottom = HEIGHT - BOTTOM

    def x(self, seconds):
        share = (seconds - self.low) / (self.high - self.low)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        return self.bottom - value / self.highest * (self.bottom - self.top)

    def line(self, points):
        return " ".join(f"{self.x(s):.1f},{self.y(v):.1f}" for s, v in points)


def style():
    rules = ["text{font:12px system-ui,sans-serif;fill:#1f2328}", ".h{font-size:15px}",
             ".b{fill:#fff}", ".g{stroke:#d1d9e0;stroke-width:1}",
             ".a{stroke:#59636e;stroke-width:1}", "polyline{fill:none;stroke-width:1.8}",
             ".e{stroke-width:3.2}"]
    rules += [f".c{i}{{stroke:{light}}}" for i, (light, _) in enumerate(COLOURS)]
    dark = ["text{fill:#e6edf3}", ".b{fill:#0d1117}", ".g{stroke:#30363d}", ".a{stroke:#9198a1}"]
    dark += [f".c{i}{{stroke:{colour}}}" for i, (_, colour) in enumerate(COLOURS)]
    return ("<style>" + "".join(rules) + "@media(prefers-color-scheme:dark){" + "".join(dark)
            + "}</style>")


def axes(plot):
    parts = []
    bottom = plot.bottom
    for value in ticks(0, plot.highest, step_for(plot.highest, 6)):
        y = plot.y(value)
        parts.append(f'<line class="g" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" '
                     f'y2="{y:.1f}"/><text x="{LEFT - 8}" y="{y + 4:.1f}" '
                     f'text-anchor="end">{value:,.0f}</text>')
    for value in ticks(plot.low, plot.high, step_for(plot.high - plot.low, 12)):
        x = plot.x(value)
        parts.append(f'<line class="a" x1="{x:.1f}" y1="{bottom}" x2="{x:.1f}" y2="{bottom + 5}"/>'
                     f'<text x="{x:.1f}" y="{bottom + 19}" text-anchor="middle">{value:g}</text>')
    zero = plot.x(0)
    parts.append(f'<line class="a" stroke-dasharray="2 3" x1="{zero:.1f}" y1="{plot.top}" '
                 f'x2="{zero:.1f}" y2="{bottom}"/>')
    parts.append(f'<line class="a" x1="{LEFT}" y1="{bottom}" x2="{WIDTH - RIGHT}" y2="{bottom}"/>')
    middle = (plot.top + bottom) / 2
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">'
                 'seconds after the last deletion</text>')
    parts.append(f'<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">'
                 'resident memory, MiB</text>')
    return parts


def legend_entries(names, live):
    """(how the line looks, its name) of each line."""
    entries = [(f'class="c{i % len(COLOURS)}{" e" if i == 0 else ""}"', name)
               for i, name in enumerate(names)]
    return entries + ([('class="a" stroke-dasharray="6 4"', "live data")] if live else [])


def legend(entries):
    parts = []
    for i, (looks, name) in enumerate(entries):
        x = LEFT + (i % LEGEND_COLUMNS) * (WIDTH - LEFT - RIGHT) // LEGEND_COLUMNS
        y = LEGEND_TOP - 4 + LEGEND_ROW * (i // LEGEND_COLUMNS)
        parts.append(f'<polyline {looks} points="{x},{y} {x + 22},{y}"/>'
                     f'<text x="{x + 30}" y="{y + 4}">{html.escape(name)}</text>')
    return parts


def draw(title, series, live, seconds):
    """`series`: {name: [[seconds after the last deletion, bytes], ...]}, Ebb first.

    `live` is the data that is left in bytes, or None; `seconds` is where the time axis ends.
    """
    lines = {name: [(s, b / MIB) for s, b in points if -BEFORE_S <= s <= seconds]
             for name, points in series.items()}
    highest = max(value for points in lines.values() for _, value in points)
    step = step_for(highest, 6)
    entries = legend_entries(list(lines), live)
    plot = Plot(-BEFORE_S, seconds, step * -(-highest // step),
                -(-len(entries) // LEGEND_COLUMNS))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
             f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{html.escape(title)}">',
             f"<title>{html.escape(title)}</title>", style(),
             f'<rect class="b" width="{WIDTH}" height="{HEIGHT}"/>',
             f'<text class="h" x="{LEFT}" y="28">{html.escape(title)}</text>']
    parts += axes(plot)
    if live:
        y = plot.y(live / MIB)
        parts.append(f'<line class="a" stroke-dasharray="6 4" x1="{plot.x(0):.1f}" y1="{y:.1f}" '
                     f'x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>')
    # Ebb last, so that it lies on top.
    for i, (name, points) in reversed(list(enumerate(lines.items()))):
        parts.append(f'<polyline class="c{i % len(COLOURS)}{" e" if i == 0 else ""}" '
                     f'points="{plot.line(points)}"/>')
    parts += legend(entries)
    return "\n".join(parts + ["</svg>"]) + "\n"
