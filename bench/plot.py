"""Draws a run as SVG: a bar for what Etapa reaches of each limit, a mark for what it aims at; and how it grows."""

from html import escape

WIDTH, ROW, LEFT, LONGEST = 900, 58, 340, 528  # pixels


def ratios(rows, largest=1.1):
    """`rows`: title, ratio, target, explanation. The longest bar is for the ratio `largest`."""
    scale = LONGEST / largest
    height = ROW * len(rows) + 40
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img"'
        ' font-family="system-ui, sans-serif" font-size="14">',
        "<title>What Etapa reaches of the limit of the machine</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<line x1="{LEFT + scale:.0f}" y1="8" x2="{LEFT + scale:.0f}" y2="{height - 28}" stroke="#868e96"/>',
        f'<text x="{LEFT + scale:.0f}" y="{height - 10}" text-anchor="middle" fill="#495057">the limit itself</text>',
        *(part for index, row in enumerate(rows) for part in bar(index * ROW + 10, scale, *row)),
        "</svg>",
    ]) + "\n"


def bar(top, scale, title, ratio, target, explanation):
    end = LEFT + min(ratio * scale, LONGEST)
    mark = LEFT + target * scale
    color = "#2b8a3e" if ratio >= target else "#e67700"
    yield f'<text x="{LEFT - 12}" y="{top + 18}" text-anchor="end" fill="#212529">{escape(title)}</text>'
    yield f'<rect x="{LEFT}" y="{top}" width="{end - LEFT:.1f}" height="26" rx="3" fill="{color}"/>'
    yield f'<text x="{LEFT + 8}" y="{top + 18}" fill="#fff" font-weight="600">{ratio:.2f}</text>'
    yield f'<line x1="{mark:.1f}" y1="{top - 3}" x2="{mark:.1f}" y2="{top + 29}" stroke="#212529" stroke-width="2"/>'
    yield (f'<text x="{LEFT}" y="{top + 41}" font-size="11" fill="#495057">{escape(explanation)}; '
           f"the mark is the aim, {target}</text>")


def growth(sizes):
    """Moves in a second, and the 99th percentile of their latency, on databases of these sizes."""
    panels = [("moves in a second", "{:,.0f}", "#2b8a3e", [size["move"]["perSecond"] for size in sizes]),
              ("99 % of them take at most, ms", "{:.0f}", "#1971c2", [size["move"]["p99"] for size in sizes])]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} 260" width="{WIDTH}" height="260" role="img"'
        ' font-family="system-ui, sans-serif" font-size="13">',
        "<title>Moves on larger and larger databases</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        *(part for index, panel in enumerate(panels) for part in line(40 + index * WIDTH // 2, sizes, *panel)),
        "</svg>",
    ]) + "\n"


def line(left, sizes, title, form, color, values):
    scale = 140 / max(values)
    step = (WIDTH / 2 - 110) / max(1, len(sizes) - 1)
    points = [(left + 30 + index * step, 210 - value * scale) for index, value in enumerate(values)]
    yield f'<text x="{left}" y="28" font-weight="600" fill="#212529">{escape(title)}</text>'
    yield f'<line x1="{left}" y1="210" x2="{left + WIDTH / 2 - 50:.0f}" y2="210" stroke="#868e96"/>'
    yield (f'<polyline fill="none" stroke="{color}" stroke-width="3" points="'
           + " ".join(f"{x:.0f},{y:.0f}" for x, y in points) + '"/>')
    for (x, y), value, size in zip(points, values, sizes):
        yield f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4" fill="{color}"/>'
        yield f'<text x="{x:.0f}" y="{y - 10:.0f}" text-anchor="middle" fill="#212529">{form.format(value)}</text>'
        yield f'<text x="{x:.0f}" y="230" text-anchor="middle" fill="#495057">{size["conversations"]:,}</text>'
    yield f'<text x="{left + WIDTH / 2 - 50:.0f}" y="250" text-anchor="end" fill="#495057">conversations</text>'
