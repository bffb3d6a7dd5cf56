"""Small log-log panels, one an operation, of how its time grows."""
import html
import math

STYLE = """<style>
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .quiet { fill: #57606a }
  .grid { stroke: #8c959f; stroke-width: 1; opacity: 0.3 }
  .curve { fill: none; stroke-width: 2 }
  .c0 { stroke: #2da44e } .d0 { fill: #2da44e }
  .c1 { stroke: #8c959f } .d1 { fill: #8c959f }
  .c2 { stroke: #cf6a32 } .d2 { fill: #cf6a32 }
  .c3 { stroke: #4f8fde } .d3 { fill: #4f8fde }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
  }
</style>"""

COLUMNS = 2
PANEL_WIDTH, PANEL_HEIGHT = 440, 210
PLOT = (58, 34, 210, 140)  # left, top, width, height inside a panel
LABEL_HEIGHT = 15


def decades(values):
    """The whole powers of ten around the values."""
    return math.floor(math.log10(min(values))), max(math.ceil(math.log10(max(values))), math.floor(math.log10(min(values))) + 1)


def time_in_words(power):
    return f"{10 ** (power % 3)} {['ns', 'µs', 'ms', 's'][power // 3]}"


def spread(places, least):
    """Moves labels apart that would lie on each other: the places, in their order, at least so far from one another."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    for before, after in zip(order, order[1:]):
        moved[after] = max(moved[after], moved[before] + least)
    return moved


def panel(operation, curves, contenders):
    left, top, width, height = PLOT
    x_from, x_to = (math.log10(end) for end in (curves[0]["points"][0][0], max(x for curve in curves for x, _ in curve["points"])))
    x_from = min(x_from, *(math.log10(x) for curve in curves for x, _ in curve["points"]))
    y_from, y_to = decades([y for curve in curves for _, y in curve["points"]])

    def place(x, y):
        return (left + (math.log10(x) - x_from) / (x_to - x_from) * width,
                top + height - (math.log10(y) - y_from) / (y_to - y_from) * height)

    yield f'<text x="{left}" y="18" font-weight="600">{html.escape(operation)}</text>'
    for power in range(y_from, y_to + 1):
        y = place(10 ** x_from, 10 ** power)[1]
        yield f'<line class="grid" x1="{left}" x2="{left + width}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="quiet" x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{time_in_words(power)}</text>'
    for power in range(math.ceil(x_from), math.floor(x_to) + 1):
        x = place(10 ** power, 10 ** y_from)[0]
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{top + height}"/>'
        yield f'<text class="quiet" x="{x:.1f}" y="{top + height + 16}" text-anchor="middle">{10 ** power:,}</text>'
    labels = spread([place(*curve["points"][-1])[1] for curve in curves], LABEL_HEIGHT)
    lowest = top + height + 4
    excess = max(0, max(labels) - lowest)
    for curve, label in zip(curves, labels):
        number = contenders.index(curve["contender"])
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in curve["points"]))
        yield f'<polyline class="curve c{number}" points="{path}"/>'
        for point in curve["points"]:
            x, y = place(*point)
            yield f'<circle class="d{number}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
        slope = "" if curve["exponent"] is None else f"{abs(curve['exponent']) if abs(curve['exponent']) < 0.005 else curve['exponent']:.2f}"
        y = label - excess
        yield f'<rect class="d{number}" x="{left + width + 12}" y="{y - 5:.1f}" width="8" height="8" rx="2"/>'
        yield f'<text x="{left + width + 24}" y="{y + 4:.1f}">{html.escape(curve["contender"])}<tspan class="quiet" dx="6">{slope}</tspan></text>'


def chart(sweep, contenders):
    """One picture of a sweep: a panel an operation, a curve a contender, and beside it the exponent of the power law that fits it."""
    operations = list(dict.fromkeys(curve["operation"] for curve in sweep["curves"]))
    rows = math.ceil(len(operations) / COLUMNS)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {COLUMNS * PANEL_WIDTH} {rows * PANEL_HEIGHT + 40}" role="img">',
             f"<title>{html.escape(sweep['title'])}</title>", STYLE,
             f'<text x="8" y="20"><tspan font-weight="600">{html.escape(sweep["title"])}</tspan>'
             f'<tspan class="quiet" dx="12">CPU time an operation (scans: a row) by {html.escape(sweep["axis"])}, and its exponent; flat is good</tspan></text>']
    for number, operation in enumerate(operations):
        curves = [curve for curve in sweep["curves"] if curve["operation"] == operation]
        x, y = number % COLUMNS * PANEL_WIDTH, 40 + number // COLUMNS * PANEL_HEIGHT
        lines.append(f'<g transform="translate({x} {y})">')
        lines += panel(operation, curves, contenders)
        lines.append("</g>")
    lines.append("</svg>")
    return "\n".join(lines) + "\n"
