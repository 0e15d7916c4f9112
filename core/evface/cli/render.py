"""`evface render`: a picture of a moment, or a video of all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evface.cli.event_files import check_out, open_source, pass_on_warnings
from evface.cli.filtering import FilterOption, chain_for, read_filters
from evface.errors import EventFileError, FileError
from evface.events.catalogue import CATALOGUE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evface.events.representations.representation import Representation
    from evface.events.sources import EventSource
    from evface.events.windows import Window, WindowEvents, WindowReader

_DEFAULT_WINDOW_US = 33_333
_FADING = ", ".join(name for name, entry in CATALOGUE.items() if entry.fades)


def register(app: typer.Typer) -> None:
    """Add `render` to the command line."""
    app.command("render")(render)


def render(
    source: Annotated[Path, typer.Argument(help="An event file.", metavar="IN")],
    out: Annotated[
        Path,
        typer.Argument(help="A picture (.png) or the whole recording (.mp4).", metavar="OUT"),
    ],
    window_us: Annotated[
        int | None,
        typer.Option(
            min=1, help=f"Length of the event window, microseconds; else {_DEFAULT_WINDOW_US:,}."
        ),
    ] = None,
    count: Annotated[
        int | None, typer.Option(min=1, help="Instead: the last so many events.")
    ] = None,
    fading_us: Annotated[
        int | None,
        typer.Option(min=1, help=f"Instead: all events, fading to 1/e in so long; for {_FADING}."),
    ] = None,
    representation: Annotated[
        str, typer.Option(help=f"One of {', '.join(CATALOGUE)}.")
    ] = "metavision",
    palette: Annotated[str, typer.Option(help="dark, light, coolwarm or gray.")] = "dark",
    at_us: Annotated[
        int | None,
        typer.Option(help="For a picture: when its window ends; the middle if not given."),
    ] = None,
    fps: Annotated[float, typer.Option(min=0.01, max=1000, help="For an .mp4: its rate.")] = 30.0,
    filters: FilterOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT where it exists.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Draw events as a picture or a video."""
    from evface.events.filters.filtered_source import FilteredSource
    from evface.events.palettes import Palette
    from evface.events.windows import WindowReader

    window = _window(window_us, count, fading_us)
    if representation not in CATALOGUE:
        raise typer.BadParameter(f"no {representation!r}; there are {', '.join(CATALOGUE)}")
    if fading_us is not None and not CATALOGUE[representation].fades:
        raise typer.BadParameter(f"--fading-us is for {_FADING}")
    if palette not in list(Palette):
        raise typer.BadParameter(f"no palette {palette!r}; there are {', '.join(Palette)}")
    kind = out.suffix.lower()
    if kind not in (".png", ".mp4"):
        raise typer.BadParameter(f"OUT must end in .png or .mp4, got {out.name!r}")
    if kind == ".mp4" and at_us is not None:
        raise typer.BadParameter("--at-us is for a picture; an .mp4 shows the whole recording")
    wanted = read_filters(filters)
    events = open_source(source)
    try:
        check_out(source, out, force)
        if not events.n_events:
            raise EventFileError(source, "holds no events; there is nothing to draw")
        pass_on_warnings(events)
        seen = FilteredSource(events, chain_for(events, wanted)) if wanted else events
        reader = WindowReader(events, seen.read)
        pictures = _Pictures(events, reader, window, representation, palette)
        if kind == ".png":
            summary = _render_picture(pictures, out, at_us)
        else:
            summary = _render_video(pictures, out, fps)
    finally:
        events.close()
    report = {"path": str(out), **summary}
    if as_json:
        typer.echo(json.dumps(report))
    elif kind == ".png":
        stop_us = report["at_us"]
        typer.echo(
            f"{out}: {report['n_events']:,} events, "
            f"{stop_us - report['window_us']:,} to {stop_us:,} us"
        )
    else:
        typer.echo(f"{out}: {report['n_frames']:,} frames at {fps:g} a second")


