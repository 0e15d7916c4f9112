"""XML of other tools, read piece by piece. Nothing in a file can make it grow or open another."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from evface.errors import FileError

_CHUNK_BYTES = 1 << 20
_DEEPEST = 64
_IS_ENCRYPTED = 0x1


@dataclass(frozen=True)
class XmlEvent:
    """The start of an element, with its attributes, or its end, with its text."""

    is_start: bool
    tag: str
    attributes: dict[str, str]
    text: str


def xml_events(path: Path) -> Iterator[XmlEvent]:
    """Iterate over the elements of an XML file, in any encoding that it states.

    Parameters
    ----------
    path
        The file, or a ZIP archive with one XML file in it.

    Raises
    ------
    FileError
        If it is cut off or no XML, or defines entities, which no tool of the field does and which
        can make a small file fill the memory.
    """
    gathered: list[XmlEvent] = []
    texts: list[list[str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(texts) > _DEEPEST:
            raise FileError(path, "nests its elements too deep; it is no file of labels")
        texts.append([])
        gathered.append(XmlEvent(True, tag, attributes, ""))

    def end(tag: str) -> None:
        gathered.append(XmlEvent(False, tag, {}, "".join(texts.pop())))

    def refuse(*_: object) -> None:
        raise FileError(path, "defines a document type or entities, which is not safe to read")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: texts[-1].append(text) if texts else None
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        with _opened(path) as file:
            is_last = False
            while not is_last:
                chunk = file.read(_CHUNK_BYTES)
                is_last = not chunk
                parser.Parse(chunk, is_last)
                yield from gathered
                gathered.clear()
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror or error})") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise FileError(path, f"is not a whole ZIP archive ({error}); copy it again") from error
    except (expat.ExpatError, LookupError) as error:
        raise FileError(path, f"is not whole XML ({error}); write it again") from error


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            yield file
        return
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith(".xml")]
        if len(names) != 1:
            raise FileError(path, f"has {len(names)} XML files in it; unpack the one to read")
        if archive.getinfo(names[0]).flag_bits & _IS_ENCRYPTED:
            raise FileError(path, "is encrypted; unpack it first")
        # Read piece by piece and never unpacked to disk.
        with archive.open(names[0]) as file:
            yield file


def read_xml(path: Path) -> Element:
    """Read a whole XML file; see `xml_events`."""
    builder = TreeBuilder()
    for event in xml_events(path):
        if event.is_start:
            builder.start(event.tag, event.attributes)
        else:
            # Text comes before the children here: no format of ours mixes the two.
            element = builder.end(event.tag)
            element.text = event.text
    return builder.close()
