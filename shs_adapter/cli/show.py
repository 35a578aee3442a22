"""`show`: the story of one question; with `--answer`, what SSBTEK answered."""

import functools
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter import reasons
from shs_adapter.cli.arguments import Utf8
from shs_adapter.cli.database import in_transaction
from shs_adapter.cli.look import pairs, spoken
from shs_adapter.cli.screen import say, say_json
from shs_adapter.cli.who import operator
from shs_adapter.config import Config
from shs_adapter.daemon.context import utc_now
from shs_adapter.daemon.judging import payload
from shs_adapter.errors import NotFound
from shs_adapter.printable import as_text, clean
from shs_adapter.reports.cells import plain
from shs_adapter.store import audit, inbox, journal, named, outbox, overview, vault
from shs_adapter.store.overview import Record
from shs_adapter.store.story import story
from shs_adapter.store.tables import inbox as inbox_table
from shs_adapter.store.tables import outbox as outbox_table

# What the business system wrote, and nobody has checked; here, and in the steps and attempts.
_TYPED = {
    *("tenant", "reference", "case_id", "officer", "unit", "household_role", "agencies"),
    *("from_date", "to_date", "by", "case_sent", "officer_sent", "code"),
}
_LISTS = ("attempt", "agency", "message", "notice", "journal", "story")


@click.command()
@click.argument("name", metavar="ID|REFERENCE|CASE", type=Utf8())
@click.option("--json", "json_", is_flag=True, help="One JSON object, for programs.")
@click.option(
    "--answer",
    is_flag=True,
    help="Print what SSBTEK answered, unmodified. It is journalled who looked.",
)
@click.pass_obj
def show(file: Path, name: str, json_: bool, answer: bool) -> None:
    """Tell the story of one question: each step with its time, envelopes, receipts, messages, agencies.

    A case with several questions is answered with their ids.

    case_sent and officer_sent are what the agencies saw: an alias where the value is longer than CSN takes.
    """
    if answer and json_:
        raise click.UsageError("--answer prints what came, unmodified, and takes no --json")
    if answer:
        looked = functools.partial(_answer, name=name)
        content, warnings = in_transaction(file, looked)
        for warning in warnings:
            say(f"shs-adapter: {warning}", err=True)
        sys.stdout.buffer.write(content)
        return

    async def work(connection: AsyncConnection, _: Config) -> Record:
        question = await named.question_id(connection, name)
        try:
            told = {
                **await overview.question(connection, question),
                "story": await story(connection, question),
            }
        except NotFound:
            trail = await audit.of_question(connection, question)
            if not any(trail.values()):
                raise
            told = {"id": question, "state": "purged", **trail}
        masked: Record = _masked(told)
        return masked

    record = in_transaction(file, work)
    if json_:
        say_json(record)
    else:
        say(*(_told(record) if "story" in record else _trail(record)))


async def _answer(connection: AsyncConnection, settings: Config, name: str) -> tuple[bytes, list[str]]:
    """The data part of the newest answer, as it came, and what to know of it; raises NotFound without one."""
    question = await named.question_id(connection, name)
    row = await outbox.one(connection, question)
    if row.purged_at is not None:
        raise NotFound("purged", f"what came for question {question} is purged")
    answers = select(inbox_table).where(
        inbox_table.c.outbox_id == question, inbox_table.c.kind == inbox.Kind.ANSWER
    )
    newest = (
        await connection.execute(answers.order_by(inbox_table.c.received_at.desc()).limit(1))
    ).one_or_none()
    if newest is None:
        raise NotFound("no_answer", f"no answer to question {question} has come")
    try:
        content = payload(await inbox.body(connection, vault.load(settings.keys.file), newest))
    except IndexError:
        raise NotFound("no_data_part", f"the answer to question {question} has no data part") from None
    line = journal.line(
        audit.ANSWER_SHOWN, at=utc_now(), actor=operator(), outbox_id=question, tx_id=newest.tx_id
    )
    await journal.write(connection, [line])
    return content, [text async for text in _warnings(connection, question, newest)]


async def _warnings(connection: AsyncConnection, question: int, answer: Row[Any]) -> AsyncIterator[str]:
    if answer.outcome == "QUARANTINED":
        yield f"this answer is quarantined ({answer.outcome_code}): it is about somebody or something else"
    again = select(outbox_table.c.id).where(outbox_table.c.root_id == question).order_by(outbox_table.c.id)
    for number in await connection.scalars(again):
        yield f"agencies were asked again: question {number} has an answer of its own"


def _masked(value: Any, name: str = "") -> Any:
    """*value*, and all that is in it, without the numbers in what was typed."""
    if isinstance(value, dict):
        return {name: _masked(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_masked(each) for each in value]
    if name not in _TYPED or value is None:
        return value
    masked = plain(value)  # cleaned first: what shows nothing may part a number
    return masked if masked != clean(value) else as_text(value)


def _told(record: Record) -> list[str]:
    lines = [_sentence(record), ""]
    lines += [f"{name}: {spoken(value)}" for name, value in record.items() if name not in _LISTS]
    reason = reasons.question(record["failure_code"])
    if reason:
        lines += ["", f"{reason.what} {reason.why} {reason.who}"]
    for name, one_line in (("story", _step), ("attempt", _pairs), ("agency", _agency), ("message", _pairs)):
        lines += ["", f"{name}:", *(f"  {one_line(one)}" for one in record[name])]
    return lines


def _sentence(record: Record) -> str:
    """Which question this is and how it fares, in one Swedish sentence."""
    names = ", ".join(str(record[name]) for name in ("reference", "case_id") if record[name])
    waits = record["verdict"] == "WAITING"
    word = reasons.STATES.get(record["state"]) if waits else reasons.VERDICTS.get(record["verdict"])
    word = word or str(record["verdict"])
    return f"Fråga {record['id']}{names and f' ({names})'}: {word[:1].lower()}{word[1:]}."


def _trail(record: Record) -> list[str]:
    """What is left of a question that is purged."""
    lines = [f"{name}: {spoken(record[name])}" for name in ("id", "state")]
    for name in ("readings", "disclosures"):
        lines += ["", f"{name}:", *(f"  {_pairs(one)}" for one in record[name])]
    return lines


def _step(step: Record) -> str:
    rest = {name: value for name, value in step.items() if name not in ("at", "what", "moved")}
    moved = f" {step['moved']}" if "moved" in step else ""
    return f"{spoken(step['at'])}  {step['what']}{moved}  " + ", ".join(pairs(rest))


def _agency(agency: Record) -> str:
    """What the agency's word is, in Swedish, and what is known of it."""
    word = reasons.outcome(agency["outcome"], agency["agency"], agency["kalla"])
    reason = reasons.error(agency["agency"], agency["felkod"], agency["kalla"]) or reasons.status(
        agency["agency"], agency["status"]
    )
    why = f" {reason.what} {reason.why} {reason.who}" if reason and agency["outcome"] not in _ANSWERED else ""
    return f"{word}.{why} ({', '.join(pairs(agency))})"


_ANSWERED = ("DATA", "EMPTY")


def _pairs(record: Record) -> str:
    return ", ".join(pairs(record))
