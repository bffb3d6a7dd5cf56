"""A chart of recall over the time spent, a curve for each contender."""
import html
import math

from growth_chart import STYLE

LEFT, TOP, WIDTH, HEIGHT = 58, 40, 420, 240
LEAST = 0.7  # recall at the bottom


def chart(title, curves):
    """curves: {contender: [[what, microseconds, recall], …]}."""
    times = [us for points in curves.values() for _, us, _ in points]
    begin, end = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    x = lambda us: LEFT + (math.log10(us) - begin) / max(1, end - begin) * WIDTH
    y = lambda recall: TOP + (1 - max(recall, LEAST)) / (1 - LEAST) * HEIGHT
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 140} {TOP + HEIGHT + 40}" role="img">',
             f"<title>{html.escape(title)}</title>", STYLE,
             f'<text x="8" y="20"><tspan font-weight="600">{html.escape(title)}</tspan>'
             f'<tspan class="quiet" dx="12">recall of ten by CPU time of a query</tspan></text>']
    for tenth in range(round(LEAST * 20), 21):
        recall = tenth / 20
        lines.append(f'<line class="grid" x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y(recall):.1f}" y2="{y(recall):.1f}"/>')
        lines.append(f'<text class="quiet" x="{LEFT - 6}" y="{y(recall) + 4:.1f}" text-anchor="end">{recall:.2f}</text>')
    for power in range(begin, end + 1):
        lines.append(f'<line class="grid" x1="{x(10**power):.1f}" x2="{x(10**power):.1f}" y1="{TOP}" y2="{TOP + HEIGHT}"/>')
        lines.append(f'<text class="quiet" x="{x(10**power):.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{10**power:,} µs</text>')
    for number, (name, points) in enumerate(curves.items()):
        points = sorted(points, key=lambda point: point[1])
        places = " ".join(f"{x(us):.1f},{y(recall):.1f}" for _, us, recall in points)
        lines.append(f'<polyline class="curve c{number}" points="{places}"/>')
        lines += [f'<circle class="d{number}" cx="{x(us):.1f}" cy="{y(recall):.1f}" r="3"><title>{html.escape(what)}</title></circle>' for what, us, recall in points]
        lines.append(f'<text class="d{number}" x="{LEFT + WIDTH + 12}" y="{TOP + 16 + 18 * number}">{html.escape(name)}</text>')
    lines.append("</svg>")
    return "\n".join(lines) + "\n"
