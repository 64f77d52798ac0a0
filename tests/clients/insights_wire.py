#!/usr/bin/env python3
"""CloudWatch Logs Insights of the sandbox by boto3: queries and their results, and the language, on the logs there are.

    /tmp/clients/bin/python tests/clients/insights_wire.py --program target/release/gluedeck

What a query should answer is worked out here, from the events of one past night as FilterLogEvents tells them.
"""

import collections
import datetime
import json
import re
import statistics
import time

from common import ACCOUNT, case, main, pages, refused, unique

ERROR, OUTPUT, V2, CRAWLERS = "/aws-glue/jobs/error", "/aws-glue/jobs/output", "/aws-glue/jobs/logs-v2", "/aws-glue/crawlers"
UTC = datetime.timezone.utc
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")


def logs(sandbox):
    return sandbox.client("logs")


# --- what there is, and what is asked --------------------------------------------------------------------------------

def night(sandbox):
    """From and to, in seconds: the day before yesterday, which does not change any more."""
    if not hasattr(sandbox, "night"):
        now = datetime.datetime.fromisoformat(sandbox.get("/_sandbox/clock")["now"].replace("Z", "+00:00"))
        day = datetime.datetime.combine(now.date() - datetime.timedelta(days=2), datetime.time(), UTC)
        sandbox.night = int(day.timestamp()), int(day.timestamp()) + 86_399
        sandbox.events = {}
    return sandbox.night


def events(sandbox, group=OUTPUT):
    """The night's events of a group, the oldest first."""
    start, end = night(sandbox)
    if group not in sandbox.events:
        found = pages(logs(sandbox), "filter_log_events", "events", logGroupName=group, startTime=start * 1_000, endTime=end * 1_000 + 999)
        assert found, f"{group} has nothing in the night"
        sandbox.events[group] = sorted(found, key=lambda event: event["timestamp"])
    return sandbox.events[group]


def messages(sandbox, group=OUTPUT):
    return [event["message"] for event in events(sandbox, group)]


def begin(sandbox, query, *groups, start=None, end=None, **more):
    since, until = night(sandbox)
    if not set(more) & {"logGroupName", "logGroupNames", "logGroupIdentifiers"}:
        more["logGroupNames"] = list(groups) or [OUTPUT]
    return logs(sandbox).start_query(
        queryString=query, startTime=since if start is None else start, endTime=until if end is None else end, **more)["queryId"]


def finish(sandbox, query, **more):
    """The answer of a query that is over."""
    while True:
        answer = logs(sandbox).get_query_results(queryId=query, **more)
        assert answer["status"] in ("Scheduled", "Running", "Complete"), answer["status"]
        if answer["status"] == "Complete":
            return answer
        time.sleep(0.05)


def rows_of(answer):
    """The rows as dictionaries, without the pointer to the event."""
    return [{cell["field"]: cell["value"] for cell in row if cell["field"] != "@ptr"} for row in answer["results"]]


def ask(sandbox, query, *groups, **more):
    return rows_of(finish(sandbox, begin(sandbox, query, *groups, **more)))


def column(sandbox, query, name, *groups, **more):
    return [row.get(name) for row in ask(sandbox, query, *groups, **more)]


def moment(millis):
    """A time as results have it."""
    return datetime.datetime.fromtimestamp(millis / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S.") + f"{millis % 1_000:03}"


def millis(text):
    """The time that a result means, whether it is written out or a number of milliseconds."""
    if MOMENT.fullmatch(text):
        return round(datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC).timestamp() * 1_000)
    return int(float(text))


def near(text, number):
    """A number as results have it: four digits after the point, at least."""
    assert abs(float(text) - number) <= 0.0001 + abs(number) * 1e-9, f"{text} is not {number}"
    return True


def value(sandbox, expression):
    """What an expression of constants comes to."""
    rows = ask(sandbox, f"fields {expression} as x | limit 1", CRAWLERS)
    assert len(rows) == 1, rows
    return rows[0].get("x")


# --- queries and their results ---------------------------------------------------------------------------------------

@case
def a_query_is_answered(sandbox):
    query = begin(sandbox, "fields @timestamp, @message", CRAWLERS)
    answer = finish(sandbox, query)
    assert answer["status"] == "Complete" and len(answer["results"]) == len(events(sandbox, CRAWLERS))


@case
def a_query_that_has_just_begun(sandbox):
    query = begin(sandbox, "fields @message", ERROR)
    answer = logs(sandbox).get_query_results(queryId=query)
    assert answer["status"] in ("Scheduled", "Running", "Complete") and isinstance(answer["results"], list)
    finish(sandbox, query)


@case
def a_result_is_fields_and_values(sandbox):
    row = finish(sandbox, begin(sandbox, "fields @message, @timestamp, @logStream | limit 1", CRAWLERS))["results"][0]
    assert [cell["field"] for cell in row] == ["@message", "@timestamp", "@logStream", "@ptr"], row
    assert all(set(cell) == {"field", "value"} and isinstance(cell["value"], str) for cell in row), row


@case
def a_result_can_be_asked_for_again(sandbox):
    query = begin(sandbox, "fields @message | sort @message asc | limit 5", CRAWLERS)
    assert finish(sandbox, query)["results"] == finish(sandbox, query)["results"]


@case
def statistics_of_a_query(sandbox):
    answer = finish(sandbox, begin(sandbox, "filter @message like /Crawling/ | limit 3", CRAWLERS))
    found, there = answer["statistics"], events(sandbox, CRAWLERS)
    matched = [event for event in there if "Crawling" in event["message"]]
    assert found["recordsScanned"] == len(there) and found["recordsMatched"] == len(matched), found
    assert found["bytesScanned"] >= sum(len(event["message"]) for event in there), found


@case
def a_pointer_leads_to_the_event(sandbox):
    row = finish(sandbox, begin(sandbox, "fields @message | sort @timestamp asc | limit 1", CRAWLERS))["results"][0]
    pointer = next(cell["value"] for cell in row if cell["field"] == "@ptr")
    record = logs(sandbox).get_log_record(logRecordPointer=pointer)["logRecord"]
    first = events(sandbox, CRAWLERS)[0]
    assert record["@message"] == first["message"] and record["@logStream"] == first["logStreamName"], record
    assert record["@log"] == f"{ACCOUNT}:{CRAWLERS}" and millis(record["@timestamp"]) == first["timestamp"], record


@case
def pointers_differ(sandbox):
    answer = finish(sandbox, begin(sandbox, "fields @message", CRAWLERS))
    found = [cell["value"] for row in answer["results"] for cell in row if cell["field"] == "@ptr"]
    assert len(found) == len(set(found)) == len(events(sandbox, CRAWLERS))


@case
def one_group_by_its_name(sandbox):
    assert len(ask(sandbox, "fields @message", logGroupName=CRAWLERS)) == len(events(sandbox, CRAWLERS))


@case
def several_groups(sandbox):
    found = collections.Counter(column(sandbox, "fields @log | limit 10000", "@log", CRAWLERS, V2))
    assert found == {f"{ACCOUNT}:{group}": len(events(sandbox, group)) for group in (CRAWLERS, V2)}


@case
def groups_by_identifiers(sandbox):
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{CRAWLERS}"
    for identifiers in ([CRAWLERS], [arn]):
        assert len(ask(sandbox, "fields @message", logGroupIdentifiers=identifiers)) == len(events(sandbox, CRAWLERS)), identifiers
    assert len(ask(sandbox, "fields @message | limit 10000", logGroupIdentifiers=[arn, V2])) == len(events(sandbox, CRAWLERS)) + len(events(sandbox, V2))


@case
def groups_of_a_source(sandbox):
    start, end = night(sandbox)
    query = logs(sandbox).start_query(queryString='SOURCE logGroups(namePrefix: ["/aws-glue/crawl"]) | fields @log', startTime=start, endTime=end)["queryId"]
    found = {row["@log"] for row in rows_of(finish(sandbox, query))}
    assert found == {f"{ACCOUNT}:{CRAWLERS}"}, found


def start_of(sandbox, query="fields @message", **more):
    """Arguments of StartQuery for the night."""
    start, end = night(sandbox)
    return {"queryString": query, "startTime": start, "endTime": end, **more}


@case
def no_group_at_all(sandbox):
    refused("InvalidParameterException", logs(sandbox).start_query, **start_of(sandbox))