class _Pictures:
    """Draws windows of a recording."""

    def __init__(
        self,
        source: EventSource,
        reader: WindowReader,
        window: Window,
        representation: str,
        palette: str,
    ) -> None:
        from evface.events.representations.registry import representation as make
        from evface.events.windows import FadingWindow

        self.source, self.window = source, window
        self._palette = palette
        tau_us = window.tau_us if isinstance(window, FadingWindow) else None
        self._drawn: Representation = make(representation, tau_us=tau_us)
        self._reader = reader

    def draw(self, at_us: int) -> tuple[NDArray[np.uint8], WindowEvents]:
        from evface.events.representations.registry import render_representation

        found = self._reader.read(self.window, at_us, lookback_us=self._drawn.lookback_us)
        image = render_representation(
            found.events,
            self._drawn,
            self._palette,
            resolution=self.source.resolution,
            start_us=found.start_us,
            stop_us=found.stop_us,
        )
        return image, found


def _window(window_us: int | None, count: int | None, fading_us: int | None) -> Window:
    from evface.events.windows import CountWindow, FadingWindow, TimeWindow

    if sum(value is not None for value in (window_us, count, fading_us)) > 1:
        raise typer.BadParameter("only one of --window-us, --count and --fading-us can be given")
    try:
        if count is not None:
            return CountWindow(count)
        if fading_us is not None:
            return FadingWindow(fading_us)
        return TimeWindow(_DEFAULT_WINDOW_US if window_us is None else window_us)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _render_picture(pictures: _Pictures, out: Path, at_us: int | None) -> dict[str, Any]:
    import cv2

    from evface.events.windows import TimeWindow, fewest_events

    source, window = pictures.source, pictures.window
    if at_us is None:
        length_us = window.length_us if isinstance(window, TimeWindow) else 0
        at_us = max(source.duration_us // 2, min(length_us, source.duration_us))
    elif not 0 <= at_us <= source.duration_us:
        raise typer.BadParameter(f"--at-us must be within 0 to {source.duration_us}, got {at_us}")
    image, found = pictures.draw(at_us)
    is_done, data = cv2.imencode(".png", image[:, :, ::-1])
    if not is_done:
        raise FileError(out, "the picture is too large for a PNG")
    temporary = out.with_name(f".{out.name}.part")
    try:
        temporary.write_bytes(data.tobytes())
        temporary.replace(out)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        reason = error.strerror or "unknown"
        raise FileError(
            out, f"cannot be written ({reason}); check the folder and the free space"
        ) from error
    if found.n_events < fewest_events(source.resolution):
        typer.echo(f"note: only {found.n_events:,} events; too few to judge a face by", err=True)
    elif found.is_short:
        typer.echo(f"note: only {found.n_events:,} events were found before that moment", err=True)
    elif found.is_cut:
        typer.echo(f"note: only the last {found.n_events:,} events of the window", err=True)
    return {
        "at_us": at_us,
        "n_events": found.n_events,
        "window_us": found.stop_us - found.start_us,
    }


def _render_video(pictures: _Pictures, out: Path, fps: float) -> dict[str, Any]:
    from evface.cli.progress import progress
    from evface.video.writer import write_video

    source = pictures.source
    period_us = round(1e6 / fps)
    # A frame shows the events before it, so there is none at zero; a short recording has one.
    ends = range(period_us, source.duration_us, period_us) or range(
        source.duration_us, 2**62, 2**62
    )
    with progress(f"Drawing {source.path.name}") as report:

        def frames() -> Iterator[NDArray[np.uint8]]:
            for k, end_us in enumerate(ends):
                report(k / len(ends), "")
                yield pictures.draw(end_us)[0]

        write_video(out, frames(), rate_hz=fps)
    return {"n_frames": len(ends), "rate_hz": fps}
