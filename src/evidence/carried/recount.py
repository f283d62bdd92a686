#!/usr/bin/env python3
"""Counts a Hadir evidence bundle again, from its log alone, and compares every count and table.

Written from SPEC.md, which lies beside it: the section numbers in this file are those of that text. It needs Python 3.9
or newer and nothing else; Python 3.11 or newer also compares declaration.toml with the log.

    python3 recount.py                    the bundle in whose folder this file stands
    python3 recount.py DIR --key VKEY     another bundle, and the key that was filed before the lesson

How to read it: the file follows SPEC.md. Sections 1 to 7 are readers of bytes. `Log` takes the lines one by one
(sections 4, 8 to 12, 14 to 19, 25) and holds the state. `Count` says what that state means at one moment (13, 20 to
24). `tallies_of` and `tables_of` write it down (26 to 28), `Bundle` compares it with the files (2, 7, 29).
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import io
import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from functools import lru_cache
from typing import Any, Callable, Iterable, Iterator, NamedTuple, Optional

try:
    import tomllib
except ImportError:  # Python before 3.11
    tomllib = None  # type: ignore[assignment]


class Refused(Exception):
    """Something is not as SPEC.md describes it."""


class Unreadable(Exception):
    """There is no bundle to judge."""


def refuse(condition: Any, why: str) -> None:
    if condition:
        raise Refused(why)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


# ---------------------------------------------------------------------------------------------------------------------
# 1.2 Times: whole microseconds or milliseconds since 1970
# ---------------------------------------------------------------------------------------------------------------------

EPOCH_DAY = date(1970, 1, 1).toordinal()
DAY_MS = 86_400_000
FOREVER = 10**18
INSTANT = {
    digits: re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{%d})Z" % digits)
    for digits in (3, 6)
}
days_of_dates: dict[str, int] = {}


def day_of(text: str) -> int:
    """Days since 1970; one date occurs in very many lines."""
    if text not in days_of_dates:
        try:
            days_of_dates[text] = date(int(text[:4]), int(text[5:7]), int(text[8:])).toordinal() - EPOCH_DAY
        except ValueError:
            raise Refused(f"there is no day {text}") from None
    return days_of_dates[text]


def instant(text: Any, digits: int) -> int:
    found = INSTANT[digits].fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise Refused(f"not an instant: {text!r}")
    day, hour, minute, second, fraction = found.groups()
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        raise Refused(f"there is no time {text}")
    seconds = day_of(day) * 86_400 + int(hour) * 3_600 + int(minute) * 60 + int(second)
    return seconds * 10**digits + int(fraction)


def micros(text: Any) -> int:
    return instant(text, 6)


def millis(text: Any) -> int:
    return instant(text, 3)


def show(at_ms: int) -> str:
    """An instant in milliseconds as text."""
    seconds, fraction = divmod(at_ms, 1_000)
    days, second = divmod(seconds, 86_400)
    day = date.fromordinal(EPOCH_DAY + days)
    hour, minute = second // 3_600, second // 60 % 60
    return f"{day.year:04}-{day.month:02}-{day.day:02}T{hour:02}:{minute:02}:{second % 60:02}.{fraction:03}Z"


def show_or_empty(at_ms: Optional[int]) -> str:
    return "" if at_ms is None else show(at_ms)


# ---------------------------------------------------------------------------------------------------------------------
# 1.3 Identifiers, and 4.3 the types of fields: readers that give the value or refuse it
# ---------------------------------------------------------------------------------------------------------------------

Reader = Callable[[Any], Any]
NUMBER = "(0|[1-9][0-9]*)"
NODE = re.compile("n" + NUMBER)
RUN = re.compile(rf"n{NUMBER}\.{NUMBER}")
CONNECTION = re.compile(rf"n{NUMBER}\.{NUMBER}-{NUMBER}")
LIMITS = (2**16, 2**32, 2**64)
# In base32 the digits come after the letters: this makes texts sort as the bytes that they stand for.
DIGITS_LAST = str.maketrans("234567", "{|}~\x7f\x80")


def by_bytes(name: str) -> str:
    """The key by which pseudonyms and tags are ordered."""
    return name.translate(DIGITS_LAST)


def by_text(text: str) -> bytes:
    return text.encode()


def matching(pattern: str, what: str) -> Reader:
    compiled = re.compile(pattern)

    def read(value: Any) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise Refused(f"not a {what}: {value!r}")
        return value

    return read


# 26 characters hold 130 bits: the last two are spare and zero.
pseudonym = matching("p[a-z2-7]{25}[aeimquy4]", "pseudonym")
tag = matching("[a-z2-7]{16}", "tag")
digest = matching("[0-9a-f]{64}", "digest")
recipient = matching("[!-~]{1,200}", "key of a recipient")
uuid = matching("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "uuid")


def numbered(pattern: re.Pattern[str], what: str) -> Reader:
    def read(value: Any) -> str:
        found = pattern.fullmatch(value) if isinstance(value, str) else None
        if not found or any(int(part) >= limit for part, limit in zip(found.groups(), LIMITS)):
            raise Refused(f"not a {what}: {value!r}")
        return value

    return read


node = numbered(NODE, "node")
run = numbered(RUN, "run")
connection = numbered(CONNECTION, "connection")


def parts_of(identifier: str) -> tuple[int, ...]:
    """The numbers of a connection, by which connections are ordered."""
    return tuple(int(part) for part in re.findall("[0-9]+", identifier))


def run_of(identifier: str) -> str:
    return identifier.partition("-")[0]


def serial_of(identifier: str) -> int:
    return int(identifier.partition("-")[2])


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused(f"not a text: {value!r}")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Refused("half of a surrogate pair") from None
    return value


def below(limit: int) -> Reader:
    def read(value: Any) -> int:
        if type(value) is not int or not 0 <= value < limit:
            raise Refused(f"not a number in range: {value!r}")
        return value

    return read


u16, u32, u64 = below(2**16), below(2**32), below(2**64)


def i64(value: Any) -> int:
    refuse(type(value) is not int or not -(2**63) <= value < 2**63, f"not a number in range: {value!r}")
    return value


def boolean(value: Any) -> bool:
    refuse(type(value) is not bool, f"neither true nor false: {value!r}")
    return value


def one_of(*names: str) -> Reader:
    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            raise Refused(f"none of {', '.join(names)}: {value!r}")
        return value

    return read


def list_of(reader: Reader) -> Reader:
    def read(value: Any) -> list[Any]:
        refuse(not isinstance(value, list), "not a list")
        return [reader(one) for one in value]

    return read


def pair(value: Any) -> list[int]:
    refuse(not isinstance(value, list) or len(value) != 2, "not two numbers")
    return [u64(one) for one in value]


class Maybe:
    """A field that can be null or absent."""

    def __init__(self, reader: Reader):
        self.reader = reader


Fields = dict[str, Any]


def record(fields: Fields, unknown: bool = False) -> Reader:
    """Reads an object with these members and, unless `unknown` ones are passed over, no other."""

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Refused("not an object")
        if not unknown and not value.keys() <= fields.keys():
            raise Refused(f"unknown: {', '.join(sorted(value.keys() - fields.keys()))}")
        found = {}
        for name, reader in fields.items():
            if isinstance(reader, Maybe):
                member = value.get(name)
                found[name] = None if member is None else reader.reader(member)
            elif name in value:
                found[name] = reader(value[name])
            else:
                raise Refused(f"{name} is missing")
        return found

    return read


# ---------------------------------------------------------------------------------------------------------------------
# 1.4 JSON, and 1.5 tables
# ---------------------------------------------------------------------------------------------------------------------

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
GUARDED = ("=", "+", "-", "@", "\t", "\r")


def members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    refuse(len(found) != len(pairs), "a member stands twice")
    return found


def whole(digits: str) -> int:
    refuse(digits == "-0", "minus zero")
    return int(digits)


def no_number(written: str) -> Any:
    raise Refused(f"not a whole number: {written}")


def read_json(written: str) -> Any:
    """JSON with whole numbers alone, in which no member stands twice."""
    try:
        return json.loads(
            written, object_pairs_hook=members_once, parse_int=whole, parse_float=no_number, parse_constant=no_number
        )
    except (ValueError, RecursionError) as error:
        raise Refused(f"not JSON: {error}") from None


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def pretty(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def guard(cell: str) -> str:
    return "'" + cell if cell.lstrip("'").startswith(GUARDED) else cell


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and guard(cell[1:]) == cell else cell


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(one in cell for one in ',"\r\n') else cell


def table(headings: str, rows: Iterable[Iterable[Any]]) -> bytes:
    lines = [headings + "\r\n"]
    lines.extend(",".join(quoted(guard(str(cell))) for cell in row) + "\r\n" for row in rows)
    return BYTE_ORDER_MARK + "".join(lines).encode()


def rows_of(data: bytes) -> list[list[str]]:
    """The rows of a table, its headings first."""
    refuse(not data.startswith(BYTE_ORDER_MARK), "it does not begin with a byte order mark")
    try:
        return list(csv.reader(io.StringIO(data[3:].decode(), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused(str(error)) from None


def yes(is_so: bool) -> str:
    return "yes" if is_so else ""


# ---------------------------------------------------------------------------------------------------------------------
# 3 Roster
# ---------------------------------------------------------------------------------------------------------------------


class RosterRow(NamedTuple):
    person: str
    role: str
    group: str
    merged_into: str


def read_roster(data: bytes) -> list[RosterRow]:
    rows = rows_of(data)
    refuse(not rows or rows[0] != ["person", "role", "group", "commitment", "merged_into"], "other columns")
    found: list[RosterRow] = []
    for row in rows[1:]:
        refuse(len(row) != 5, f"a row of {len(row)} cells")
        person, role, group, commitment, merged_into = row
        pseudonym(person), digest(commitment)
        refuse(found and by_bytes(found[-1].person) >= by_bytes(person), f"{person} is out of order")
        found.append(RosterRow(person, unguarded(role), unguarded(group), merged_into))
    for_themselves = {row.person for row in found if not row.merged_into}
    for row in found:
        refuse(row.merged_into and row.merged_into not in for_themselves, f"{row.person} is merged into nobody")
    return found


# ---------------------------------------------------------------------------------------------------------------------
# 6 Declaration
# ---------------------------------------------------------------------------------------------------------------------

Declaration = dict[str, Any]

KINDS_OF_RULE = ("full_lesson", "minimum_time", "share", "peak", "prompts")

read_declaration = record({
    "title": text, "organizer": text, "zone": text, "public_url": Maybe(text), "rehearsal": boolean,
    "window": record({"planned_start": millis, "planned_end": millis, "minimum_ms": u64, "tolerance_ms": u64}),
    "rule": record({
        "kind": one_of(*KINDS_OF_RULE), "late_ms": u64, "early_ms": u64, "grace_ms": u64, "minimum_ms": Maybe(u64),
        "continuous": boolean, "share_bp": Maybe(u16), "presence": one_of("continuous", "checkpoints"),
        "checkpoints": record({
            "before_start_ms": u64, "after_start_ms": u64, "before_end_ms": u64, "after_end_ms": u64,
        }),
        "prompts_min": Maybe(u32), "venue_min": Maybe(u32),
    }),
    "liveness": record({"challenge_ms": u64, "proof_max_gap_ms": u64}),
    "people": record({
        "primary_id": text, "persons_per_device": u32, "hold_relays": boolean, "open_registration": boolean,
        "open_registration_counts": boolean, "roles": list_of(text),
    }),
    "signals": one_of("single", "countersigned"),
    "prompts": Maybe(record({"count": u32, "kind": one_of("press", "word"), "answer_ms": u64})),
    "ceilings": record({"inactive_bp": Maybe(u16)}),
    "venues": list_of(record({"id": text, "name": text, "doors": list_of(text)})),
    "hall": record({"delay_ms": u64}), "retention": record({"days": u32}), "claims": record({"days": u32}),
    "spot_check": Maybe(record({"persons": u32, "denied_max": u32})),
})  # fmt: skip


def declaration_json(declared: Declaration) -> dict[str, Any]:
    """The declaration as the log writes it: times as text, and no member for a spot check that is not promised."""
    written = {name: member for name, member in declared.items() if name != "spot_check" or member is not None}
    window = declared["window"]
    times = {name: show(window[name]) for name in ("planned_start", "planned_end")}
    return {**written, "window": {**window, **times}}


# 6.1, the derived values


def planned_length(declared: Declaration) -> int:
    return max(0, declared["window"]["planned_end"] - declared["window"]["planned_start"])


def minimum(declared: Declaration) -> int:
    given = declared["rule"]["minimum_ms"]
    return declared["window"]["minimum_ms"] if given is None else given


def share(declared: Declaration) -> int:
    given = declared["rule"]["share_bp"]
    return 10_000 if given is None else given


def claims_until(declared: Declaration) -> Optional[int]:
    days = declared["claims"]["days"]
    return declared["window"]["planned_end"] + days * DAY_MS if days else None


def prompts_min(declared: Declaration) -> int:
    return declared["rule"]["prompts_min"] or 0


# 6.2 Contradictions

WHITE_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f"
    "\u205f\u3000"
)
DECLARATION_BYTES_MAX = 12_288
SHORT_NAME = re.compile("[a-z0-9-]{1,32}")


def blank(written: str) -> bool:
    return not written.strip(WHITE_SPACE)


def contradictions(declared: Declaration) -> list[str]:
    """The rows of the table that a declaration falls under."""
    tests = {
        "empty": lacks_something(declared),
        "window": declared["window"]["planned_end"] <= declared["window"]["planned_start"],
        "too long for the planned length": asks_for_too_long(declared),
        "missing clause": misses_a_clause(declared),
        "share": declared["rule"]["share_bp"] is not None and not 1 <= declared["rule"]["share_bp"] <= 10_000,
        "clause of another kind": has_clause_of_another_kind(declared),
        "checks": has_impossible_checks(declared),
        "checkpoints mode": has_short_checkpoints(declared),
        "venues": has_bad_venues(declared),
        "liveness": has_bad_liveness(declared),
        "size": len(compact(declaration_json(declared)).encode()) > DECLARATION_BYTES_MAX,
        "days": declared["claims"]["days"] > 366 or not 1 <= declared["retention"]["days"] <= 36_525,
        "spot check": has_bad_spot_check(declared),
    }
    return [name for name, contradicts in tests.items() if contradicts]


def lacks_something(declared: Declaration) -> bool:
    texts = [declared[name] for name in ("title", "organizer", "zone")]
    texts.extend(venue["name"] for venue in declared["venues"])
    no_door = any(not venue["doors"] for venue in declared["venues"])
    return any(blank(one) for one in texts) or not declared["people"]["roles"] or no_door


def asks_for_too_long(declared: Declaration) -> bool:
    rule, prompts, length = declared["rule"], declared["prompts"], planned_length(declared)
    lengths = [rule["grace_ms"], rule["late_ms"] + rule["early_ms"], rule["minimum_ms"] or 0]
    if prompts:
        lengths.append(prompts["count"] * prompts["answer_ms"])
    if not declared["rehearsal"]:
        lengths.append(declared["window"]["minimum_ms"])
    return length > 0 and max(lengths) > length


def misses_a_clause(declared: Declaration) -> bool:
    rule, inactive = declared["rule"], declared["ceilings"]["inactive_bp"] is not None
    asked = rule["prompts_min"] is not None
    return (
        (rule["kind"] == "minimum_time" and rule["minimum_ms"] is None)
        or (rule["kind"] == "share" and rule["share_bp"] is None)
        or (rule["kind"] == "prompts" and not asked)
        or ((asked or inactive) and not declared["prompts"])
        or (inactive and not asked)
        or (rule["venue_min"] is not None and not declared["venues"])
        or (rule["presence"] == "checkpoints" and not asked)
    )


def has_clause_of_another_kind(declared: Declaration) -> bool:
    rule = declared["rule"]
    of_full_lesson = rule["late_ms"] or rule["early_ms"] or rule["presence"] == "checkpoints"
    return bool(
        (rule["continuous"] and rule["kind"] != "minimum_time")
        or (of_full_lesson and rule["kind"] != "full_lesson")
        or (rule["prompts_min"] is not None and rule["kind"] == "peak")
    )


def has_impossible_checks(declared: Declaration) -> bool:
    prompts, inactive = declared["prompts"], declared["ceilings"]["inactive_bp"]
    if not prompts:
        return False
    least = 5_000 if declared["rehearsal"] else 30_000
    asked = declared["rule"]["prompts_min"]
    return (
        not 1 <= prompts["count"] <= 1_440
        or not least <= prompts["answer_ms"] <= max(least, planned_length(declared))
        or (asked is not None and not 1 <= asked <= prompts["count"])
        or (inactive is not None and inactive > 10_000)
    )


def has_short_checkpoints(declared: Declaration) -> bool:
    if declared["rule"]["presence"] != "checkpoints":
        return False
    around, prompts = declared["rule"]["checkpoints"], declared["prompts"]
    lengths = [around["before_start_ms"] + around["after_start_ms"], around["before_end_ms"] + around["after_end_ms"]]
    if prompts:
        lengths.append(prompts["answer_ms"])
    return min(lengths) < 180_000


def has_bad_venues(declared: Declaration) -> bool:
    venues = declared["venues"]
    lists = [[venue["id"] for venue in venues], *(venue["doors"] for venue in venues)]
    return any(
        len(names) > 200 or len(set(names)) != len(names) or not all(SHORT_NAME.fullmatch(name) for name in names)
        for names in lists
    )


def has_bad_liveness(declared: Declaration) -> bool:
    challenge, gap = declared["liveness"]["challenge_ms"], declared["liveness"]["proof_max_gap_ms"]
    return not 1_000 <= challenge <= 55_000 or not 2 * challenge <= gap <= 600_000


def has_bad_spot_check(declared: Declaration) -> bool:
    promised = declared["spot_check"]
    if promised is None:
        return False
    return not 1 <= promised["persons"] <= 10_000 or promised["denied_max"] > promised["persons"] - 1


# 6.3 From the file to the object


def declared_by_file(data: bytes) -> dict[str, Any]:
    """The object that a declaration's file gives; needs tomllib."""
    try:
        written = tomllib.loads(data.decode("utf-8-sig"))
        return object_of_file(written)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(f"not a declaration: {error!r}") from None


def planned_time(value: Any) -> str:
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value.replace("Z", "+00:00"))
    at = at.astimezone(timezone.utc)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1_000:03}Z"


