"""Open the container of a video and find its picture stream; every failure as one clear line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.stream import Disposition

from evface.errors import VideoFileError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# What may be opened. Left out on purpose: playlists and streams (hls, concat, dash, sdp), which
# reach for other files or the network, and the text and raw readers that take any file at all.
_FORMATS = (
    "3g2,3gp,apng,asf,avi,flv,gif,h264,hevc,ivf,m4a,m4v,matroska,mj2,mjpeg,mov,mp4,mpeg,mpegts,"
    "mpegvideo,mxf,nut,obu,ogg,webm,wtv,yuv4mpegpipe"
)
_NOT_A_VIDEO = (
    "not a video that can be read, or cut off before its index was written; "
    "choose another file or copy it again"
)


def open_container(path: Path) -> tuple[InputContainer, VideoStream]:
    """Return the open container and its picture stream, decoding on all cores.

    Raises
    ------
    VideoFileError
        If there is no such file, it is no video, or it holds no pictures.
    """
    if path.is_dir():
        raise VideoFileError(path, "is a folder; choose a video file")
    try:
        # With "file:" in front a name such as "tcp:..." stays a name.
        container = av.open(
            f"file:{path}",
            metadata_errors="replace",
            container_options={"protocol_whitelist": "file", "format_whitelist": _FORMATS},
        )
    except FileNotFoundError as error:
        raise VideoFileError(path, "there is no such file; check the path") from error
    except PermissionError as error:
        raise VideoFileError(path, "may not be read; change its permissions") from error
    except av.FFmpegError as error:
        raise VideoFileError(path, _NOT_A_VIDEO) from error
    try:
        return container, _picture_stream(path, container)
    except BaseException:
        container.close()
        raise


def _picture_stream(path: Path, container: InputContainer) -> VideoStream:
    streams = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    if not streams:
        what = "sound but no pictures" if container.streams.audio else "no pictures"
        raise VideoFileError(path, f"holds {what}; choose a video")
    best = container.streams.best("video")
    stream = next((stream for stream in streams if stream == best), streams[0])
    if getattr(stream, "codec_context", None) is None:
        raise VideoFileError(path, "its codec is not known here; convert it to H.264")
    stream.thread_type = "AUTO"
    return stream


def iter_packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """Yield the packets that hold data, in the order of decoding, up to the end or a break."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            return
        except IndexError:
            # A packet of a stream that the file only begins later. It ends PyAV's iterator, but
            # not the file.
            packets = container.demux(stream)
            continue
        if packet is None:
            return
        if packet.size:
            yield packet


def decode_packet(stream: VideoStream, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
    """Decode one packet, or drain the decoder when None; a damaged one gives no frame."""
    try:
        return stream.codec_context.decode(packet)
    except av.FFmpegError:
        return []
