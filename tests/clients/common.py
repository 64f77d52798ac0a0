"""What the scripts of this folder share: the sandbox, its clients, and the running of cases.

A case is a function that takes the sandbox and asserts. Every case stands alone: it makes what it needs under names of
its own, so that one that fails takes no other with it.
"""

import argparse
import contextlib
import fnmatch
import os
import pathlib
import signal
import sys
import tempfile
import time
import traceback
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from endpoint import ENVIRONMENT, Endpoint, Sandbox, not_in_model

ACCOUNT = "111122223333"
# Seconds that one case may take.
TIMEOUT = 120
CASES = []


class TooLong(Exception):
    """The case took longer than it may."""


def case(function):
    CASES.append(function)
    return function


def unique(stem="wire"):
    return f"{stem}-{uuid.uuid4().hex[:12]}"


class Clients:
    """An endpoint, and boto3's clients of it. Answers in JSON are held against the service models."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.made = {}

    def __getattr__(self, name):
        return getattr(self.endpoint, name)

    def client(self, service, region="us-east-1", **config):
        key = (service, region, repr(sorted(config.items())))
        if key not in self.made:
            session = boto3.Session(aws_access_key_id="AKIACLIENTS", aws_secret_access_key="x", region_name=region)
            settings = Config(retries={"max_attempts": 1}, inject_host_prefix=False, read_timeout=60, **config)
            client = session.client(service, endpoint_url=self.url, config=settings)
            client.meta.events.register("after-call.*.*", conform)
            self.made[key] = client
        return self.made[key]


def conform(http_response, model, **_):
    unknown = not_in_model(http_response, model)
    assert not unknown, f"not in the service model: {', '.join(unknown)}"


def refused(code, call, **arguments):
    """The call is refused with this code, or one of these. Answers the error's response."""
    codes = (code,) if isinstance(code, str) else code
    try:
        call(**arguments)
    except ClientError as error:
        found = error.response["Error"]
        assert found["Code"] in codes, f"{found['Code']} ({found['Message']}) is not {' or '.join(codes)}"
        return error.response
    raise AssertionError(f"not refused with {' or '.join(codes)}")


def pages(client, operation, member, **arguments):
    found = []
    for page in client.get_paginator(operation).paginate(**arguments):
        found.extend(page.get(member, []))
    return found


def eventually(check, seconds=20):
    """The check's answer, once it is true."""
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, "it has not come to pass"
        time.sleep(0.1)
    return found


def run(function, endpoint):
    """Why the case has failed; nothing if it has passed."""
    signal.alarm(TIMEOUT)
    try:
        function(endpoint)
    except TooLong:
        return f"took more than {TIMEOUT} s"
    except Exception as error:  # the others go on
        here = [frame for frame in traceback.extract_tb(error.__traceback__) if pathlib.Path(frame.filename).name == pathlib.Path(sys.argv[0]).name]
        where = f"line {here[-1].lineno}: {here[-1].line}" if here else "somewhere else"
        said = str(error).strip().replace("\n", " ")[:400]
        kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
        return f"{kind}{said or 'assertion'} [{where[:200]}]"
    finally:
        signal.alarm(0)


def alarm(*_):
    raise TooLong


def main(description, prepare=None, not_done=None):
    """Runs the cases. Those that are `not_done`, by name and with what it is, must fail: what is done is taken off."""
    not_done = not_done or {}
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--program", help="the gluedeck binary")
    where.add_argument("--endpoint", help="the URL of something else to run the cases against")
    parser.add_argument("--only", action="append", default=[], help="cases of this name; * is a wildcard; may be repeated")
    arguments = parser.parse_args()
    os.environ.update(ENVIRONMENT)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        os.environ.pop(name, None)
    signal.signal(signal.SIGALRM, alarm)
    cases = [case for case in CASES if not arguments.only or any(fnmatch.fnmatch(case.__name__, only) for only in arguments.only)]
    failed = 0
    with contextlib.ExitStack() as stack:
        if arguments.program:
            endpoint = Sandbox(arguments.program, stack.enter_context(tempfile.TemporaryDirectory()))
        else:
            endpoint = Endpoint(arguments.endpoint)
        stack.callback(endpoint.stop)
        endpoint = Clients(endpoint)
        if prepare:
            prepare(endpoint)
        for function in cases:
            since = time.time()
            why = run(function, endpoint)
            missing = not_done.get(function.__name__)
            if missing:
                why = None if why else f"{missing}: passes, and is said not to be done"
            failed += why is not None
            if missing and not why:
                print(f"none  {function.__name__:<52} not done: {missing}", flush=True)
                continue
            print(f"{'FAIL' if why else 'pass'}  {function.__name__:<52} {time.time() - since:5.1f} s  {why or ''}".rstrip(), flush=True)
    left_out = sum(function.__name__ in not_done for function in cases)
    print(f"{len(cases) - failed - left_out} of {len(cases)} cases pass, {left_out} not done, {failed} fail")
    sys.exit(1 if failed else 0)