def object_of_file(written: dict[str, Any]) -> dict[str, Any]:
    def section(name: str, defaults: dict[str, Any]) -> dict[str, Any]:
        given = written.get(name, {})
        refuse(not given.keys() <= defaults.keys(), f"unknown keys in [{name}]")
        return {key: given.get(key, default) for key, default in defaults.items()}

    rehearsal = written.get("rehearsal", False)
    window = section("window", {
        "planned_start": None, "planned_end": None, "minimum_ms": 0 if rehearsal else 1_800_000,
        "tolerance_ms": 3_600_000,
    })  # fmt: skip
    for name in ("planned_start", "planned_end"):
        window[name] = planned_time(window[name])
    around = {"before_start_ms": 600_000, "after_start_ms": 300_000, "before_end_ms": 300_000, "after_end_ms": 300_000}
    rule = section("rule", {
        "kind": None, "late_ms": 0, "early_ms": 0, "grace_ms": 75_000, "minimum_ms": None, "continuous": False,
        "share_bp": None, "presence": "continuous", "checkpoints": {}, "prompts_min": None, "venue_min": None,
    })  # fmt: skip
    rule["checkpoints"] = {**around, **rule["checkpoints"]}
    declared = {
        "title": written["title"], "organizer": written["organizer"], "zone": written["zone"],
        "public_url": written["public_url"].rstrip("/") if "public_url" in written else None,
        "rehearsal": rehearsal, "window": window, "rule": rule,
        "liveness": section("liveness", {"challenge_ms": 25_000, "proof_max_gap_ms": 60_000}),
        "people": section("people", {
            "primary_id": "auto", "persons_per_device": 1, "hold_relays": False, "open_registration": False,
            "open_registration_counts": False, "roles": ["participant"],
        }),
        "signals": written.get("signals", "countersigned"), "prompts": prompts_of_file(written, window),
        "ceilings": section("ceilings", {"inactive_bp": None}),
        "venues": [
            {"id": venue["id"], "name": venue["name"], "doors": venue.get("doors", ["main"])}
            for venue in written.get("venue", [])
        ],
        "hall": section("hall", {"delay_ms": 3_600_000}), "retention": section("retention", {"days": 1_826}),
        "claims": section("claims", {"days": 7}),
    }  # fmt: skip
    refuse(not written.keys() <= {*declared, "venue", "spot_check"} - {"venues"}, "unknown keys")
    return {**declared, **spot_check_of_file(written)}


