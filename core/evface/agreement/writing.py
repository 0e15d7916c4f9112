"""Agreement reports as HTML, CSV and JSON."""

from __future__ import annotations

import csv
import html
import io
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evface.agreement.report import AgreementReport
from evface.agreement.statistics import Figure, Spread
from evface.agreement.tables import class_in_words, recordings_in_words, remarks, sections
from evface.files import replacing

SUFFIXES = (".html", ".csv", ".json")


def report_to_json(report: AgreementReport) -> dict[str, Any]:
    """Return all of a report ready for JSON; what is undefined is null, with its reason."""
    cleaned: dict[str, Any] = _without_nan(asdict(report) | {"methods": report.methods})
    return cleaned


def write_report(report: AgreementReport, path: Path) -> None:
    """Write a report in the form that the name's ending says, one of `SUFFIXES`.

    Raises
    ------
    ValueError
        If the ending is another.
    FileError
        If it cannot be written; what was there before is still there then.
    """
    form = {".html": _html, ".csv": _csv, ".json": _json}.get(path.suffix.lower())
    if form is None:
        raise ValueError(f"the name must end in one of {', '.join(SUFFIXES)}, got {path.name!r}")
    text = form(report)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def _json(report: AgreementReport) -> str:
    return json.dumps(report_to_json(report), indent=2, ensure_ascii=False) + "\n"


def _csv(report: AgreementReport) -> str:
    """Return one row a figure, to be filtered by any program."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(("about", "what", "unit of comparison", "figure", "value", "n", "undefined as"))
    for track in report.landmarks:
        for region in track.regions:
            about = (f"landmarks {track.role}", region.region, "points")
            for name, figure in (("NME", region.nme), ("distance, px", region.distance_px)):
                table.writerow((*about, name, *_figure_cells(figure)))
            table.writerow((*about, "first only", region.n_first_only, "", ""))
            table.writerow((*about, "second only", region.n_second_only, "", ""))
    for unit in report.units:
        for kind, part in (("moments", unit.frames), ("events", unit.events)):
            for name, value in vars(part).items():
                about = ("action units", unit.unit, kind)
                if isinstance(value, Figure):
                    table.writerow((*about, name, *_figure_cells(value)))
                elif isinstance(value, Spread):
                    for place in ("lower_quartile", "median", "upper_quartile"):
                        cell = _number(getattr(value, place))
                        table.writerow((*about, f"{name} {place}", cell, value.n, value.reason))
                else:
                    table.writerow((*about, name, value, "", ""))
    about = ("recordings", "class", "recordings")
    table.writerow((*about, "kappa", *_figure_cells(report.video_class)))
    for line in (*report.methods, *report.notes):
        table.writerow(("note", line, "", "", "", "", ""))
    return out.getvalue()


def _html(report: AgreementReport) -> str:
    title = html.escape(f"Agreement of {report.first} and {report.second}")
    parts = [f"<h1>{title}</h1>", f"<p>{html.escape(recordings_in_words(report))}</p>"]
    for one in sections(report):
        parts.append(f"<h2>{html.escape(one.heading)}</h2>")
        parts.append(_table(one.columns, one.rows))
        if one.remark:
            parts.append(f"<p>{html.escape(one.remark)}</p>")
    parts.append(f"<h2>Class of the recording</h2><p>{html.escape(class_in_words(report))}</p>")
    for heading, lines in remarks(report):
        items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
        parts.append(f"<h2>{heading}</h2><ul>{items}</ul>")
    return _PAGE.format(title=title, body="\n".join(parts))


def _table(columns: tuple[tuple[str, str], ...], rows: list[list[str]]) -> str:
    head = "".join(
        f"<th>{html.escape(name)}<small>{html.escape(unit)}</small></th>" for name, unit in columns
    )
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _figure_cells(figure: Figure) -> tuple[str, int, str]:
    return _number(figure.value), figure.n, figure.reason


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem;
  color: #18202c; background: #fff; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }}
th, td {{ padding: .35rem .7rem; text-align: right; border-bottom: 1px solid #ccd3dc; }}
th:first-child, td:first-child {{ text-align: left; }}
th small {{ display: block; font-weight: 400; color: #586374; }}
tbody tr:last-child {{ font-weight: 600; }}
@media (prefers-color-scheme: dark) {{
  body {{ color: #e7eaf0; background: #14171d; }}
  th, td {{ border-color: #343b48; }} th small {{ color: #98a2b3; }}
}}
</style></head><body>
{body}
</body></html>
"""
