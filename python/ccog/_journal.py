"""Where a write's records lie, and the one that says what write they are of."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ccog import _core, _stores, _versions
from ccog._openers import Opener, S3Opener
from ccog._records import Records
from ccog.credentials import StorageOptions
from ccog.errors import CorruptError, InvalidArgumentError

#: What `ccog.plan` says of itself that does not decide the file or its parts.
_OF_NO_EFFECT = ("max_waiting_bytes", "max_task_bytes")

#: What a plan's arguments are made of, for people.
_SAID_AS = {
    "image_px": "shape",
    "source_chunk_px": "chunks",
    "template_file": "georeference, tags, or options that GDAL keeps in tags",
    "image_codec": "codec",
    "overview_codec": "codec of the overviews",
    "limits": "limits of the store",
    "row_major": "layout",
}


@dataclass(frozen=True)
class Begun:
    """What the first record of a journal says.

    Attributes
    ----------
    url, run_id, upload_id, planned_at_unix_s:
        Of the write.
    plan:
        What the plan is made of, as texts by name.
    """

    url: str
    run_id: str
    upload_id: str
    planned_at_unix_s: int
    plan: dict[str, str]


@dataclass(frozen=True)
class Journal:
    """A folder of the write's own; small and picklable, opened in each process that uses it.

    Attributes
    ----------
    url:
        ``s3://bucket/prefix`` or an absolute path.
    resume:
        Whether a write that is in it already is gone on with.
    """

    url: str
    storage_options: Any = field(default=None, repr=False)
    resume: bool = False

    def open(self, run_id: str = "") -> Records:
        """Open it in this process; records are those of this run."""
        return Records(_stores.open_folder(self.url, self.storage_options), run_id)


def journal_of(
    journal: Any, resume: Any, opener: Opener | None, storage_options: Any, parts: str
) -> Journal | None:
    """Check the two options of `write_ccog`; touches no network."""
    if type(resume) is not bool:
        raise InvalidArgumentError(f"resume={resume!r}: allowed is True or False")
    if journal is None:
        if resume:
            raise InvalidArgumentError(
                "resume=True goes on with what is in a journal: give journal="
            )
        return None
    url = _stores.check_prefix(journal).rstrip("/")
    if opener is None:
        raise InvalidArgumentError(f"journal={url!r} is of no use without a store: give store=")
    if parts != "gaps":
        raise InvalidArgumentError(
            f"journal={url!r} keeps what is left beside parts, and with parts={parts!r} none is "
            "put before the end: leave one of the two out"
        )
    if url == opener.url:
        raise InvalidArgumentError(f"journal={url!r} is the object itself: name a folder beside it")
    if isinstance(opener, S3Opener):
        storage_options = opener.storage_options
    options = StorageOptions(storage_options)
    if _stores.is_s3(url):
        provider = S3Opener(url, options).provider
        if not provider.keeps_conditions:
            raise InvalidArgumentError(
                f"journal={url!r}: {provider.name} keeps no If-None-Match, so that two writes "
                "could begin in one journal: keep it elsewhere"
            )
        if not url.removeprefix("s3://").partition("/")[2]:
            raise InvalidArgumentError(f"journal={url!r}: expected s3://bucket/prefix")
    return Journal(url, options, resume)


def describe(plan: _core.WritePlan) -> dict[str, str]:
    """All that decides the bytes of the object and of its parts, but the pixels."""
    arguments = {
        _SAID_AS.get(name, name): _text(value)
        for name, value in plan.arguments.items()
        if name not in _OF_NO_EFFECT
    }
    return arguments | _versions.current(plan)


def _text(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"sha256 {sha256(text.encode()).hexdigest()}"


def read_begun(records: Records) -> Begun | None:
    """Read what write the journal is of; None where it is of none."""
    note = records.read_begin()
    if note is None:
        return None
    try:
        said = json.loads(note)
        begun = Begun(
            said["url"], said["run_id"], said["upload_id"], said["planned_at_unix_s"], said["plan"]
        )
        texts = [begun.url, begun.run_id, begun.upload_id, *begun.plan, *begun.plan.values()]
        if not all(isinstance(text, str) for text in texts) or (
            type(begun.planned_at_unix_s) is not int
        ):
            raise TypeError("a value is of another type")
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise CorruptError(
            f"the journal {records.url} says in another way what write it is of ({error}); "
            f"{remedy(records.url, 'URL')}"
        ) from error
    return begun


def write_begun(records: Records, begun: Begun) -> Begun:
    """Begin the journal; give what it says, which is another write's where that was first."""
    records.check_removable()
    note = json.dumps(vars(begun), sort_keys=True)
    # One that is removed between the two, or whose name is being fought over, is tried again.
    for _ in range(5):
        if records.begin(note):
            return begun
        there = read_begun(records)
        if there is not None:
            return there
    raise CorruptError(f"the journal {records.url} neither is there nor can it be begun")


def check_same(begun: Begun, url: str, plan: _core.WritePlan, journal: str) -> None:
    """Raise unless a journal is of the write that this plan is of."""
    if begun.url != url:
        raise InvalidArgumentError(
            f"the journal {journal} is of {begun.url}, not of {url}: give each write its own"
        )
    now = describe(plan)
    names = [name for name in {**begun.plan, **now} if begun.plan.get(name) != now.get(name)]
    if names:
        differences = ", ".join(
            f"{name} ({begun.plan.get(name, 'absent')} there, {now.get(name, 'absent')} here)"
            for name in names
        )
        raise InvalidArgumentError(
            f"the journal {journal} is of a write with another plan, which differs in "
            f"{differences}; plan as it was, or {remedy(journal, url)}"
        )


def remedy(journal: str, url: str) -> str:
    return f"end it with ccog.uploads.abort({url!r}, journal={journal!r}) and write anew"