@case
def groups_in_two_ways(sandbox):
    refused("InvalidParameterException", logs(sandbox).start_query, **start_of(sandbox), logGroupName=CRAWLERS, logGroupNames=[V2])


@case
def a_group_that_there_is_not(sandbox):
    refused("ResourceNotFoundException", logs(sandbox).start_query, **start_of(sandbox), logGroupName=unique("/nothing"))


@case
def times_are_seconds_and_both_are_within(sandbox):
    second = next(event["timestamp"] for event in events(sandbox, ERROR)[50:] if event["timestamp"] % 1_000 == 0) // 1_000
    found = [millis(text) for text in column(sandbox, "fields @timestamp", "@timestamp", ERROR, start=second, end=second)]
    assert found.count(second * 1_000) == sum(event["timestamp"] == second * 1_000 for event in events(sandbox, ERROR))
    assert all(second * 1_000 <= time < second * 1_000 + 1_000 for time in found), found


@case
def times_bound_the_events(sandbox):
    there = events(sandbox, CRAWLERS)
    start, end = there[10]["timestamp"] // 1_000 + 1, there[-10]["timestamp"] // 1_000 - 1
    found = [millis(text) for text in column(sandbox, "fields @timestamp", "@timestamp", CRAWLERS, start=start, end=end)]
    inner = [event["timestamp"] for event in there if start * 1_000 <= event["timestamp"] <= end * 1_000]
    assert set(inner) <= set(found) and all(start * 1_000 <= time < end * 1_000 + 1_000 for time in found)


@case
def a_time_in_which_there_is_nothing(sandbox):
    start, _ = night(sandbox)
    answer = finish(sandbox, begin(sandbox, "fields @message", CRAWLERS, start=start, end=start + 60))
    assert answer["results"] == [] and answer["statistics"]["recordsMatched"] == 0


@case
def an_end_before_the_start(sandbox):
    start, end = night(sandbox)
    arguments = {**start_of(sandbox), "startTime": end, "endTime": start}
    refused(("InvalidParameterException", "MalformedQueryException"), logs(sandbox).start_query, **arguments, logGroupName=CRAWLERS)


@case
def a_time_before_the_group_was_made(sandbox):
    arguments = {**start_of(sandbox), "startTime": 1_000, "endTime": 2_000}
    response = refused("MalformedQueryException", logs(sandbox).start_query, **arguments, logGroupName=CRAWLERS)
    text = "end date and time is either before the log groups creation time or exceeds the log groups log retention settings"
    assert text in response["Error"]["Message"], response["Error"]


@case
def a_limit_of_the_call(sandbox):
    assert len(ask(sandbox, "fields @message", CRAWLERS, limit=7)) == 7


@case
def a_query_without_a_limit_answers_10000(sandbox):
    _, end = night(sandbox)
    answer = finish(sandbox, begin(sandbox, "fields @timestamp", ERROR, start=end - 5 * 86_400, end=end))
    assert answer["statistics"]["recordsMatched"] > 10_000, answer["statistics"]
    assert len(answer["results"]) == 10_000 and "nextToken" not in answer, len(answer["results"])


@case
def a_limit_beyond_10000_answers_in_pages(sandbox):
    _, end = night(sandbox)
    query = begin(sandbox, "fields @timestamp | limit 12000", ERROR, start=end - 5 * 86_400, end=end)
    first = finish(sandbox, query)
    assert len(first["results"]) == 10_000 and first["nextToken"], len(first["results"])
    second = logs(sandbox).get_query_results(queryId=query, nextToken=first["nextToken"])
    assert len(second["results"]) == 2_000 and "nextToken" not in second, len(second["results"])


@case
def results_in_pages(sandbox):
    query = begin(sandbox, "fields @message | sort @timestamp asc | limit 10", CRAWLERS)
    whole = finish(sandbox, query)["results"]
    found, token = [], {}
    while True:
        answer = logs(sandbox).get_query_results(queryId=query, maxItems=4, **token)
        assert len(answer["results"]) <= 4
        found += answer["results"]
        if not answer.get("nextToken"):
            break
        token = {"nextToken": answer["nextToken"]}
    assert found == whole and len(found) == 10


@case
def results_of_a_query_that_there_is_not(sandbox):
    refused("ResourceNotFoundException", logs(sandbox).get_query_results, queryId="00000000-0000-4000-8000-000000000000")


@case
def a_query_that_is_over_is_not_stopped(sandbox):
    query = begin(sandbox, "fields @message | limit 1", CRAWLERS)
    finish(sandbox, query)
    refused("InvalidParameterException", logs(sandbox).stop_query, queryId=query)


@case
def a_query_that_there_is_not_is_not_stopped(sandbox):
    refused(("ResourceNotFoundException", "InvalidParameterException"), logs(sandbox).stop_query, queryId="00000000-0000-4000-8000-000000000000")


@case
def a_query_is_stopped(sandbox):
    # It may be over before it is stopped; then it says so.
    _, end = night(sandbox)
    query = begin(sandbox, "stats count(*) by @message", ERROR, OUTPUT, V2, start=end - 10 * 86_400, end=end)
    try:
        assert logs(sandbox).stop_query(queryId=query)["success"] is True
    except logs(sandbox).exceptions.InvalidParameterException:
        assert logs(sandbox).get_query_results(queryId=query)["status"] == "Complete"
    else:
        assert logs(sandbox).get_query_results(queryId=query)["status"] == "Cancelled"


@case
def queries_are_described(sandbox):
    text = f"fields @message | filter @message like '{unique()}'"
    query = begin(sandbox, text, CRAWLERS)
    finish(sandbox, query)
    found = [one for one in logs(sandbox).describe_queries(logGroupName=CRAWLERS)["queries"] if one["queryId"] == query]
    assert len(found) == 1 and found[0]["queryString"].endswith(text) and found[0]["status"] == "Complete", found
    assert found[0]["logGroupName"] == CRAWLERS and found[0]["createTime"] > 1_500_000_000_000, found


@case
def queries_of_another_group_are_not_described(sandbox):
    query = begin(sandbox, "fields @message | limit 1", CRAWLERS)
    finish(sandbox, query)
    assert query not in [one["queryId"] for one in logs(sandbox).describe_queries(logGroupName=V2)["queries"]]
    assert query in [one["queryId"] for one in logs(sandbox).describe_queries()["queries"]]


@case
def queries_of_a_status_are_described(sandbox):
    query = begin(sandbox, "fields @message | limit 1", CRAWLERS)
    finish(sandbox, query)
    assert query in [one["queryId"] for one in logs(sandbox).describe_queries(status="Complete")["queries"]]
    assert query not in [one["queryId"] for one in logs(sandbox).describe_queries(status="Failed")["queries"]]


@case
def queries_are_described_in_pages(sandbox):
    made = [begin(sandbox, "fields @message | limit 1", CRAWLERS) for _ in range(3)]
    found, token = [], {}
    while True:
        answer = logs(sandbox).describe_queries(logGroupName=CRAWLERS, maxResults=2, **token)
        assert len(answer["queries"]) <= 2
        found += [one["queryId"] for one in answer["queries"]]
        if not answer.get("nextToken"):
            break
        token = {"nextToken": answer["nextToken"]}
    assert set(made) <= set(found) and len(found) == len(set(found))


# --- what is no query ------------------------------------------------------------------------------------------------

def malformed(sandbox, *queries, text=""):
    for query in queries:
        response = refused("MalformedQueryException", logs(sandbox).start_query, **start_of(sandbox, query), logGroupName=CRAWLERS)
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400 and text in response["Error"]["Message"], f"{query}: {response['Error']}"


@case
def malformed_command(sandbox):
    malformed(sandbox, "bogus @message", text="unexpected symbol found bogus at line 1 and position 0")
    malformed(sandbox, "fields @message | bogus 1", text="unexpected symbol found bogus at line 1 and position 18")


@case
def malformed_says_where(sandbox):
    query = "fields @message | bogus 1"
    response = refused("MalformedQueryException", logs(sandbox).start_query, **start_of(sandbox, query), logGroupName=CRAWLERS)
    error = response["queryCompileError"]
    assert error["message"] and error["message"] in response["Error"]["Message"], response
    where = error["location"]
    assert 0 <= where["startCharOffset"] <= where["endCharOffset"] <= len(query), where


