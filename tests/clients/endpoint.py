"""The sandbox as a process, and what clients of it need. For the standard library alone: boto3 may be missing."""

import json
import os
import subprocess
import urllib.request

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIACLIENTS",
    "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
}


class Endpoint:
    def __init__(self, url):
        self.url = url

    def get(self, path):
        return json.load(urllib.request.urlopen(self.url + path))

    def clock(self, **change):
        body = json.dumps(change).encode()
        urllib.request.urlopen(urllib.request.Request(self.url + "/_sandbox/clock", data=body))

    def stop(self):
        """What somebody else has started goes on."""


class Sandbox(Endpoint):
    def __init__(self, program, folder):
        command = [program, "sandbox", "--port", "0", "--speed", "600", "--dir", folder]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        super().__init__(self.process.stdout.readline().split()[1])
        self.folder = folder

    def advance(self, time_of_day):
        day = self.get("/_sandbox/clock")["now"][:10]
        self.clock(now=f"{day}T{time_of_day}Z")

    def bucket(self, name):
        return os.path.join(self.folder, "s3", name)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def not_in_model(http_response, model):
    """What an answer in JSON has that the operation's service model has not, by its path."""
    if model.service_model.metadata.get("protocol") != "json" or http_response.status_code != 200:
        return []
    if model.output_shape is None or model.has_event_stream_output or not http_response.content:
        return []
    return list(walk(json.loads(http_response.content), model.output_shape, model.name))


def walk(value, shape, path):
    if shape.type_name == "structure":
        for name, member in value.items():
            if name in shape.members:
                yield from walk(member, shape.members[name], f"{path}.{name}")
            else:
                yield f"{path}.{name}"
    elif shape.type_name == "list":
        for member in value:
            yield from walk(member, shape.member, f"{path}[]")
    elif shape.type_name == "map":
        for member in value.values():
            yield from walk(member, shape.value, f"{path}{{}}")
    elif shape.type_name == "string" and getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{path} = {value}"
