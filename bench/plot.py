"""Draws the ratios of a run as SVG: a bar for what Etapa reaches of each limit, a mark for what it aims at."""

from html import escape

WIDTH, ROW, LEFT, LONGEST = 860, 58, 300, 528  # pixels


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