@case
def malformed_nothing(sandbox):
    malformed(sandbox, "", text="unexpected symbol found <EOF> at line 1 and position 0")


@case
def malformed_ends(sandbox):
    malformed(sandbox, "fields", "fields @message | filter", "filter @message like", "stats", "stats count(*) by", "fields @message,", "sort", "limit", "parse @message")


@case
def malformed_brackets(sandbox):
    malformed(sandbox, "fields strlen(@message", "filter (@message like /a/", "filter @message like /a/)", "filter @message in ['a'", "fields strlen @message)")


@case
def malformed_expression(sandbox):
    malformed(sandbox, "filter @message == ", "filter = 1", "filter @message like 5 5", "fields 1 +", "filter and @message like /a/", "filter not")


@case
def malformed_regular_expression(sandbox):
    malformed(sandbox, "filter @message like /(/", "parse @message /(?<a>/")


@case
def malformed_flag_after_a_regular_expression(sandbox):
    malformed(sandbox, "filter @message like /a/i", text="unexpected symbol found i at line 1 and position 24")


@case
def malformed_sort_by_a_function(sandbox):
    malformed(sandbox, "fields @message | sort bin(5m)", text="unexpected symbol found ( at line 1 and position 26")


@case
def malformed_function(sandbox):
    malformed(sandbox, "fields nosuchfunction(@message)", "stats nosuchfunction(@message)", "fields strlen()", "fields strlen(@message, 1, 2, 3)")


@case
def malformed_parse(sandbox):
    malformed(sandbox, "parse @message '* *' as a", "parse @message '*' as a, b", "parse @message '* *'")


@case
def malformed_limit(sandbox):
    malformed(sandbox, "limit many", "limit -1", "fields @message | limit 1.5")


@case
def malformed_sort_after_dedup(sandbox):
    malformed(sandbox, "fields @logStream | dedup @logStream | sort @timestamp asc", text="unexpected symbol found sort")


@case
def malformed_quotes(sandbox):
    malformed(sandbox, "filter @message like 'a", 'filter @message = "a', "fields `a")


@case
def malformed_field_that_the_first_stats_does_not_make(sandbox):
    malformed(sandbox, "fields @message | stats count(*) by @logStream | stats max(strlen(@message)) as n",
              "fields strlen(@message) as n | stats sum(n) as bytes by @logStream | stats avg(bytes) by bin(5m)")


@case
def malformed_sort_before_the_second_stats(sandbox):
    malformed(sandbox, "stats count(*) as n by @logStream | sort n desc | stats max(n)", "stats count(*) as n by @logStream | limit 3 | stats max(n)")


@case
def a_query_that_is_too_long(sandbox):
    query = "fields @message | filter @message like '" + "x" * 10_000 + "'"
    refused(("InvalidParameterException", "MalformedQueryException"), logs(sandbox).start_query, **start_of(sandbox, query), logGroupName=CRAWLERS)


# --- fields and display ----------------------------------------------------------------------------------------------

@case
def fields_of_the_system(sandbox):
    first = events(sandbox, CRAWLERS)[0]
    row = ask(sandbox, "fields @timestamp, @message, @logStream, @log, @ingestionTime | sort @timestamp asc | limit 1", CRAWLERS)[0]
    assert row["@timestamp"] == moment(first["timestamp"]) and row["@message"] == first["message"], row
    assert row["@logStream"] == first["logStreamName"] and row["@log"] == f"{ACCOUNT}:{CRAWLERS}", row
    assert millis(row["@ingestionTime"]) == first["ingestionTime"], (row, first)


@case
def times_are_written_out(sandbox):
    for text in column(sandbox, "fields @timestamp", "@timestamp", CRAWLERS):
        assert MOMENT.fullmatch(text), text


@case
def the_newest_comes_first(sandbox):
    found = column(sandbox, "fields @timestamp", "@timestamp", CRAWLERS)
    assert found == [moment(event["timestamp"]) for event in reversed(events(sandbox, CRAWLERS))]


@case
def without_fields_there_are_time_and_message(sandbox):
    row = finish(sandbox, begin(sandbox, "filter @message like /Crawling/ | limit 1", CRAWLERS))["results"][0]
    assert [cell["field"] for cell in row] == ["@timestamp", "@message", "@ptr"], row


@case
def fields_with_another_name(sandbox):
    row = ask(sandbox, "fields @message as text, strlen(@message) as length | limit 1", CRAWLERS)[0]
    assert list(row) == ["text", "length"] and int(row["length"]) == len(row["text"]), row


@case
def fields_without_a_name_are_called_what_they_are(sandbox):
    assert list(ask(sandbox, "fields strlen(@message) | limit 1", CRAWLERS)[0]) == ["strlen(@message)"]


@case
def fields_twice_are_all_of_them(sandbox):
    assert list(ask(sandbox, "fields @timestamp | fields @logStream, @message | limit 1", CRAWLERS)[0]) == ["@timestamp", "@logStream", "@message"]


@case
def fields_that_there_are_not_are_left_out(sandbox):
    assert list(ask(sandbox, "fields @timestamp, nothing, @logStream | limit 1", CRAWLERS)[0]) == ["@timestamp", "@logStream"]


@case
def fields_that_are_made_are_used(sandbox):
    rows = ask(sandbox, "fields strlen(@message) as n, @message | filter n > 100 | sort n asc", CRAWLERS)
    assert [int(row["n"]) for row in rows] == sorted(len(text) for text in messages(sandbox, CRAWLERS) if len(text) > 100) and rows


@case
def commands_in_capitals(sandbox):
    found = ask(sandbox, "FIELDS @message AS m | FILTER @message LIKE /Crawling/ AND NOT @message LIKE 'nothing' | SORT @timestamp DESC | LIMIT 2", CRAWLERS)
    assert len(found) == 2 and all("Crawling" in row["m"] for row in found)


@case
def names_in_back_quotes(sandbox):
    row = ask(sandbox, "fields `@message` as `the message`, @timestamp | filter `the message` like /Crawling/ | limit 1", CRAWLERS)[0]
    assert "Crawling" in row["the message"], row


@case
def display_is_only_that(sandbox):
    rows = ask(sandbox, "fields @timestamp, @message, strlen(@message) as n | display n, @logStream | limit 1", CRAWLERS)
    assert list(rows[0]) == ["n", "@logStream"], rows


@case
def the_last_display_counts(sandbox):
    assert list(ask(sandbox, "display @message | display @logStream | limit 1", CRAWLERS)[0]) == ["@logStream"]


@case
def display_of_an_expression(sandbox):
    rows = ask(sandbox, "parse @message '[*] * : *' as id, level, text | filter level in ['INFO', 'BENCHMARK'] | display level, level = 'INFO' as isInfo", CRAWLERS)
    assert len(rows) == len(events(sandbox, CRAWLERS))
    assert all(row["isInfo"] == ("1" if row["level"] == "INFO" else "0") for row in rows), rows[:3]


@case
def comments(sandbox):
    found = ask(sandbox, """# all of it
        fields @message  # the text
        # | filter @message like /nothing at all/
        | filter @message like /Crawling/
        | limit 3""", CRAWLERS)
    assert len(found) == 3, found


@case
def a_hash_in_quotes_is_no_comment(sandbox):
    assert value(sandbox, "concat('a#b', \"#\")") == "a#b#"


# --- filter ----------------------------------------------------------------------------------------------------------

def filtered(sandbox, condition, wanted, group=OUTPUT, before=""):
    """The condition holds for exactly the messages for which the Python function does."""
    found = column(sandbox, f"fields @message {before} | filter {condition} | sort @timestamp asc | limit 10000", "@message", group)
    expected = [text for text in messages(sandbox, group) if wanted(text)]
    assert 0 < len(expected) < len(events(sandbox, group)), "a case that distinguishes nothing"
    assert sorted(found) == sorted(expected), f"{condition}: {len(found)} for {len(expected)}"


@case
def filter_equal(sandbox):
    filtered(sandbox, "@message = 'done'", lambda text: text == "done")
    filtered(sandbox, '@message = "done"', lambda text: text == "done")


@case
def filter_not_equal(sandbox):
    filtered(sandbox, "@message != 'done'", lambda text: text != "done")