def prompts_of_file(written: dict[str, Any], window: dict[str, Any]) -> Optional[dict[str, Any]]:
    given = written.get("prompts")
    if not given:
        return None
    kind, count = given.get("kind", "press"), given["count"]
    if count == "auto":
        length = max(0, millis(window["planned_end"]) - millis(window["planned_start"]))
        count = min(1_440, max(2, -(-length * 3 // 3_000_000)))
    return {"count": count, "kind": kind, "answer_ms": given.get("answer_ms", 90_000 if kind == "press" else 180_000)}


def spot_check_of_file(written: dict[str, Any]) -> dict[str, Any]:
    given = written.get("spot_check")
    if not given:
        return {}
    return {"spot_check": {"persons": given["persons"], "denied_max": given.get("denied_max", 0)}}


# ---------------------------------------------------------------------------------------------------------------------
# 4 Lines, and 5 the kinds of entries
# ---------------------------------------------------------------------------------------------------------------------

ENTRY_BYTES_MAX = 16_384
EXCEPTIONS_MAX = 500
RECIPIENTS_MAX = 16
SIGNALS = ("start", "end", "void")
PROMPT_KINDS = ("press", "word")

KINDS: dict[str, Fields] = {
    # 5.1 Attempt and people
    "open": {
        "origin": text, "declaration": read_declaration, "digest": digest, "rehearsal": boolean, "roster": digest,
        "earlier": list_of(record({"origin": text, "size": u64, "root": digest}, unknown=True)), "nonce": Maybe(text),
        "commitment": Maybe(digest),
    },
    "person": {"p": pseudonym, "role": text, "group": text, "c": digest},
    "revoke": {"p": pseudonym, "issue": u32},
    "close": {"by": text},
    # 5.2 Nodes
    "node": {"node": node, "epoch": u32, "version": text},
    "restart": {"node": run, "beat": Maybe(u64)},
    "beat": {"node": run, "horizon": micros, "except": list_of(connection)},
    "clock": {
        "node": run, "status": one_of("synchronized", "unsynchronized", "unknown", "stepped"), "offset_us": i64,
        "max_error_us": u64, "estimated_error_us": u64,
    },
    # 5.3 Connections
    "join": {
        "p": pseudonym, "s": connection, "channel": one_of("online", "gate"), "via": one_of("ws", "poll"),
        "d": Maybe(tag), "n": Maybe(tag),
    },
    "leave": {
        "p": pseudonym, "s": connection, "last": micros,
        "why": one_of("bye", "closed", "lost", "silent", "replaced", "kicked", "revoked", "drained", "over"),
    },
    # 5.4 Lesson and participation checks
    "signal": {"signal": one_of(*SIGNALS), "by": text, "voids": Maybe(u64), "acts": Maybe(pair)},
    "nonce": {"nonce": text, "by": text},
    "prompt": {
        "prompt": u32, "kind": one_of(*PROMPT_KINDS), "place": Maybe(u32), "due": Maybe(micros), "closes": micros,
        "word": Maybe(text), "by": text,
    },
    "shown": {"p": pseudonym, "s": connection, "prompt": u32},
    "answer": {"p": pseudonym, "s": connection, "prompt": u32, "choice": Maybe(text)},
    "reveal": {"seed": digest},
    # 5.5 Halls
    "scan": {
        "scan": uuid, "p": pseudonym, "s": connection, "venue": text, "door": text,
        "way": one_of("in", "out", "roll"), "method": one_of("scanner", "camera", "typed", "name", "register"),
        "card": boolean, "made": micros, "device": micros, "by": text,
    },
    "headcount": {"venue": text, "persons": u32, "by": text},
    # 5.6 Staff, acts and reviews
    "staff": {
        "p": pseudonym, "role": one_of("organizer", "adjudicator", "witness", "timekeeper", "steward"), "key": digest,
    },
    "act": {"p": pseudonym, "text": text, "sig": text},
    "version": {"p": pseudonym, "toml": text, "declaration": read_declaration},
    "claim": {"p": pseudonym, "why": one_of("present", "cut_off", "hall", "answered", "mistaken")},
    "group": {"p": pseudonym, "label": text, "persons": list_of(pseudonym)},
    # 5.7 Personal data
    "erase": {"p": pseudonym, "by": text},
    "disclose": {"to": list_of(recipient), "persons": u32, "sha256": digest},
    "retire": {"by": text},
}  # fmt: skip

HEAD: Fields = {"v": u64, "i": u64, "k": text, "t": micros, "m": u64}
BEGINNING = re.compile(rb'\{"v":([0-9]+),"i":[0-9]+,"k":"([^"]*)"')
read_kind = {kind: record({**HEAD, **fields}) for kind, fields in KINDS.items()}
LETTERS_AND_DIGITS = re.compile("[A-Za-z0-9]{1,16}")
WORD = re.compile("[A-Z2-9]{1,16}")


def is_nonce(nonce: str) -> bool:
    return 8 <= len(nonce.encode()) <= 64 and all(" " <= one <= "~" for one in nonce)


def read_line(line: bytes) -> dict[str, Any]:
    """One entry of the log, as 4.3 has it."""
    refuse(len(line) > ENTRY_BYTES_MAX, "longer than any line of a log")
    beginning = BEGINNING.match(line)
    if not beginning:
        raise Refused("it does not begin as lines begin")
    refuse(beginning[1] != b"1", "another version of lines")
    kind = beginning[2].decode("utf-8", "replace")
    refuse(kind not in KINDS, f"unknown kind {kind}")
    try:
        entry = read_kind[kind](read_json(line.decode()))
    except UnicodeDecodeError:
        raise Refused("not UTF-8") from None
    refuse_malformed(kind, entry)
    return entry


def refuse_malformed(kind: str, entry: dict[str, Any]) -> None:
    """What section 5 says after "malformed"."""
    if kind == "beat":
        refuse(len(entry["except"]) > EXCEPTIONS_MAX, "too many exceptions")
    elif kind == "signal":
        refuse((entry["signal"] == "void") != (entry["voids"] is not None), "only a void takes a signal back")
    elif kind == "nonce":
        refuse(not is_nonce(entry["nonce"]), "not a nonce")
    elif kind == "prompt":
        refuse((entry["place"] is None) != (entry["due"] is None), "a place without a time, or the reverse")
        asks_word = entry["kind"] == "word"
        refuse(asks_word != (entry["word"] is not None), "a word that is not asked for, or none")
        refuse(asks_word and not WORD.fullmatch(entry["word"]), "not a word")
    elif kind == "disclose":
        refuse(not 1 <= len(entry["to"]) <= RECIPIENTS_MAX, "handed out to nobody, or to too many")
    elif kind == "answer":
        refuse(entry["choice"] is not None and not LETTERS_AND_DIGITS.fullmatch(entry["choice"]), "not a choice")


# ---------------------------------------------------------------------------------------------------------------------
# 7.1 The tree
# ---------------------------------------------------------------------------------------------------------------------


class Tree:
    """A Merkle tree as in RFC 6962: `levels[n]` has the hashes of its complete subtrees of 2^n leaves."""

    def __init__(self) -> None:
        self.levels: list[list[bytes]] = [[]]

    def append(self, entry: bytes) -> None:
        hashed, level = sha256(b"\x00" + entry), 0
        self.levels[0].append(hashed)
        while len(self.levels[level]) % 2 == 0:
            hashed = sha256(b"\x01" + self.levels[level][-2] + hashed)
            level += 1
            if level == len(self.levels):
                self.levels.append([])
            self.levels[level].append(hashed)

    @property
    def size(self) -> int:
        return len(self.levels[0])

    def root(self, size: Optional[int] = None) -> bytes:
        """The root over the first entries: the complete subtrees that they fall into, joined from the right."""
        left = self.size if size is None else size
        joined: Optional[bytes] = None
        for level in range(len(self.levels)):
            if left & (1 << level):
                left -= 1 << level
                subtree = self.levels[level][left >> level]
                joined = subtree if joined is None else sha256(b"\x01" + subtree + joined)
        return sha256(b"") if joined is None else joined


# ---------------------------------------------------------------------------------------------------------------------
# 7.3 Ed25519 as in RFC 8032, verified strictly; points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z
# ---------------------------------------------------------------------------------------------------------------------

Point = tuple[int, int, int, int]
FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, FIELD - 2, FIELD) % FIELD
ROOT_OF_MINUS_ONE = pow(2, (FIELD - 1) // 4, FIELD)


def added(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % FIELD, (p[1] + p[0]) * (q[1] + q[0]) % FIELD
    c, d = 2 * p[3] * q[3] * CURVE % FIELD, 2 * p[2] * q[2] % FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD


def multiplied(factor: int, point: Point) -> Point:
    product: Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            product = added(product, point)
        point = added(point, point)
        factor >>= 1
    return product


def point_of(data: bytes) -> Optional[Point]:
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, (number & (2**255 - 1)) % FIELD
    square = (y * y - 1) * pow(CURVE * y * y + 1, FIELD - 2, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    if (x * x - square) % FIELD:
        x = x * ROOT_OF_MINUS_ONE % FIELD
    if (x * x - square) % FIELD:
        return None
    if x & 1 != sign:
        x = -x % FIELD
    return x, y, 1, x * y % FIELD


def bytes_of(point: Point) -> bytes:
    inverse = pow(point[2], FIELD - 2, FIELD)
    x, y = point[0] * inverse % FIELD, point[1] * inverse % FIELD
    return (y | (x & 1) << 255).to_bytes(32, "little")


def has_small_order(point: Point) -> bool:
    x, y, z, _ = multiplied(8, point)
    return x % FIELD == 0 and (y - z) % FIELD == 0


BASE = point_of((4 * pow(5, FIELD - 2, FIELD) % FIELD).to_bytes(32, "little"))


# Folders that are checked at once often hold the same acts.
@lru_cache(maxsize=65_536)
def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    if len(signature) != 64 or BASE is None:
        return False
    public, commitment, scalar = point_of(key), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if public is None or commitment is None or scalar >= ORDER:
        return False
    if has_small_order(public) or has_small_order(commitment):
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    minus_public = (-public[0] % FIELD, public[1], 1, -public[3] % FIELD)
    found = added(multiplied(scalar, BASE), multiplied(challenge, minus_public))
    return bytes_of(found) == signature[:32]


# ---------------------------------------------------------------------------------------------------------------------
# 7.2 Keys, and 7.3 checkpoints
# ---------------------------------------------------------------------------------------------------------------------

NOTE_BYTES_MAX = 65_536
NAME = re.compile(r"[^\s+\x00-\x1f\x7f-\x9f]{1,200}")


def from_base64(written: str) -> bytes:
    try:
        data = base64.b64decode(written, validate=True)
    except ValueError:
        raise Refused("not base64") from None
    refuse(base64.b64encode(data).decode() != written, "not base64 in its one spelling")
    return data


class Key(NamedTuple):
    """The log's verifier key."""

    written: str
    name: str
    id: bytes
    public: bytes

    @classmethod
    def read(cls, written: str) -> Key:
        parts = written.split("+", 2)
        refuse(len(parts) != 3, "not a verifier key")
        name, identifier, data = parts[0], parts[1], from_base64(parts[2])
        refuse(not NAME.fullmatch(name) or len(name.encode()) > 200, "not the name of a log")
        refuse(len(data) != 33 or data[0] != 1, "not an Ed25519 key")
        hashed = sha256(name.encode() + b"\n" + data)[:4]
        refuse(hashed.hex() != identifier, "the key's ID is not its hash")
        point = point_of(data[1:])
        refuse(point is None or has_small_order(point), "not a point of the curve that can sign")
        return cls(written, name, hashed, data[1:])

    def open(self, note: bytes) -> tuple[int, bytes]:
        """The size and the root that a signed checkpoint says."""
        refuse(len(note) > NOTE_BYTES_MAX, "too long for a checkpoint")
        try:
            head, found, signatures = note.decode().partition("\n\n")
        except UnicodeDecodeError:
            raise Refused("not UTF-8") from None
        refuse(not found or not signatures.endswith("\n"), "not a signed note")
        signed, message = False, (head + "\n").encode()
        for line in signatures[:-1].split("\n"):
            name, data = signature_of(line)
            if name == self.name and data[:4] == self.id:
                refuse(not is_signed(self.public, message, data[4:]), "the signature is bad")
                signed = True
        refuse(not signed, "this key has not signed it")
        return self.head_of(head)

    def head_of(self, head: str) -> tuple[int, bytes]:
        lines = head.split("\n")
        refuse(len(lines) != 3 or lines[0] != self.name, "not a checkpoint of this log")
        refuse(not re.fullmatch(NUMBER, lines[1]), "not a size")
        root = from_base64(lines[2])
        refuse(len(root) != 32, "not a root")
        return u64(int(lines[1])), root


def signature_of(line: str) -> tuple[str, bytes]:
    found = re.fullmatch("\u2014 ([^ ]+) ([^ ]+)", line)
    if not found:
        raise Refused("not a line of a signature")
    return found[1], from_base64(found[2])


# ---------------------------------------------------------------------------------------------------------------------
# 8.2 State
# ---------------------------------------------------------------------------------------------------------------------

Stretch = tuple[int, int]
LOST = ("lost", "closed", "silent")
SIDES = {
    "organizer": "organizer", "steward": "organizer",
    "adjudicator": "independent", "witness": "independent", "timekeeper": "independent",
}  # fmt: skip
HOLDS = ("shared_device", "relay", "late_scan")
Cause = tuple[str, str]


@dataclass(eq=False)
class Connection:
    place: int
    name: str
    id: str
    channel: str
    device: Optional[str]
    network: Optional[str]
    joined: int
    last: Optional[int] = None
    noticed: Optional[int] = None
    cause: str = ""

    @property
    def is_open(self) -> bool:
        return self.last is None

    @property
    def end(self) -> int:
        return FOREVER if self.last is None else self.last


@dataclass(eq=False)
class Scan:
    entry: int
    uuid: str
    name: str
    id: str
    venue: str
    door: str
    way: str
    method: str
    card: bool
    made: int
    device: int
    received: int
    late: bool


@dataclass(eq=False)
class Check:
    kind: str
    place: Optional[int]
    due: Optional[int]
    closes: int
    word: Optional[str]
    opened: int
    start: int


@dataclass
class Response:
    shown: bool = False
    answered: Optional[int] = None
    failed: bool = False


@dataclass(eq=False)
class Person:
    """A row of the list of persons, with what was logged under its own name."""

    place: int
    name: str
    role: str
    group: str
    added: bool
    stands_for: Optional[Person] = None
    came: bool = False
    erased: bool = False
    struck: Optional[int] = None
    released: set[Cause] = field(default_factory=set)
    rulings: set[int] = field(default_factory=set)
    rows: list[Person] = field(default_factory=list)
    own_connections: list[Connection] = field(default_factory=list)
    own_scans: list[Scan] = field(default_factory=list)
    own_responses: dict[int, Response] = field(default_factory=dict)

    @property
    def owner(self) -> Person:
        return self.stands_for or self

    def owned_rows(self) -> list[Person]:
        """Their own row and those that stand for it; none if this one stands for another."""
        return [] if self.stands_for else [self, *self.rows]

    def connections(self) -> list[Connection]:
        """In the order of the list."""
        if not self.rows:
            return [] if self.stands_for else self.own_connections
        found = [one for row in self.owned_rows() for one in row.own_connections]
        return sorted(found, key=lambda one: one.place)

    def scans(self) -> list[Scan]:
        """In the order in which they were made (12.2)."""
        found = [one for row in self.owned_rows() for one in row.own_scans]
        return sorted(found, key=lambda scan: (scan.made, scan.entry))

    def response(self, check: int) -> Response:
        """What they did with a check, under any of their names (16)."""
        joined = Response()
        for row in self.owned_rows():
            one = row.own_responses.get(check)
            if one:
                joined.shown |= one.shown
                joined.failed |= one.failed
                times = [time for time in (joined.answered, one.answered) if time is not None]
                joined.answered = min(times, default=None)
        return joined

    def inside(self) -> Optional[Scan]:
        """Their last scan if it leaves them inside a hall: its venue is where, its time since when they are proved."""
        scans = self.scans()
        return scans[-1] if scans and scans[-1].way != "out" else None


class Staff(NamedTuple):
    role: str
    key: str

    @property
    def side(self) -> str:
        return SIDES[self.role]


@dataclass(eq=False)
class Act:
    entry: int
    at: int
    by: str
    role: str
    deed: str
    fields: dict[str, Any]
    decision: str = ""
    decided_by: Optional[Act] = None
    used: bool = False
    held: set[Cause] = field(default_factory=set)

    @property
    def side(self) -> str:
        return SIDES[self.role]


@dataclass(eq=False)
class Version:
    entry: int
    at: int
    digest: str
    declaration: Declaration
    adopted: bool = False


@dataclass(eq=False)
class Claim:
    entry: int
    at: int
    person: str
    why: str
    answer: Optional[Act] = None


class Group(NamedTuple):
    label: str
    persons: list[str]


class HeadCount(NamedTuple):
    entry: int
    at: int
    by: str
    venue: str
    counted: int
    system: int
    group: tuple[Any, Any, Any]


@dataclass(eq=False)
class Drawn:
    draw: int
    place: int
    person: str
    found: str = ""


class Handled(NamedTuple):
    """What happened to personal data."""

    entry: int
    at: int
    what: str
    person: str
    by_or_to: str
    persons: Any = ""
    sha256: str = ""


class Ruling(NamedTuple):
    begin: int
    end: int
    network: Optional[str]
    cut_off_by: int

    def cuts_off(self, last_proof: int) -> bool:
        return self.begin - PROVED_BEFORE <= last_proof <= self.cut_off_by

    def concerns(self, one: Connection, lesson: Optional[Stretch]) -> bool:
        """Whether it concerns the owner of this connection (17.3)."""
        if self.network is None:
            return True
        if one.network != self.network or one.cause not in LOST:
            return False
        return self.cuts_off(one.end) and (lesson is None or one.end < lesson[1])

    def bridges(self, left: int, right: int) -> bool:
        return self.cuts_off(left) and right <= self.end + BACK_AFTER


class ClockReading(NamedTuple):
    at: int
    status: str
    offset_us: int
    max_error_us: int


class Beats:
    """The beats of one run."""

    def __init__(self) -> None:
        self.horizons: list[tuple[int, frozenset[int]]] = []

    def add(self, horizon: int, exceptions: Iterable[int]) -> None:
        self.horizons.append((horizon, frozenset(exceptions)))
        self.horizons.sort(key=lambda beat: -beat[0])

    def of(self, serial: int) -> int:
        """The latest horizon that does not except a connection."""
        return next((horizon for horizon, exceptions in self.horizons if serial not in exceptions), -FOREVER)


# 10 to 19 and 25: what is fixed
GIVEN_AFTER = 10_000
EDGE_MS = 60_000
AT_WILL_MS = {"press": 90_000, "word": 180_000}
AT_WILL_MS_MIN = 30_000
ANSWER_SLACK = 1_000
VERSIONS_MAX, VERSION_BYTES_MAX = 16, 8_192
RULINGS_MAX, PROVED_BEFORE, BACK_AFTER = 64, 60_000, 180_000
GROUP_MAX, LABEL_BYTES_MAX = 50, 64
DRAWN_MAX = 10_000
ACT_BYTES_MAX, REASON_MAX, NOTE_MAX = 4_096, 500, 1_000
WORD_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
FIXED = ("rehearsal", "zone", "public_url", "window", "liveness", "signals", "prompts", "venues", "hall", "spot_check")
FIXED_OF_PEOPLE = ("primary_id", "persons_per_device", "hold_relays", "open_registration")


def short_text(most: int) -> Reader:
    def read(value: Any) -> str:
        refuse(blank(text(value)) or len(value) > most, f"blank, or longer than {most} characters")
        return value

    return read


reason = short_text(REASON_MAX)
read_statement = record({"origin": text, "by": pseudonym, "act": uuid, "at": millis, "do": lambda do: do})

# 15.1 The deeds and their fields
PROPOSALS: dict[str, Fields] = {
    "strike": {"person": pseudonym, "reason": reason},
    "reverse": {"strike": u64, "reason": reason},
    "release": {"person": pseudonym, "holds": list_of(one_of(*HOLDS)), "reason": reason},
    "merge": {"from": pseudonym, "into": pseudonym, "reason": reason},
    "bridge": {"from": millis, "to": millis, "network": Maybe(tag), "reason": reason},
    "declare": {"version": u64, "reason": reason},
    "signal": {"signal": one_of(*SIGNALS)},
}
DEEDS: dict[str, Fields] = {
    **PROPOSALS,
    "confirm": {"of": u64},
    "dismiss": {"of": u64},
    "answer": {"claim": u64, "upheld": boolean, "reason": reason},
    "draw": {"persons": u32, "nonce": text},
    "outcome": {"draw": u64, "person": pseudonym, "found": one_of("confirmed", "denied", "unconfirmed")},
    "read": {"signal": one_of(*SIGNALS), "reading": millis},
    "shift": {"is": one_of("begins", "ends")},
    "note": {"text": short_text(NOTE_MAX)},
}


def read_deed(do: Any) -> tuple[str, dict[str, Any]]:
    refuse(not isinstance(do, dict) or len(do) != 1, "an act does one thing")
    deed, given = next(iter(do.items()))
    refuse(deed not in DEEDS, f"unknown deed {deed}")
    fields = record(DEEDS[deed])(given)
    if deed == "draw":
        refuse(not 1 <= fields["persons"] <= DRAWN_MAX or not is_nonce(fields["nonce"]), "not a draw")
    return deed, fields


class Log:
    """The state after the lines that were taken (8.2), and what each next one does to it (9)."""

    def __init__(self, roster: bytes):
        self.roster_digest = sha256(roster).hex()
        self.persons: list[Person] = []
        self.by_name: dict[str, Person] = {}
        rows = read_roster(roster)
        for row in rows:
            self.add_person(row.person, row.role, row.group, added=False)
        for row in rows:
            if row.merged_into:
                self.stand_for(self.by_name[row.person], self.by_name[row.merged_into])
        self.tree = Tree()
        self.opened: dict[str, Any] = {}
        self.declaration: Declaration = {}
        self.before_us, self.now = 0, 0
        self.program: Optional[str] = None
        self.connections: list[Connection] = []
        self.by_id: dict[str, Connection] = {}
        self.of_run: dict[str, list[Connection]] = {}
        self.of_device: dict[str, list[Connection]] = {}
        self.beats: dict[str, Beats] = {}
        self.cut_runs: list[tuple[str, int]] = []
        self.clocks: list[ClockReading] = []
        self.scans: list[Scan] = []
        self.scan_names: set[str] = set()
        self.checks: list[Check] = []
        self.nonce: Optional[str] = None
        self.seed: Optional[str] = None
        self.starts: list[int] = []
        # A signal that stands is its time and its entry.
        self.start: Optional[tuple[int, int]] = None
        self.end: Optional[tuple[int, int]] = None
        self.last_signal = -1
        self.closed_root: Optional[str] = None
        self.closed = False
        self.staff: dict[str, Staff] = {}
        self.acts: dict[int, Act] = {}
        self.act_names: set[str] = set()
        self.open_strikes: dict[int, str] = {}
        self.versions: list[Version] = []
        self.in_force = 0
        self.rulings: list[Ruling] = []
        self.claims: list[Claim] = []
        self.groups: dict[str, Group] = {}
        self.head_counts: list[HeadCount] = []
        self.drawn: list[Drawn] = []
        self.handled: list[Handled] = []
        # The runs that some line has named, and the newest beat of each.
        self.newest_beats: dict[str, Optional[int]] = {}

    # 8.1 One line

    def take(self, line: bytes) -> None:
        entry = read_line(line)
        kind, index, at = entry["k"], self.tree.size, entry["t"]
        refuse(entry["i"] != index, f"it says that it is entry {entry['i']}, and stands where {index} does")
        refuse(index > 0 and at < self.before_us, "time runs back")
        refuse((kind == "open") != (index == 0), "a log is opened by its first entry, and once")
        # All that is worked out as of a line has the line's own time as now.
        self.before_us, self.now = at, at // 1_000
        getattr(self, f"take_{kind}")(entry, index)
        self.tree.append(line)
        if kind == "close" and self.closed_root is None:
            self.closed_root = self.tree.root().hex()

    # 8.2 Persons

    def add_person(self, name: str, role: str, group: str, added: bool) -> None:
        person = Person(len(self.persons), name, role, group, added)
        self.persons.append(person)
        self.by_name[name] = person

    def stand_for(self, row: Person, owner: Person) -> None:
        for one in [row, *row.rows]:
            one.stands_for = owner
            owner.rows.append(one)
        row.rows = []

    def row(self, name: str) -> Person:
        refuse(name not in self.by_name, f"nobody is {name}")
        return self.by_name[name]

    def owner(self, name: str) -> Person:
        return self.row(name).owner

    # 9 The attempt and its people

    def take_open(self, entry: dict[str, Any], index: int) -> None:
        declared = entry["declaration"]
        refuse(entry["roster"] != self.roster_digest, "the roster is another one than roster.csv")
        refuse((entry["commitment"] is None) != (declared["prompts"] is None), "a commitment is for declared checks")
        refuse(entry["rehearsal"] != declared["rehearsal"], "a rehearsal by one field alone")
        self.opened, self.declaration = entry, declared
        self.versions.append(Version(0, self.now, entry["digest"], declared, adopted=True))

    def take_person(self, entry: dict[str, Any], index: int) -> None:
        if entry["p"] not in self.by_name:
            refuse(self.closed, "attendance is closed: nobody comes onto the roster")
            self.add_person(entry["p"], entry["role"], entry["group"], added=True)

    def take_revoke(self, entry: dict[str, Any], index: int) -> None:
        """No count uses it."""
        self.row(entry["p"])
        refuse(entry["issue"] == 0, "it withdraws no link")

    def take_close(self, entry: dict[str, Any], index: int) -> None:
        refuse(self.opened["commitment"] is not None and self.seed is None, "the seed is not revealed")
        if self.closed:
            return
        lesson = self.lesson()
        refuse(lesson is None or (self.end is None and self.now < lesson[1]), "the lesson is not over")
        self.closed = True

    def take_node(self, entry: dict[str, Any], index: int) -> None:
        begun = [parts_of(run_name) for run_name in self.newest_beats]
        epochs = [epoch for number, epoch in begun if number == parts_of(entry["node"])[0]]
        refuse(entry["epoch"] <= max(epochs, default=0), "this run of the node, or a later one, began before")
        self.newest_beats[f"{entry['node']}.{entry['epoch']}"] = None
        self.program = entry["version"]

    def take_clock(self, entry: dict[str, Any], index: int) -> None:
        self.clocks.append(ClockReading(self.now, entry["status"], entry["offset_us"], entry["max_error_us"]))

    # 10.1 The lesson

    def planned_end(self, start: int) -> int:
        if self.declaration["rehearsal"]:
            return start + planned_length(self.declaration)
        return self.declaration["window"]["planned_end"]

    def lesson(self) -> Optional[Stretch]:
        if self.start is None:
            return None
        start = self.start[0]
        return start, max(start, self.end[0] if self.end else self.planned_end(start))

    # 10.2 When a signal is refused

    def refusal_of_signal(self, signal: str) -> Optional[str]:
        window, rehearsal = self.declaration["window"], self.declaration["rehearsal"]
        tolerance = window["tolerance_ms"]

        def is_near(planned: int) -> bool:
            return rehearsal or planned - tolerance <= self.now <= planned + tolerance

        if self.closed or signal == "void":
            return None
        if signal == "start":
            if self.start:
                return None
            if self.declaration["prompts"] and not rehearsal and self.nonce is None:
                return "checks are planned, and no nonce was given"
            return None if is_near(window["planned_start"]) else "too far from the planned start"
        if self.end:
            return None
        if not self.start:
            return "the lesson has not started"
        if not rehearsal and self.now < self.start[0] + window["minimum_ms"]:
            return "the lesson is too short"
        return None if is_near(window["planned_end"]) else "too far from the planned end"

    def standing_signal(self, signal: str) -> Optional[tuple[int, int]]:
        return {"start": self.start, "end": self.end, "void": None}[signal]

    def allows_signal(self, signal: str) -> bool:
        if self.closed or self.refusal_of_signal(signal):
            return False
        if signal == "void":
            return self.start is not None or self.end is not None
        return self.standing_signal(signal) is None

    def is_agreed(self, signal: str, acts: Optional[list[int]]) -> bool:
        if acts is None:
            both_sides = len({one.side for one in self.staff.values()}) == 2
            countersigned = self.declaration["signals"] == "countersigned" or signal == "void"
            return not (both_sides and countersigned and not self.declaration["rehearsal"])
        proposal, confirmation = self.acts.get(acts[0]), self.acts.get(acts[1])
        if proposal is None or confirmation is None or proposal.deed != "signal" or proposal.used:
            return False
        agreed = proposal.decision == "confirmed" and proposal.decided_by is confirmation
        in_time = self.now - confirmation.at <= GIVEN_AFTER and self.last_signal <= confirmation.entry
        return agreed and in_time and proposal.fields["signal"] == signal

    # 10.3 Its effect

    def take_signal(self, entry: dict[str, Any], index: int) -> None:
        signal, refusal = entry["signal"], self.refusal_of_signal(entry["signal"])
        refuse(refusal, str(refusal))
        refuse(not self.is_agreed(signal, entry["acts"]), "both sides have not agreed")
        if self.closed:
            return
        if signal == "void":
            newest = self.end or self.start
            if newest is None or newest[1] != entry["voids"]:
                return
            if self.end:
                self.end = None
            else:
                self.start = None
        elif self.standing_signal(signal):
            return
        elif signal == "start":
            self.start = (self.now, index)
            self.starts.append(self.now)
        else:
            self.end = (self.now, index)
        self.last_signal = index
        if entry["acts"]:
            self.acts[entry["acts"][0]].used = True

    # 11 Connections and beats

    def refuse_foreign(self, connection_id: str, name: str) -> None:
        known = self.by_id.get(connection_id)
        if known is not None and known.name != name:
            raise Refused(f"{connection_id} is a connection of another person")

    def take_join(self, entry: dict[str, Any], index: int) -> None:
        row, identifier = self.row(entry["p"]), entry["s"]
        self.refuse_foreign(identifier, row.name)
        if self.closed or identifier in self.by_id:
            return
        joined = Connection(
            len(self.connections), row.name, identifier, entry["channel"], entry["d"], entry["n"], self.now
        )
        self.connections.append(joined)
        self.by_id[identifier] = joined
        self.of_run.setdefault(run_of(identifier), []).append(joined)
        if joined.device:
            self.of_device.setdefault(joined.device, []).append(joined)
        row.own_connections.append(joined)
        row.came = True
        self.newest_beats.setdefault(run_of(identifier), None)

    def finish(self, ended: Connection, last: int, cause: str) -> None:
        ended.last, ended.noticed, ended.cause = last, self.now, cause
        for number, ruling in enumerate(self.rulings):
            if ruling.network is not None and ruling.concerns(ended, self.lesson()):
                self.owner(ended.name).rulings.add(number)

    def take_leave(self, entry: dict[str, Any], index: int) -> None:
        refuse(entry["last"] > entry["t"], "a proof of life in the future")
        self.refuse_foreign(entry["s"], entry["p"])
        left = self.by_id.get(entry["s"])
        if left is not None and left.is_open:
            # What a beat has vouched for is not taken back.
            self.finish(left, max(entry["last"] // 1_000, self.vouched(left)), entry["why"])

    def take_beat(self, entry: dict[str, Any], index: int) -> None:
        refuse(entry["horizon"] > entry["t"], "a horizon in the future")
        refuse(any(run_of(one) != entry["node"] for one in entry["except"]), "an exception of another run")
        self.newest_beats[entry["node"]] = index
        beats = self.beats.setdefault(entry["node"], Beats())
        beats.add(entry["horizon"] // 1_000, (serial_of(one) for one in entry["except"]))

    def vouched(self, one: Connection) -> int:
        beats = self.beats.get(run_of(one.id))
        return max(one.joined, beats.of(serial_of(one.id))) if beats else one.joined

    def take_restart(self, entry: dict[str, Any], index: int) -> None:
        refuse(entry["node"] not in self.newest_beats, "this run never began")
        refuse(entry["beat"] != self.newest_beats[entry["node"]], "a restart names the newest beat of its run")
        self.cut_runs.append((entry["node"], self.now))
        for one in self.of_run.get(entry["node"], []):
            if one.is_open:
                self.finish(one, self.vouched(one), "restart")

    # 12 Halls

    def take_scan(self, entry: dict[str, Any], index: int) -> None:
        refuse(entry["made"] > entry["t"], "a scan in the future")
        doors = [venue["doors"] for venue in self.declaration["venues"] if venue["id"] == entry["venue"]]
        refuse(not any(entry["door"] in names for names in doors), "no such door is declared")
        row = self.row(entry["p"])
        self.refuse_foreign(entry["s"], row.name)
        if self.closed or entry["scan"] in self.scan_names:
            return
        made = entry["made"] // 1_000
        scan = Scan(
            index, entry["scan"], row.name, entry["s"], entry["venue"], entry["door"], entry["way"], entry["method"],
            entry["card"], made, entry["device"] // 1_000, self.now,
            late=max(0, self.now - made) > self.declaration["hall"]["delay_ms"],
        )  # fmt: skip
        self.scan_names.add(scan.uuid)
        self.scans.append(scan)
        row.own_scans.append(scan)
        row.came = True

    # 25.3 Head counts

    def take_headcount(self, entry: dict[str, Any], index: int) -> None:
        venues = [venue["id"] for venue in self.declaration["venues"]]
        refuse(entry["venue"] not in venues, "no such venue is declared")
        refuse(entry["by"] not in ("steward", "organizer", *self.by_name), "who counted is nobody")
        scanned = {self.owner(scan.name).place for scan in self.scans}
        inside = [self.persons[place].inside() for place in scanned]
        system = sum(1 for scan in inside if scan and scan.venue == entry["venue"])
        group = self.groups.get(entry["by"])
        beside: tuple[Any, Any, Any] = ("", "", "")
        if group:
            theirs = sum(1 for name in group.persons if self.owner(name).inside())
            beside = (group.label, len(group.persons), theirs)
        self.head_counts.append(
            HeadCount(index, self.now, entry["by"], entry["venue"], entry["persons"], system, beside)
        )

    # 14.3 Causes that hold, and 14.2 strikes

    def causes(self, person: Person) -> set[Cause]:
        """Everything that holds a person now, released or not."""
        found: set[Cause] = set()
        connections = person.connections()
        shared_by = self.declaration["people"]["persons_per_device"]
        if shared_by:
            for device in {one.device for one in connections if one.device}:
                if self.place_on_device(device, person) >= shared_by:
                    found.add(("shared_device", device))
        if self.declaration["people"]["hold_relays"]:
            found.update(("relay", one.id) for one in self.relays(connections))
        for row in person.owned_rows():
            found.update(("late_scan", scan.uuid) for scan in row.own_scans if scan.late)
        return found

    def place_on_device(self, device: str, person: Person) -> int:
        """How many others joined from a device before a person did."""
        before: set[int] = set()
        for one in self.of_device[device]:
            owner = self.owner(one.name)
            if owner is person:
                break
            before.add(owner.place)
        return len(before)

    def relays(self, connections: list[Connection]) -> list[Connection]:
        """Connections within the lesson whose device and network both differ from those of the one before."""
        lesson = self.lesson()
        if lesson is None:
            return []
        known = [one for one in connections if one.device and one.network]
        pairs = zip(known, known[1:])
        differ = [now for before, now in pairs if before.device != now.device and before.network != now.network]
        return [one for one in differ if lesson[0] < one.joined < lesson[1]]

    def unreleased(self, person: Person) -> set[Cause]:
        return self.causes(person) - person.released

    def is_accused(self, person: Person) -> bool:
        return any(self.owner(name) is person for name in self.open_strikes.values())

    def strike_stands(self, entry: int) -> bool:
        act = self.acts.get(entry)
        return act is not None and act.deed == "strike" and self.owner(act.fields["person"]).struck == entry

    # 15.2 Staff

    def acts_and_counts(self, roles: list[str]) -> bool:
        return any(self.owner(name).role in roles for name in self.staff)

    def take_staff(self, entry: dict[str, Any], index: int) -> None:
        owner = self.owner(entry["p"])
        refuse(owner.role in self.declaration["people"]["roles"], "who acts does not count")
        before, enrolled = self.staff.get(entry["p"]), Staff(entry["role"], entry["key"])
        refuse(before and before.side != enrolled.side, "enrolled for the other side")
        refuse(self.start and not self.declaration["rehearsal"], "the lesson has started")
        self.staff[entry["p"]] = enrolled

    # 15.3 The frame of an act

    def take_act(self, entry: dict[str, Any], index: int) -> None:
        staff = self.staff.get(entry["p"])
        if staff is None:
            raise Refused("not enrolled")
        statement = self.statement_of(entry, staff)
        deed, fields = read_deed(statement["do"])
        refuse(statement["origin"] != self.opened["origin"] or statement["by"] != entry["p"], "signed for elsewhere")
        refuse(statement["act"] in self.act_names, "this act was logged before")
        self.refuse_deed(deed, fields, entry["p"], staff)
        act = Act(index, self.now, entry["p"], staff.role, deed, fields)
        self.act_names.add(statement["act"])
        self.acts[index] = act
        self.begin(act)

    def statement_of(self, entry: dict[str, Any], staff: Staff) -> dict[str, Any]:
        refuse(not re.fullmatch("[A-Za-z0-9_-]{86}", entry["sig"]), "not a signature")
        signature = from_base64(entry["sig"].replace("-", "+").replace("_", "/") + "==")
        message = b"hadir act v1\n" + entry["text"].encode()
        refuse(not is_signed(bytes.fromhex(staff.key), message, signature), "the signature is not that of their key")
        refuse(len(entry["text"].encode()) > ACT_BYTES_MAX, "longer than an act can be")
        return read_statement(read_json(entry["text"]))

    # 15.4 Which deeds are allowed

    def refuse_deed(self, deed: str, fields: dict[str, Any], by: str, staff: Staff) -> None:
        if deed in ("confirm", "dismiss"):
            self.refuse_decision(deed, fields["of"], by, staff)
        elif deed in PROPOSALS:
            self.refuse_proposal(deed, fields)
        elif deed == "answer":
            refuse(not any(claim.entry == fields["claim"] for claim in self.claims), "no such claim")
        elif deed == "draw":
            refuse(not self.closed or staff.side != "independent", "it draws who is independent, after the close")
        elif deed == "outcome":
            drawn = [(one.draw, one.person) for one in self.drawn]
            refuse(staff.side != "independent" or (fields["draw"], fields["person"]) not in drawn, "not drawn")
        elif deed == "read":
            refuse(staff.role != "timekeeper" or not self.standing_signal(fields["signal"]), "nothing to read")
        elif deed == "shift":
            refuse(staff.side != "independent", "shifts are of the independent side")

    def refuse_proposal(self, deed: str, fields: dict[str, Any]) -> None:
        if deed == "strike":
            owner = self.owner(fields["person"])
            refuse(self.is_accused(owner) or owner.struck is not None, "struck, or accused already")
        elif deed == "reverse":
            refuse(not self.strike_stands(fields["strike"]), "no strike that stands")
        elif deed == "release":
            kinds = {kind for kind, _ in self.unreleased(self.owner(fields["person"]))}
            refuse(not kinds or kinds != set(fields["holds"]), "held otherwise")
        elif deed == "merge":
            self.refuse_merge(self.row(fields["from"]), self.row(fields["into"]))
        elif deed == "bridge":
            self.refuse_bridge(fields["from"], fields["to"], fields["network"])
        elif deed == "declare":
            version = self.version(fields["version"])
            refuse(version is None or version.adopted, "no version that waits")
            refuse(self.acts_and_counts(version.declaration["people"]["roles"]), "who acts would come to count")
        elif deed == "signal":
            refuse(not self.allows_signal(fields["signal"]), "no time for this signal")

    def refuse_decision(self, deed: str, of: int, by: str, staff: Staff) -> None:
        proposal = self.acts.get(of)
        if proposal is None or proposal.decision != "open":
            raise Refused("no open proposal")
        of_other_side = proposal.side != staff.side
        if deed == "dismiss":
            refuse(not of_other_side and proposal.by != by, "the side of the proposal")
            return
        refuse(not of_other_side or proposal.by == by, "the side of the proposal")
        if proposal.deed == "signal":
            refuse(self.last_signal > of, "a signal came between")
        if proposal.deed == "release":
            still = self.unreleased(self.owner(proposal.fields["person"])) & proposal.held
            refuse(not still, "nothing of what held them holds still")
        elif proposal.deed != "strike":
            self.refuse_proposal(proposal.deed, proposal.fields)

    # 15.5 Effects

    def begin(self, act: Act) -> None:
        fields = act.fields
        if act.deed in PROPOSALS:
            act.decision = "open"
        if act.deed == "strike":
            self.open_strikes[act.entry] = fields["person"]
        elif act.deed == "release":
            act.held = self.unreleased(self.owner(fields["person"]))
        elif act.deed in ("confirm", "dismiss"):
            self.decide(self.acts[fields["of"]], act)
        elif act.deed == "draw":
            self.draw(fields["persons"], fields["nonce"], act.entry)
        elif act.deed == "outcome":
            for one in self.drawn:
                if (one.draw, one.person) == (fields["draw"], fields["person"]):
                    one.found = fields["found"]
        elif act.deed == "answer":
            for claim in self.claims:
                if claim.entry == fields["claim"]:
                    claim.answer = act

    def decide(self, proposal: Act, by: Act) -> None:
        proposal.decision = "confirmed" if by.deed == "confirm" else "dismissed"
        proposal.decided_by = by
        self.open_strikes.pop(proposal.entry, None)
        if by.deed == "dismiss":
            return
        fields = proposal.fields
        if proposal.deed == "strike":
            self.owner(fields["person"]).struck = proposal.entry
        elif proposal.deed == "reverse":
            self.owner(self.acts[fields["strike"]].fields["person"]).struck = None
        elif proposal.deed == "release":
            self.owner(fields["person"]).released |= proposal.held
        elif proposal.deed == "merge":
            self.merge(self.row(fields["from"]), self.row(fields["into"]))
        elif proposal.deed == "bridge":
            self.rule(fields["from"], fields["to"], fields["network"])
        elif proposal.deed == "declare":
            version = self.version(fields["version"])
            if version:
                version.adopted, self.in_force, self.declaration = True, version.entry, version.declaration

    # 16 Merges

    def refuse_merge(self, row: Person, into: Person) -> None:
        refuse(row is into, "nobody is merged into themselves")
        for one in (row, into):
            refuse(one.stands_for is not None, "merged already")
            refuse(one.struck is not None or self.is_accused(one), "struck or accused")
            refuse(one.erased, "erased")
            refuse(any(self.owner(name) is one for name in self.staff), "who acts is not merged")

    def merge(self, row: Person, into: Person) -> None:
        # Whoever was there under the name of a row that stood for this one was there before it was merged itself.
        row.came = row.came or any(one.own_connections or one.own_scans for one in row.rows)
        self.stand_for(row, into)
        into.released |= row.released
        into.rulings |= row.rulings
        row.released, row.rulings = set(), set()

    # 17 Rulings

    def refuse_bridge(self, begin: int, end: int, network: Optional[str]) -> None:
        refuse(begin >= end, "an outage that ends before it begins")
        refuse(len(self.rulings) >= RULINGS_MAX, "too many rulings")
        rule = self.declaration["rule"]
        can_break = rule["kind"] in ("full_lesson", "minimum_time", "share") and rule["presence"] == "continuous"
        refuse(not can_break, "the rule asks for nothing that an outage breaks")
        refuse(self.cut_off_by(begin, end, network) is None, "no such outage was detected")

    def cut_off_by(self, begin: int, end: int, network: Optional[str]) -> Optional[int]:
        outages = [one for one in Count(self).outages() if one.is_of(network)]
        within = [one for one in outages if one.begin <= begin and end <= one.end]
        return max((min(one.cut_off_by, end) for one in within), default=None)

    def rule(self, begin: int, end: int, network: Optional[str]) -> None:
        cut_off_by = self.cut_off_by(begin, end, network)
        ruling = Ruling(begin, end, network, begin if cut_off_by is None else cut_off_by)
        self.rulings.append(ruling)
        for one in self.connections:
            if ruling.concerns(one, self.lesson()):
                self.owner(one.name).rulings.add(len(self.rulings) - 1)

    # 18 Versions

    def version(self, entry: int) -> Optional[Version]:
        return next((version for version in self.versions if version.entry == entry), None)

    def take_version(self, entry: dict[str, Any], index: int) -> None:
        declared, now, toml = entry["declaration"], self.declaration, entry["toml"].encode()
        refuse(entry["p"] not in self.staff, "not enrolled")
        written = {"p": entry["p"], "toml": entry["toml"], "declaration": declaration_json(declared)}
        refuse(len(toml) > VERSION_BYTES_MAX, "too long a file")
        refuse(len(compact(written).encode()) > DECLARATION_BYTES_MAX, "too long an entry")
        refuse(len(self.versions) >= VERSIONS_MAX, "too many versions")
        refuse(contradictions(declared), "it contradicts itself")
        refuse(declared == now, "the same as the declaration in force")
        for name in FIXED:
            refuse(declared[name] != now[name], f"{name} cannot change")
        for name in FIXED_OF_PEOPLE:
            refuse(declared["people"][name] != now["people"][name], f"people.{name} cannot change")
        self.versions.append(Version(index, self.now, sha256(toml).hex(), declared))

    # 19 Participation checks

    def take_nonce(self, entry: dict[str, Any], index: int) -> None:
        refuse(self.opened["commitment"] is None, "no checks are planned")
        late = self.start or self.checks or self.seed is not None
        refuse(self.nonce is not None or late, "no time for a nonce")
        self.nonce = entry["nonce"]

    def plan(self, seed: str, start: int) -> dict[int, tuple[int, Optional[str]]]:
        """When each check is due, and its word, by its place (19.1)."""
        planned = self.declaration["prompts"]
        if not planned:
            return {}
        numbers = [number for number, at in enumerate(self.starts, 1) if at == start]
        drawn = f"{seed}\n{self.nonce or ''}\n"
        length = max(0, self.planned_end(start) - start)
        edge = min(EDGE_MS, length // 20)
        part = max(0, length - 2 * edge) // max(1, planned["count"])
        free = max(0, part - planned["answer_ms"])
        places: dict[int, tuple[int, Optional[str]]] = {}
        for place in range(1, planned["count"] + 1):
            lot = sha256(f"hadir prompt\n{drawn}{max(numbers, default=0)}\n{place}\n".encode())
            offset = (int.from_bytes(lot[:8], "big") * (free + 1)) >> 64
            word = None
            if planned["kind"] == "word":
                letters = sha256(f"hadir prompt word\n{drawn}{start}\n{place}\n".encode())
                word = "".join(WORD_LETTERS[letter % 32] for letter in letters[:-6:-1])
            places[place] = (start + edge + part * (place - 1) + offset, word)
        return places

    def checks_of_lesson(self) -> list[tuple[int, Check]]:
        """The checks that belong to the lesson, each with its place in the list."""
        if self.start is None:
            return []
        return [(number, check) for number, check in enumerate(self.checks) if check.start == self.start[0]]

    def checks_to_come(self) -> int:
        planned = self.declaration["prompts"]
        done = sum(1 for _, check in self.checks_of_lesson() if check.place is not None)
        return max(0, (planned["count"] if planned else 0) - done)

    def take_prompt(self, entry: dict[str, Any], index: int) -> None:
        refuse(entry["prompt"] != len(self.checks) + 1, "another number is next")
        lesson = self.lesson()
        if lesson is None or self.start is None or self.now >= lesson[1] or self.end or self.closed:
            raise Refused("no lesson runs")
        refuse(self.seed is not None, "the seed is known")
        refuse(self.checks and self.now <= self.checks[-1].closes, "the check before is open")
        self.refuse_times(entry)
        due = None if entry["due"] is None else entry["due"] // 1_000
        self.checks.append(Check(
            entry["kind"], entry["place"], due, entry["closes"] // 1_000, entry["word"], self.now, self.start[0]
        ))  # fmt: skip

    def refuse_times(self, entry: dict[str, Any]) -> None:
        planned, place, closes = self.declaration["prompts"], entry["place"], entry["closes"] // 1_000
        most = planned["answer_ms"] if planned else 0
        least = max(0, most - ANSWER_SLACK) if planned else AT_WILL_MS_MIN
        if place is None:
            most = max(most, AT_WILL_MS[entry["kind"]])
        else:
            taken = {check.place for _, check in self.checks_of_lesson()}
            refuse(not 1 <= place <= (planned["count"] if planned else 0) or place in taken, "no such place")
            refuse(entry["due"] > entry["t"], "before it is due")
        refuse(closes < self.now + least, "it closes too soon")
        refuse(closes > self.now + most, "it closes too late")

    def take_reveal(self, entry: dict[str, Any], index: int) -> None:
        seed, lesson = entry["seed"], self.lesson()
        commitment = sha256(f"hadir prompt seed\n{seed}\n".encode()).hex()
        refuse(commitment != self.opened["commitment"], "not the seed that was committed to")
        refuse(lesson and self.now < lesson[1], "the lesson is not over")
        for check in self.checks:
            if check.place is not None:
                as_drawn = self.plan(seed, check.start).get(check.place)
                refuse(as_drawn != (check.due, check.word), "a check was not opened as it was drawn")
        self.seed = seed

    def response_to(self, entry: dict[str, Any]) -> Response:
        row = self.row(entry["p"])
        self.refuse_foreign(entry["s"], row.name)
        refuse(not 1 <= entry["prompt"] <= len(self.checks), "no such check")
        return row.own_responses.setdefault(entry["prompt"] - 1, Response())

    def take_shown(self, entry: dict[str, Any], index: int) -> None:
        self.response_to(entry).shown = True

    def take_answer(self, entry: dict[str, Any], index: int) -> None:
        response, check = self.response_to(entry), self.checks[entry["prompt"] - 1]
        if self.closed or response.answered is not None:
            return
        choice = entry["choice"]
        is_right = choice is not None if check.kind == "press" else choice == check.word
        if is_right and self.now <= check.closes:
            response.answered = self.now
        else:
            response.failed = True

    # 25 Claims, groups, spot checks

    def take_claim(self, entry: dict[str, Any], index: int) -> None:
        row, until, lesson = self.row(entry["p"]), claims_until(self.declaration), self.lesson()
        refuse(until is None or self.now > until, "no claims are taken any more")
        refuse(lesson is None or self.now < lesson[1], "the lesson is not over")
        theirs = [claim.why for claim in self.claims if self.owner(claim.person) is row.owner]
        refuse(entry["why"] in theirs, "this claim was made")
        self.claims.append(Claim(index, self.now, row.name, entry["why"]))

    def take_group(self, entry: dict[str, Any], index: int) -> None:
        steward, label, persons = self.row(entry["p"]), entry["label"], entry["persons"]
        refuse(len(persons) > GROUP_MAX, "too many persons")
        refuse(blank(label) or len(label.encode()) > LABEL_BYTES_MAX, "not a label")
        for name in persons:
            self.row(name)
        others = [name for by, group in self.groups.items() if by != steward.name for name in group.persons]
        refuse(set(others) & set(persons), "somebody is in another steward's group")
        self.groups[steward.name] = Group(label, persons)

    def draw(self, many: int, nonce: str, entry: int) -> None:
        count = Count(self)
        certified = [person.name for person in self.persons if count.status(person) == "certified"]
        erased = [self.owner(one.person).name for one in self.handled if one.what == "erased"]
        lots = sorted(
            (sha256(f"hadir sample\n{self.closed_root}\n{nonce}\n{name}\n".encode()), by_bytes(name), name)
            for name in certified
        )
        for place, (_, _, name) in enumerate(lots[:many], 1):
            self.drawn.append(Drawn(entry, place, name, "unconfirmed" if name in erased else ""))

    # 25.8 Personal data

    def take_erase(self, entry: dict[str, Any], index: int) -> None:
        row = self.row(entry["p"])
        if any(one.person == row.name for one in self.handled):
            return
        self.handled.append(Handled(index, self.now, "erased", row.name, entry["by"]))
        if not self.closed:
            row.owner.erased = True
        for one in self.drawn:
            # Nobody can be reached any more whose details are gone.
            if one.person == row.owner.name and not one.found:
                one.found = "unconfirmed"

    def take_disclose(self, entry: dict[str, Any], index: int) -> None:
        to, persons = " ".join(entry["to"]), entry["persons"]
        self.handled.append(Handled(index, self.now, "disclosed", "", to, persons, entry["sha256"]))

    def take_retire(self, entry: dict[str, Any], index: int) -> None:
        self.handled.append(Handled(index, self.now, "retired", "", entry["by"]))


# ---------------------------------------------------------------------------------------------------------------------
# 13, and 20 to 24: what the state says at one moment
# ---------------------------------------------------------------------------------------------------------------------

BUCKET_MS = 10_000
PEAK_INSTANTS_MAX = 100
SECONDS_MAX = 1_000_000
DROP_WITHIN, DROP_PERSONS_MIN, DROP_ONE_IN, DROP_SHARE = 30_000, 20, 10, 80
PROMPT_LATE = 10_000
BURST_JOINS_MIN, NETWORK_PERSONS_MIN, ANSWERS_ALIKE_MIN, PARALLEL_MIN = 20, 20, 5, 210_000
REASONS = (
    "never_joined", "role", "merged", "erased", "no_start", "late", "left_early", "gap", "too_short", "prompts",
    "struck", "held",
)  # fmt: skip
INCIDENT_KINDS = ("restart", "mass_drop", "network_drop", "clock_step", "late_check", "missed_check")
ANOMALY_KINDS = ("shared_device", "relay", "burst", "answers_alike", "parallel", "shared_network")


def union(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time as stretches that neither overlap nor touch."""
    found: list[Stretch] = []
    for begin, end in sorted(stretches):
        if begin >= end:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def cut_to(stretches: Iterable[Stretch], window: Stretch) -> list[Stretch]:
    cut = ((max(begin, window[0]), min(end, window[1])) for begin, end in stretches)
    return [(begin, end) for begin, end in cut if begin < end]


def joined_within(stretches: Iterable[Stretch], most: int) -> list[Stretch]:
    """Neighbours that are at most so far apart, as one."""
    found: list[Stretch] = []
    for begin, end in stretches:
        if found and begin - found[-1][1] <= most:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found


class Time:
    """One of the two sums of a profile."""

    __slots__ = ("total", "run", "longest")

    def __init__(self) -> None:
        self.total = self.run = self.longest = 0

    def grow(self, length: int) -> None:
        self.total += length
        self.run += length
        self.longest = max(self.longest, self.run)


class Profile:
    """A person's time in a window (20.1)."""

    def __init__(self) -> None:
        self.first: Optional[int] = None
        self.last_end = 0
        self.longest_gap = 0
        self.broken = False
        self.strict, self.bridged = Time(), Time()

    def add(self, begin: int, end: int, bridges: Callable[[int, int], bool]) -> None:
        if begin >= end:
            return
        if self.first is None:
            self.first = begin
        else:
            self.interrupt(begin - self.last_end, begin, bridges)
        self.strict.grow(end - begin)
        self.bridged.grow(end - begin)
        self.last_end = end

    def interrupt(self, gap: int, begin: int, bridges: Callable[[int, int], bool]) -> None:
        self.longest_gap = max(self.longest_gap, gap)
        if gap > 0:
            self.strict.run = 0
        if gap == 0 or bridges(self.last_end, begin):
            self.bridged.grow(gap)
        else:
            self.bridged.run = 0
            self.broken = True

    def time(self, bridged: bool) -> Time:
        return self.bridged if bridged else self.strict

    # 20.2 Clauses of presence, over a lesson

    def in_time(self, lesson: Stretch, rule: dict[str, Any]) -> bool:
        return self.first is not None and self.first <= lesson[0] + rule["late_ms"]

    def to_the_end(self, lesson: Stretch, rule: dict[str, Any]) -> bool:
        return self.first is not None and self.last_end >= lesson[1] - rule["early_ms"]

    def unbroken(self, bridged: bool) -> bool:
        return not self.broken if bridged else self.longest_gap == 0

    def full_lesson(self, lesson: Stretch, rule: dict[str, Any], bridged: bool) -> bool:
        return self.in_time(lesson, rule) and self.to_the_end(lesson, rule) and self.unbroken(bridged)

    def minimum_time(self, least: int, continuous: bool, bridged: bool) -> bool:
        time = self.time(bridged)
        return self.first is not None and (time.longest if continuous else time.total) >= least

    def share(self, lesson: Stretch, share_bp: int, bridged: bool) -> bool:
        return self.first is not None and self.time(bridged).total * 10_000 >= (lesson[1] - lesson[0]) * share_bp

    def holds_continuously(self, lesson: Stretch, declared: Declaration, bridged: bool) -> bool:
        rule = declared["rule"]
        if rule["kind"] == "full_lesson":
            return self.full_lesson(lesson, rule, bridged)
        if rule["kind"] == "minimum_time":
            return self.minimum_time(minimum(declared), rule["continuous"], bridged)
        if rule["kind"] == "share":
            return self.share(lesson, share(declared), bridged)
        return rule["kind"] == "prompts" and self.first is not None


class Curve:
    """How many stretches hold an instant, at each instant (22.1)."""

    def __init__(self, stretches: Iterable[Stretch]):
        changes: dict[int, int] = {}
        for begin, end in stretches:
            changes[begin] = changes.get(begin, 0) + 1
            if end < FOREVER:
                changes[end] = changes.get(end, 0) - 1
        self.times = sorted(time for time, change in changes.items() if change)
        self.values: list[int] = []
        value = 0
        for time in self.times:
            value += changes[time]
            self.values.append(value)

    def at(self, time: int) -> int:
        place = bisect_right(self.times, time)
        return self.values[place - 1] if place else 0

    def steps(self, window: Stretch) -> Iterator[tuple[int, int]]:
        """The value at the window's beginning and at each change within it, with its instant."""
        yield window[0], self.at(window[0])
        for place in range(bisect_right(self.times, window[0]), bisect_left(self.times, window[1])):
            yield self.times[place], self.values[place]

    def area(self, window: Stretch) -> int:
        steps = [*self.steps(window), (window[1], 0)]
        return sum(value * (after - time) for (time, value), (after, _) in zip(steps, steps[1:]))


class Peak(NamedTuple):
    count: int
    at: list[int]

    @classmethod
    def of(cls, curve: Curve, window: Optional[Stretch]) -> Peak:
        if window is None:
            return cls(0, [])
        steps = list(curve.steps(window))
        highest = max(value for _, value in steps)
        if highest == 0:
            return cls(0, [])
        before = [-1, *(value for _, value in steps)]
        begins = [time for (time, value), last in zip(steps, before) if value == highest and last != highest]
        return cls(highest, begins[:PEAK_INSTANTS_MAX])

    def written(self) -> dict[str, Any]:
        return {"count": self.count, "at": [show(time) for time in self.at]}


class Stay:
    """A stay in a hall between scans (12.2)."""

    def __init__(self, scan: Scan):
        self.id, self.name = scan.id, scan.name
        self.begin = self.end = scan.made
        self.left: Optional[int] = None
        self.cause = "roll_call" if scan.way == "roll" else ""


def stays_of(scans: list[Scan]) -> list[Stay]:
    stays: list[Stay] = []
    inside_at = None
    for scan in scans:
        if scan.way != "in" and inside_at == scan.venue:
            # The stay goes on: what lies between the two scans is proved.
            stays[-1].end, stays[-1].cause = scan.made, "roll_call"
        else:
            stays.append(Stay(scan))
        if scan.way == "out":
            stays[-1].left, stays[-1].cause = scan.made, "exit"
        inside_at = None if scan.way == "out" else scan.venue
    return stays


class Standing(NamedTuple):
    """What a person reaches (20.5)."""

    in_lesson: bool = False
    full_lesson: bool = False
    active_or_not: bool = False
    qualifies: bool = False
    qualifies_strictly: bool = False
    can_qualify: bool = True


class Responses(NamedTuple):
    """A person's responses to the lesson's checks (19.5)."""

    answered: int
    open: int
    missed_last: bool

    def hold(self, mode: str, declared: Declaration) -> bool:
        return self.answered >= prompts_min(declared) and (mode == "continuous" or not self.missed_last)


class Outage(NamedTuple):
    """What ended connections: a restart or a drop (17.1, 23)."""

    kind: str
    subject: str
    begin: int
    end: int
    ended: list[Connection]
    there: int

    @property
    def cut_off_by(self) -> int:
        return max((one.end for one in self.ended), default=self.begin)

    def is_of(self, network: Optional[str]) -> bool:
        large = len(self.ended) * 100 >= self.there * DROP_SHARE
        if network is None:
            return self.kind == "restart" or (self.kind == "mass_drop" and large)
        return self.kind == "network_drop" and self.subject == network and large


class Count:
    """Everything that can be said of a log as it stands. It does not outlive the next line."""

    def __init__(self, log: Log):
        self.log, self.now = log, log.now
        self.declaration = log.declaration
        self.rule = log.declaration["rule"]
        self.grace_ms: int = self.rule["grace_ms"]
        self.mode: str = self.rule["presence"]
        self.lesson = log.lesson()
        self.elapsed = None if self.lesson is None else (self.lesson[0], min(self.now, self.lesson[1]))
        self.seen = self.seen_of(self.lesson)
        self.checks = log.checks_of_lesson()
        self.own = [person for person in log.persons if not person.stands_for]
        self.remembered: dict[str, dict[int, Any]] = {}
        self.curves: dict[bool, Curve] = {}
        self.peaks: dict[bool, Peak] = {}

    def seen_of(self, lesson: Optional[Stretch]) -> Optional[Stretch]:
        if lesson is None or min(self.now + 1, lesson[1]) <= lesson[0]:
            return None
        return lesson[0], min(self.now + 1, lesson[1])

    @property
    def is_over(self) -> bool:
        return self.lesson is not None and self.now >= self.lesson[1]

    @property
    def phase(self) -> str:
        if self.log.closed:
            return "closed"
        if self.log.start is None:
            return "waiting"
        return "ended" if self.log.end or self.is_over else "running"

    def once(self, name: str, person: Person, work: Callable[[Person], Any]) -> Any:
        """Works something out once for each person."""
        known = self.remembered.setdefault(name, {})
        if person.place not in known:
            known[person.place] = work(person)
        return known[person.place]

    # 13 Presence

    def stays(self, person: Person) -> list[Stay]:
        return self.once("stays", person, lambda one: stays_of(one.scans()))

    def presence(self, person: Person) -> list[Stretch]:
        return self.once("presence", person, lambda one: union(self.proofs(one)))

    def proofs(self, person: Person) -> list[Stretch]:
        """From where to where connections and stays prove somebody, the last instant included."""
        proofs = [(one.joined, one.end) for one in person.connections()]
        proofs.extend((stay.begin, stay.end) for stay in self.stays(person))
        return proofs

    def proved_within(self, person: Person, begin: int, end: int) -> bool:
        return any(first <= end and last >= begin for first, last in self.proofs(person))

    def first_join(self, person: Person) -> Optional[int]:
        return self.once("first_join", person, lambda one: min((first for first, _ in self.proofs(one)), default=None))

    def last_proof(self, person: Person) -> Optional[int]:
        ended = [one.end for one in person.connections() if not one.is_open]
        return max(ended + [scan.made for scan in person.scans()], default=None)

    def is_connected(self, person: Person) -> bool:
        return any(one.is_open for one in person.connections())

    # 14.1 Who is eligible

    def is_listed(self, person: Person, declared: Declaration) -> bool:
        return not person.added or declared["people"]["open_registration_counts"]

    def may_count(self, person: Person, declared: Declaration) -> bool:
        counts = person.role in declared["people"]["roles"] and self.is_listed(person, declared)
        return counts and not person.stands_for and not person.erased

    def causes(self, person: Person) -> set[Cause]:
        return self.once("causes", person, self.log.causes)

    def is_free(self, person: Person) -> bool:
        return self.once("free", person, self.work_out_free)

    def work_out_free(self, person: Person) -> bool:
        accused = person.struck is not None or self.log.is_accused(person)
        return not accused and self.causes(person) <= person.released

    def is_eligible(self, person: Person) -> bool:
        return self.may_count(person, self.declaration) and self.is_free(person)

    def eligible(self) -> list[Person]:
        return [person for person in self.own if self.is_eligible(person)]

    # 19.5 Responses

    def responses(self, person: Person) -> Responses:
        return self.once("responses", person, self.work_out_responses)

    def work_out_responses(self, person: Person) -> Responses:
        answered, undecided, missed_last = 0, 0, False
        for number, check in self.checks:
            is_answered = person.response(number).answered is not None
            answered += is_answered
            if is_answered or self.log.closed or self.now > check.closes:
                missed_last = not is_answered
            else:
                undecided += 1
        return Responses(answered, undecided, missed_last)

    # 20.1 Profiles

    def bridges(self, person: Person, declared: Declaration, rulings: bool) -> Callable[[int, int], bool]:
        grace_ms = declared["rule"]["grace_ms"]
        those = [self.log.rulings[number] for number in sorted(person.rulings)] if rulings else []
        return lambda left, right: right - left <= grace_ms or any(ruling.bridges(left, right) for ruling in those)

    def profile(self, person: Person) -> Profile:
        """By the declaration in force, over what has elapsed."""
        return self.once("profile", person, lambda one: self.profile_by(one, self.declaration))

    def profile_by(
        self, person: Person, declared: Declaration, rulings: bool = True, over: Optional[Stretch] = None,
        also: Optional[Stretch] = None,
    ) -> Profile:  # fmt: skip
        profile, window = Profile(), over or self.elapsed
        if window:
            bridges = self.bridges(person, declared, rulings)
            stretches = union([*self.presence(person), also]) if also else self.presence(person)
            for begin, end in cut_to(stretches, window):
                profile.add(begin, end, bridges)
        return profile

    # 20.3 Mode checkpoints

    def proved_at_start(self, person: Person, declared: Declaration) -> bool:
        around = declared["rule"]["checkpoints"]
        return self.elapsed is not None and self.proved_within(
            person, self.elapsed[0] - around["before_start_ms"], self.elapsed[0] + around["after_start_ms"]
        )

    def proved_at_end(self, person: Person, declared: Declaration) -> bool:
        around = declared["rule"]["checkpoints"]
        return self.elapsed is not None and self.proved_within(
            person, self.elapsed[1] - around["before_end_ms"], self.elapsed[1] + around["after_end_ms"]
        )

    def proved_at_both(self, person: Person, declared: Declaration) -> bool:
        return self.proved_at_start(person, declared) and self.proved_at_end(person, declared)

    # 20.4 and 20.5 Standing

    def holds_presence(self, person: Person, profile: Profile, declared: Declaration, bridged: bool) -> bool:
        if declared["rule"]["presence"] == "checkpoints":
            return self.proved_at_both(person, declared)
        return self.elapsed is not None and profile.holds_continuously(self.elapsed, declared, bridged)

    def qualifies(self, person: Person, declared: Declaration, rulings: bool = True) -> bool:
        if self.elapsed is None:
            return False
        in_force = declared is self.declaration and rulings
        profile = self.profile(person) if in_force else self.profile_by(person, declared, rulings)
        checks_hold = self.responses(person).hold(declared["rule"]["presence"], declared)
        return checks_hold and self.holds_presence(person, profile, declared, bridged=True)

    def standing(self, person: Person) -> Standing:
        return self.once("standing", person, self.work_out_standing)

    def work_out_standing(self, person: Person) -> Standing:
        if self.elapsed is None:
            return Standing()
        profile, declared = self.profile(person), self.declaration
        checks_hold = self.responses(person).hold(self.mode, declared)
        active_or_not = self.holds_presence(person, profile, declared, bridged=True)
        qualifies = active_or_not and checks_hold
        return Standing(
            in_lesson=profile.first is not None,
            full_lesson=profile.first is not None and profile.strict.total == self.elapsed[1] - self.elapsed[0],
            active_or_not=active_or_not,
            qualifies=qualifies,
            qualifies_strictly=checks_hold and self.holds_presence(person, profile, declared, bridged=False),
            can_qualify=qualifies if self.log.closed else self.can_qualify(person),
        )

    # 20.6 Who can qualify still

    def can_qualify(self, person: Person) -> bool:
        if self.lesson is None:
            return True
        (start, end), responses, now = self.lesson, self.responses(person), self.now
        come = responses.open + (0 if self.is_over else self.log.checks_to_come())
        if responses.answered + come < prompts_min(self.declaration):
            return False
        if self.mode == "continuous":
            return self.can_hold_presence(person, self.lesson)
        if responses.missed_last and come == 0:
            return False
        around, declared = self.rule["checkpoints"], self.declaration
        at_start = now <= start + around["after_start_ms"] or self.proved_at_start(person, declared)
        at_end = now <= end + around["after_end_ms"] or self.proved_at_end(person, declared) or person.inside()
        return at_start and bool(now < end or at_end)

    def can_hold_presence(self, person: Person, lesson: Stretch) -> bool:
        if self.rule["kind"] == "peak" and self.now < lesson[1]:
            return True
        declared, inside = self.declaration, person.inside()
        if self.profile(person).holds_continuously(lesson, declared, bridged=True):
            return True
        if inside:
            hoped = self.profile_by(person, declared, over=lesson, also=(inside.made, lesson[1]))
        else:
            hoped = self.profile_by(person, declared)
            if self.now < lesson[1]:
                hoped.add(max(self.now, lesson[0]), lesson[1], self.bridges(person, declared, rulings=True))
        return hoped.holds_continuously(lesson, declared, bridged=True)

    # 21 Status and reason

    def reason(self, person: Person) -> str:
        return self.once("reason", person, self.work_out_reason)

    def work_out_reason(self, person: Person) -> str:
        declared = self.declaration
        if self.first_join(person) is None and not person.came:
            return "never_joined"
        if person.role not in declared["people"]["roles"]:
            return "role"
        if person.stands_for:
            return "merged"
        if not self.is_listed(person, declared):
            return "role"
        if person.erased:
            return "erased"
        if self.elapsed is None:
            return "no_start"
        by_presence = self.reason_of_presence(person, self.elapsed)
        if by_presence:
            return by_presence
        if not self.responses(person).hold(self.mode, declared):
            return "prompts"
        if person.struck is not None:
            return "struck"
        return "" if self.is_eligible(person) else "held"

    def reason_of_presence(self, person: Person, elapsed: Stretch) -> str:
        if self.mode == "checkpoints":
            if not self.proved_at_start(person, self.declaration):
                return "late"
            return "" if self.proved_at_end(person, self.declaration) else "left_early"
        if self.rule["kind"] == "peak":
            return self.reason_of_peak(person)
        profile = self.profile(person)
        if self.rule["kind"] != "full_lesson":
            return "" if profile.holds_continuously(elapsed, self.declaration, bridged=True) else "too_short"
        if not profile.in_time(elapsed, self.rule):
            return "late"
        if not profile.to_the_end(elapsed, self.rule):
            return "left_early"
        return "" if profile.unbroken(bridged=True) else "gap"

    def reason_of_peak(self, person: Person) -> str:
        peak = self.peak(bridged=True).at
        if self.seen is None or not peak:
            return "late"
        stretches = joined_within(cut_to(self.presence(person), self.seen), self.grace_ms)
        if any(begin <= peak[0] < end for begin, end in stretches):
            return ""
        if all(begin > peak[0] for begin, _ in stretches):
            return "late"
        return "left_early" if all(end <= peak[0] for _, end in stretches) else "gap"

    def status(self, person: Person) -> str:
        if not self.may_count(person, self.declaration) or person.struck is not None:
            return "excluded"
        if not self.is_eligible(person):
            return "held"
        return "not_certified" if self.reason(person) else "certified"

    # 22.1 Curves

    def bridged_presence(self, person: Person, grace_ms: int) -> list[Stretch]:
        """Their whole presence with the interruptions joined that lie within the lesson."""
        presence = self.presence(person)
        if self.lesson is None or len(presence) < 2:
            return presence
        (start, end), found = self.lesson, presence[:1]
        for begin, until in presence[1:]:
            left = found[-1][1]
            if left > start and begin < end and begin - left <= grace_ms:
                found[-1] = (found[-1][0], until)
            else:
                found.append((begin, until))
        return found

    def curve(self, bridged: bool) -> Curve:
        if bridged not in self.curves:
            eligible, grace_ms = self.eligible(), self.grace_ms
            if bridged:
                stretches = (one for person in eligible for one in self.bridged_presence(person, grace_ms))
            else:
                stretches = (one for person in eligible for one in self.presence(person))
            self.curves[bridged] = Curve(stretches)
        return self.curves[bridged]

    # 22.2 to 22.4

    def peak(self, bridged: bool) -> Peak:
        if bridged not in self.peaks:
            self.peaks[bridged] = Peak.of(self.curve(bridged), self.seen)
        return self.peaks[bridged]

    def ten_seconds(self, grace_ms: int) -> dict[str, int]:
        if self.elapsed is None:
            return {"strict": 0, "loose": 0}
        throughout: list[Stretch] = []
        at_any_time: list[Stretch] = []
        for person in self.eligible():
            reached = -FOREVER
            for begin, end in joined_within(cut_to(self.presence(person), self.elapsed), grace_ms):
                throughout.append((-(-begin // BUCKET_MS), end // BUCKET_MS))
                # Two stretches of one person in one bucket are one person there.
                at_any_time.append((max(reached, begin // BUCKET_MS), -(-end // BUCKET_MS)))
                reached = -(-end // BUCKET_MS)
        highest = [max(Curve(cut_to(those, (0, FOREVER))).values, default=0) for those in (throughout, at_any_time)]
        return {"strict": highest[0], "loose": highest[1]}

    def census(self) -> list[dict[str, Any]]:
        if self.elapsed is None or self.elapsed[0] >= self.elapsed[1]:
            return []
        start, end = self.elapsed
        strict, bridged = self.curve(bridged=False), self.curve(bridged=True)
        return [
            {"at": show(time), "present": strict.at(time), "present_bridged": bridged.at(time)}
            for time in (start, start + (end - start) // 2, end - 1)
        ]

    # 22.5 Timeline

    def timeline(self) -> Iterator[tuple[str, int, int, int]]:
        if not self.log.connections:
            return
        connections = Curve((one.joined, one.end) for one in self.log.connections if one.joined < one.end)
        curves = (self.curve(bridged=False), self.curve(bridged=True), connections)
        last, rows = None, 0
        for second in range(self.log.connections[0].joined // 1_000 * 1_000, self.now + 1, 1_000):
            numbers = tuple(curve.at(second) for curve in curves)
            if numbers != last or (any(numbers) and rows < SECONDS_MAX):
                yield (show(second), *numbers)
                last, rows = numbers, rows + 1

    # 18.3 Counts under a version

    def count_under(self, declared: Declaration, rulings: bool = True, releases: bool = True) -> int:
        those = [person for person in self.own if self.may_count(person, declared) and self.is_free(person)]
        if not releases:
            those = [person for person in those if not self.causes(person)]
        if declared["rule"]["kind"] != "peak":
            return sum(1 for person in those if self.qualifies(person, declared, rulings))
        grace_ms = declared["rule"]["grace_ms"]
        stretches = (one for person in those for one in self.bridged_presence(person, grace_ms))
        return Peak.of(Curve(stretches), self.seen).count

    # 23 Incidents

    def outages(self) -> list[Outage]:
        found = []
        for cut, at in self.log.cut_runs:
            ended = [one for one in self.log.of_run.get(cut, []) if one.cause == "restart"]
            begin = min((one.end for one in ended), default=at)
            found.append(Outage("restart", cut, begin, at, ended, len(ended)))
        if self.lesson:
            found.extend(self.bursts("mass_drop", "", self.log.connections, self.lesson))
            networks: dict[str, list[Connection]] = {}
            for one in self.log.connections:
                if one.network:
                    networks.setdefault(one.network, []).append(one)
            for network, those in networks.items():
                found.extend(self.bursts("network_drop", network, those, self.lesson))
        return found

    def bursts(self, kind: str, network: str, those: list[Connection], lesson: Stretch) -> Iterator[Outage]:
        joins = sorted(one.joined for one in those)
        lasts = sorted(one.end for one in those if not one.is_open)
        lost = [one for one in those if one.cause in LOST and lesson[0] <= one.end < lesson[1]]
        lost.sort(key=lambda one: (one.end, parts_of(one.id)))
        ends, place = [one.end for one in lost], 0
        while place < len(lost):
            first = ends[place]
            together = lost[place : bisect_right(ends, first + DROP_WITHIN)]
            there = bisect_right(joins, first) - bisect_left(lasts, first)
            if kind == "mass_drop":
                large = len(together) >= there // DROP_ONE_IN
            else:
                large = len(together) * 100 >= there * DROP_SHARE
            if large and len({self.log.owner(one.name).place for one in together}) >= DROP_PERSONS_MIN:
                yield Outage(kind, network, first, self.over_by(together), together, there)
                place += len(together)
            else:
                place += 1

    def over_by(self, ended: list[Connection]) -> int:
        """When half of those who came back were back (23.4)."""
        latest = max(one.end for one in ended)
        backs = sorted(back for back in map(self.back_after, ended) if back is not None)
        return max(latest, backs[len(backs) // 2]) if backs else latest

    def back_after(self, ended: Connection) -> Optional[int]:
        owner = self.log.owner(ended.name)
        proved = self.once("ended presence", owner, self.ended_presence)
        begins = [next((begin for begin, end in proved if end > ended.end), FOREVER)]
        begins.extend(one.joined for one in owner.connections() if one.is_open)
        return min(begins) if ended.end < min(begins) < FOREVER else None

    def ended_presence(self, person: Person) -> list[Stretch]:
        return union(proof for proof in self.proofs(person) if proof[1] < FOREVER)

    def row_of(self, outage: Outage) -> tuple[Any, ...]:
        """A row of incidents for an outage, with its effect (23.2)."""
        owners = {self.log.owner(one.name).place: self.log.owner(one.name) for one in outage.ended}
        back = {
            self.log.owner(one.name).place
            for one in outage.ended
            if self.proved_within(self.log.owner(one.name), one.end + 1, one.end + self.grace_ms)
        }
        counted = (one for one in owners.values() if self.is_eligible(one) and self.standing(one).qualifies)
        numbers = (len(owners), len(back), sum(1 for _ in counted), len(outage.ended), outage.there)
        return (outage.begin, outage.end, outage.kind, outage.subject, *numbers)

    def incidents(self) -> list[tuple[Any, ...]]:
        rows = [self.row_of(outage) for outage in self.outages()]
        nobody = (0, 0, 0, 0, 0)
        for clock in self.log.clocks:
            if clock.status == "stepped":
                rows.append((clock.at, clock.at, "clock_step", str(clock.offset_us), *nobody))
        for number, check in enumerate(self.log.checks, 1):
            if check.due is not None and check.opened - check.due > PROMPT_LATE:
                rows.append((check.due, check.opened, "late_check", str(number), *nobody))
        rows.extend((*when, "missed_check", str(place), *nobody) for place, when in self.missed_checks())
        return sorted(rows, key=lambda row: (*row[:2], INCIDENT_KINDS.index(row[2]), by_text(row[3]), *row[4:]))

    def missed_checks(self) -> Iterator[tuple[int, Stretch]]:
        planned = self.declaration["prompts"]
        if self.lesson is None or not self.is_over or not planned:
            return
        opened = {check.place for _, check in self.checks}
        plan = self.log.plan(self.log.seed, self.lesson[0]) if self.log.seed else {}
        for place in range(1, planned["count"] + 1):
            if place not in opened:
                yield place, (plan[place][0], plan[place][0]) if place in plan else self.lesson

    # 24 Anomalies

    def anomalies(self) -> list[tuple[Any, ...]]:
        rows = [*self.shared_devices(), *self.relayed(), *self.of_networks(), *self.answers_alike(), *self.parallel()]
        first = -FOREVER
        return sorted(rows, key=lambda row: (
            ANOMALY_KINDS.index(row[0]), by_text(row[1]), first if row[2] is None else row[2], *row[3:]
        ))  # fmt: skip

    def owners(self, those: Iterable[Connection]) -> int:
        return len({self.log.owner(one.name).place for one in those})

    def shared_devices(self) -> Iterator[tuple[Any, ...]]:
        allowed = self.declaration["people"]["persons_per_device"]
        for device, those in self.log.of_device.items():
            if self.owners(those) > max(allowed, 1):
                yield "shared_device", device, None, self.owners(those), allowed > 0

    def relayed(self) -> Iterator[tuple[Any, ...]]:
        for person in self.own:
            relays = self.log.relays(person.connections())
            if relays:
                yield "relay", person.name, relays[0].joined, 1, self.declaration["people"]["hold_relays"]

    def of_networks(self) -> Iterator[tuple[Any, ...]]:
        networks: dict[str, list[Connection]] = {}
        seconds: dict[tuple[str, int], list[Connection]] = {}
        for one in self.log.connections:
            if one.network:
                networks.setdefault(one.network, []).append(one)
                seconds.setdefault((one.network, one.joined // 1_000), []).append(one)
        for (network, second), those in seconds.items():
            if self.owners(those) >= BURST_JOINS_MIN:
                yield "burst", network, second * 1_000, self.owners(those), False
        for network, those in networks.items():
            if self.owners(those) >= NETWORK_PERSONS_MIN:
                yield "shared_network", network, None, self.owners(those), False

    def answers_alike(self) -> Iterator[tuple[Any, ...]]:
        for number in range(len(self.log.checks)):
            times: dict[int, int] = {}
            for person in self.own:
                answered = person.response(number).answered
                if answered is not None:
                    times[answered] = times.get(answered, 0) + 1
            for time, persons in times.items():
                if persons >= ANSWERS_ALIKE_MIN:
                    yield "answers_alike", str(number + 1), time, persons, False

    def parallel(self) -> Iterator[tuple[Any, ...]]:
        for person in self.own:
            at = self.parallel_at(person)
            if at is not None:
                yield "parallel", person.name, at, 1, False

    def parallel_at(self, person: Person) -> Optional[int]:
        """When a second device was there beside the first for long (24.1)."""
        until: dict[Optional[str], int] = {}
        for one in person.connections():
            end = self.now if one.is_open else one.end
            others = max((time for device, time in until.items() if device != one.device), default=None)
            if others is not None and min(others, end) - one.joined > PARALLEL_MIN:
                return one.joined
            until[one.device] = max(until.get(one.device, end), end)
        return None

    # 26.2 Final

    def is_final(self) -> bool:
        if self.lesson is None or self.phase not in ("ended", "closed"):
            return False
        if not self.log.closed:
            asked = any(self.now <= check.closes for _, check in self.checks)
            after_end = self.rule["checkpoints"]["after_end_ms"]
            early = self.mode == "checkpoints" and self.now <= self.lesson[1] + after_end
            if asked or early or any(person.inside() for person in self.own):
                return False
        end, open_ones = self.lesson[1], (one for one in self.log.connections if one.is_open)
        return all(one.joined >= end or self.log.vouched(one) >= end for one in open_ones)

    def channel(self, person: Person) -> str:
        connections = person.connections()
        online = any(one.channel == "online" for one in connections)
        gate = any(one.channel == "gate" for one in connections) or bool(person.scans())
        if online and gate:
            return "both"
        return "online" if online else "gate" if gate else ""


# ---------------------------------------------------------------------------------------------------------------------
# 28 The rule in words
# ---------------------------------------------------------------------------------------------------------------------


def seconds(length_ms: int) -> str:
    whole_seconds, rest = divmod(length_ms, 1_000)
    return f"{whole_seconds}.{rest:03}" if rest else str(whole_seconds)


def words(declared: Declaration) -> dict[str, str]:
    """The declared rule in Indonesian and English."""
    rule = declared["rule"]
    parts_id, parts_en = beginning_of_rule(declared)
    if rule["prompts_min"] is not None:
        parts_id += f"; menjawab paling sedikit {rule['prompts_min']} pemeriksaan"
        parts_en += f"; at least {rule['prompts_min']} participation check(s) answered"
    if rule["presence"] == "continuous":
        parts_id += f"; jeda sampai {seconds(rule['grace_ms'])} detik dijembatani"
        parts_en += f"; interruptions of up to {seconds(rule['grace_ms'])} s are bridged"
    return {"id": f"{parts_id}; satu orang satu hitungan", "en": f"{parts_en}; each person counts once"}


def beginning_of_rule(declared: Declaration) -> tuple[str, str]:
    rule, kind = declared["rule"], declared["rule"]["kind"]
    late, early, least = (seconds(rule[name] or 0) for name in ("late_ms", "early_ms", "minimum_ms"))
    if kind == "full_lesson" and rule["presence"] == "checkpoints":
        return words_of_checkpoints(rule["checkpoints"])
    if kind == "full_lesson":
        return (
            f"hadir penuh: paling lambat {late} detik setelah mulai, paling cepat pulang {early} detik sebelum selesai",
            f"present throughout: from at most {late} s after the start to at most {early} s before the end",
        )
    if kind == "minimum_time" and rule["continuous"]:
        return f"hadir terus-menerus paling sedikit {least} detik", f"present for at least {least} s in one run"
    if kind == "minimum_time":
        return f"hadir paling sedikit {least} detik secara total", f"present for at least {least} s in total"
    if kind == "share":
        whole_percent, rest = divmod(share(declared), 100)
        return (
            f"hadir paling sedikit {whole_percent},{rest:02} % dari pelajaran",
            f"present for at least {whole_percent}.{rest:02} % of the lesson",
        )
    if kind == "peak":
        return (
            "jumlah orang yang hadir bersamaan pada saat teramai",
            "the number of persons present at the same moment, when most were",
        )
    return "hadir dalam pelajaran", "present in the lesson"


def words_of_checkpoints(around: dict[str, int]) -> tuple[str, str]:
    at = {name: seconds(length_ms) for name, length_ms in around.items()}
    return (
        f"bukti hadir antara {at['before_start_ms']} detik sebelum dan {at['after_start_ms']} detik setelah mulai, "
        f"pemeriksaan terakhir dijawab, dan bukti hadir antara {at['before_end_ms']} detik sebelum dan "
        f"{at['after_end_ms']} detik setelah selesai",
        f"proved present between {at['before_start_ms']} s before and {at['after_start_ms']} s after the start, the "
        f"last participation check answered, and proved present between {at['before_end_ms']} s before and "
        f"{at['after_end_ms']} s after the end",
    )


# ---------------------------------------------------------------------------------------------------------------------
# 26 tallies.json and funnel.json
# ---------------------------------------------------------------------------------------------------------------------


def how_many(those: Iterable[Any], is_so: Callable[[Any], Any]) -> int:
    return sum(1 for one in those if is_so(one))


def funnel_of(count: Count) -> list[dict[str, Any]]:
    reasons = [count.reason(person) for person in count.log.persons]
    steps = [("on_the_list", len(reasons)), *((name, reasons.count(name)) for name in REASONS)]
    steps.append(("certified", how_many(count.log.persons, lambda person: count.status(person) == "certified")))
    return [{"step": step, "count": number} for step, number in steps]


def tallies_of(count: Count, funnel: list[dict[str, Any]]) -> dict[str, Any]:
    """Every member in its order (26.1)."""
    return {
        **tallies_of_the_moment(count),
        **tallies_of_the_lesson(count),
        **tallies_of_clauses(count),
        **tallies_of_parts(count),
        "funnel": funnel,
        **tallies_of_reviews(count),
    }


def tallies_of_the_moment(count: Count) -> dict[str, Any]:
    log, own, eligible = count.log, count.own, count.eligible()
    standing, is_peak = count.standing, count.rule["kind"] == "peak"
    present = how_many(eligible, count.is_connected)
    certifiable = certifiable_of(count)
    strictly = how_many(eligible, lambda person: standing(person).qualifies_strictly)
    can_qualify = how_many(eligible, lambda person: standing(person).can_qualify)
    running = count.lesson is not None and count.lesson[0] < count.lesson[1] and not count.is_over
    return {
        "size": log.tree.size,
        "root": log.tree.root().hex(),
        "at": show(count.now),
        "phase": count.phase,
        "final": count.is_final(),
        "registered": len(own),
        "ever_joined": how_many(own, lambda person: count.first_join(person) is not None),
        "in_lesson": how_many(own, lambda person: standing(person).in_lesson),
        "connections": len(log.connections) + sum(len(count.stays(person)) for person in own),
        "present": present,
        "present_bridged": count.curve(bridged=True).at(count.now) if running else present,
        "peak": count.peak(bridged=False).written(),
        "full_lesson": how_many(own, lambda person: standing(person).full_lesson),
        "certifiable": certifiable,
        "certifiable_strict": count.peak(bridged=False).count if is_peak else strictly,
        "can_qualify": certifiable if is_peak and count.is_over else can_qualify,
        "rule": words(count.declaration),
        "prompts": prompts_of(count),
        "hall": {
            "scanned": how_many(own, lambda person: person.scans()),
            "inside": how_many(own, lambda person: person.inside()),
        },
    }


def certifiable_of(count: Count) -> int:
    if count.rule["kind"] == "peak":
        return count.peak(bridged=True).count
    return how_many(count.eligible(), lambda person: count.standing(person).qualifies)


def prompts_of(count: Count) -> dict[str, Any]:
    planned, checks, closed = count.declaration["prompts"], count.log.checks, count.log.closed
    asked = None
    if checks and not closed and count.now <= checks[-1].closes:
        number, check = len(checks), checks[-1]
        asked = {
            "prompt": number,
            "kind": check.kind,
            "closes_at": show(check.closes),
            "word": check.word,
            "answered": how_many(count.own, lambda person: person.response(number - 1).answered is not None),
        }
    return {"planned": planned["count"] if planned else 0, "opened": len(count.checks), "open": asked}


def tallies_of_the_lesson(count: Count) -> dict[str, Any]:
    start, end = (show(time) for time in count.lesson) if count.lesson else (None, None)
    return {
        "start": start,
        "end": end,
        "peak_bridged": count.peak(bridged=True).written(),
        "peak_10s": count.ten_seconds(0),
        "peak_10s_bridged": count.ten_seconds(count.grace_ms),
        "census": count.census(),
    }


def tallies_of_clauses(count: Count) -> dict[str, Any]:
    elapsed, declared, rule = count.elapsed, count.declaration, count.rule
    least, share_bp = minimum(declared), share(declared)

    def persons(clause: Callable[[Profile, Stretch], bool]) -> int:
        return 0 if elapsed is None else how_many(count.own, lambda person: clause(count.profile(person), elapsed))

    seen = elapsed is not None and count.seen is not None
    return {
        "full_lesson_declared": persons(lambda profile, lesson: profile.full_lesson(lesson, rule, False)),
        "full_lesson_bridged": persons(lambda profile, lesson: profile.full_lesson(lesson, rule, True)),
        "minimum_time": {
            "minimum_ms": least,
            "cumulative": persons(lambda profile, _: profile.minimum_time(least, False, False)),
            "cumulative_bridged": persons(lambda profile, _: profile.minimum_time(least, False, True)),
            "continuous": persons(lambda profile, _: profile.minimum_time(least, True, False)),
            "continuous_bridged": persons(lambda profile, _: profile.minimum_time(least, True, True)),
        },
        "share": {
            "share_bp": share_bp,
            "persons": persons(lambda profile, lesson: profile.share(lesson, share_bp, False)),
            "persons_bridged": persons(lambda profile, lesson: profile.share(lesson, share_bp, True)),
        },
        "person_ms": sum(count.profile(person).strict.total for person in count.eligible()),
        "concurrency_ms": count.curve(bridged=False).area(elapsed) if elapsed and seen else 0,
    }


def tallies_of_parts(count: Count) -> dict[str, Any]:
    persons, eligible = count.log.persons, count.eligible()
    active = how_many(eligible, lambda person: count.standing(person).active_or_not)
    inactive = active - how_many(eligible, lambda person: count.standing(person).qualifies)
    ceiling = count.declaration["ceilings"]["inactive_bp"]
    return {
        "statuses": occurring(count.status(person) for person in persons),
        "reasons": occurring(count.reason(person) for person in persons),
        "groups": subtotals(count, lambda person: person.group or "unknown"),
        "inactive": {
            "persons": inactive,
            "of": active,
            "ceiling_bp": ceiling,
            "exceeded": ceiling is not None and inactive * 10_000 > active * ceiling,
        },
        "modes": modes_of(count),
    }


def occurring(names: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in names:
        if name:
            found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))


def subtotals(count: Count, part: Callable[[Person], str]) -> dict[str, dict[str, int]]:
    """The rows by a part of theirs: how many, how many joined, how many are certified."""
    found: dict[str, dict[str, int]] = {}
    for person in count.log.persons:
        subtotal = found.setdefault(part(person), {"persons": 0, "joined": 0, "certified": 0})
        subtotal["persons"] += 1
        subtotal["joined"] += count.first_join(person) is not None
        subtotal["certified"] += count.status(person) == "certified"
    return dict(sorted(found.items(), key=lambda item: by_text(item[0])))


def modes_of(count: Count) -> dict[str, int]:
    elapsed, declared = count.elapsed, count.declaration
    if elapsed is None:
        return {"continuous": 0, "checkpoints": 0}

    def continuous(person: Person) -> bool:
        holds = count.profile(person).holds_continuously(elapsed, declared, bridged=True)
        return holds and count.responses(person).hold("continuous", declared)

    def checkpoints(person: Person) -> bool:
        return count.proved_at_both(person, declared) and count.responses(person).hold("checkpoints", declared)

    eligible = count.eligible()
    return {"continuous": how_many(eligible, continuous), "checkpoints": how_many(eligible, checkpoints)}


def tallies_of_reviews(count: Count) -> dict[str, Any]:
    log = count.log
    return {
        "certifiable_without_releases": count.count_under(count.declaration, releases=False),
        "rulings": len(log.rulings),
        "certifiable_without_rulings": count.count_under(count.declaration, rulings=False),
        "versions": [
            {"entry": version.entry, "digest": version.digest, "certifiable": count.count_under(version.declaration)}
            for version in log.versions
            if version.adopted
        ],
        "venues": venues_of(count),
        "claims": len(log.claims),
        "readings": readings_of(log),
        "clock": clock_of(count),
        "spot_check": spot_check_of(count),
        "channels": subtotals(count, lambda person: count.channel(person) or "none"),
        "erased": how_many(log.handled, lambda one: one.what == "erased"),
    }


def venues_of(count: Count) -> dict[str, dict[str, Any]]:
    least = count.rule["venue_min"] or 0
    found = {
        venue["id"]: {"persons": 0, "certified": 0, "below_minimum": False} for venue in count.declaration["venues"]
    }
    for person in count.own:
        scans = person.scans()
        if scans:
            found[scans[0].venue]["persons"] += 1
            found[scans[0].venue]["certified"] += count.status(person) == "certified"
    for venue in found.values():
        venue["below_minimum"] = venue["certified"] < least
    return dict(sorted(found.items(), key=lambda item: by_text(item[0])))


def readings_of(log: Log) -> list[dict[str, Any]]:
    found = []
    for act in log.acts.values():
        signal = log.standing_signal(act.fields["signal"]) if act.deed == "read" else None
        if signal and act.entry > signal[1]:
            reading = act.fields["reading"]
            found.append({
                "signal": act.fields["signal"], "by": act.by, "reading": show(reading), "server": show(signal[0]),
                "difference_ms": reading - signal[0],
            })  # fmt: skip
    return found


def clock_of(count: Count) -> dict[str, Any]:
    lesson = count.lesson or (0, 0)
    during = [one for one in count.log.clocks if lesson[0] <= one.at < lesson[1]]
    synchronized = [one for one in during if one.status == "synchronized"]
    return {
        "readings": len(during),
        "synchronized": len(synchronized),
        "stepped": how_many(during, lambda one: one.status == "stepped"),
        "worst_error_us": max((one.max_error_us for one in synchronized), default=None),
        "worst_offset_us": max((abs(one.offset_us) for one in during), default=None),
    }


def spot_check_of(count: Count) -> dict[str, Any]:
    """What was found of those drawn, each once; of two words for one person the graver counts."""
    gravity = ("", "unconfirmed", "confirmed", "denied")
    found: dict[str, str] = {}
    for drawn in count.log.drawn:
        found[drawn.person] = max(found.get(drawn.person, ""), drawn.found, key=gravity.index)
    words_found = list(found.values())
    confirmed, denied = words_found.count("confirmed"), words_found.count("denied")
    promised, passed = count.declaration["spot_check"], None
    if promised:
        enough = confirmed + denied >= min(promised["persons"], certifiable_of(count))
        passed = enough and denied <= promised["denied_max"]
    return {
        "drawn": len(found),
        "confirmed": confirmed,
        "denied": denied,
        "unconfirmed": words_found.count("unconfirmed"),
        "open": words_found.count(""),
        "persons": promised["persons"] if promised else None,
        "denied_max": promised["denied_max"] if promised else None,
        "passed": passed,
    }


# ---------------------------------------------------------------------------------------------------------------------
# 27 The tables
# ---------------------------------------------------------------------------------------------------------------------


def people(count: Count) -> Iterator[list[Any]]:
    for person in sorted(count.log.persons, key=lambda one: by_bytes(one.name)):
        profile = Profile() if person.stands_for else count.profile(person)
        there = count.is_connected(person) or person.inside()
        yield [
            person.name, count.status(person), count.reason(person), count.channel(person),
            show_or_empty(count.first_join(person)), "" if there else show_or_empty(count.last_proof(person)),
            profile.strict.total, profile.bridged.total, profile.strict.longest,
            len(person.connections()) + len(count.stays(person)), person.role, person.group, yes(person.added),
        ]  # fmt: skip


def connections(count: Count) -> Iterator[list[Any]]:
    for one in count.log.connections:
        last = count.log.vouched(one) if one.is_open else one.end
        yield [
            one.name, one.id, run_of(one.id), one.channel, show(one.joined), show(last), show_or_empty(one.noticed),
            one.cause,
        ]  # fmt: skip
    for person in count.own:
        for stay in count.stays(person):
            yield [
                stay.name, stay.id, run_of(stay.id), "gate", show(stay.begin), show(stay.end), show_or_empty(stay.left),
                stay.cause,
            ]  # fmt: skip


def outcome(count: Count, check: Check, person: Person, response: Response) -> str:
    if response.answered is not None:
        return "answered"
    if not count.log.closed and count.now <= check.closes:
        return "open"
    if response.failed:
        return "failed"
    if response.shown:
        return "ignored"
    return "undelivered" if count.proved_within(person, check.opened, check.closes) else "away"


def prompts(count: Count) -> Iterator[list[Any]]:
    joined = [person for person in count.own if count.first_join(person) is not None]
    joined.sort(key=lambda person: by_bytes(person.name))
    for number, check in enumerate(count.log.checks):
        cause = "extra" if check.place is None else "planned"
        times = [show_or_empty(check.due), show(check.opened), show(check.closes)]
        for person in joined:
            response = person.response(number)
            word = outcome(count, check, person, response)
            yield [number + 1, check.kind, cause, *times, person.name, word, show_or_empty(response.answered)]


def scans(log: Log) -> Iterator[list[Any]]:
    for scan in log.scans:
        yield [
            scan.uuid, scan.entry, scan.name, scan.venue, scan.door, scan.way, scan.method, yes(scan.card),
            show(scan.made), show(scan.device), show(scan.received), yes(scan.late),
        ]  # fmt: skip


def stewards(log: Log) -> Iterator[list[Any]]:
    for one in log.head_counts:
        yield [one.entry, show(one.at), one.by, one.venue, one.counted, one.system, *one.group]
    counted = {one.by for one in log.head_counts}
    for name in sorted(log.groups.keys() - counted, key=by_bytes):
        yield ["", "", name, "", "", "", log.groups[name].label, len(log.groups[name].persons), ""]


def about(act: Act) -> Any:
    """What an act is about, as acts.csv says it (15.1)."""
    deed, fields = act.deed, act.fields
    if deed == "release":
        return " ".join([fields["person"], *(kind for kind in HOLDS if kind in fields["holds"])])
    if deed == "merge":
        return f"{fields['from']} {fields['into']}"
    if deed == "bridge":
        return f"{show(fields['from'])} {show(fields['to'])} {fields['network'] or 'everybody'}"
    if deed == "answer":
        return f"{fields['claim']} {'upheld' if fields['upheld'] else 'not_upheld'}"
    if deed == "draw":
        return f"{fields['persons']} {fields['nonce']}"
    if deed == "outcome":
        return f"{fields['person']} {fields['found']}"
    if deed == "read":
        return f"{fields['signal']} {show(fields['reading'])}"
    one_field = {
        "strike": "person", "reverse": "strike", "declare": "version", "signal": "signal", "confirm": "of",
        "dismiss": "of", "shift": "is", "note": "text",
    }  # fmt: skip
    return fields[one_field[deed]]


def acts(log: Log) -> Iterator[list[Any]]:
    for act in log.acts.values():
        given = act.fields.get("reason", "")
        yield [act.entry, show(act.at), act.by, act.role, act.side, act.deed, about(act), act.decision, given]


def strikes(log: Log) -> Iterator[list[Any]]:
    for act in log.acts.values():
        if act.deed == "strike":
            by = act.decided_by
            yield [
                act.entry, act.fields["person"], act.fields["reason"], act.by, show(act.at), act.decision,
                by.by if by else "", show(by.at) if by else "", yes(log.strike_stands(act.entry)),
            ]  # fmt: skip


def claims(log: Log) -> Iterator[list[Any]]:
    for claim in log.claims:
        answer = ["", "", "", ""]
        if claim.answer:
            upheld, given = claim.answer.fields["upheld"], claim.answer.fields["reason"]
            answer = [show(claim.answer.at), claim.answer.by, "yes" if upheld else "no", given]
        yield [claim.entry, show(claim.at), claim.person, claim.why, *answer]


def versions(log: Log, tallies: dict[str, Any]) -> Iterator[list[Any]]:
    counts = {version["entry"]: version["certifiable"] for version in tallies["versions"]}
    for version in log.versions:
        state = "proposed"
        if version.adopted:
            state = "in_force" if version.entry == log.in_force else "superseded"
        yield [version.entry, show(version.at), version.digest, state, counts.get(version.entry, "")]


def tables_of(count: Count, tallies: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Every table by its name."""
    log = count.log
    incidents, anomalies = count.incidents(), count.anomalies()
    rows: dict[str, tuple[str, Iterable[Iterable[Any]]]] = {
        "people": (
            "person,status,reason,channel,first_join,last_leave,present_ms,present_bridged_ms,longest_ms,connections,"
            "role,group,added", people(count)),
        "connections": ("person,connection,node,channel,join,last_proof,leave,cause", connections(count)),
        "timeline": ("at,present,present_bridged,connections", count.timeline()),
        "prompts": ("prompt,kind,cause,due,opened,closes,person,outcome,answered", prompts(count)),
        "scans": ("scan,entry,person,venue,door,way,method,card,made,device,received,late", scans(log)),
        "stewards": ("entry,at,steward,venue,counted,system,group,assigned,group_inside", stewards(log)),
        "acts": ("entry,at,by,role,side,act,about,decision,reason", acts(log)),
        "strikes": (
            "entry,person,reason,proposed_by,proposed_at,decision,decided_by,decided_at,stands", strikes(log)),
        "incidents": (
            "from,to,kind,subject,persons,back_in_grace,qualify,lost,there",
            ([show(begin), show(end), *rest] for begin, end, *rest in incidents)),
        "anomalies": (
            "kind,subject,at,persons,held",
            ([kind, subject, show_or_empty(at), persons, yes(held)] for kind, subject, at, persons, held in anomalies)),
        "sample": ("draw,place,person,found", ([one.draw, one.place, one.person, one.found] for one in log.drawn)),
        "claims": ("entry,at,person,why,answered_at,answered_by,upheld,reason", claims(log)),
        "privacy": (
            "entry,at,what,person,by_or_to,persons,sha256",
            ([entry, show(at), *rest] for entry, at, *rest in log.handled)),
        "versions": ("entry,at,digest,state,certifiable", versions(log, tallies)),
    }  # fmt: skip
    for name, (headings, lines) in rows.items():
        yield f"{name}.csv", table(headings, lines)


# ---------------------------------------------------------------------------------------------------------------------
# 29 What holds in every sound bundle; each is shown like a claim, with one side of it claimed and the other recomputed
# ---------------------------------------------------------------------------------------------------------------------

Identity = tuple[str, Any, Any, bool]
SHARES_BP = (1, 2_500, 5_000, 7_500, 9_000, 10_000)


def equal(name: str, left: Any, right: Any) -> Identity:
    return name, left, right, left == right


def at_most(name: str, left: int, right: int) -> Identity:
    return name, left, right, left <= right


def identities(count: Count, tallies: dict[str, Any]) -> list[Identity]:
    return [
        *identities_of_time(count, tallies), *identities_of_rows(count, tallies), *identities_of_curves(count, tallies),
        *identities_of_parts(count, tallies),
    ]  # fmt: skip


def identities_of_time(count: Count, tallies: dict[str, Any]) -> list[Identity]:
    counted = [person for person in count.own if count.status(person) in ("certified", "not_certified")]
    rows = sum(count.profile(person).strict.total for person in counted)
    shares = [with_share(count, share_bp) for share_bp in SHARES_BP]
    falling = all(less >= more for less, more in zip(shares, shares[1:]))
    census = max((row["present"] for row in tallies["census"]), default=0)
    peak, full = tallies["peak"]["count"], tallies["full_lesson"]
    return [
        equal("sum of persons' time = area under the curve", tallies["person_ms"], tallies["concurrency_ms"]),
        equal("sum of persons' time = sum of people.csv", tallies["person_ms"], rows),
        at_most("full lesson <= in lesson", full, tallies["in_lesson"]),
        at_most("in lesson <= ever joined", tallies["in_lesson"], tallies["ever_joined"]),
        at_most("ever joined <= registered", tallies["ever_joined"], tallies["registered"]),
        at_most("full lesson <= share", full, tallies["share"]["persons"]),
        ("a larger share has no more persons", list(SHARES_BP), shares, falling),
        at_most("full lesson <= all of the lesson", full, shares[-1]),
        at_most("peak <= in lesson or present", peak, max(tallies["in_lesson"], tallies["present"])),
        at_most("census <= peak", census, peak),
        at_most("sustained peak <= peak", tallies["peak_10s"]["strict"], peak),
    ]


def with_share(count: Count, share_bp: int) -> int:
    """How many were present for a share of the lesson, by the rows alone."""
    if count.elapsed is None:
        return 0
    length = max(0, count.elapsed[1] - count.elapsed[0])
    present = [count.profile(person).strict.total for person in count.own]
    return how_many(present, lambda total: total > 0 and total * 10_000 >= length * share_bp)


def identities_of_rows(count: Count, tallies: dict[str, Any]) -> list[Identity]:
    persons, certifiable, first = count.log.persons, tallies["certifiable"], tallies["funnel"][0]["count"]
    certified = how_many(persons, lambda person: count.status(person) == "certified")
    unexplained = how_many(
        persons, lambda person: (count.status(person) == "certified") != (count.reason(person) == "")
    )
    rows = list(connections(count))
    of_persons = sum(len(person.connections()) + len(count.stays(person)) for person in count.own)
    steps = [step["count"] for step in tallies["funnel"]]
    backwards = how_many(rows, lambda row: row[5] < row[4])
    before_end = [row for row in rows if row[3] == "online" and not row[6] and row[4] < (tallies["end"] or "~")]
    unproved = how_many(before_end, lambda row: row[5] < (tallies["end"] or "~"))
    return [
        equal("every person has one row", len(persons), len({person.name for person in persons})),
        equal("certifiable = certified rows", certifiable, certified),
        equal("on the list = rows of people.csv", first, len(persons)),
        ("the funnel closes", first, certifiable, first - sum(steps[1:-1]) == steps[-1] == certifiable),
        equal("rows without their one reason", 0, unexplained),
        equal("connections = connections of persons", tallies["connections"], of_persons),
        equal("connections = rows of connections.csv", of_persons, len(rows)),
        equal("connections that end before they begin", 0, backwards),
        at_most("leaves <= joins", how_many(rows, lambda row: row[6]), len(rows)),
        at_most("unproved connections at the end", unproved if tallies["final"] else 0, 0),
    ]


def identities_of_curves(count: Count, tallies: dict[str, Any]) -> list[Identity]:
    found = []
    for bridged, also in ((False, ""), (True, ", interruptions bridged")):
        values = [0, *count.curve(bridged).values]
        found.append(equal(f"the curve is never below 0{also}", min(values), 0))
        found.append(equal(f"sum of all edges = present, 0 when all have left{also}", values[-1], tallies["present"]))
    return found


def identities_of_parts(count: Count, tallies: dict[str, Any]) -> list[Identity]:
    def total(parts: str, member: str) -> int:
        return sum(part[member] for part in tallies[parts].values())

    rows, certifiable = len(count.log.persons), tallies["certifiable"]
    merged = how_many(count.log.persons, lambda person: person.stands_for)
    listed = how_many(count.log.persons, lambda person: not person.added)
    unknown = tallies["groups"].get("unknown", {"persons": 0})["persons"]
    return [
        equal("sum of statuses = rows of people.csv", sum(tallies["statuses"].values()), rows),
        equal("sum of groups' persons = rows of people.csv", total("groups", "persons"), rows),
        equal("sum of groups' joined = ever joined", total("groups", "joined"), tallies["ever_joined"]),
        equal("sum of groups' certified = certifiable", total("groups", "certified"), certifiable),
        equal("sum of channels' persons = rows of people.csv", total("channels", "persons"), rows),
        equal("sum of channels' certified = certifiable", total("channels", "certified"), certifiable),
        at_most("rows without a group <= those listed as unknown",
                how_many(count.log.persons, lambda person: not person.group), unknown),
        equal("persons of roster.csv with one row in people.csv", listed, listed),
        equal("rows of people.csv = registered + merged", rows, tallies["registered"] + merged),
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------------
# tables.xlsx: a copy of the tables for people, of which every cell is compared
# ---------------------------------------------------------------------------------------------------------------------

SHEET_XML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
SHEETS_OF_TEXT = ("summary", "funnel", "columns")
UNPACKED_BYTES_MAX = 2**31
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def unescaped(written: str) -> str:
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), written)


class Workbook:
    """Reads the cells of a workbook's sheets as texts."""

    def __init__(self, data: bytes):
        self.package = zipfile.ZipFile(io.BytesIO(data))
        sizes = sum(part.file_size for part in self.package.infolist())
        refuse(sizes > UNPACKED_BYTES_MAX, "it unpacks to more than a workbook can be")
        self.shared = [unescaped(self.text_of(item)) for item in self.elements("xl/sharedStrings.xml", "si")]

    def elements(self, part: str, name: str) -> Iterator[ElementTree.Element]:
        if part not in self.package.namelist():
            return
        with self.package.open(part) as opened:
            for _, element in ElementTree.iterparse(opened):
                if element.tag == SHEET_XML + name:
                    yield element
                    element.clear()

    @staticmethod
    def text_of(item: ElementTree.Element) -> str:
        return "".join(one.text or "" for one in item.iter(SHEET_XML + "t"))

    def sheets(self) -> Iterator[tuple[str, str]]:
        """The name of each sheet and the part that holds it."""
        relations = ElementTree.fromstring(self.package.read("xl/_rels/workbook.xml.rels"))
        targets = {one.attrib["Id"]: one.attrib["Target"] for one in relations}
        for sheet in self.elements("xl/workbook.xml", "sheet"):
            target = targets[sheet.attrib[RELATION]]
            yield sheet.attrib["name"], target[1:] if target.startswith("/") else "xl/" + target

    def rows(self, part: str) -> Iterator[list[str]]:
        for row in self.elements(part, "row"):
            cells: list[str] = []
            for cell in row.iter(SHEET_XML + "c"):
                column = column_of(cell.attrib.get("r", ""), len(cells))
                cells.extend("" for _ in range(column - len(cells)))
                cells.append(self.cell(cell))
            yield cells

    def cell(self, cell: ElementTree.Element) -> str:
        refuse(cell.find(SHEET_XML + "f") is not None, "a cell is a formula")
        kind, value = cell.attrib.get("t", "n"), cell.findtext(SHEET_XML + "v") or ""
        if kind == "s":
            return self.shared[int(value)]
        if kind == "inlineStr":
            return unescaped(self.text_of(cell))
        if kind == "n" and value:
            number = float(value)
            return str(int(number)) if number.is_integer() else value
        return unescaped(value)


def column_of(reference: str, next_column: int) -> int:
    letters = reference.rstrip("0123456789")
    if not letters:
        return next_column
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def differences_of_workbook(data: bytes, tables: dict[str, bytes]) -> list[str]:
    """What differs between the workbook's sheets and the tables of the same name: of each table the first row."""
    expected = {name: rows_of(data) for name, data in tables.items()}
    try:
        workbook, found = Workbook(data), []
        rows: dict[str, list[list[str]]] = {name: [] for name in tables}
        for name, part in workbook.sheets():
            # A long table continues on further sheets, each of which begins with the headings.
            table_name = re.sub(r" \([0-9]+\)$", "", name) + ".csv"
            if table_name in rows:
                those = list(workbook.rows(part))
                again = bool(rows[table_name]) and those[:1] == expected[table_name][:1]
                rows[table_name].extend(those[1:] if again else those)
            elif name not in SHEETS_OF_TEXT:
                found.append(f"no table is called {name}")
        for name in tables:
            found.extend(first_difference(name, rows[name], expected[name]))
        return found
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, ValueError, IndexError) as error:
        return [f"not a workbook: {error!r}"]
    except Refused as refused:
        return [str(refused)]


def first_difference(name: str, rows: list[list[str]], expected: list[list[str]]) -> Iterator[str]:
    for number, (cells, right) in enumerate(zip(rows, expected), 1):
        # Empty cells at the end of a row can be absent.
        cells.extend("" for _ in range(len(right) - len(cells)))
        if cells != right:
            yield f"row {number} of {name} says {cells}, the table {right}"
            return
    if len(rows) != len(expected):
        yield f"{name} has {len(expected)} rows, its sheets have {len(rows)}"


# ---------------------------------------------------------------------------------------------------------------------
# 2 and 29: the bundle
# ---------------------------------------------------------------------------------------------------------------------

FORMAT = 1
SPEC_SHA256 = "6de16d669d2e6be7627dc229b5a7d984bb45a2371bb17902e667dc1618bbf4e2"
TABLES = (
    "people.csv", "connections.csv", "timeline.csv", "tallies.json", "funnel.json", "prompts.csv", "scans.csv",
    "stewards.csv", "acts.csv", "strikes.csv", "incidents.csv", "anomalies.csv", "sample.csv", "claims.csv",
    "privacy.csv", "versions.csv",
)  # fmt: skip
ALWAYS = (
    "SPEC.md", "recount.py", "README.txt", "manifest.json", "declaration.toml", "roster.csv", "log/entries.jsonl",
    "log/checkpoint", "log/log.vkey", "log/policy",
)  # fmt: skip
DOCUMENT = re.compile(r"report\.pdf|tables\.xlsx|letters/[A-Za-z0-9_-]+\.pdf")
TILE_WIDTH, TILE_LEVELS, TILE_HEIGHT = 256, 8, 8
TILE = re.compile(r"log/tile/([0-7]|entries)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
SHOWN_MAX = 160


class Bundle:
    """Compares the files of one folder with what its log makes of them."""

    def __init__(self, root: str, key: Optional[str]):
        self.root, self.asked = root, key
        self.paths = self.listing()
        self.claimed: list[Identity] = []
        self.compared: list[tuple[str, str]] = []
        self.findings: list[tuple[str, str]] = []

    def listing(self) -> list[str]:
        if os.path.isfile(self.root):
            raise Unreadable(f"{self.root} is a file: unpack it first, then name the folder")
        found = []
        for folder, _, names in os.walk(self.root):
            for name in names:
                found.append(os.path.relpath(os.path.join(folder, name), self.root).replace(os.sep, "/"))
        if "manifest.json" not in found and "log/entries.jsonl" not in found:
            raise Unreadable(f"{self.root} is no bundle: it has neither manifest.json nor log/entries.jsonl")
        return sorted(found)

    def read(self, path: str) -> bytes:
        if path not in self.paths:
            raise Refused(f"{path} is missing")
        try:
            with open(os.path.join(self.root, path), "rb") as opened:
                return opened.read()
        except OSError as error:
            raise Unreadable(f"{path} cannot be read: {error}") from None

    def find(self, path: str, what: str) -> None:
        self.findings.append((path, what))

    def check(self) -> None:
        """Everything of section 29; what is wrong is found, not raised."""
        manifest = self.check_files()
        try:
            key = self.check_key()
            heads = self.check_checkpoints(key)
            log = self.check_lines(heads)
            if log is None:
                return
            self.check_log(log, key, heads)
        except Refused as refused:
            self.find("log", str(refused))
        else:
            self.check_manifest(manifest, log)

    # 29.1 Files

    def check_files(self) -> bytes:
        manifest = self.read("manifest.json") if "manifest.json" in self.paths else b""
        listed: set[str] = set()
        try:
            said = read_json(manifest.decode())
            if isinstance(said.get("format"), int) and said["format"] > FORMAT:
                raise Unreadable(f"a bundle of format {said['format']}: use the recount.py that lies in it")
            listed = {one["path"] for one in said["files"]}
        except (Refused, UnicodeDecodeError, AttributeError, KeyError, TypeError) as error:
            self.find("manifest.json", f"not a manifest: {error}")
        expected = {*ALWAYS, *TABLES, *listed}
        for path in sorted(expected - set(self.paths)):
            self.find(path, "missing")
        for path in self.paths:
            if not (path in ALWAYS or path in TABLES or (path in listed and self.belongs(path))):
                self.find(path, "does not belong to the bundle")
        return manifest

    @staticmethod
    def belongs(path: str) -> bool:
        kept = re.fullmatch("log/checkpoints/[0-9]{12}", path)
        return bool(kept or TILE.fullmatch(path) or DOCUMENT.fullmatch(path))

    # 29.2 The key

    def check_key(self) -> Key:
        written = self.read("log/log.vkey").decode("utf-8", "replace")
        refuse(not written.endswith("\n"), "log/log.vkey does not end with a line feed")
        key = Key.read(written[:-1])
        if self.asked is not None and self.asked != key.written:
            self.find("log/log.vkey", f"the bundle's key is {key.written}, not {self.asked}")
        policy = f"log {key.written}\nquorum none\n"
        self.compare("log/policy", policy.encode())
        return key

    # 29.3 Checkpoints

    def check_checkpoints(self, key: Key) -> list[tuple[int, bytes]]:
        """The signed heads, the smallest first."""
        heads = []
        for path in [path for path in self.paths if path.startswith("log/checkpoints/")]:
            try:
                size, root = key.open(self.read(path))
                refuse(path != f"log/checkpoints/{size:012}", f"it is the checkpoint of size {size}")
                heads.append((size, root))
            except Refused as refused:
                self.find(path, str(refused))
        refuse(not heads, "no checkpoint is signed")
        heads.sort()
        self.compare("log/checkpoint", self.read(f"log/checkpoints/{heads[-1][0]:012}"), "the newest checkpoint")
        return heads

    # 29.4 Lines

    def check_lines(self, heads: list[tuple[int, bytes]]) -> Optional[Log]:
        """The log after its last line; none if a line is not what was signed."""
        log, roots, size = Log(self.read("roster.csv")), dict(heads), heads[-1][0]
        lines = self.read("log/entries.jsonl").split(b"\n")
        if lines.pop():
            self.find("log/entries.jsonl", "the last line is cut off")
            return None
        for number, line in enumerate(lines, 1):
            try:
                refuse(number > size, "nobody signed this line")
                log.take(line)
                root = roots.get(number)
                refuse(root and root != log.tree.root(), "the lines up to here are not those that were signed")
            except Refused as refused:
                self.find("log/entries.jsonl", f"line {number}: {refused}")
                return None
        if len(lines) < size or not lines:
            self.find("log/entries.jsonl", f"{size} lines were signed, and there are {len(lines)}")
            return None
        self.claimed.append(equal("checkpoint.size", size, log.tree.size))
        self.claimed.append(equal("checkpoint.root", heads[-1][1].hex(), log.tree.root().hex()))
        return log

    # 29.5 to 29.7 What the lines give

    def check_log(self, log: Log, key: Key, heads: list[tuple[int, bytes]]) -> None:
        refuse(key.name != log.opened["origin"], f"the log calls itself {log.opened['origin']}, its key {key.name}")
        self.check_declarations(log)
        self.check_carried()
        count = Count(log)
        funnel = funnel_of(count)
        tallies = tallies_of(count, funnel)
        self.claim_tallies(tallies)
        self.claimed.extend(identities(count, tallies))
        tables = dict(tables_of(count, tallies))
        for name, data in {**tables, "tallies.json": pretty(tallies), "funnel.json": pretty(funnel)}.items():
            self.compare(name, data)
        self.check_tiles(log, heads, self.read("log/entries.jsonl").split(b"\n")[:-1])
        self.check_documents(tables)

    def check_declarations(self, log: Log) -> None:
        data = self.read("declaration.toml")
        self.claimed.append(equal("declaration.toml sha256", log.opened["digest"], sha256(data).hex()))
        for contradiction in contradictions(log.declaration):
            self.find("declaration.toml", f"the declaration in force contradicts itself: {contradiction}")
        files = [(0, data), *((entry, toml) for entry, toml in self.files_of_versions())]
        if tomllib is None:
            self.compared.append(("declaration.toml", "not compared with the log: that needs Python 3.11 or newer"))
            return
        for version in log.versions:
            file = dict(files)[version.entry]
            try:
                same = declared_by_file(file) == declaration_json(version.declaration)
                refuse(not same, f"entry {version.entry} declares something else than its file")
            except Refused as refused:
                self.find("declaration.toml", str(refused))
        self.compared.append(("declaration.toml", "says what the log's first entry and its versions declare"))

    def files_of_versions(self) -> Iterator[tuple[int, bytes]]:
        for line in self.read("log/entries.jsonl").split(b"\n")[:-1]:
            if b'"k":"version"' in line[:64]:
                entry = json.loads(line)
                yield entry["i"], entry["toml"].encode()

    def check_carried(self) -> None:
        """This program was written from one description, and is what a bundle of that format carries."""
        if sha256(self.read("SPEC.md")).hex() != SPEC_SHA256:
            self.find("SPEC.md", "not the description that this recount was written from")
        with open(os.path.abspath(__file__), "rb") as own:
            if self.read("recount.py") != own.read():
                self.find("recount.py", "not the program that is running")
        self.compared.append(("SPEC.md", "the description that this recount was written from"))
        self.compared.append(("README.txt", "a text for people: only its digest is checked"))

    def claim_tallies(self, recomputed: dict[str, Any]) -> None:
        try:
            claimed = json.loads(self.read("tallies.json"))
        except ValueError as error:
            self.find("tallies.json", f"not JSON: {error}")
        else:
            self.claim_members("", claimed, recomputed)

    def claim_members(self, path: str, claimed: Any, recomputed: Any) -> None:
        """Members by their path: `peak.count`."""
        if not isinstance(claimed, dict) or not isinstance(recomputed, dict):
            # True is not 1 here: the texts are compared.
            self.claimed.append((path, claimed, recomputed, compact(claimed) == compact(recomputed)))
            return
        for name in {**recomputed, **claimed}:
            below = f"{path}.{name}" if path else name
            self.claim_members(below, claimed.get(name), recomputed.get(name))

    # 29.6 Tiles (7.4)

    def check_tiles(self, log: Log, heads: list[tuple[int, bytes]], lines: list[bytes]) -> None:
        needed = set()
        for kind in [*map(str, range(TILE_LEVELS)), "entries"]:
            elements = self.elements_at(kind, log.tree.size)
            full, edge = divmod(elements, TILE_WIDTH)
            needed.update(tile_path(kind, number, TILE_WIDTH) for number in range(full))
            widths = {self.elements_at(kind, size) for size, _ in heads} | {elements}
            widths = {width for width in widths if width // TILE_WIDTH == full and width % TILE_WIDTH and edge}
            needed.update(tile_path(kind, full, width % TILE_WIDTH) for width in widths)
        for path in sorted(needed - set(self.paths)):
            self.find(path, "missing")
        wrong = 0
        for path in [path for path in self.paths if path.startswith("log/tile/")]:
            if self.read(path) != self.tile(path, log, lines):
                self.find(path, "not the tile that the lines give")
                wrong += 1
        self.compared.append(("log/tile", f"{len(needed)} tiles compared byte by byte, {wrong} differ"))

    @staticmethod
    def elements_at(kind: str, size: int) -> int:
        return size if kind == "entries" else size >> (TILE_HEIGHT * int(kind))

    def tile(self, path: str, log: Log, lines: list[bytes]) -> Optional[bytes]:
        """The bytes of a tile; none where this log has no such tile."""
        found = TILE.fullmatch(path)
        if not found:
            return None
        kind, number, width = found[1], int(found[2].replace("x", "").replace("/", "")), int(found[3] or TILE_WIDTH)
        begin, end = number * TILE_WIDTH, number * TILE_WIDTH + width
        elements = self.elements_at(kind, log.tree.size)
        at_edge = width < TILE_WIDTH and number == elements // TILE_WIDTH
        if end > elements or path != tile_path(kind, number, width) or not (at_edge or width == TILE_WIDTH):
            return None
        if kind == "entries":
            return b"".join(len(line).to_bytes(2, "big") + line for line in lines[begin:end])
        return b"".join(log.tree.levels[TILE_HEIGHT * int(kind)][begin:end])

    # Documents for people

    def check_documents(self, tables: dict[str, bytes]) -> None:
        for path in filter(DOCUMENT.fullmatch, self.paths):
            if path != "tables.xlsx":
                self.compared.append((path, "made for people: only its digest is checked"))
                continue
            differences = differences_of_workbook(self.read(path), tables)
            for difference in differences:
                self.find(path, difference)
            self.compared.append((path, "differs from the tables" if differences else "every cell of the tables"))

    # The list of files

    def check_manifest(self, manifest: bytes, log: Log) -> None:
        """The list is the one that belongs to the log, and every file the one that it lists."""
        files = []
        for path in sorted((path for path in self.paths if path != "manifest.json"), key=by_text):
            data = self.read(path)
            files.append({"path": path, "bytes": len(data), "sha256": sha256(data).hex()})
        made = {
            "format": FORMAT, "line_format": 1, "program": log.program, "origin": log.opened["origin"],
            "size": log.tree.size, "root": log.tree.root().hex(), "files": files,
        }  # fmt: skip
        try:
            said = json.loads(manifest)
            self.claimed.append(equal("manifest.size", said["size"], made["size"]))
            self.claimed.append(equal("manifest.root", said["root"], made["root"]))
            for path in [one["path"] for one in said["files"] if one not in files]:
                self.find(path, "not what manifest.json lists")
        except (ValueError, KeyError, TypeError) as error:
            self.find("manifest.json", f"not a manifest: {error!r}")
        if "manifest.json" in self.paths:
            self.compare("manifest.json", pretty(made))

    def compare(self, path: str, expected: bytes, what: str = "compared byte by byte") -> None:
        if path not in self.paths:
            return
        found = self.read(path)
        if found == expected:
            self.compared.append((path, what))
            return
        self.compared.append((path, "differs"))
        pairs = zip([*found.split(b"\n"), b""], [*expected.split(b"\n"), b""])
        for number, (left, right) in enumerate(pairs, 1):
            if left != right:
                self.find(path, f"line {number}: says {shown(left)}, but the log makes it {shown(right)}")
                return
        self.find(path, "longer or shorter than the log makes it")


def tile_path(kind: str, number: int, width: int) -> str:
    groups = [f"{number % 1_000:03}"]
    while number >= 1_000:
        number //= 1_000
        groups.insert(0, f"x{number % 1_000:03}")
    return f"log/tile/{kind}/{'/'.join(groups)}" + ("" if width == TILE_WIDTH else f".p/{width}")


def shown(line: bytes) -> str:
    return repr(line.decode("utf-8", "replace")[:SHOWN_MAX])


# ---------------------------------------------------------------------------------------------------------------------
# The command line
# ---------------------------------------------------------------------------------------------------------------------

SOUND, NOT_SOUND, CANNOT_TELL = 0, 1, 2


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Counts a Hadir evidence bundle again, from its log alone, and compares everything in it.",
        epilog="Exit code 0: everything agrees. 1: something does not. 2: nothing to judge, or a bad argument.",
    )
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("folders", metavar="DIR", nargs="*", default=[here], help="a bundle; this folder by default")
    parser.add_argument("--key", metavar="VKEY", help="the key that was filed before the lesson, or a file with it")
    return parser.parse_args()


def key_of(given: Optional[str]) -> Optional[str]:
    """The verifier key as it was given, or as the file of that name has it."""
    if given is None:
        return None
    try:
        if os.path.isfile(given):
            with open(given, encoding="utf-8") as opened:
                given = opened.read()
        return Key.read(given.strip()).written
    except (Refused, OSError, ValueError) as error:
        raise Unreadable(f"--key {given}: {error}") from None


def report(bundle: Bundle) -> int:
    for name, claimed, recomputed, ok in bundle.claimed:
        print(f"{name}  {compact(claimed)}  {compact(recomputed)}  {'ok' if ok else 'WRONG'}")
    for path, what in bundle.compared:
        print(f"file {path}: {what}")
    wrong = [(f"the claim {name}", "is not what the log gives") for name, _, _, ok in bundle.claimed if not ok]
    findings = [*bundle.findings, *wrong]
    for path, what in findings:
        print(f"wrong {path}: {what}")
    if findings:
        print(f"NOT SOUND: {len(findings)} thing(s) are wrong; the first is {findings[0][0]}: {findings[0][1]}.")
        return NOT_SOUND
    if bundle.asked is None:
        print("CONSISTENT, NOT ANCHORED: everything follows from the log; give the key that was filed with --key.")
    else:
        print("SOUND: everything follows from the log, and the log is what the filed key has signed.")
    return SOUND


def main() -> int:
    asked, verdicts = arguments(), []
    for folder in asked.folders:
        if len(asked.folders) > 1:
            print(f"== {folder}")
        try:
            bundle = Bundle(folder, key_of(asked.key))
            bundle.check()
            verdicts.append(report(bundle))
        except Unreadable as unreadable:
            print(f"CANNOT TELL: {unreadable}.")
            verdicts.append(CANNOT_TELL)
    return max(verdicts)


if __name__ == "__main__":
    sys.exit(main())