@case
def filter_like_a_regular_expression(sandbox):
    filtered(sandbox, r"@message like /^check .*: ok \(\d+ of/", lambda text: re.search(r"^check .*: ok \(\d+ of", text))
    filtered(sandbox, "@message like /filled|parses/", lambda text: re.search("filled|parses", text))


@case
def filter_not_like(sandbox):
    filtered(sandbox, "@message not like /argument/", lambda text: "argument" not in text)
    filtered(sandbox, "@message not like 'argument'", lambda text: "argument" not in text)
    filtered(sandbox, "not @message like /argument/", lambda text: "argument" not in text)


@case
def filter_like_text(sandbox):
    filtered(sandbox, "@message like 'check filled'", lambda text: "check filled" in text)
    filtered(sandbox, "@message like \"ok (0 of\"", lambda text: "ok (0 of" in text)


@case
def filter_like_text_takes_it_literally(sandbox):
    filtered(sandbox, "@message like '(0%)'", lambda text: "(0%)" in text, V2)
    filtered(sandbox, "@message like '.json' or @message like 's3://' or @message like '.py'", lambda text: any(part in text for part in (".json", "s3://", ".py")))


@case
def filter_by_the_operator_for_regular_expressions(sandbox):
    filtered(sandbox, "@message =~ /^argument/", lambda text: text.startswith("argument"))


@case
def filter_is_about_case(sandbox):
    filtered(sandbox, "@message like /(?i)CHECK/", lambda text: "check" in text.lower())
    assert ask(sandbox, "filter @message like /CHECK FILLED/") == [] == ask(sandbox, "filter @message like 'CHECK FILLED'")


@case
def filter_with_a_slash_in_the_expression(sandbox):
    filtered(sandbox, r"@message like /s3:\/\//", lambda text: "s3://" in text)


@case
def filter_with_a_pipe_in_quotes(sandbox):
    assert ask(sandbox, "fields @message | filter @message like 'a | limit 1'") == []


@case
def filter_in(sandbox):
    filtered(sandbox, "@message in ['done', 'argument --layer=bronze']", lambda text: text in ("done", "argument --layer=bronze"))
    filtered(sandbox, "@message in [\"done\"]", lambda text: text == "done")
    assert ask(sandbox, "filter @message in ['don', 'one']") == [], "whole strings only"


@case
def filter_not_in(sandbox):
    filtered(sandbox, "@message not in ['done', 'nothing']", lambda text: text != "done")


@case
def filter_in_numbers(sandbox):
    filtered(sandbox, "strlen(@message) in [4, 24]", lambda text: len(text) in (4, 24))


@case
def filter_and_or_not(sandbox):
    a, b, c = (lambda text: "argument" in text), (lambda text: "layer" in text), (lambda text: "done" in text)
    one, two, three = "@message like /argument/", "@message like /layer/", "@message like /done/"
    filtered(sandbox, f"{one} and {two}", lambda text: a(text) and b(text))
    filtered(sandbox, f"{one} or {three}", lambda text: a(text) or c(text))
    filtered(sandbox, f"{three} or {one} and {two}", lambda text: c(text) or (a(text) and b(text)))
    filtered(sandbox, f"({three} or {one}) and not {two}", lambda text: (c(text) or a(text)) and not b(text))
    filtered(sandbox, f"not ({one} or {three})", lambda text: not (a(text) or c(text)))


@case
def filter_numbers(sandbox):
    filtered(sandbox, "strlen(@message) > 60", lambda text: len(text) > 60)
    filtered(sandbox, "strlen(@message) >= 60 and strlen(@message) <= 80", lambda text: 60 <= len(text) <= 80)
    filtered(sandbox, "strlen(@message) < 9", lambda text: len(text) < 9)
    filtered(sandbox, "(strlen(@message) % 2) = 0", lambda text: len(text) % 2 == 0)


ROWS = re.compile(r"of (\d+) rows")


def rows_in(text):
    found = ROWS.search(text)
    return int(found[1]) if found else None


@case
def filter_numbers_out_of_text(sandbox):
    # As numbers, not as text: "1000" is more than "999".
    before = "| parse @message /of (?<n>\\d+) rows/"
    filtered(sandbox, "n > 999", lambda text: rows_in(text) is not None and rows_in(text) > 999, before=before)
    filtered(sandbox, "n <= 200", lambda text: rows_in(text) is not None and rows_in(text) <= 200, before=before)


@case
def filter_present(sandbox):
    before = "| parse @message /of (?<n>\\d+) rows/"
    for name in ("ispresent", "isPresent"):
        filtered(sandbox, f"{name}(n)", lambda text: rows_in(text) is not None, before=before)
    filtered(sandbox, "not ispresent(n)", lambda text: rows_in(text) is None, before=before)


@case
def filter_twice(sandbox):
    filtered(sandbox, "@message like /argument/ | filter @message like /layer/", lambda text: "argument" in text and "layer" in text)


@case
def filter_by_the_stream(sandbox):
    stream = events(sandbox, CRAWLERS)[0]["logStreamName"]
    found = ask(sandbox, f"fields @logStream | filter @logStream = '{stream}'", CRAWLERS)
    assert len(found) == sum(event["logStreamName"] == stream for event in events(sandbox, CRAWLERS)) > 0


@case
def filter_by_the_time(sandbox):
    there = events(sandbox, CRAWLERS)
    middle = there[len(there) // 2]["timestamp"]
    found = column(sandbox, f"fields @timestamp | filter toMillis(@timestamp) >= {middle}", "@timestamp", CRAWLERS)
    assert sorted(map(millis, found)) == [event["timestamp"] for event in there if event["timestamp"] >= middle]


@case
def filter_by_a_function(sandbox):
    filtered(sandbox, "strcontains(@message, 'layer') = 1", lambda text: "layer" in text)
    filtered(sandbox, "strcontains(@message, 'layer')", lambda text: "layer" in text)


@case
def where_is_filter(sandbox):
    assert len(ask(sandbox, "fields @message | where @message = 'done'")) == messages(sandbox).count("done")


# --- sort, limit, dedup ----------------------------------------------------------------------------------------------

@case
def sort_up_and_down(sandbox):
    there = [moment(event["timestamp"]) for event in events(sandbox, CRAWLERS)]
    assert column(sandbox, "fields @timestamp | sort @timestamp asc", "@timestamp", CRAWLERS) == there
    assert column(sandbox, "fields @timestamp | sort @timestamp", "@timestamp", CRAWLERS) == there
    assert column(sandbox, "fields @timestamp | sort @timestamp desc", "@timestamp", CRAWLERS) == there[::-1]


@case
def sort_by_what_is_not_shown(sandbox):
    found = column(sandbox, "fields @message | sort @timestamp asc | limit 1", "@message", CRAWLERS)
    assert found == [events(sandbox, CRAWLERS)[0]["message"]]


@case
def sort_by_several(sandbox):
    rows = ask(sandbox, "fields strlen(@message) as n, @timestamp | sort n desc, @timestamp asc", CRAWLERS)
    expected = sorted(events(sandbox, CRAWLERS), key=lambda event: (-len(event["message"]), event["timestamp"]))
    assert [(int(row["n"]), row["@timestamp"]) for row in rows] == [(len(one["message"]), moment(one["timestamp"])) for one in expected]


@case
def sort_of_numbers(sandbox):
    found = column(sandbox, "parse @message /of (?<n>\\d+) rows/ | filter ispresent(n) | display n | sort n asc | limit 10000", "n")
    numbers = sorted(rows_in(text) for text in messages(sandbox) if rows_in(text) is not None)
    assert [int(text) for text in found] == numbers and len({len(text) for text in found}) > 1


@case
def limit_after_sort(sandbox):
    found = column(sandbox, "fields @timestamp | sort @timestamp asc | limit 4", "@timestamp", CRAWLERS)
    assert found == [moment(event["timestamp"]) for event in events(sandbox, CRAWLERS)[:4]]


@case
def limit_of_more_than_there_is(sandbox):
    assert len(ask(sandbox, "fields @message | limit 9000", CRAWLERS)) == len(events(sandbox, CRAWLERS))


@case
def limit_of_any(sandbox):
    assert len(ask(sandbox, "fields @message | limit any 3", CRAWLERS)) == 3


@case
def head_is_limit(sandbox):
    # Undocumented, but in the grammar: AWS's own message lists K_HEAD among what it expects.
    assert len(ask(sandbox, "fields @message | head 3", CRAWLERS)) == 3


@case
def dedup_keeps_the_first(sandbox):
    rows = ask(sandbox, "fields @timestamp, @logStream | sort @timestamp asc | dedup @logStream", CRAWLERS)
    first = {}
    for event in events(sandbox, CRAWLERS):
        first.setdefault(event["logStreamName"], moment(event["timestamp"]))
    assert {row["@logStream"]: row["@timestamp"] for row in rows} == first and len(rows) == len(first)


@case
def dedup_keeps_the_newest_by_itself(sandbox):
    rows = ask(sandbox, "fields @timestamp, @logStream | dedup @logStream", CRAWLERS)
    last = {event["logStreamName"]: moment(event["timestamp"]) for event in events(sandbox, CRAWLERS)}
    assert {row["@logStream"]: row["@timestamp"] for row in rows} == last and len(rows) == len(last)


@case
def dedup_by_several(sandbox):
    rows = ask(sandbox, "parse @message '[*] * : *' as id, level, text | fields @logStream, level | dedup @logStream, level | limit 1000", CRAWLERS)
    pairs = {(event["logStreamName"], re.match(r"\[.*?\] (\w+) : ", event["message"])[1]) for event in events(sandbox, CRAWLERS)}
    assert {(row["@logStream"], row["level"]) for row in rows} == pairs and len(rows) == len(pairs)


@case
def dedup_keeps_what_has_no_value(sandbox):
    rows = ask(sandbox, "parse @message /of (?<n>\\d+) rows/ | fields @message, n | dedup n | limit 10000")
    without = sum(rows_in(text) is None for text in messages(sandbox))
    different = len({rows_in(text) for text in messages(sandbox)} - {None})
    assert len(rows) == without + different, (len(rows), without, different)


# --- stats -----------------------------------------------------------------------------------------------------------

def one(sandbox, query, *groups):
    rows = ask(sandbox, query, *groups)
    assert len(rows) == 1, rows
    return rows[0]


@case
def stats_count(sandbox):
    assert one(sandbox, "stats count(*) as n") == {"n": str(len(events(sandbox)))}
    assert one(sandbox, "stats count() as n") == {"n": str(len(events(sandbox)))}


@case
def stats_have_no_pointer(sandbox):
    row = finish(sandbox, begin(sandbox, "stats count(*) by @logStream | limit 1", CRAWLERS))["results"][0]
    assert [cell["field"] for cell in row] == ["@logStream", "count(*)"], row


@case
def stats_without_names_are_called_what_they_are(sandbox):
    row = one(sandbox, "stats count(*), max(strlen(@message)) by bin(1d)", CRAWLERS)
    assert list(row) == ["bin(1d)", "count(*)", "max(strlen(@message))"], row


@case
def stats_count_of_a_field(sandbox):
    assert one(sandbox, "parse @message /of (?<n>\\d+) rows/ | stats count(n) as some, count(*) as all")["some"] == str(sum(rows_in(text) is not None for text in messages(sandbox)))


@case
def stats_count_distinct(sandbox):
    assert one(sandbox, "stats count_distinct(@logStream) as n", CRAWLERS)["n"] == str(len({event["logStreamName"] for event in events(sandbox, CRAWLERS)}))


@case
def stats_of_numbers(sandbox):
    lengths = [len(text) for text in messages(sandbox, CRAWLERS)]
    row = one(sandbox, "stats sum(strlen(@message)) as total, avg(strlen(@message)) as mean, min(strlen(@message)) as least, max(strlen(@message)) as most", CRAWLERS)
    assert row["total"] == str(sum(lengths)) and row["least"] == str(min(lengths)) and row["most"] == str(max(lengths)), row
    assert near(row["mean"], sum(lengths) / len(lengths))


@case
def stats_of_numbers_out_of_text(sandbox):
    numbers = [rows_in(text) for text in messages(sandbox) if rows_in(text) is not None]
    row = one(sandbox, "parse @message /of (?<n>\\d+) rows/ | stats sum(n) as total, min(n) as least, max(n) as most, avg(n) as mean")
    assert (int(row["total"]), int(row["least"]), int(row["most"])) == (sum(numbers), min(numbers), max(numbers)), row
    assert near(row["mean"], sum(numbers) / len(numbers))


@case
def stats_percentiles(sandbox):
    lengths = sorted(len(text) for text in messages(sandbox))
    row = one(sandbox, "stats pct(strlen(@message), 50) as p50, pct(strlen(@message), 95) as p95")
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        at = int(share * len(lengths))
        assert lengths[max(at - 25, 0)] <= float(row[name]) <= lengths[min(at + 25, len(lengths) - 1)], (row, name)


@case
def stats_deviation(sandbox):
    lengths = [len(text) for text in messages(sandbox, CRAWLERS)]
    found = float(one(sandbox, "stats stddev(strlen(@message)) as s", CRAWLERS)["s"])
    assert min(abs(found - statistics.pstdev(lengths)), abs(found - statistics.stdev(lengths))) < 0.001, found


@case
def stats_earliest_and_latest(sandbox):
    there = events(sandbox, CRAWLERS)
    row = one(sandbox, "stats earliest(@message) as first, latest(@message) as last", CRAWLERS)
    assert row == {"first": there[0]["message"], "last": there[-1]["message"]}, row


@case
def stats_earliest_and_latest_time(sandbox):
    there = events(sandbox, CRAWLERS)
    row = one(sandbox, "stats earliest(@timestamp) as first, latest(@timestamp) as last", CRAWLERS)
    assert row == {"first": str(there[0]["timestamp"]), "last": str(there[-1]["timestamp"])}, "milliseconds, not written out"


@case
def stats_least_and_most_time(sandbox):
    there = events(sandbox, CRAWLERS)
    row = one(sandbox, "stats min(@timestamp) as first, max(@timestamp) as last", CRAWLERS)
    assert millis(row["first"]) == there[0]["timestamp"] and millis(row["last"]) == there[-1]["timestamp"], row


@case
def stats_first_and_last_in_order(sandbox):
    streams = {event["logStreamName"] for event in events(sandbox, CRAWLERS)}
    row = one(sandbox, "stats sortsFirst(@logStream) as a, sortsLast(@logStream) as z", CRAWLERS)
    assert row == {"a": min(streams), "z": max(streams)}, row


@case
def stats_by_a_field(sandbox):
    rows = ask(sandbox, "stats count(*) as n by @logStream", CRAWLERS)
    expected = collections.Counter(event["logStreamName"] for event in events(sandbox, CRAWLERS))
    assert {row["@logStream"]: int(row["n"]) for row in rows} == expected and len(rows) == len(expected)


@case
def stats_by_two_fields(sandbox):
    rows = ask(sandbox, "parse @message '[*] * : *' as id, level, text | stats count(*) as n by @logStream, level", CRAWLERS)
    expected = collections.Counter((event["logStreamName"], re.match(r"\[.*?\] (\w+) : ", event["message"])[1]) for event in events(sandbox, CRAWLERS))
    assert {(row["@logStream"], row["level"]): int(row["n"]) for row in rows} == expected


@case
def stats_by_a_field_with_another_name(sandbox):
    rows = ask(sandbox, "stats count(*) as n by @logStream as stream | sort stream asc", CRAWLERS)
    streams = sorted({event["logStreamName"] for event in events(sandbox, CRAWLERS)})
    assert [row["stream"] for row in rows] == streams and list(rows[0]) == ["stream", "n"], rows[0]


def bins(sandbox, step, group=ERROR):
    return collections.Counter(moment(event["timestamp"] // step * step) for event in events(sandbox, group))


@case
def stats_by_time(sandbox):
    for name, step in (("5m", 300_000), ("1h", 3_600_000), ("30s", 30_000), ("1d", 86_400_000), ("500ms", 500)):
        rows = ask(sandbox, f"stats count(*) as n by bin({name}) | limit 10000", ERROR)
        assert {row[f"bin({name})"]: int(row["n"]) for row in rows} == bins(sandbox, step), name


@case
def stats_by_time_in_other_words(sandbox):
    for name, step in (("10 min", 600_000), ("2hours", 7_200_000), ("1 hr", 3_600_000), ("15 seconds", 15_000)):
        rows = ask(sandbox, f"stats count(*) as n by bin({name}) as t | limit 10000", ERROR)
        assert {row["t"]: int(row["n"]) for row in rows} == bins(sandbox, step), name


@case
def stats_by_more_seconds_than_a_minute_has(sandbox):
    # As documented: the number is capped, so that 300s is 60s.
    rows = ask(sandbox, "stats count(*) as n by bin(300s) as t | limit 10000", ERROR)
    assert {row["t"]: int(row["n"]) for row in rows} == bins(sandbox, 60_000)


@case
def stats_by_time_and_a_field(sandbox):
    rows = ask(sandbox, "stats count(*) as n by bin(5m) as t, @logStream", CRAWLERS)
    expected = collections.Counter((moment(event["timestamp"] // 300_000 * 300_000), event["logStreamName"]) for event in events(sandbox, CRAWLERS))
    assert {(row["t"], row["@logStream"]): int(row["n"]) for row in rows} == expected


@case
def stats_by_a_floor_of_time(sandbox):
    rows = ask(sandbox, "stats count(*) as n by datefloor(@timestamp, 10m) as t", ERROR)
    assert {row["t"]: int(row["n"]) for row in rows} == bins(sandbox, 600_000)


@case
def stats_are_sorted_and_limited(sandbox):
    rows = ask(sandbox, "stats count(*) as n by @logStream | sort n desc, @logStream asc | limit 5", CRAWLERS)
    expected = collections.Counter(event["logStreamName"] for event in events(sandbox, CRAWLERS))
    assert [(row["@logStream"], int(row["n"])) for row in rows] == sorted(expected.items(), key=lambda pair: (-pair[1], pair[0]))[:5]
    numbers = [int(text) for text in column(sandbox, "stats count(*) as n by @logStream | sort n desc | limit 20", "n", ERROR)]
    assert numbers == sorted(collections.Counter(event["logStreamName"] for event in events(sandbox, ERROR)).values(), reverse=True)[:20]


@case
def stats_are_sorted_by_a_name_in_back_quotes(sandbox):
    rows = ask(sandbox, "stats count(*) by bin(5m) | sort `bin(5m)` asc", ERROR)
    assert [row["bin(5m)"] for row in rows] == sorted(bins(sandbox, 300_000))


@case
def stats_are_filtered(sandbox):
    expected = collections.Counter(event["logStreamName"] for event in events(sandbox, ERROR))
    middle = sorted(expected.values())[len(expected) // 2]
    rows = ask(sandbox, f"stats count(*) as n by @logStream | filter n > {middle}", ERROR)
    assert {row["@logStream"]: int(row["n"]) for row in rows} == {name: n for name, n in expected.items() if n > middle}


@case
def stats_after_a_filter(sandbox):
    assert one(sandbox, "filter @message = 'done' | stats count(*) as n")["n"] == str(messages(sandbox).count("done"))


@case
def stats_with_arithmetic(sandbox):
    lengths = [len(text) for text in messages(sandbox, CRAWLERS)]
    row = one(sandbox, "stats sum(strlen(@message)) / count(*) as mean, max(strlen(@message)) - min(strlen(@message)) as span, sum(strlen(@message))/1024/1024 as mb", CRAWLERS)
    assert near(row["mean"], sum(lengths) / len(lengths)) and row["span"] == str(max(lengths) - min(lengths))
    assert near(row["mb"], sum(lengths) / 1024 / 1024)


@case
def stats_of_groups_without_the_field(sandbox):
    rows = ask(sandbox, "parse @message /of (?<n>\\d+) rows/ | stats count(*) as c by n")
    numbers = collections.Counter(rows_in(text) for text in messages(sandbox))
    found = {row.get("n"): int(row["c"]) for row in rows}
    assert {int(n): c for n, c in found.items() if n} == {n: c for n, c in numbers.items() if n is not None}


@case
def stats_of_stats(sandbox):
    counts = collections.Counter(event["logStreamName"] for event in events(sandbox, ERROR)).values()
    row = one(sandbox, "stats count(*) as n by @logStream | stats max(n) as most, min(n) as least, avg(n) as mean, count(*) as streams", ERROR)
    assert (int(row["most"]), int(row["least"]), int(row["streams"])) == (max(counts), min(counts), len(counts)), row
    assert near(row["mean"], sum(counts) / len(counts))


@case
def stats_of_stats_by_time(sandbox):
    # The documentation's own example.
    row = ask(sandbox, """FIELDS strlen(@message) AS message_length
        | STATS sum(message_length) as total BY BIN(5m) as @t
        | STATS max(total) AS peak, min(total) AS low BY dateceil(@t, 1h) as hour""", ERROR)
    totals = collections.Counter()
    for event in events(sandbox, ERROR):
        totals[event["timestamp"] // 300_000 * 300_000] += len(event["message"])
    hours = collections.defaultdict(list)
    for at, total in totals.items():
        hours[moment(-(-at // 3_600_000) * 3_600_000)].append(total)
    assert {one["hour"]: (int(one["peak"]), int(one["low"])) for one in row} == {hour: (max(all), min(all)) for hour, all in hours.items()}


@case
def stats_of_several_groups(sandbox):
    rows = ask(sandbox, "stats count(*) as n by @log", CRAWLERS, V2, OUTPUT)
    assert {row["@log"]: int(row["n"]) for row in rows} == {f"{ACCOUNT}:{group}": len(events(sandbox, group)) for group in (CRAWLERS, V2, OUTPUT)}


# --- parse -----------------------------------------------------------------------------------------------------------

JOB = re.compile(r"^job (.*) run (jr_\w+) as_of_date (.*)$")


def jobs(sandbox):
    return [JOB.match(text).groups() for text in messages(sandbox) if JOB.match(text)]


@case
def parse_with_asterisks(sandbox):
    rows = ask(sandbox, "parse @message 'job * run * as_of_date *' as name, id, day | filter ispresent(day) | display name, id, day")
    assert sorted((row["name"], row["id"], row["day"]) for row in rows) == sorted(jobs(sandbox)) and rows


@case
def parse_with_asterisks_in_the_middle(sandbox):
    rows = ask(sandbox, 'parse @message "[*] * : *" as id, level, text | fields id, level, text, @message', CRAWLERS)
    for row in rows:
        assert row["@message"] == f"[{row['id']}] {row['level']} : {row['text']}" and row["level"] in ("INFO", "BENCHMARK"), row
    assert len(rows) == len(events(sandbox, CRAWLERS))


@case
def parse_with_text_at_the_end(sandbox):
    rows = ask(sandbox, "parse @message 'check * *: ok (* of * rows' as what, of, bad, n | filter ispresent(n) | display what, of, bad, n | limit 10000")
    pattern = re.compile(r"check (.*?) (.*?): ok \((.*?) of (.*?) rows")
    expected = collections.Counter(pattern.search(text).groups() for text in messages(sandbox) if pattern.search(text))
    assert collections.Counter((row["what"], row["of"], row["bad"], row["n"]) for row in rows) == expected and rows


@case
def parse_with_a_regular_expression(sandbox):
    rows = ask(sandbox, r"parse @message /^job (?<name>.*) run (?<id>jr_\w+) as_of_date (?<day>.*)$/ | filter ispresent(id) | display name, id, day")
    assert sorted((row["name"], row["id"], row["day"]) for row in rows) == sorted(jobs(sandbox)) and rows


@case
def parse_anywhere_in_the_text(sandbox):
    found = column(sandbox, r"parse @message /(?<number>\d+) rows/ | filter ispresent(number) | display number | limit 10000", "number")
    assert collections.Counter(found) == collections.Counter(re.search(r"(\d+) rows", text)[1] for text in messages(sandbox) if re.search(r"(\d+) rows", text))


@case
def parse_of_what_does_not_match(sandbox):
    rows = ask(sandbox, "fields @message | parse @message 'job * run *' as name, id | limit 10000")
    assert len(rows) == len(events(sandbox))
    assert sum("id" in row for row in rows) == len(jobs(sandbox))


@case
def parse_of_a_part_that_an_expression_leaves_out(sandbox):
    rows = ask(sandbox, r"parse @message /^(?<word>\w+)( --(?<name>\w+)=)?/ | display word, name | limit 10000")
    found = [row for row in rows if row.get("name")]
    assert len(found) == sum(bool(re.match(r"^\w+ --\w+=", text)) for text in messages(sandbox)) > 0


@case
def parse_of_what_was_parsed(sandbox):
    rows = ask(sandbox, "parse @message 'job * run *' as name, rest | parse rest '* as_of_date *' as id, day | filter ispresent(day) | display id, day")
    assert sorted((row["id"], row["day"]) for row in rows) == sorted((id, day) for _, id, day in jobs(sandbox))


@case
def parse_of_the_stream(sandbox):
    rows = ask(sandbox, "parse @logStream 'DynamoDB * Bronze Crawler' as t | stats count(*) as n by t", CRAWLERS)
    assert {f"DynamoDB {row['t']} Bronze Crawler" for row in rows} == {event["logStreamName"] for event in events(sandbox, CRAWLERS)}


@case
def parse_without_a_field_is_of_the_message(sandbox):
    rows = ask(sandbox, "parse 'job * run *' as name, id | filter ispresent(id) | display name")
    assert len(rows) == len(jobs(sandbox))


@case
def parse_into_names_with_an_at(sandbox):
    rows = ask(sandbox, "parse @message 'job * run * as_of_date *' as @name, @id, @day | filter ispresent(@id) | stats count(*) as n by @day")
    assert {row["@day"]: int(row["n"]) for row in rows} == collections.Counter(day for _, _, day in jobs(sandbox))


@case
def parse_all_matches(sandbox):
    rows = ask(sandbox, r"filter @message like /^check/ | parse @message /(?<number>\d+)/ multi | stats count(*) as n by number | limit 10000")
    expected = collections.Counter(number for text in messages(sandbox) if text.startswith("check") for number in re.findall(r"\d+", text))
    assert {row["number"]: int(row["n"]) for row in rows} == expected


# --- functions -------------------------------------------------------------------------------------------------------

def are(sandbox, **expected):
    """Expressions of constants, by name, and their values; numbers may be written with more digits."""
    expressions = {name: pair[0] for name, pair in expected.items()}
    row = one(sandbox, "fields " + ", ".join(f"{expression} as {name}" for name, expression in expressions.items()) + " | limit 1", CRAWLERS)
    for name, (expression, wanted) in expected.items():
        found = row.get(name)
        if isinstance(wanted, str) or wanted is None:
            assert found == wanted, f"{expression}: {found!r} for {wanted!r}"
        else:
            assert found is not None and near(found, wanted), f"{expression}: {found!r} for {wanted!r}"


@case
def arithmetic(sandbox):
    are(sandbox, a=("2 + 3 * 4", 14), b=("(2 + 3) * 4", 20), c=("7 / 2", 3.5), d=("2 ^ 3", 8), e=("10 % 3", 1), f=("5 - 7", -2), g=("1 / 3", 1 / 3), h=("1.5 + 1", 2.5))


@case
def whole_numbers_have_no_point(sandbox):
    are(sandbox, a=("2 ^ 3", "8"), b=("10 % 3", "1"), c=("6 / 2", "3"), d=("ceil(1.2)", "2"), e=("2 * 3", "6"))


@case
def functions_of_numbers(sandbox):
    are(sandbox, a=("abs(0 - 5)", 5), b=("ceil(3.14)", 4), c=("floor(3.99)", 3), d=("sqrt(16)", 4), e=("log(10)", 2.302585), f=("greatest(1, 10, 9)", 10), g=("least(3, 1, 2)", 1),
        h=("ceil(0 - 1.5)", -1), i=("floor(0 - 1.5)", -2))


@case
def functions_that_round_and_convert(sandbox):
    are(sandbox, a=("round(2.567)", 3), b=("round(2.567, 2)", 2.57), c=("toNumber('12.5')", 12.5), d=("toInt('12.9')", 12), e=("toLong('9007199254740993')", "9007199254740993"),
        f=("toNumber('none')", None))


@case
def functions_of_text(sandbox):
    are(sandbox, a=("toupper('aBc')", "ABC"), b=("tolower('aBc')", "abc"), c=("concat('a', '-', 'b')", "a-b"), d=("strlen('abc')", 3), e=("replace('aXbXc', 'X', '-')", "a-b-c"),
        f=("substr('xyZfooxyZ', 3, 3)", "foo"), g=("substr('xyZfoo', 3)", "foo"), h=("strcontains('abc', 'b')", "1"), i=("strcontains('abc', 'x')", "0"))


@case
def functions_that_trim(sandbox):
    are(sandbox, a=("concat('[', trim('  a b '), ']')", "[a b]"), b=("concat('[', ltrim('  a '), ']')", "[a ]"), c=("concat('[', rtrim(' a  '), ']')", "[ a]"),
        d=('ltrim("xyZxyfooxyZ", "xyZ")', "fooxyZ"), e=('rtrim("xyZfooxyxyZ", "xyZ")', "xyZfoo"), f=('trim("xyZxyfooxyxyZ", "xyZ")', "foo"))


@case
def length_is_in_characters(sandbox):
    are(sandbox, a=("strlen('grün')", 4), b=("strlen('日本')", 2), c=("strlen('😀')", 1), d=("strlen('')", 0))


@case
def functions_of_emptiness(sandbox):
    are(sandbox, a=("isempty('')", "1"), b=("isempty(' ')", "0"), c=("isblank(' ')", "1"), d=("isblank('a')", "0"), e=("isempty(nothing)", "1"), f=("isblank(nothing)", "1"))


@case
def functions_of_presence(sandbox):
    are(sandbox, a=("ispresent(@message)", "1"), b=("ispresent(nothing)", "0"), c=("isPresent(@logStream)", "1"), d=("coalesce(nothing, 'else')", "else"), e=("coalesce(nothing, nothingElse)", None),
        f=("coalesce('first', 'second')", "first"))


@case
def functions_of_conditions(sandbox):
    are(sandbox, a=("if(1 < 2, 'yes', 'no')", "yes"), b=("if(1 > 2, 'yes', 'no')", "no"), c=("case(1 > 2, 'a', 2 > 1, 'b', 'c')", "b"), d=("case(1 > 2, 'a', 'c')", "c"))


@case
def comparisons_are_one_or_nothing(sandbox):
    are(sandbox, a=("1 < 2", "1"), b=("1 > 2", "0"), c=("'a' = 'a'", "1"), d=("'a' != 'a'", "0"), e=("1 <= 1 and 2 >= 3", "0"), f=("1 = 1 or 1 = 2", "1"), g=("not 1 = 1", "0"))


@case
def functions_of_addresses(sandbox):
    are(sandbox, a=("isValidIp('192.0.2.1')", "1"), b=("isValidIp('2001:db8::1')", "1"), c=("isValidIp('300.0.0.1')", "0"), d=("isValidIpV4('2001:db8::1')", "0"), e=("isValidIpV6('2001:db8::1')", "1"),
        f=("isIpInSubnet('192.0.2.7', '192.0.2.0/24')", "1"), g=("isIpv4InSubnet('192.0.3.7', '192.0.2.0/24')", "0"), h=("isIpv6InSubnet('2001:db8::7', '2001:db8::/32')", "1"))


@case
def functions_of_addresses_in_the_logs(sandbox):
    found = ask(sandbox, r"parse @message / on (?<ip>[\d.]+)/ | filter isIpInSubnet(ip, '172.34.7.10/31') | stats count(*) as n", ERROR)
    addresses = [match[1] for text in messages(sandbox, ERROR) if (match := re.search(r" on ([\d.]+)", text))]
    assert int(found[0]["n"]) == sum(address in ("172.34.7.10", "172.34.7.11") for address in addresses) > 0


@case
def functions_of_time(sandbox):
    first = events(sandbox, CRAWLERS)[0]["timestamp"]
    row = one(sandbox, "fields toMillis(@timestamp) as ms, datefloor(@timestamp, 1h) as low, dateceil(@timestamp, 1h) as high, bin(5m) as five, fromMillis(toMillis(@timestamp)) as same"
              " | sort @timestamp asc | limit 1", CRAWLERS)
    hour = 3_600_000
    assert row["ms"] == str(first) and row["low"] == moment(first // hour * hour) and row["high"] == moment(-(-first // hour) * hour), row
    assert row["five"] == moment(first // 300_000 * 300_000) and row["same"] == moment(first), row


@case
def a_time_out_of_a_number(sandbox):
    are(sandbox, a=("fromMillis(0)", "1970-01-01 00:00:00.000"), b=("fromMillis(1642195111001)", "2022-01-14 21:18:31.001"), c=("datefloor(fromMillis(1642195111001), 1m)", "2022-01-14 21:18:00.000"))


@case
def how_late_events_came(sandbox):
    found = column(sandbox, "fields toMillis(@ingestionTime) - toMillis(@timestamp) as late | sort @timestamp asc", "late", CRAWLERS)
    assert sorted(map(int, found)) == sorted(event["ingestionTime"] - event["timestamp"] for event in events(sandbox, CRAWLERS))


@case
def now_is_a_number_of_seconds(sandbox):
    before = datetime.datetime.fromisoformat(sandbox.get("/_sandbox/clock")["now"].replace("Z", "+00:00")).timestamp()
    found = float(value(sandbox, "now()"))
    after = datetime.datetime.fromisoformat(sandbox.get("/_sandbox/clock")["now"].replace("Z", "+00:00")).timestamp()
    assert before - 1 <= found <= after + 1, (before, found, after)


@case
def functions_in_functions(sandbox):
    are(sandbox, a=("toupper(substr(concat('ab', 'cd'), 1, 2))", "BC"), b=("strlen(replace('a b', ' ', ''))", 2), c=("abs(floor(0 - 2.5)) + 1", 4))


@case
def functions_of_what_there_is_not(sandbox):
    are(sandbox, a=("toupper(nothing)", None), b=("nothing + 1", None))


@case
def quotes_in_text(sandbox):
    are(sandbox, a=("concat(\"it's\", '')", "it's"), b=("concat('say \"hi\"', '')", 'say "hi"'), c=(r'concat("a\"b", "")', 'a"b'))


# --- JSON ------------------------------------------------------------------------------------------------------------

@case
def json_in_the_text_of_a_failure(sandbox):
    # Job insights of a run that failed: JSON after some text. There is one on some of the nights.
    start, end = night(sandbox)
    query = r"""filter @message like /Glue Exception Analysis/
        | parse @message /(?<body>\{.*\})/
        | fields jsonParse(body) as j
        | fields j.Event as event, j.`Last Executed Line number` as line, j.`Stack Trace`[0].`Declaring Class` as class, j.script as script"""
    rows = ask(sandbox, query, V2, start=start - 12 * 86_400, end=end)
    found = pages(logs(sandbox), "filter_log_events", "events", logGroupName=V2, startTime=(start - 12 * 86_400) * 1_000, endTime=end * 1_000 + 999, filterPattern='"Glue Exception Analysis"')
    bodies = [json.loads(event["message"][event["message"].index("{"):]) for event in found]
    expected = [(body["Event"], str(body["Last Executed Line number"]), body["Stack Trace"][0]["Declaring Class"], body["script"]) for body in bodies]
    assert sorted((row["event"], row["line"], row["class"], row["script"]) for row in rows) == sorted(expected) and expected


@case
def json_of_constants(sandbox):
    rows = ask(sandbox, """fields jsonParse('{"a": {"b": "x"}, "n": 7, "l": [1, {"c": "y"}]}') as j | fields j.a.b as b, j.n + 1 as n, j.l[1].c as c, j.none as none | display b, n, c, none | limit 1""", CRAWLERS)
    assert rows == [{"b": "x", "n": "8", "c": "y"}], rows


@case
def json_that_is_none(sandbox):
    rows = ask(sandbox, "fields jsonParse('nonsense') as j, @message | fields j.a as a | display a, @message | limit 1", CRAWLERS)
    assert "a" not in rows[0], rows


# The groups that there are hold no events that are JSON by themselves, so these put some.

def own_group(sandbox, *bodies):
    """A group with events of these, a second apart; answers the name, and the times between which they lie."""
    name = unique("/wire")
    clock = sandbox.get("/_sandbox/clock")["now"]
    last = int(datetime.datetime.fromisoformat(clock.replace("Z", "+00:00")).timestamp()) - 600
    logs(sandbox).create_log_group(logGroupName=name)
    logs(sandbox).create_log_stream(logGroupName=name, logStreamName="s")
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    made = [{"timestamp": (last - len(texts) + number) * 1_000, "message": text} for number, text in enumerate(texts)]
    logs(sandbox).put_log_events(logGroupName=name, logStreamName="s", logEvents=made)
    return name, last - len(texts) - 1, last


BODIES = [
    {"level": "INFO", "status": 200, "user": {"name": "anna", "roles": ["admin", "reader"]}, "took": 1.5, "foo-bar": "x"},
    {"level": "ERROR", "status": 500, "user": {"name": "bert", "roles": []}, "took": 10.25},
    "a line that is no JSON",
    {"level": "INFO", "status": "404", "user": {"name": "carl"}, "took": 9},
]


def on_json(sandbox, query):
    group, start, end = own_group(sandbox, *BODIES)
    return ask(sandbox, query, group, start=start, end=end)


@case
def json_fields_are_discovered(sandbox):
    rows = on_json(sandbox, "fields level, status, user.name, took | filter ispresent(level) | sort @timestamp asc")
    assert [tuple(row.values()) for row in rows] == [("INFO", "200", "anna", "1.5"), ("ERROR", "500", "bert", "10.25"), ("INFO", "404", "carl", "9")], rows
    assert list(rows[0]) == ["level", "status", "user.name", "took"], rows[0]


@case
def json_fields_of_lists(sandbox):
    rows = on_json(sandbox, "fields user.name, user.roles.0 as first, user.roles.1 as second | filter ispresent(user.roles.0)")
    assert rows == [{"user.name": "anna", "first": "admin", "second": "reader"}], rows


@case
def json_fields_are_filtered(sandbox):
    names = lambda condition: sorted(row["name"] for row in on_json(sandbox, f"fields user.name as name | filter {condition}"))
    assert names("status >= 404") == ["bert", "carl"]
    assert names("status in [200, 404]") == ["anna", "carl"] and names("status = 404") == ["carl"] and names("status = '500'") == ["bert"]
    assert names("took > 9") == ["bert"] and names("user.name like /^[ab]/") == ["anna", "bert"]
    assert names("level = 'INFO' and status < 300") == ["anna"]


@case
def json_fields_are_counted(sandbox):
    rows = on_json(sandbox, "filter ispresent(level) | stats count(*) as n, avg(took) as mean by level | sort level asc")
    assert [(row["level"], row["n"]) for row in rows] == [("ERROR", "1"), ("INFO", "2")] and near(rows[1]["mean"], 5.25), rows


@case
def json_fields_in_back_quotes(sandbox):
    rows = on_json(sandbox, "fields `foo-bar`, level | filter `foo-bar` = 'x'")
    assert rows == [{"foo-bar": "x", "level": "INFO"}], rows


@case
def json_leaves_the_message_as_it_is(sandbox):
    assert sorted(row["@message"] for row in on_json(sandbox, "fields @message")) == sorted(body if isinstance(body, str) else json.dumps(body) for body in BODIES)


@case
def sort_is_natural(sandbox):
    # The documentation's own example, in its order.
    wanted = ["!:", "#", "*%04", "0#", "5A", "111A", "2345_", "@", "@_", "A", "A9876fghj", "a12345hfh", "0", "01", "1", "2", "3"]
    group, start, end = own_group(sandbox, *sorted(wanted, key=hash))
    found = column(sandbox, "fields @message | sort @message asc", "@message", group, start=start, end=end)
    assert found == wanted, found
    assert column(sandbox, "fields @message | sort @message desc", "@message", group, start=start, end=end) == wanted[::-1]


NOT_DONE = {
    "groups_of_a_source": "SOURCE",
    "a_time_before_the_group_was_made": "the time at which a group was made",
    "functions_of_addresses": "functions of addresses",
    "functions_of_addresses_in_the_logs": "functions of addresses",
    "json_in_the_text_of_a_failure": "jsonParse",
    "json_of_constants": "jsonParse",
    "json_that_is_none": "jsonParse",
    "json_fields_are_discovered": "PutLogEvents",
    "json_fields_of_lists": "PutLogEvents",
    "json_fields_are_filtered": "PutLogEvents",
    "json_fields_are_counted": "PutLogEvents",
    "json_fields_in_back_quotes": "PutLogEvents",
    "json_leaves_the_message_as_it_is": "PutLogEvents",
    "sort_is_natural": "PutLogEvents",
}

if __name__ == "__main__":
    main(__doc__, not_done=NOT_DONE)
