#!/usr/bin/env python3
"""S3 of the sandbox by boto3 and by hand: objects, copies, uploads, conditions, listings, keys, signatures.

    /tmp/clients/bin/python tests/clients/s3_wire.py --program target/release/gluedeck
"""

import base64
import datetime
import hashlib
import hmac
import http.client
import io
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree as ElementTree
import zlib

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from common import case, eventually, main, pages, refused, unique
from endpoint import ENVIRONMENT

BUCKET = "tumble-dev-athena"
MB = 1 << 20
EMPTY = hashlib.sha256(b"").hexdigest()
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


def s3(sandbox, region="us-east-1", **config):
    return sandbox.client("s3", region, **config)


def place():
    """A prefix that nobody else has."""
    return f"{unique('wire')}/"


def put(sandbox, key, body=b"hello", **more):
    return s3(sandbox).put_object(Bucket=BUCKET, Key=key, Body=body, **more)


def read(sandbox, key, **more):
    return s3(sandbox).get_object(Bucket=BUCKET, Key=key, **more)["Body"].read()


def md5(body):
    return f'"{hashlib.md5(body).hexdigest()}"'


def based(number, width):
    return base64.b64encode(number.to_bytes(width, "big")).decode()


def crc32(body):
    return based(zlib.crc32(body), 4)


def reflected(body, polynomial, width):
    """A CRC with reflected bits, that begins and ends with all ones."""
    mask = (1 << width) - 1
    table = []
    for number in range(256):
        for _ in range(8):
            number = (number >> 1) ^ (polynomial if number & 1 else 0)
        table.append(number)
    crc = mask
    for byte in body:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ mask


def crc32c(body):
    return based(reflected(body, 0x82F63B78, 32), 4)


def crc64nvme(body):
    return based(reflected(body, 0x9A6C9329AC4BC9B5, 64), 8)


def same_moment(one, other):
    return abs((one - other).total_seconds()) < 1


# --- requests by hand ------------------------------------------------------------------------------------------------

class Answer:
    def __init__(self, status, headers, body):
        self.status, self.body = status, body
        self.headers = {name.lower(): value for name, value in headers}

    def xml(self):
        return ElementTree.fromstring(self.body)

    def text(self, name):
        """The text of the first element of this name, whatever its namespace."""
        for element in self.xml().iter():
            if element.tag.split("}")[-1] == name:
                return element.text or ""
        return None

    def code(self):
        return self.text("Code")


class Signed(S3SigV4Auth):
    """Signs with a given value of x-amz-content-sha256."""

    def __init__(self, payload):
        super().__init__(Credentials("AKIACLIENTS", "x"), "s3", "us-east-1")
        self.said = payload

    def payload(self, request):
        return self.said or super().payload(request)


def path_of(key, bucket=BUCKET):
    return f"/{bucket}/{urllib.parse.quote(key, safe='/~')}"


def sign(sandbox, method, path, headers=(), body=b"", payload=None):
    """The headers of a signed request, its date and its signature."""
    request = AWSRequest(method=method, url=sandbox.url + path, headers=dict(headers), data=body)
    Signed(payload).add_auth(request)
    signed = dict(request.headers.items())
    return signed, signed["X-Amz-Date"], signed["Authorization"].rsplit("Signature=", 1)[1]


def exchange(sandbox, method, path, headers=(), body=None):
    """Sends exactly this."""
    host = sandbox.url.split("//")[1]
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request(method, path, body=body, headers=dict(headers))
    answer = connection.getresponse()
    found = Answer(answer.status, answer.getheaders(), answer.read())
    connection.close()
    return found


def send(sandbox, method, path, headers=(), body=b"", payload=None):
    signed, *_ = sign(sandbox, method, path, headers, body, payload)
    return exchange(sandbox, method, path, signed, body or None)


def signing_key(date):
    key = b"AWS4x"
    for part in (date[:8], "us-east-1", "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def presigned(sandbox, method, key, date, expires, **query):
    """A path with a signature of version 4 in its query."""
    host, path = sandbox.url.split("//")[1], path_of(key)
    scope = f"{date[:8]}/us-east-1/s3/aws4_request"
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"AKIACLIENTS/{scope}", "X-Amz-Date": date,
        "X-Amz-Expires": str(expires), "X-Amz-SignedHeaders": "host", **query,
    }
    canonical = "&".join(f"{name}={urllib.parse.quote(value, safe='~')}" for name, value in sorted(query.items()))
    request = "\n".join([method, path, canonical, f"host:{host}", "", "host", "UNSIGNED-PAYLOAD"])
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(request.encode()).hexdigest()])
    signature = hmac.new(signing_key(date), text.encode(), hashlib.sha256).hexdigest()
    return f"{path}?{canonical}&X-Amz-Signature={signature}"


def stamp():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")


# --- an object and its headers ---------------------------------------------------------------------------------------

@case
def an_object_is_kept(sandbox):
    key, body = place() + "a", os.urandom(1_000)
    put(sandbox, key, body)
    found = s3(sandbox).get_object(Bucket=BUCKET, Key=key)
    assert found["Body"].read() == body and found["ContentLength"] == 1_000
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 200


@case
def etag_is_the_quoted_md5(sandbox):
    key, body = place() + "a", b"what it is the digest of"
    assert put(sandbox, key, body)["ETag"] == md5(body)
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=key)["ETag"] == md5(body)
    assert s3(sandbox).get_object(Bucket=BUCKET, Key=key)["ETag"] == md5(body)


@case
def etag_in_a_listing_is_the_same(sandbox):
    prefix = place()
    put(sandbox, prefix + "a", b"abc")
    assert s3(sandbox).list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"][0]["ETag"] == md5(b"abc")


@case
def empty_object(sandbox):
    key = place() + "nothing"
    assert put(sandbox, key, b"")["ETag"] == md5(b"")
    found = s3(sandbox).get_object(Bucket=BUCKET, Key=key)
    assert found["ContentLength"] == 0 and found["Body"].read() == b""
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=key)["ContentLength"] == 0


@case
def content_type_by_default(sandbox):
    key = place() + "a.json"
    put(sandbox, key)
    assert s3(sandbox).get_object(Bucket=BUCKET, Key=key)["ContentType"] == "binary/octet-stream"
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=key)["ContentType"] == "binary/octet-stream"


def kept_header(sandbox, name, value):
    key = place() + "a"
    put(sandbox, key, **{name: value})
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=key).get(name) == value, "HeadObject"
    assert s3(sandbox).get_object(Bucket=BUCKET, Key=key).get(name) == value, "GetObject"


@case
def content_type_is_kept(sandbox):
    kept_header(sandbox, "ContentType", "text/csv; charset=utf-8")


@case
def cache_control_is_kept(sandbox):
    kept_header(sandbox, "CacheControl", "max-age=60, public")


@case
def content_encoding_is_kept(sandbox):
    kept_header(sandbox, "ContentEncoding", "gzip")


@case
def content_disposition_is_kept(sandbox):
    kept_header(sandbox, "ContentDisposition", 'attachment; filename="report.csv"')


@case
def content_language_is_kept(sandbox):
    kept_header(sandbox, "ContentLanguage", "de-DE")


@case
def expires_is_kept(sandbox):
    key, at = place() + "a", datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    put(sandbox, key, Expires=at)
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=key)["ExpiresString"] == "Wed, 02 Jan 2030 03:04:05 GMT"


@case
def metadata_is_kept(sandbox):
    key, metadata = place() + "a", {"team": "sales", "run-id": "jr_1", "empty": ""}
    put(sandbox, key, Metadata=metadata)
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=key)["Metadata"] == metadata
    assert s3(sandbox).get_object(Bucket=BUCKET, Key=key)["Metadata"] == metadata


@case
def names_of_metadata_are_lower_case(sandbox):
    key = place() + "a"
    answer = send(sandbox, "PUT", path_of(key), {"X-Amz-Meta-MixedCase": "Value"}, b"x")
    assert answer.status == 200, answer.body
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=key)["Metadata"] == {"mixedcase": "Value"}


@case
def metadata_that_is_too_large(sandbox):
    refused("MetadataTooLarge", put, sandbox=sandbox, key=place() + "a", Metadata={"long": "x" * 2_100})


@case
def an_object_without_metadata_has_none(sandbox):
    key = place() + "a"
    put(sandbox, key)
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=key)["Metadata"] == {}


@case
def putting_again_replaces_everything(sandbox):
    key = place() + "a"
    put(sandbox, key, b"a longer first body", Metadata={"a": "1"}, ContentType="text/plain", CacheControl="no-store")
    put(sandbox, key, b"second", Metadata={"b": "2"})
    found = s3(sandbox).get_object(Bucket=BUCKET, Key=key)
    assert found["Body"].read() == b"second" and found["Metadata"] == {"b": "2"}
    assert found["ContentType"] == "binary/octet-stream" and "CacheControl" not in found and found["ETag"] == md5(b"second")


@case
def a_deleted_objects_headers_do_not_come_back(sandbox):
    key = place() + "a"
    put(sandbox, key, Metadata={"a": "1"}, ContentType="text/plain")
    s3(sandbox).delete_object(Bucket=BUCKET, Key=key)
    put(sandbox, key)
    found = s3(sandbox).head_object(Bucket=BUCKET, Key=key)
    assert found["Metadata"] == {} and found["ContentType"] == "binary/octet-stream"


@case
def storage_class_is_kept(sandbox):
    prefix = place()
    put(sandbox, prefix + "a", StorageClass="STANDARD_IA")
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=prefix + "a")["StorageClass"] == "STANDARD_IA"
    assert s3(sandbox).list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"][0]["StorageClass"] == "STANDARD_IA"


@case
def standard_class_is_not_said(sandbox):
    key = place() + "a"
    put(sandbox, key)
    assert "StorageClass" not in s3(sandbox).head_object(Bucket=BUCKET, Key=key)


@case
def last_modified_is_one_time_everywhere(sandbox):
    prefix = place()
    put(sandbox, prefix + "a")
    head = s3(sandbox).head_object(Bucket=BUCKET, Key=prefix + "a")["LastModified"]
    get = s3(sandbox).get_object(Bucket=BUCKET, Key=prefix + "a")["LastModified"]
    listed = s3(sandbox).list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"][0]["LastModified"]
    assert head == get and same_moment(head, listed), (head, get, listed)


@case
def headers_of_an_answer(sandbox):
    key = place() + "a"
    put(sandbox, key)
    answer = send(sandbox, "GET", path_of(key))
    assert answer.status == 200 and answer.headers["accept-ranges"] == "bytes", answer.headers
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", answer.headers["last-modified"])
    assert answer.headers["content-length"] == "5"
    assert answer.headers.get("x-amz-request-id") and answer.headers.get("x-amz-id-2"), answer.headers


@case
def deleting(sandbox):
    key = place() + "a"
    put(sandbox, key)
    deleted = s3(sandbox).delete_object(Bucket=BUCKET, Key=key)
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    refused("404", s3(sandbox).head_object, Bucket=BUCKET, Key=key)


@case
def deleting_what_is_not_there(sandbox):
    deleted = s3(sandbox).delete_object(Bucket=BUCKET, Key=place() + "nothing")
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204


@case
def deleting_from_no_bucket(sandbox):
    refused("NoSuchBucket", s3(sandbox).delete_object, Bucket=unique(), Key="a")


# --- errors ----------------------------------------------------------------------------------------------------------

@case
def missing_key(sandbox):
    response = refused("NoSuchKey", s3(sandbox).get_object, Bucket=BUCKET, Key=place() + "nothing")
    assert response["Error"]["Message"] == "The specified key does not exist."
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404


@case
def xml_of_a_missing_key(sandbox):
    key = place() + "no thing&more"
    answer = send(sandbox, "GET", path_of(key))
    assert answer.status == 404 and answer.headers["content-type"].startswith("application/xml"), answer.headers
    assert answer.xml().tag == "Error" and answer.code() == "NoSuchKey"
    assert answer.text("Message") == "The specified key does not exist." and answer.text("Key") == key
    assert answer.text("RequestId") and answer.text("HostId") is not None, answer.body


@case
def xml_of_a_missing_bucket(sandbox):
    bucket = unique()
    answer = send(sandbox, "GET", f"/{bucket}")
    assert answer.status == 404 and answer.code() == "NoSuchBucket", answer.body
    assert answer.text("Message") == "The specified bucket does not exist" and answer.text("BucketName") == bucket


@case
def a_request_id_is_the_same_in_header_and_body(sandbox):
    answer = send(sandbox, "GET", path_of(place() + "nothing"))
    assert answer.text("RequestId") == answer.headers["x-amz-request-id"], (answer.body, answer.headers)


@case
def missing_bucket_for_an_object(sandbox):
    refused("NoSuchBucket", s3(sandbox).get_object, Bucket=unique(), Key="a")
    refused("NoSuchBucket", s3(sandbox).put_object, Bucket=unique(), Key="a", Body=b"")


@case
def head_of_a_missing_key(sandbox):
    response = refused("404", s3(sandbox).head_object, Bucket=BUCKET, Key=place() + "nothing")
    assert response["Error"]["Message"] == "Not Found"


def after_headers(sandbox, method, path):
    """What comes after the headers, to the end of the connection."""
    signed, *_ = sign(sandbox, method, path)
    host, port = sandbox.url.split("//")[1].split(":")
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}:{port}", "Connection: close", *(f"{k}: {v}" for k, v in signed.items())]
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        said = b""
        while chunk := connection.recv(65_536):
            said += chunk
    head, _, body = said.partition(b"\r\n\r\n")
    return head, body


@case
def errors_of_head_have_no_body(sandbox):
    head, body = after_headers(sandbox, "HEAD", path_of(place() + "nothing"))
    assert head.split(b"\r\n")[0].split()[1] == b"404" and body == b"", (head, body)


@case
def unknown_method(sandbox):
    answer = send(sandbox, "PATCH", path_of(place() + "a"))
    assert answer.status == 405 and answer.code() == "MethodNotAllowed", (answer.status, answer.body)


# --- conditions of reading -------------------------------------------------------------------------------------------

@case
def if_match(sandbox):
    key = place() + "a"
    etag = put(sandbox, key)["ETag"]
    assert read(sandbox, key, IfMatch=etag) == b"hello"
    response = refused("PreconditionFailed", s3(sandbox).get_object, Bucket=BUCKET, Key=key, IfMatch='"0"')
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert response["Error"]["Message"] == "At least one of the pre-conditions you specified did not hold"
    assert response["Error"]["Condition"] == "If-Match", response["Error"]


@case
def if_match_of_head(sandbox):
    key = place() + "a"
    etag = put(sandbox, key)["ETag"]
    s3(sandbox).head_object(Bucket=BUCKET, Key=key, IfMatch=etag)
    refused("412", s3(sandbox).head_object, Bucket=BUCKET, Key=key, IfMatch='"0"')


@case
def if_none_match(sandbox):
    key = place() + "a"
    etag = put(sandbox, key)["ETag"]
    refused("304", s3(sandbox).get_object, Bucket=BUCKET, Key=key, IfNoneMatch=etag)
    refused("304", s3(sandbox).head_object, Bucket=BUCKET, Key=key, IfNoneMatch=etag)
    assert read(sandbox, key, IfNoneMatch='"0"') == b"hello"
    s3(sandbox).head_object(Bucket=BUCKET, Key=key, IfNoneMatch='"0"')


@case
def not_modified_has_an_etag_and_no_body(sandbox):
    key = place() + "a"
    etag = put(sandbox, key)["ETag"]
    answer = send(sandbox, "GET", path_of(key), {"If-None-Match": etag})
    assert answer.status == 304 and answer.body == b"" and answer.headers["etag"] == etag, (answer.status, answer.headers)


@case
def if_modified_since(sandbox):
    key, day = place() + "a", datetime.timedelta(days=1)
    put(sandbox, key)
    at = s3(sandbox).head_object(Bucket=BUCKET, Key=key)["LastModified"]
    assert read(sandbox, key, IfModifiedSince=at - day) == b"hello"
    s3(sandbox).head_object(Bucket=BUCKET, Key=key, IfModifiedSince=at - day)
    refused("304", s3(sandbox).get_object, Bucket=BUCKET, Key=key, IfModifiedSince=at)
    refused("304", s3(sandbox).head_object, Bucket=BUCKET, Key=key, IfModifiedSince=at)


@case
def if_unmodified_since(sandbox):
    key, day = place() + "a", datetime.timedelta(days=1)
    put(sandbox, key)
    at = s3(sandbox).head_object(Bucket=BUCKET, Key=key)["LastModified"]
    assert read(sandbox, key, IfUnmodifiedSince=at) == b"hello"
    refused("PreconditionFailed", s3(sandbox).get_object, Bucket=BUCKET, Key=key, IfUnmodifiedSince=at - day)
    refused("412", s3(sandbox).head_object, Bucket=BUCKET, Key=key, IfUnmodifiedSince=at - day)


@case
def if_match_outweighs_if_unmodified_since(sandbox):
    key, day = place() + "a", datetime.timedelta(days=1)
    etag = put(sandbox, key)["ETag"]
    at = s3(sandbox).head_object(Bucket=BUCKET, Key=key)["LastModified"]
    assert read(sandbox, key, IfMatch=etag, IfUnmodifiedSince=at - day) == b"hello"


@case
def if_none_match_outweighs_if_modified_since(sandbox):
    key, day = place() + "a", datetime.timedelta(days=1)
    etag = put(sandbox, key)["ETag"]
    at = s3(sandbox).head_object(Bucket=BUCKET, Key=key)["LastModified"]
    refused("304", s3(sandbox).get_object, Bucket=BUCKET, Key=key, IfNoneMatch=etag, IfModifiedSince=at - day)


@case
def a_condition_on_a_missing_key(sandbox):
    refused("NoSuchKey", s3(sandbox).get_object, Bucket=BUCKET, Key=place() + "nothing", IfMatch='"0"')


# --- conditions of writing -------------------------------------------------------------------------------------------

@case
def put_only_if_nothing_is_there(sandbox):
    key = place() + "a"
    put(sandbox, key, b"first", IfNoneMatch="*")
    response = refused("PreconditionFailed", put, sandbox=sandbox, key=key, body=b"second", IfNoneMatch="*")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert response["Error"]["Condition"] == "If-None-Match", response["Error"]
    assert read(sandbox, key) == b"first"


@case
def put_only_if_it_is_this(sandbox):
    key = place() + "a"
    etag = put(sandbox, key, b"first")["ETag"]
    refused("PreconditionFailed", put, sandbox=sandbox, key=key, body=b"x", IfMatch='"0"')
    assert read(sandbox, key) == b"first"
    put(sandbox, key, b"second", IfMatch=etag)
    assert read(sandbox, key) == b"second"
    refused("PreconditionFailed", put, sandbox=sandbox, key=key, body=b"third", IfMatch=etag)


@case
def put_if_match_of_what_is_not_there(sandbox):
    response = refused("NoSuchKey", put, sandbox=sandbox, key=place() + "nothing", IfMatch='"0"')
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404


# --- digests and checksums -------------------------------------------------------------------------------------------

def digest(body):
    return base64.b64encode(hashlib.md5(body).digest()).decode()


@case
def content_md5_that_is_right(sandbox):
    key = place() + "a"
    put(sandbox, key, b"abc", ContentMD5=digest(b"abc"))
    assert read(sandbox, key) == b"abc"


@case
def content_md5_that_is_wrong(sandbox):
    key = place() + "a"
    response = refused("BadDigest", put, sandbox=sandbox, key=key, body=b"abc", ContentMD5=digest(b"abd"))
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert response["Error"]["Message"] == "The Content-MD5 you specified did not match what we received."
    refused("404", s3(sandbox).head_object, Bucket=BUCKET, Key=key)


@case
def content_md5_that_is_none(sandbox):
    refused("InvalidDigest", put, sandbox=sandbox, key=place() + "a", ContentMD5="nonsense")


@case
def a_wrong_digest_leaves_what_was_there(sandbox):
    key = place() + "a"
    put(sandbox, key, b"first")
    refused("BadDigest", put, sandbox=sandbox, key=key, body=b"abc", ContentMD5=digest(b"abd"))
    assert read(sandbox, key) == b"first"


@case
def sha256_of_the_payload_that_is_wrong(sandbox):
    answer = send(sandbox, "PUT", path_of(place() + "a"), body=b"abc", payload=hashlib.sha256(b"abd").hexdigest())
    assert answer.status == 400 and answer.code() == "XAmzContentSHA256Mismatch", (answer.status, answer.body)


@case
def checksum_by_default(sandbox):
    key = place() + "a"
    assert put(sandbox, key, b"abc")["ChecksumCRC32"] == crc32(b"abc")
    found = s3(sandbox).head_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    assert found["ChecksumCRC32"] == crc32(b"abc") and found["ChecksumType"] == "FULL_OBJECT", found


@case
def checksum_of_get(sandbox):
    key = place() + "a"
    put(sandbox, key, b"abc")
    found = s3(sandbox).get_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    assert found["ChecksumCRC32"] == crc32(b"abc") and found["Body"].read() == b"abc"


@case
def checksum_only_when_it_is_asked_for(sandbox):
    key = place() + "a"
    put(sandbox, key, b"abc")
    answer = send(sandbox, "HEAD", path_of(key))
    assert not [name for name in answer.headers if name.startswith("x-amz-checksum")], answer.headers


def kept_checksum(sandbox, name, value):
    key = place() + "a"
    assert put(sandbox, key, b"123456789", **{name: value})[name] == value
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")[name] == value


@case
def checksum_sha256(sandbox):
    kept_checksum(sandbox, "ChecksumSHA256", base64.b64encode(hashlib.sha256(b"123456789").digest()).decode())


@case
def checksum_sha1(sandbox):
    kept_checksum(sandbox, "ChecksumSHA1", base64.b64encode(hashlib.sha1(b"123456789").digest()).decode())


@case
def checksum_crc32c(sandbox):
    assert crc32c(b"123456789") == based(0xE3069283, 4)
    kept_checksum(sandbox, "ChecksumCRC32C", crc32c(b"123456789"))


@case
def checksum_crc64nvme(sandbox):
    assert crc64nvme(b"123456789") == based(0xAE8B14860A799888, 8)
    kept_checksum(sandbox, "ChecksumCRC64NVME", crc64nvme(b"123456789"))


@case
def checksum_of_an_object_that_came_without(sandbox):
    key = place() + "a"
    assert send(sandbox, "PUT", path_of(key), body=b"123456789").status == 200
    found = s3(sandbox).head_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    assert found.get("ChecksumCRC64NVME") == crc64nvme(b"123456789"), found


def wrong_checksum(sandbox, name, value):
    key = place() + "a"
    response = refused("BadDigest", put, sandbox=sandbox, key=key, body=b"123456789", **{name: value})
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    refused("404", s3(sandbox).head_object, Bucket=BUCKET, Key=key)


@case
def checksum_crc32_that_is_wrong(sandbox):
    wrong_checksum(sandbox, "ChecksumCRC32", crc32(b"something else"))


@case
def checksum_sha256_that_is_wrong(sandbox):
    wrong_checksum(sandbox, "ChecksumSHA256", base64.b64encode(hashlib.sha256(b"else").digest()).decode())


@case
def checksum_crc64nvme_that_is_wrong(sandbox):
    wrong_checksum(sandbox, "ChecksumCRC64NVME", crc64nvme(b"else"))


@case
def checksum_that_is_none(sandbox):
    refused("InvalidRequest", put, sandbox=sandbox, key=place() + "a", ChecksumCRC32="nonsense")


# --- attributes, tags, versioning ------------------------------------------------------------------------------------

@case
def attributes_of_an_object(sandbox):
    key = place() + "a"
    put(sandbox, key, b"abc")
    wanted = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
    found = s3(sandbox).get_object_attributes(Bucket=BUCKET, Key=key, ObjectAttributes=wanted)
    assert found["ETag"] == hashlib.md5(b"abc").hexdigest(), "an ETag without quotes"
    assert found["ObjectSize"] == 3 and found["StorageClass"] == "STANDARD" and "ObjectParts" not in found, found
    assert found["Checksum"]["ChecksumCRC32"] == crc32(b"abc") and found["LastModified"]


@case
def only_the_attributes_that_are_asked_for(sandbox):
    key = place() + "a"
    put(sandbox, key, b"abc")
    found = s3(sandbox).get_object_attributes(Bucket=BUCKET, Key=key, ObjectAttributes=["ObjectSize"])
    assert found["ObjectSize"] == 3 and "ETag" not in found and "StorageClass" not in found, found


@case
def attributes_of_a_missing_key(sandbox):
    refused("NoSuchKey", s3(sandbox).get_object_attributes, Bucket=BUCKET, Key=place() + "nothing", ObjectAttributes=["ETag"])


TAGS = [{"Key": "team", "Value": "sales"}, {"Key": "a b", "Value": "c+d"}]


def tags(sandbox, key):
    found = s3(sandbox).get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]
    return sorted(found, key=lambda tag: tag["Key"])


@case
def tags_of_an_object(sandbox):
    key = place() + "a"
    put(sandbox, key)
    assert tags(sandbox, key) == []
    s3(sandbox).put_object_tagging(Bucket=BUCKET, Key=key, Tagging={"TagSet": TAGS})
    assert tags(sandbox, key) == sorted(TAGS, key=lambda tag: tag["Key"])
    s3(sandbox).put_object_tagging(Bucket=BUCKET, Key=key, Tagging={"TagSet": TAGS[:1]})
    assert tags(sandbox, key) == TAGS[:1]


@case
def tags_leave_the_object_as_it_is(sandbox):
    key = place() + "a"
    put(sandbox, key, b"content", Metadata={"a": "1"})
    s3(sandbox).put_object_tagging(Bucket=BUCKET, Key=key, Tagging={"TagSet": TAGS})
    found = s3(sandbox).get_object(Bucket=BUCKET, Key=key)
    assert found["Body"].read() == b"content" and found["ETag"] == md5(b"content") and found["Metadata"] == {"a": "1"}


@case
def tags_are_deleted(sandbox):
    key = place() + "a"
    put(sandbox, key, Tagging="team=sales")
    deleted = s3(sandbox).delete_object_tagging(Bucket=BUCKET, Key=key)
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204 and tags(sandbox, key) == []


@case
def tags_in_the_header_of_put(sandbox):
    key = place() + "a"
    put(sandbox, key, Tagging="team=sales&a%20b=c%2Bd")
    assert tags(sandbox, key) == sorted(TAGS, key=lambda tag: tag["Key"])


@case
def number_of_tags(sandbox):
    key = place() + "a"
    put(sandbox, key, Tagging="a=1&b=2")
    assert s3(sandbox).get_object(Bucket=BUCKET, Key=key)["TagCount"] == 2


@case
def tags_of_a_missing_key(sandbox):
    refused("NoSuchKey", s3(sandbox).get_object_tagging, Bucket=BUCKET, Key=place() + "nothing")
    refused("NoSuchKey", s3(sandbox).put_object_tagging, Bucket=BUCKET, Key=place() + "nothing", Tagging={"TagSet": TAGS})


@case
def eleven_tags_are_too_many(sandbox):
    key, many = place() + "a", [{"Key": f"k{number}", "Value": "v"} for number in range(11)]
    put(sandbox, key)
    refused("BadRequest", s3(sandbox).put_object_tagging, Bucket=BUCKET, Key=key, Tagging={"TagSet": many})


@case
def one_tag_twice(sandbox):
    key = place() + "a"
    put(sandbox, key)
    twice = [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]
    refused("InvalidTag", s3(sandbox).put_object_tagging, Bucket=BUCKET, Key=key, Tagging={"TagSet": twice})


@case
def a_bucket_has_no_versioning(sandbox):
    found = s3(sandbox).get_bucket_versioning(Bucket=BUCKET)
    assert "Status" not in found and "MFADelete" not in found, found
    key = place() + "a"
    assert "VersionId" not in put(sandbox, key) and "VersionId" not in s3(sandbox).head_object(Bucket=BUCKET, Key=key)


@case
def versioning_of_a_missing_bucket(sandbox):
    refused("NoSuchBucket", s3(sandbox).get_bucket_versioning, Bucket=unique())


# --- ranges ----------------------------------------------------------------------------------------------------------

DIGITS = b"0123456789"


def ranged(sandbox, header, body=DIGITS):
    key = place() + "a"
    put(sandbox, key, body)
    return send(sandbox, "GET", path_of(key), {"Range": header})


def is_range(answer, body, header):
    assert answer.status == 206 and answer.body == body, (answer.status, answer.body)
    assert answer.headers["content-range"] == header and answer.headers["content-length"] == str(len(body)), answer.headers


@case
def range_of_first_bytes(sandbox):
    is_range(ranged(sandbox, "bytes=0-3"), b"0123", "bytes 0-3/10")


@case
def range_of_one_byte(sandbox):
    is_range(ranged(sandbox, "bytes=4-4"), b"4", "bytes 4-4/10")


@case
def range_without_an_end(sandbox):
    is_range(ranged(sandbox, "bytes=7-"), b"789", "bytes 7-9/10")


@case
def range_of_last_bytes(sandbox):
    is_range(ranged(sandbox, "bytes=-4"), b"6789", "bytes 6-9/10")


@case
def range_that_ends_beyond_the_end(sandbox):
    is_range(ranged(sandbox, "bytes=8-99"), b"89", "bytes 8-9/10")


@case
def range_of_more_last_bytes_than_there_are(sandbox):
    is_range(ranged(sandbox, "bytes=-99"), DIGITS, "bytes 0-9/10")


@case
def range_beyond_the_end(sandbox):
    answer = ranged(sandbox, "bytes=10-12")
    assert answer.status == 416 and answer.code() == "InvalidRange", (answer.status, answer.body)
    assert answer.text("Message") == "The requested range is not satisfiable"
    assert answer.text("RangeRequested") == "bytes=10-12" and answer.text("ActualObjectSize") == "10", answer.body


@case
def range_of_no_last_bytes(sandbox):
    answer = ranged(sandbox, "bytes=-0")
    assert answer.status == 416 and answer.code() == "InvalidRange", (answer.status, answer.body)


@case
def range_of_an_empty_object(sandbox):
    answer = ranged(sandbox, "bytes=0-0", b"")
    assert answer.status == 416 and answer.code() == "InvalidRange", (answer.status, answer.body)


@case
def range_that_is_none(sandbox):
    for header in ("bytes=5-2", "bytes=a-b", "lines=1-2", "bytes="):
        answer = ranged(sandbox, header)
        assert answer.status == 200 and answer.body == DIGITS, (header, answer.status, answer.body)


@case
def ranges_of_which_there_are_two(sandbox):
    answer = ranged(sandbox, "bytes=0-1,4-5")
    assert answer.status == 200 and answer.body == DIGITS, (answer.status, answer.body)


@case
def range_of_head(sandbox):
    key = place() + "a"
    put(sandbox, key, DIGITS)
    found = s3(sandbox).head_object(Bucket=BUCKET, Key=key, Range="bytes=2-5")
    assert found["ContentLength"] == 4 and found["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert found["ResponseMetadata"]["HTTPHeaders"]["content-range"] == "bytes 2-5/10"
    refused("416", s3(sandbox).head_object, Bucket=BUCKET, Key=key, Range="bytes=10-")


@case
def range_with_a_condition(sandbox):
    key = place() + "a"
    etag = put(sandbox, key, DIGITS)["ETag"]
    assert read(sandbox, key, Range="bytes=0-1", IfMatch=etag) == b"01"
    refused("PreconditionFailed", s3(sandbox).get_object, Bucket=BUCKET, Key=key, Range="bytes=0-1", IfMatch='"0"')


# --- copies ----------------------------------------------------------------------------------------------------------

def copy(sandbox, source, key, **more):
    if isinstance(source, str):
        source = {"Bucket": BUCKET, "Key": source}
    return s3(sandbox).copy_object(Bucket=BUCKET, Key=key, CopySource=source, **more)


@case
def copy_has_the_content(sandbox):
    prefix, body = place(), os.urandom(70_000)
    put(sandbox, prefix + "a", body)
    copy(sandbox, prefix + "a", prefix + "b")
    assert read(sandbox, prefix + "b") == body and read(sandbox, prefix + "a") == body


@case
def copy_says_etag_and_time(sandbox):
    prefix = place()
    etag = put(sandbox, prefix + "a")["ETag"]
    result = copy(sandbox, prefix + "a", prefix + "b")["CopyObjectResult"]
    assert result["ETag"] == etag, result
    assert same_moment(result["LastModified"], s3(sandbox).head_object(Bucket=BUCKET, Key=prefix + "b")["LastModified"])


@case
def copy_keeps_the_metadata(sandbox):
    prefix = place()
    put(sandbox, prefix + "a", Metadata={"a": "1"}, ContentType="text/csv", CacheControl="no-store", ContentEncoding="gzip")
    copy(sandbox, prefix + "a", prefix + "b")
    found = s3(sandbox).head_object(Bucket=BUCKET, Key=prefix + "b")
    assert found["Metadata"] == {"a": "1"} and found["ContentType"] == "text/csv", found
    assert found["CacheControl"] == "no-store" and found["ContentEncoding"] == "gzip", found


@case
def copy_ignores_metadata_unless_it_is_to_replace(sandbox):
    prefix = place()
    put(sandbox, prefix + "a", Metadata={"a": "1"}, ContentType="text/csv")
    copy(sandbox, prefix + "a", prefix + "b", Metadata={"b": "2"}, ContentType="text/plain", MetadataDirective="COPY")
    found = s3(sandbox).head_object(Bucket=BUCKET, Key=prefix + "b")
    assert found["Metadata"] == {"a": "1"} and found["ContentType"] == "text/csv", found


@case
def copy_replaces_the_metadata(sandbox):
    prefix = place()
    put(sandbox, prefix + "a", Metadata={"a": "1"}, ContentType="text/csv", CacheControl="no-store")
    copy(sandbox, prefix + "a", prefix + "b", Metadata={"b": "2"}, ContentType="text/plain", MetadataDirective="REPLACE")
    found = s3(sandbox).head_object(Bucket=BUCKET, Key=prefix + "b")
    assert found["Metadata"] == {"b": "2"} and found["ContentType"] == "text/plain" and "CacheControl" not in found, found


@case
def copy_replaces_with_nothing(sandbox):
    prefix = place()
    put(sandbox, prefix + "a", Metadata={"a": "1"}, ContentType="text/csv")
    copy(sandbox, prefix + "a", prefix + "b", MetadataDirective="REPLACE")
    found = s3(sandbox).head_object(Bucket=BUCKET, Key=prefix + "b")
    assert found["Metadata"] == {} and found["ContentType"] == "binary/octet-stream", found


@case
def copy_with_an_unknown_directive(sandbox):
    prefix = place()
    put(sandbox, prefix + "a")
    refused("InvalidArgument", copy, sandbox=sandbox, source=prefix + "a", key=prefix + "b", MetadataDirective="MOVE")


@case
def copy_onto_itself(sandbox):
    key = place() + "a"
    put(sandbox, key)
    response = refused("InvalidRequest", copy, sandbox=sandbox, source=key, key=key)
    assert response["Error"]["Message"] == (
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
        "metadata, storage class, website redirect location or encryption attributes."), response["Error"]


@case
def copy_onto_itself_with_other_metadata(sandbox):
    key = place() + "a"
    put(sandbox, key, b"body", Metadata={"a": "1"})
    copy(sandbox, key, key, Metadata={"b": "2"}, MetadataDirective="REPLACE")
    found = s3(sandbox).get_object(Bucket=BUCKET, Key=key)
    assert found["Metadata"] == {"b": "2"} and found["Body"].read() == b"body"


@case
def copy_over_another(sandbox):
    prefix = place()
    put(sandbox, prefix + "a", b"new", Metadata={"a": "1"})
    put(sandbox, prefix + "b", b"an older and longer one", Metadata={"b": "2"})
    copy(sandbox, prefix + "a", prefix + "b")
    found = s3(sandbox).get_object(Bucket=BUCKET, Key=prefix + "b")
    assert found["Body"].read() == b"new" and found["Metadata"] == {"a": "1"}


@case
def copy_of_what_is_not_there(sandbox):
    prefix = place()
    response = refused("NoSuchKey", copy, sandbox=sandbox, source=prefix + "nothing", key=prefix + "b")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404
    refused("404", s3(sandbox).head_object, Bucket=BUCKET, Key=prefix + "b")


@case
def copy_from_no_bucket(sandbox):
    refused("NoSuchBucket", copy, sandbox=sandbox, source={"Bucket": unique(), "Key": "a"}, key=place() + "b")


@case
def copy_to_no_bucket(sandbox):
    key = place() + "a"
    put(sandbox, key)
    refused("NoSuchBucket", s3(sandbox).copy_object, Bucket=unique(), Key="b", CopySource={"Bucket": BUCKET, "Key": key})


@case
def copy_to_another_bucket(sandbox):
    other = a_bucket(sandbox)
    put(sandbox, prefix := place() + "a", b"over there")
    s3(sandbox).copy_object(Bucket=other, Key="b", CopySource={"Bucket": BUCKET, "Key": prefix})
    assert s3(sandbox).get_object(Bucket=other, Key="b")["Body"].read() == b"over there"


@case
def copy_of_a_key_with_spaces_and_umlauts(sandbox):
    prefix = place()
    for name in ("with space", "größe ✓", "plus+plus", "100%25", "a&b=c?d#e"):
        put(sandbox, prefix + name, name.encode())
        copy(sandbox, prefix + name, prefix + "copies/" + name)
        assert read(sandbox, prefix + "copies/" + name) == name.encode(), name


@case
def copy_source_with_and_without_a_leading_slash(sandbox):
    prefix = place()
    put(sandbox, prefix + "a b", b"body")
    for number, source in enumerate((f"/{BUCKET}/{prefix}a%20b", f"{BUCKET}/{prefix}a%20b", f"{BUCKET}%2F{prefix.replace('/', '%2F')}a%20b")):
        answer = send(sandbox, "PUT", path_of(f"{prefix}{number}"), {"x-amz-copy-source": source})
        assert answer.status == 200 and read(sandbox, f"{prefix}{number}") == b"body", (source, answer.status, answer.body)


@case
def copy_xml(sandbox):
    prefix = place()
    put(sandbox, prefix + "a")
    answer = send(sandbox, "PUT", path_of(prefix + "b"), {"x-amz-copy-source": f"{BUCKET}/{prefix}a"})
    assert answer.status == 200 and answer.xml().tag.split("}")[-1] == "CopyObjectResult", answer.body
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", answer.text("LastModified"))
    assert answer.text("ETag") == md5(b"hello")


@case
def copy_without_a_key_in_its_source(sandbox):
    answer = send(sandbox, "PUT", path_of(place() + "b"), {"x-amz-copy-source": BUCKET})
    assert answer.status == 400 and answer.code() == "InvalidArgument", (answer.status, answer.body)


@case
def copy_if_match(sandbox):
    prefix = place()
    etag = put(sandbox, prefix + "a")["ETag"]
    copy(sandbox, prefix + "a", prefix + "b", CopySourceIfMatch=etag)
    response = refused("PreconditionFailed", copy, sandbox=sandbox, source=prefix + "a", key=prefix + "c", CopySourceIfMatch='"0"')
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 412
    refused("404", s3(sandbox).head_object, Bucket=BUCKET, Key=prefix + "c")


@case
def copy_if_none_match(sandbox):
    prefix = place()
    etag = put(sandbox, prefix + "a")["ETag"]
    copy(sandbox, prefix + "a", prefix + "b", CopySourceIfNoneMatch='"0"')
    refused("PreconditionFailed", copy, sandbox=sandbox, source=prefix + "a", key=prefix + "c", CopySourceIfNoneMatch=etag)


@case
def copy_if_modified_since(sandbox):
    prefix, day = place(), datetime.timedelta(days=1)
    put(sandbox, prefix + "a")
    at = s3(sandbox).head_object(Bucket=BUCKET, Key=prefix + "a")["LastModified"]
    copy(sandbox, prefix + "a", prefix + "b", CopySourceIfModifiedSince=at - day)
    refused("PreconditionFailed", copy, sandbox=sandbox, source=prefix + "a", key=prefix + "c", CopySourceIfModifiedSince=at)


@case
def copy_if_unmodified_since(sandbox):
    prefix, day = place(), datetime.timedelta(days=1)
    put(sandbox, prefix + "a")
    at = s3(sandbox).head_object(Bucket=BUCKET, Key=prefix + "a")["LastModified"]
    copy(sandbox, prefix + "a", prefix + "b", CopySourceIfUnmodifiedSince=at)
    refused("PreconditionFailed", copy, sandbox=sandbox, source=prefix + "a", key=prefix + "c", CopySourceIfUnmodifiedSince=at - day)


@case
def copy_if_match_outweighs_if_unmodified_since(sandbox):
    prefix, day = place(), datetime.timedelta(days=1)
    etag = put(sandbox, prefix + "a")["ETag"]
    at = s3(sandbox).head_object(Bucket=BUCKET, Key=prefix + "a")["LastModified"]
    copy(sandbox, prefix + "a", prefix + "b", CopySourceIfMatch=etag, CopySourceIfUnmodifiedSince=at - day)


@case
def copy_keeps_the_tags(sandbox):
    prefix = place()
    put(sandbox, prefix + "a", Tagging="team=sales")
    copy(sandbox, prefix + "a", prefix + "b")
    assert tags(sandbox, prefix + "b") == TAGS[:1]


@case
def copy_replaces_the_tags(sandbox):
    prefix = place()
    put(sandbox, prefix + "a", Tagging="team=sales")
    copy(sandbox, prefix + "a", prefix + "b", Tagging="x=y", TaggingDirective="REPLACE")
    assert tags(sandbox, prefix + "b") == [{"Key": "x", "Value": "y"}]


@case
def copy_of_an_upload_in_parts_is_one_object(sandbox):
    prefix = place()
    body = in_parts(sandbox, prefix + "a", [b"x" * 5 * MB, b"tail"])
    assert copy(sandbox, prefix + "a", prefix + "b")["CopyObjectResult"]["ETag"] == md5(body)


@case
def managed_copy(sandbox):
    prefix = place()
    put(sandbox, prefix + "a", b"z" * 100_000)
    s3(sandbox).copy({"Bucket": BUCKET, "Key": prefix + "a"}, BUCKET, prefix + "b")
    assert read(sandbox, prefix + "b") == b"z" * 100_000


# --- uploads in parts ------------------------------------------------------------------------------------------------

def start(sandbox, key, **more):
    return s3(sandbox).create_multipart_upload(Bucket=BUCKET, Key=key, **more)["UploadId"]


def part(sandbox, key, upload, number, body, **more):
    answer = s3(sandbox).upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=number, Body=body, **more)
    return {"PartNumber": number, "ETag": answer["ETag"]}


def complete(sandbox, key, upload, parts, **more):
    whole = {"Parts": parts}
    return s3(sandbox).complete_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload=whole, **more)


def in_parts(sandbox, key, bodies, **more):
    upload = start(sandbox, key, **more)
    parts = [part(sandbox, key, upload, number, body) for number, body in enumerate(bodies, 1)]
    complete(sandbox, key, upload, parts)
    return b"".join(bodies)


def etag_of_parts(bodies):
    digests = b"".join(hashlib.md5(body).digest() for body in bodies)
    return f'"{hashlib.md5(digests).hexdigest()}-{len(bodies)}"'


@case
def upload_in_parts(sandbox):
    key, bodies = place() + "a", [b"a" * 5 * MB, b"b" * 5 * MB, b"tail"]
    upload = start(sandbox, key)
    parts = [part(sandbox, key, upload, number, body) for number, body in enumerate(bodies, 1)]
    assert parts[0]["ETag"] == md5(bodies[0])
    done = complete(sandbox, key, upload, parts)
    assert done["ETag"] == etag_of_parts(bodies), done
    assert done["Bucket"] == BUCKET and done["Key"] == key and key in urllib.parse.unquote(done["Location"]), done
    found = s3(sandbox).get_object(Bucket=BUCKET, Key=key)
    assert found["ETag"] == done["ETag"] and found["Body"].read() == b"".join(bodies)


@case
def answer_to_a_start(sandbox):
    key = place() + "a"
    answer = s3(sandbox).create_multipart_upload(Bucket=BUCKET, Key=key)
    assert answer["Bucket"] == BUCKET and answer["Key"] == key and answer["UploadId"], answer


@case
def nothing_is_there_before_it_is_complete(sandbox):
    prefix = place()
    upload = start(sandbox, prefix + "a")
    part(sandbox, prefix + "a", upload, 1, b"part")
    refused("404", s3(sandbox).head_object, Bucket=BUCKET, Key=prefix + "a")
    assert s3(sandbox).list_objects_v2(Bucket=BUCKET, Prefix=prefix)["KeyCount"] == 0


@case
def an_upload_of_one_small_part(sandbox):
    key = place() + "a"
    in_parts(sandbox, key, [b"small"])
    assert read(sandbox, key) == b"small"
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=key)["ETag"] == etag_of_parts([b"small"])


@case
def headers_of_an_upload_in_parts(sandbox):
    key = place() + "a"
    in_parts(sandbox, key, [b"small"], Metadata={"a": "1"}, ContentType="text/csv", CacheControl="no-store")
    found = s3(sandbox).head_object(Bucket=BUCKET, Key=key)
    assert found["Metadata"] == {"a": "1"} and found["ContentType"] == "text/csv" and found["CacheControl"] == "no-store"


@case
def numbers_of_parts_may_have_gaps(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    parts = [part(sandbox, key, upload, 3, b"a" * 5 * MB), part(sandbox, key, upload, 10_000, b"b")]
    complete(sandbox, key, upload, parts)
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=key)["ContentLength"] == 5 * MB + 1


@case
def parts_may_come_in_any_order(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    second = part(sandbox, key, upload, 2, b"tail")
    first = part(sandbox, key, upload, 1, b"a" * 5 * MB)
    complete(sandbox, key, upload, [first, second])
    assert read(sandbox, key, Range="bytes=-5") == b"atail"


@case
def a_part_that_comes_again_replaces(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    part(sandbox, key, upload, 1, b"first")
    complete(sandbox, key, upload, [part(sandbox, key, upload, 1, b"second")])
    assert read(sandbox, key) == b"second"


@case
def parts_that_are_not_named_are_left_out(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    one = part(sandbox, key, upload, 1, b"kept")
    part(sandbox, key, upload, 2, b"dropped")
    complete(sandbox, key, upload, [one])
    assert read(sandbox, key) == b"kept"


@case
def a_part_that_was_never_sent(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    one = part(sandbox, key, upload, 1, b"a" * 5 * MB)
    response = refused("InvalidPart", complete, sandbox=sandbox, key=key, upload=upload, parts=[one, {"PartNumber": 2, "ETag": md5(b"x")}])
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400


@case
def a_part_with_another_etag(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    part(sandbox, key, upload, 1, b"one")
    refused("InvalidPart", complete, sandbox=sandbox, key=key, upload=upload, parts=[{"PartNumber": 1, "ETag": md5(b"x")}])


@case
def an_etag_of_a_part_may_be_without_quotes(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    one = part(sandbox, key, upload, 1, b"one")
    complete(sandbox, key, upload, [{"PartNumber": 1, "ETag": one["ETag"].strip('"')}])
    assert read(sandbox, key) == b"one"


@case
def parts_out_of_order(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    one, two = part(sandbox, key, upload, 1, b"a" * 5 * MB), part(sandbox, key, upload, 2, b"b" * 5 * MB)
    response = refused("InvalidPartOrder", complete, sandbox=sandbox, key=key, upload=upload, parts=[two, one])
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400


@case
def a_part_that_is_too_small(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    parts = [part(sandbox, key, upload, 1, b"small"), part(sandbox, key, upload, 2, b"tail")]
    response = refused("EntityTooSmall", complete, sandbox=sandbox, key=key, upload=upload, parts=parts)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert response["Error"]["Message"].startswith("Your proposed upload is smaller than the minimum allowed"), response["Error"]


@case
def an_upload_that_is_refused_can_still_be_completed(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    one = part(sandbox, key, upload, 1, b"one")
    refused("InvalidPart", complete, sandbox=sandbox, key=key, upload=upload, parts=[{"PartNumber": 1, "ETag": md5(b"x")}])
    complete(sandbox, key, upload, [one])
    assert read(sandbox, key) == b"one"


@case
def an_upload_of_no_parts(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    refused("MalformedXML", complete, sandbox=sandbox, key=key, upload=upload, parts=[])


@case
def a_part_number_that_is_none(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    for number in (0, 10_001):
        refused("InvalidArgument", part, sandbox=sandbox, key=key, upload=upload, number=number, body=b"x")


@case
def an_upload_that_there_is_not(sandbox):
    key, upload = place() + "a", "bm90aGluZw"
    response = refused("NoSuchUpload", part, sandbox=sandbox, key=key, upload=upload, number=1, body=b"x")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404
    refused("NoSuchUpload", complete, sandbox=sandbox, key=key, upload=upload, parts=[{"PartNumber": 1, "ETag": md5(b"x")}])
    refused("NoSuchUpload", s3(sandbox).list_parts, Bucket=BUCKET, Key=key, UploadId=upload)
    refused("NoSuchUpload", s3(sandbox).abort_multipart_upload, Bucket=BUCKET, Key=key, UploadId=upload)


@case
def an_upload_of_another_key(sandbox):
    prefix = place()
    upload = start(sandbox, prefix + "a")
    refused("NoSuchUpload", part, sandbox=sandbox, key=prefix + "b", upload=upload, number=1, body=b"x")


@case
def an_upload_is_aborted(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    part(sandbox, key, upload, 1, b"x")
    aborted = s3(sandbox).abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload)
    assert aborted["ResponseMetadata"]["HTTPStatusCode"] == 204
    refused("NoSuchUpload", part, sandbox=sandbox, key=key, upload=upload, number=1, body=b"x")
    refused("404", s3(sandbox).head_object, Bucket=BUCKET, Key=key)


@case
def parts_are_listed(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    for number in (2, 1, 5):
        part(sandbox, key, upload, number, b"x" * number)
    found = s3(sandbox).list_parts(Bucket=BUCKET, Key=key, UploadId=upload)
    assert [(one["PartNumber"], one["Size"], one["ETag"]) for one in found["Parts"]] == [(n, n, md5(b"x" * n)) for n in (1, 2, 5)]
    assert found["Bucket"] == BUCKET and found["Key"] == key and found["UploadId"] == upload
    assert found["IsTruncated"] is False and found["MaxParts"] == 1_000 and found["StorageClass"] == "STANDARD", found
    assert all(one["LastModified"] for one in found["Parts"])


@case
def parts_are_listed_in_pages(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    for number in range(1, 6):
        part(sandbox, key, upload, number, b"x")
    first = s3(sandbox).list_parts(Bucket=BUCKET, Key=key, UploadId=upload, MaxParts=2)
    assert first["IsTruncated"] and first["NextPartNumberMarker"] == 2 and first["MaxParts"] == 2, first
    found = pages(s3(sandbox), "list_parts", "Parts", Bucket=BUCKET, Key=key, UploadId=upload, PaginationConfig={"PageSize": 2})
    assert [one["PartNumber"] for one in found] == [1, 2, 3, 4, 5]


@case
def no_parts_are_listed_when_there_are_none(sandbox):
    key = place() + "a"
    found = s3(sandbox).list_parts(Bucket=BUCKET, Key=key, UploadId=start(sandbox, key))
    assert found.get("Parts", []) == [] and found["IsTruncated"] is False


@case
def uploads_are_listed(sandbox):
    prefix = place()
    made = {(prefix + name, start(sandbox, prefix + name)) for name in ("b", "a", "a")}
    found = s3(sandbox).list_multipart_uploads(Bucket=BUCKET, Prefix=prefix)
    assert {(one["Key"], one["UploadId"]) for one in found["Uploads"]} == made
    assert [one["Key"] for one in found["Uploads"]] == [prefix + "a", prefix + "a", prefix + "b"]
    assert found["IsTruncated"] is False and found["Prefix"] == prefix and found["MaxUploads"] == 1_000, found
    assert all(one["Initiated"] and one["StorageClass"] == "STANDARD" for one in found["Uploads"])


@case
def uploads_are_listed_in_pages(sandbox):
    prefix = place()
    for name in "abcde":
        start(sandbox, prefix + name)
    first = s3(sandbox).list_multipart_uploads(Bucket=BUCKET, Prefix=prefix, MaxUploads=2)
    assert first["IsTruncated"] and first["NextKeyMarker"] == prefix + "b" and first["NextUploadIdMarker"], first
    found = pages(s3(sandbox), "list_multipart_uploads", "Uploads", Bucket=BUCKET, Prefix=prefix, PaginationConfig={"PageSize": 2})
    assert [one["Key"] for one in found] == [prefix + name for name in "abcde"]


@case
def uploads_are_listed_by_folders(sandbox):
    prefix = place()
    for name in ("x/1", "x/2", "y"):
        start(sandbox, prefix + name)
    found = s3(sandbox).list_multipart_uploads(Bucket=BUCKET, Prefix=prefix, Delimiter="/")
    assert [one["Prefix"] for one in found["CommonPrefixes"]] == [prefix + "x/"]
    assert [one["Key"] for one in found["Uploads"]] == [prefix + "y"]


@case
def a_completed_upload_is_no_longer_listed(sandbox):
    prefix = place()
    in_parts(sandbox, prefix + "a", [b"x"])
    assert s3(sandbox).list_multipart_uploads(Bucket=BUCKET, Prefix=prefix).get("Uploads", []) == []


@case
def a_part_is_copied(sandbox):
    prefix = place()
    put(sandbox, prefix + "source", b"abc" * 100)
    upload = start(sandbox, prefix + "a")
    source = {"Bucket": BUCKET, "Key": prefix + "source"}
    copied = s3(sandbox).upload_part_copy(Bucket=BUCKET, Key=prefix + "a", UploadId=upload, PartNumber=1, CopySource=source)["CopyPartResult"]
    assert copied["ETag"] == md5(b"abc" * 100) and copied["LastModified"], copied
    complete(sandbox, prefix + "a", upload, [{"PartNumber": 1, "ETag": copied["ETag"]}])
    assert read(sandbox, prefix + "a") == b"abc" * 100


@case
def a_part_is_copied_of_a_range(sandbox):
    prefix, body = place(), os.urandom(6 * MB)
    put(sandbox, prefix + "source", body)
    upload = start(sandbox, prefix + "a")
    parts = []
    for number, (first, last) in enumerate(((0, 5 * MB - 1), (5 * MB, 6 * MB - 1)), 1):
        copied = s3(sandbox).upload_part_copy(
            Bucket=BUCKET, Key=prefix + "a", UploadId=upload, PartNumber=number,
            CopySource={"Bucket": BUCKET, "Key": prefix + "source"}, CopySourceRange=f"bytes={first}-{last}")
        assert copied["CopyPartResult"]["ETag"] == md5(body[first:last + 1])
        parts.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})
    complete(sandbox, prefix + "a", upload, parts)
    assert read(sandbox, prefix + "a") == body


@case
def a_part_is_copied_of_a_range_that_there_is_not(sandbox):
    prefix = place()
    put(sandbox, prefix + "source", b"x" * 6 * MB)
    upload = start(sandbox, prefix + "a")
    for bad in ("bytes=0-6291456", "bytes=5-", "0-5"):
        refused(("InvalidArgument", "InvalidRange"), s3(sandbox).upload_part_copy, Bucket=BUCKET, Key=prefix + "a", UploadId=upload,
                PartNumber=1, CopySource={"Bucket": BUCKET, "Key": prefix + "source"}, CopySourceRange=bad)


@case
def a_part_is_copied_of_what_is_not_there(sandbox):
    prefix = place()
    upload = start(sandbox, prefix + "a")
    refused("NoSuchKey", s3(sandbox).upload_part_copy, Bucket=BUCKET, Key=prefix + "a", UploadId=upload, PartNumber=1,
            CopySource={"Bucket": BUCKET, "Key": prefix + "nothing"})


@case
def complete_only_if_nothing_is_there(sandbox):
    key = place() + "a"
    put(sandbox, key, b"first")
    upload = start(sandbox, key)
    one = part(sandbox, key, upload, 1, b"second")
    refused("PreconditionFailed", complete, sandbox=sandbox, key=key, upload=upload, parts=[one], IfNoneMatch="*")
    assert read(sandbox, key) == b"first"


@case
def a_parts_digest_that_is_wrong(sandbox):
    key = place() + "a"
    upload = start(sandbox, key)
    refused("BadDigest", part, sandbox=sandbox, key=key, upload=upload, number=1, body=b"abc", ContentMD5=digest(b"abd"))
    refused("BadDigest", part, sandbox=sandbox, key=key, upload=upload, number=1, body=b"abc", ChecksumCRC32=crc32(b"abd"))


@case
def one_part_is_read(sandbox):
    key = place() + "a"
    in_parts(sandbox, key, [b"a" * 5 * MB, b"tail"])
    found = s3(sandbox).get_object(Bucket=BUCKET, Key=key, PartNumber=2)
    assert found["Body"].read() == b"tail" and found["PartsCount"] == 2
    assert found["ContentRange"] == f"bytes {5 * MB}-{5 * MB + 3}/{5 * MB + 4}"
    head = s3(sandbox).head_object(Bucket=BUCKET, Key=key, PartNumber=1)
    assert head["PartsCount"] == 2 and head["ContentLength"] == 5 * MB


@case
def checksum_of_parts(sandbox):
    key, bodies = place() + "a", [b"a" * 5 * MB, b"tail"]
    upload = start(sandbox, key, ChecksumAlgorithm="CRC32")
    parts = []
    for number, body in enumerate(bodies, 1):
        answer = s3(sandbox).upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="CRC32")
        assert answer["ChecksumCRC32"] == crc32(body)
        parts.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumCRC32": answer["ChecksumCRC32"]})
    wanted = crc32(b"".join(base64.b64decode(one["ChecksumCRC32"]) for one in parts)) + "-2"
    done = complete(sandbox, key, upload, parts)
    assert done["ChecksumCRC32"] == wanted and done["ChecksumType"] == "COMPOSITE", done
    found = s3(sandbox).head_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    assert found["ChecksumCRC32"] == wanted and found["ChecksumType"] == "COMPOSITE", found


@case
def checksum_of_the_whole_of_parts(sandbox):
    key, bodies = place() + "a", [b"a" * 5 * MB, b"tail"]
    upload = start(sandbox, key, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    parts = []
    for number, body in enumerate(bodies, 1):
        answer = s3(sandbox).upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="CRC32")
        parts.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumCRC32": answer["ChecksumCRC32"]})
    done = complete(sandbox, key, upload, parts)
    assert done["ChecksumCRC32"] == crc32(b"".join(bodies)) and done["ChecksumType"] == "FULL_OBJECT", done


@case
def attributes_of_an_upload_in_parts(sandbox):
    key = place() + "a"
    in_parts(sandbox, key, [b"a" * 5 * MB, b"tail"])
    found = s3(sandbox).get_object_attributes(Bucket=BUCKET, Key=key, ObjectAttributes=["ObjectParts", "ETag"])
    assert found["ObjectParts"]["TotalPartsCount"] == 2, found
    assert found["ETag"] == etag_of_parts([b"a" * 5 * MB, b"tail"]).strip('"')


@case
def managed_upload_of_30_mb(sandbox):
    key, body = place() + "a", os.urandom(MB) * 30
    s3(sandbox).upload_fileobj(io.BytesIO(body), BUCKET, key, ExtraArgs={"ContentType": "application/x-random"})
    head = s3(sandbox).head_object(Bucket=BUCKET, Key=key)
    chunk = 8 * MB
    assert head["ETag"] == etag_of_parts([body[at:at + chunk] for at in range(0, len(body), chunk)]), head["ETag"]
    assert head["ContentLength"] == 30 * MB and head["ContentType"] == "application/x-random"


@case
def managed_download_of_30_mb(sandbox):
    key, body, found = place() + "a", os.urandom(MB) * 30, io.BytesIO()
    s3(sandbox).upload_fileobj(io.BytesIO(body), BUCKET, key)
    s3(sandbox).download_fileobj(BUCKET, key, found)
    assert found.getvalue() == body


@case
def one_put_of_20_mb(sandbox):
    key, body = place() + "a", os.urandom(MB) * 20
    assert put(sandbox, key, body)["ETag"] == md5(body)
    assert read(sandbox, key) == body


# --- addresses that are signed ---------------------------------------------------------------------------------------

def fetch(sandbox, method, url, body=None, headers=()):
    assert url.startswith(sandbox.url), url
    return exchange(sandbox, method, url[len(sandbox.url):], headers, body)


def link(sandbox, operation, key, expires=900, **more):
    client = s3(sandbox, signature_version="s3v4")
    url = client.generate_presigned_url(operation, Params={"Bucket": BUCKET, "Key": key, **more}, ExpiresIn=expires)
    assert "X-Amz-Signature=" in url, url
    return url


@case
def link_to_get(sandbox):
    key = place() + "a b+ü"
    put(sandbox, key, b"by a link")
    answer = fetch(sandbox, "GET", link(sandbox, "get_object", key))
    assert answer.status == 200 and answer.body == b"by a link", (answer.status, answer.body)


@case
def link_to_put(sandbox):
    key = place() + "a"
    answer = fetch(sandbox, "PUT", link(sandbox, "put_object", key), b"by a link", {"Content-Type": "text/plain"})
    assert answer.status == 200 and answer.headers["etag"] == md5(b"by a link"), (answer.status, answer.body)
    assert read(sandbox, key) == b"by a link"
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=key)["ContentType"] == "text/plain"


@case
def link_to_head(sandbox):
    key = place() + "a"
    put(sandbox, key)
    answer = fetch(sandbox, "HEAD", link(sandbox, "head_object", key))
    assert answer.status == 200 and answer.headers["content-length"] == "5", (answer.status, answer.headers)


@case
def link_to_what_is_not_there(sandbox):
    answer = fetch(sandbox, "GET", link(sandbox, "get_object", place() + "nothing"))
    assert answer.status == 404 and answer.code() == "NoSuchKey", (answer.status, answer.body)


@case
def link_with_other_headers_of_the_answer(sandbox):
    key = place() + "a"
    put(sandbox, key, ContentType="text/plain")
    url = link(sandbox, "get_object", key, ResponseContentType="application/json", ResponseContentDisposition='attachment; filename="x.json"',
               ResponseCacheControl="no-cache", ResponseContentLanguage="en", ResponseContentEncoding="identity")
    answer = fetch(sandbox, "GET", url)
    assert answer.status == 200 and answer.headers["content-type"] == "application/json", answer.headers
    assert answer.headers["content-disposition"] == 'attachment; filename="x.json"'
    assert answer.headers["cache-control"] == "no-cache" and answer.headers["content-language"] == "en"
    assert answer.headers["content-encoding"] == "identity"


@case
def other_headers_of_the_answer_without_a_link(sandbox):
    key = place() + "a"
    put(sandbox, key, ContentType="text/plain")
    found = s3(sandbox).get_object(Bucket=BUCKET, Key=key, ResponseContentType="application/json", ResponseCacheControl="no-store")
    assert found["ContentType"] == "application/json" and found["CacheControl"] == "no-store"
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=key)["ContentType"] == "text/plain"


@case
def link_that_has_expired(sandbox):
    key = place() + "a"
    put(sandbox, key)
    answer = exchange(sandbox, "GET", presigned(sandbox, "GET", key, "20200101T000000Z", 60))
    assert answer.status == 403 and answer.code() == "AccessDenied", (answer.status, answer.body)
    assert answer.text("Message") == "Request has expired", answer.body
    assert answer.text("X-Amz-Expires") == "60" and answer.text("Expires") == "2020-01-01T00:01:00Z", answer.body


@case
def link_to_put_that_has_expired(sandbox):
    key = place() + "a"
    answer = exchange(sandbox, "PUT", presigned(sandbox, "PUT", key, "20200101T000000Z", 60), body=b"x")
    assert answer.status == 403 and answer.code() == "AccessDenied", (answer.status, answer.body)
    refused("404", s3(sandbox).head_object, Bucket=BUCKET, Key=key)


@case
def link_by_hand(sandbox):
    key = place() + "a"
    put(sandbox, key)
    answer = exchange(sandbox, "GET", presigned(sandbox, "GET", key, stamp(), 900))
    assert answer.status == 200 and answer.body == b"hello", (answer.status, answer.body)


@case
def link_of_more_than_a_week(sandbox):
    key = place() + "a"
    put(sandbox, key)
    answer = exchange(sandbox, "GET", presigned(sandbox, "GET", key, stamp(), 604_801))
    assert answer.status == 400 and answer.code() == "AuthorizationQueryParametersError", (answer.status, answer.body)


@case
def link_as_boto3_makes_it_unless_told(sandbox):
    # Signature version 2 in the query, for endpoints that are not AWS's own.
    key = place() + "a"
    put(sandbox, key, b"older")
    url = s3(sandbox).generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": key}, ExpiresIn=900)
    answer = fetch(sandbox, "GET", url)
    assert answer.status == 200 and answer.body == b"older", (answer.status, answer.body)


@case
def link_of_version_2_that_has_expired(sandbox):
    key = place() + "a"
    put(sandbox, key)
    url = s3(sandbox).generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": key}, ExpiresIn=-100)
    answer = fetch(sandbox, "GET", url)
    assert answer.status == 403 and answer.code() == "AccessDenied" and answer.text("Message") == "Request has expired", answer.body


# --- bodies in chunks ------------------------------------------------------------------------------------------------

def chunks(body, size=65_536):
    return [body[at:at + size] for at in range(0, len(body), size)] + [b""]


def in_signed_chunks(sandbox, key, body, trailer=None, headers=(), length=None):
    """PutObject with STREAMING-AWS4-HMAC-SHA256-PAYLOAD, and with -TRAILER if there is one."""
    path = path_of(key)
    payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailer else "")
    said = {"content-encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(body) if length is None else length), **dict(headers)}
    if trailer:
        said["x-amz-trailer"] = ",".join(trailer)
    signed, date, signature = sign(sandbox, "PUT", path, said, payload=payload)
    scope, key_of_day, sent = f"{date[:8]}/us-east-1/s3/aws4_request", signing_key(date), b""
    for chunk in chunks(body):
        text = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", date, scope, signature, EMPTY, hashlib.sha256(chunk).hexdigest()])
        signature = hmac.new(key_of_day, text.encode(), hashlib.sha256).hexdigest()
        sent += f"{len(chunk):x};chunk-signature={signature}\r\n".encode() + chunk
        if chunk or not trailer:
            sent += b"\r\n"
    if trailer:
        lines = "".join(f"{name}:{value}\n" for name, value in sorted(trailer.items()))
        text = "\n".join(["AWS4-HMAC-SHA256-TRAILER", date, scope, signature, hashlib.sha256(lines.encode()).hexdigest()])
        signature = hmac.new(key_of_day, text.encode(), hashlib.sha256).hexdigest()
        sent += lines.replace("\n", "\r\n").encode() + f"x-amz-trailer-signature:{signature}\r\n\r\n".encode()
    return exchange(sandbox, "PUT", path, signed, sent)


def in_unsigned_chunks(sandbox, key, body, trailer, headers=()):
    """PutObject with STREAMING-UNSIGNED-PAYLOAD-TRAILER."""
    path = path_of(key)
    said = {"content-encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(body)), "x-amz-trailer": ",".join(trailer), **dict(headers)}
    signed, *_ = sign(sandbox, "PUT", path, said, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    sent = b"".join(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for chunk in chunks(body) if chunk) + b"0\r\n"
    sent += "".join(f"{name}:{value}\r\n" for name, value in trailer.items()).encode() + b"\r\n"
    return exchange(sandbox, "PUT", path, signed, sent)


@case
def signed_chunks(sandbox):
    key, body = place() + "a", os.urandom(150_000)
    answer = in_signed_chunks(sandbox, key, body)
    assert answer.status == 200 and answer.headers["etag"] == md5(body), (answer.status, answer.headers)
    assert read(sandbox, key) == body


@case
def signed_chunks_of_nothing(sandbox):
    key = place() + "a"
    assert in_signed_chunks(sandbox, key, b"").status == 200
    assert read(sandbox, key) == b""


@case
def signed_chunks_with_a_trailer(sandbox):
    key, body = place() + "a", os.urandom(150_000)
    answer = in_signed_chunks(sandbox, key, body, {"x-amz-checksum-crc32": crc32(body)})
    assert answer.status == 200 and answer.headers["etag"] == md5(body), (answer.status, answer.body)
    assert answer.headers["x-amz-checksum-crc32"] == crc32(body), answer.headers
    assert read(sandbox, key) == body


@case
def unsigned_chunks_with_a_trailer(sandbox):
    key, body = place() + "a", os.urandom(150_000)
    answer = in_unsigned_chunks(sandbox, key, body, {"x-amz-checksum-crc32c": crc32c(body)})
    assert answer.status == 200 and answer.headers["x-amz-checksum-crc32c"] == crc32c(body), (answer.status, answer.headers)
    assert read(sandbox, key) == body


@case
def unsigned_chunks_in_chunks_of_http(sandbox):
    # As AWS's SDK for C++ sends them over http: aws-chunked within Transfer-Encoding: chunked, without a Content-Length.
    key, body = place() + "a", os.urandom(150_000)
    path = path_of(key)
    said = {"content-encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(body)), "x-amz-trailer": "x-amz-checksum-crc64nvme"}
    signed, *_ = sign(sandbox, "PUT", path, said, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    coded = b"".join(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for chunk in chunks(body) if chunk)
    coded += f"0\r\nx-amz-checksum-crc64nvme:{crc64nvme(body)}\r\n\r\n".encode()
    connection = http.client.HTTPConnection(sandbox.url.split("//")[1], timeout=30)
    pieces = (coded[at:at + 10_000] for at in range(0, len(coded), 10_000))
    connection.request("PUT", path, body=pieces, headers={**signed, "Transfer-Encoding": "chunked"}, encode_chunked=True)
    answer = connection.getresponse()
    assert answer.status == 200 and answer.headers["etag"] == md5(body), (answer.status, answer.read())
    connection.close()
    assert read(sandbox, key) == body


@case
def a_trailer_that_is_wrong(sandbox):
    key = place() + "a"
    answer = in_unsigned_chunks(sandbox, key, b"abc", {"x-amz-checksum-crc32": crc32(b"abd")})
    assert answer.status == 400 and answer.code() == "BadDigest", (answer.status, answer.body)
    refused("404", s3(sandbox).head_object, Bucket=BUCKET, Key=key)


@case
def the_coding_in_chunks_is_not_kept(sandbox):
    prefix = place()
    in_signed_chunks(sandbox, prefix + "a", b"abc")
    assert "ContentEncoding" not in s3(sandbox).head_object(Bucket=BUCKET, Key=prefix + "a")
    in_unsigned_chunks(sandbox, prefix + "b", b"abc", {"x-amz-checksum-crc32": crc32(b"abc")}, {"content-encoding": "aws-chunked,gzip"})
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=prefix + "b")["ContentEncoding"] == "gzip"


@case
def chunks_that_end_too_soon(sandbox):
    key = place() + "a"
    answer = in_signed_chunks(sandbox, key, b"abc", length=10)
    assert answer.status == 400 and answer.code() == "IncompleteBody", (answer.status, answer.body)
    refused("404", s3(sandbox).head_object, Bucket=BUCKET, Key=key)


@case
def a_part_in_unsigned_chunks(sandbox):
    key, body = place() + "a", os.urandom(100_000)
    upload = start(sandbox, key)
    path = f"{path_of(key)}?partNumber=1&uploadId={urllib.parse.quote(upload, safe='~')}"
    said = {"content-encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(body)), "x-amz-trailer": "x-amz-checksum-crc32"}
    signed, *_ = sign(sandbox, "PUT", path, said, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    sent = f"{len(body):x}\r\n".encode() + body + f"\r\n0\r\nx-amz-checksum-crc32:{crc32(body)}\r\n\r\n".encode()
    answer = exchange(sandbox, "PUT", path, signed, sent)
    assert answer.status == 200 and answer.headers["etag"] == md5(body), (answer.status, answer.body)
    complete(sandbox, key, upload, [{"PartNumber": 1, "ETag": answer.headers["etag"]}])
    assert read(sandbox, key) == body


@case
def an_unsigned_payload(sandbox):
    key = place() + "a"
    assert send(sandbox, "PUT", path_of(key), body=b"abc", payload="UNSIGNED-PAYLOAD").status == 200
    assert read(sandbox, key) == b"abc"


def expecting(sandbox, path, body):
    """A put that waits to be told to go on. Answers what comes before the body, and all that comes."""
    signed, *_ = sign(sandbox, "PUT", path, {"Expect": "100-continue", "Content-Length": str(len(body))}, body)
    host, port = sandbox.url.split("//")[1].split(":")
    lines = [f"PUT {path} HTTP/1.1", f"Host: {host}:{port}", *(f"{name}: {value}" for name, value in signed.items())]
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        before = connection.recv(65_536)
        if not before.startswith(b"HTTP/1.1 100"):
            return before, before
        connection.sendall(body)
        said = before
        while not re.search(rb"HTTP/1\.1 [2-5]\d\d.*\r\n", said):
            said += connection.recv(65_536)
        return before, said


@case
def a_body_that_waits_for_100_continue(sandbox):
    key = place() + "a"
    before, said = expecting(sandbox, path_of(key), b"abc")
    assert before.startswith(b"HTTP/1.1 100") and b"HTTP/1.1 200" in said, said
    assert read(sandbox, key) == b"abc"


@case
def a_body_that_is_not_wanted_gets_no_100_continue(sandbox):
    before, _ = expecting(sandbox, path_of("a", unique()), b"abc")
    assert before.startswith(b"HTTP/1.1 404"), before


# --- listings --------------------------------------------------------------------------------------------------------

def fill(sandbox, names):
    prefix = place()
    for name in names:
        put(sandbox, prefix + name, name.encode())
    return prefix


def listed(sandbox, prefix, **more):
    found = s3(sandbox).list_objects_v2(Bucket=BUCKET, Prefix=prefix, **more)
    keys = [one["Key"][len(prefix):] for one in found.get("Contents", [])]
    folders = [one["Prefix"][len(prefix):] for one in found.get("CommonPrefixes", [])]
    return found, keys, folders


@case
def listing(sandbox):
    prefix = fill(sandbox, ["b", "a", "c/d"])
    found, keys, folders = listed(sandbox, prefix)
    assert keys == ["a", "b", "c/d"] and folders == []
    assert found["Name"] == BUCKET and found["Prefix"] == prefix and found["KeyCount"] == 3
    assert found["IsTruncated"] is False and found["MaxKeys"] == 1_000 and "NextContinuationToken" not in found
    assert "Delimiter" not in found and "StartAfter" not in found and "ContinuationToken" not in found, found
    first = found["Contents"][0]
    assert first["Size"] == 1 and first["StorageClass"] == "STANDARD" and first["LastModified"] and "Owner" not in first, first


@case
def listing_is_in_the_order_of_utf8(sandbox):
    names = ["A", "Z", "a", "a!", "a-b", "a.b", "a/b", "a0", "aa", "é", "ｚ", "😀"]
    prefix = fill(sandbox, reversed(names))
    assert listed(sandbox, prefix)[1] == sorted(names, key=lambda name: name.encode())


@case
def listing_of_nothing(sandbox):
    found, keys, folders = listed(sandbox, place())
    assert keys == folders == [] and found["KeyCount"] == 0 and "Contents" not in found


@case
def listing_of_no_bucket(sandbox):
    refused("NoSuchBucket", s3(sandbox).list_objects_v2, Bucket=unique())


@case
def listing_by_folders(sandbox):
    prefix = fill(sandbox, ["a", "b/1", "b/2", "b/c/3", "d/4", "e"])
    found, keys, folders = listed(sandbox, prefix, Delimiter="/")
    assert keys == ["a", "e"] and folders == ["b/", "d/"] and found["Delimiter"] == "/" and found["KeyCount"] == 4


@case
def listing_of_one_folder(sandbox):
    prefix = fill(sandbox, ["b/1", "b/2", "b/c/3", "bb/4"])
    _, keys, folders = listed(sandbox, prefix + "b/", Delimiter="/")
    assert keys == ["1", "2"] and folders == ["c/"]
    _, keys, folders = listed(sandbox, prefix + "b", Delimiter="/")
    assert keys == [] and folders == ["/", "b/"], "a prefix need not end with the delimiter"


@case
def listing_with_a_longer_delimiter(sandbox):
    prefix = fill(sandbox, ["a--b--c", "a--d", "e"])
    _, keys, folders = listed(sandbox, prefix, Delimiter="--")
    assert keys == ["e"] and folders == ["a--"]


@case
def listing_of_a_folders_marker(sandbox):
    prefix = place()
    put(sandbox, prefix + "folder/", b"")
    put(sandbox, prefix + "folder/a", b"x")
    assert listed(sandbox, prefix)[1] == ["folder/", "folder/a"]
    _, keys, folders = listed(sandbox, prefix, Delimiter="/")
    assert keys == [] and folders == ["folder/"]
    _, keys, folders = listed(sandbox, prefix + "folder/", Delimiter="/")
    assert keys == ["", "a"] and folders == []


@case
def listing_in_pages(sandbox):
    names = [f"{number:02}" for number in range(7)]
    prefix = fill(sandbox, names)
    found, keys, token = [], None, None
    while True:
        more = {"ContinuationToken": token} if token else {}
        answer, keys, _ = listed(sandbox, prefix, MaxKeys=3, **more)
        assert answer.get("ContinuationToken") == token and answer["MaxKeys"] == 3
        found += keys
        token = answer.get("NextContinuationToken")
        assert answer["IsTruncated"] == (token is not None)
        if token is None:
            break
    assert found == names


@case
def a_page_that_is_just_full_is_the_last(sandbox):
    found, keys, _ = listed(sandbox, fill(sandbox, "abc"), MaxKeys=3)
    assert keys == ["a", "b", "c"] and found["IsTruncated"] is False and "NextContinuationToken" not in found


@case
def folders_count_for_a_page(sandbox):
    prefix = fill(sandbox, ["a/1", "a/2", "b", "c/1", "c/2", "d"])
    found, keys, folders = listed(sandbox, prefix, Delimiter="/", MaxKeys=2)
    assert (keys, folders, found["KeyCount"], found["IsTruncated"]) == (["b"], ["a/"], 2, True)
    found, keys, folders = listed(sandbox, prefix, Delimiter="/", MaxKeys=2, ContinuationToken=found["NextContinuationToken"])
    assert (keys, folders, found["IsTruncated"]) == (["d"], ["c/"], False)


@case
def a_page_that_ends_with_a_folder(sandbox):
    prefix = fill(sandbox, ["a/1", "a/2", "a/3", "b"])
    found, keys, folders = listed(sandbox, prefix, Delimiter="/", MaxKeys=1)
    assert (keys, folders, found["IsTruncated"]) == ([], ["a/"], True)
    found, keys, folders = listed(sandbox, prefix, Delimiter="/", MaxKeys=1, ContinuationToken=found["NextContinuationToken"])
    assert (keys, folders, found["IsTruncated"]) == (["b"], [], False)


@case
def a_token_works_when_its_key_is_gone(sandbox):
    prefix = fill(sandbox, "abcd")
    token = listed(sandbox, prefix, MaxKeys=2)[0]["NextContinuationToken"]
    s3(sandbox).delete_object(Bucket=BUCKET, Key=prefix + "b")
    s3(sandbox).delete_object(Bucket=BUCKET, Key=prefix + "c")
    assert listed(sandbox, prefix, ContinuationToken=token)[1] == ["d"]


@case
def a_token_that_is_none(sandbox):
    response = refused("InvalidArgument", s3(sandbox).list_objects_v2, Bucket=BUCKET, ContinuationToken="nonsense")
    assert response["Error"]["Message"] == "The continuation token provided is incorrect"


@case
def listing_after_a_key(sandbox):
    prefix = fill(sandbox, "abcd")
    found, keys, _ = listed(sandbox, prefix, StartAfter=prefix + "b")
    assert keys == ["c", "d"] and found["StartAfter"] == prefix + "b"
    assert listed(sandbox, prefix, StartAfter=prefix + "bb")[1] == ["c", "d"], "it need not be there"
    assert listed(sandbox, prefix, StartAfter=prefix + "d")[1] == []


@case
def listing_after_a_key_in_pages(sandbox):
    prefix = fill(sandbox, "abcde")
    found = pages(s3(sandbox), "list_objects_v2", "Contents", Bucket=BUCKET, Prefix=prefix, StartAfter=prefix + "a", PaginationConfig={"PageSize": 2})
    assert [one["Key"][len(prefix):] for one in found] == ["b", "c", "d", "e"]


@case
def no_keys_at_all(sandbox):
    found, keys, _ = listed(sandbox, fill(sandbox, "ab"), MaxKeys=0)
    assert keys == [] and found["KeyCount"] == 0 and found["MaxKeys"] == 0 and found["IsTruncated"] is False


@case
def one_key_at_a_time(sandbox):
    found, keys, _ = listed(sandbox, fill(sandbox, "ab"), MaxKeys=1)
    assert keys == ["a"] and found["KeyCount"] == 1 and found["IsTruncated"] is True


@case
def a_number_of_keys_that_is_none(sandbox):
    for number in ("-1", "many"):
        answer = send(sandbox, "GET", f"/{BUCKET}?list-type=2&max-keys={number}")
        assert answer.status == 400 and answer.code() == "InvalidArgument", (number, answer.status, answer.body[:300])


@case
def a_page_has_at_most_1000_keys(sandbox):
    prefix = place()
    host = sandbox.url.split("//")[1]
    connection = http.client.HTTPConnection(host, timeout=30)
    for number in range(1_003):
        path = path_of(f"{prefix}{number:04}")
        signed, *_ = sign(sandbox, "PUT", path)
        connection.request("PUT", path, headers=signed)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
    connection.close()
    found, keys, _ = listed(sandbox, prefix, MaxKeys=5_000)
    assert len(keys) == 1_000 == found["KeyCount"] and found["IsTruncated"], len(keys)
    assert len(pages(s3(sandbox), "list_objects_v2", "Contents", Bucket=BUCKET, Prefix=prefix)) == 1_003


@case
def listing_with_owners(sandbox):
    found, _, _ = listed(sandbox, fill(sandbox, "a"), FetchOwner=True)
    assert found["Contents"][0]["Owner"]["ID"], found


def names_of(answer, name):
    return [element.text or "" for element in answer.xml().iter(NAMESPACE + name)]


@case
def listing_with_keys_encoded(sandbox):
    prefix = place()
    names = ["a b", "a+b", "a%20b", "ü/ß", "a&b<c>", "x\ny"]
    for name in names:
        put(sandbox, prefix + name)
    answer = send(sandbox, "GET", f"/{BUCKET}?encoding-type=url&list-type=2&prefix={urllib.parse.quote(prefix, safe='~')}")
    assert answer.status == 200 and answer.text("EncodingType") == "url", answer.body
    raw = names_of(answer, "Key")
    assert sorted(urllib.parse.unquote_plus(key)[len(prefix):] for key in raw) == sorted(names), raw
    assert all(key.isascii() and " " not in key and "<" not in key for key in raw) and prefix + "%C3%BC/%C3%9F" in raw, raw


@case
def listing_with_keys_in_plain(sandbox):
    prefix = fill(sandbox, ["a b", "a+b", "a%20b", "ü", "a&b<c>\"d'"])
    answer = send(sandbox, "GET", f"/{BUCKET}?list-type=2&prefix={urllib.parse.quote(prefix, safe='~')}")
    assert answer.text("EncodingType") is None
    assert sorted(key[len(prefix):] for key in names_of(answer, "Key")) == sorted(["a b", "a+b", "a%20b", "ü", "a&b<c>\"d'"])


@case
def an_encoded_listing_encodes_what_it_says_again(sandbox):
    prefix = place() + "a b/"
    put(sandbox, prefix + "c d/e")
    quoted = urllib.parse.quote(prefix, safe="~")
    answer = send(sandbox, "GET", f"/{BUCKET}?delimiter=%2F&encoding-type=url&list-type=2&prefix={quoted}&start-after={quoted}a")
    assert [urllib.parse.unquote_plus(text) for text in names_of(answer, "Prefix")] == [prefix, prefix + "c d/"], answer.body
    assert urllib.parse.unquote_plus(answer.text("StartAfter")) == prefix + "a" and " " not in answer.text("StartAfter")


@case
def listing_with_a_slash_after_the_bucket(sandbox):
    prefix = fill(sandbox, ["a", "b"])
    answer = send(sandbox, "GET", f"/{BUCKET}/?list-type=2&prefix={urllib.parse.quote(prefix, safe='~')}")
    assert answer.status == 200 and names_of(answer, "Key") == [prefix + "a", prefix + "b"], (answer.status, answer.body[:300])


@case
def listing_of_the_first_version(sandbox):
    prefix = fill(sandbox, "abc")
    found = s3(sandbox).list_objects(Bucket=BUCKET, Prefix=prefix)
    assert [one["Key"] for one in found["Contents"]] == [prefix + name for name in "abc"]
    assert found["Marker"] == "" and found["MaxKeys"] == 1_000 and found["IsTruncated"] is False and found["Name"] == BUCKET
    assert "KeyCount" not in found and found["Contents"][0]["Owner"]["ID"], found


@case
def listing_of_the_first_version_after_a_marker(sandbox):
    prefix = fill(sandbox, "abcd")
    found = s3(sandbox).list_objects(Bucket=BUCKET, Prefix=prefix, Marker=prefix + "b")
    assert [one["Key"][len(prefix):] for one in found["Contents"]] == ["c", "d"] and found["Marker"] == prefix + "b"


@case
def listing_of_the_first_version_in_pages(sandbox):
    prefix = fill(sandbox, "abcde")
    first = s3(sandbox).list_objects(Bucket=BUCKET, Prefix=prefix, MaxKeys=2)
    assert first["IsTruncated"] and "NextMarker" not in first, "NextMarker comes only with a delimiter"
    found = pages(s3(sandbox), "list_objects", "Contents", Bucket=BUCKET, Prefix=prefix, PaginationConfig={"PageSize": 2})
    assert [one["Key"][len(prefix):] for one in found] == list("abcde")


@case
def listing_of_the_first_version_by_folders_in_pages(sandbox):
    prefix = fill(sandbox, ["a/1", "a/2", "b", "c/1"])
    first = s3(sandbox).list_objects(Bucket=BUCKET, Prefix=prefix, Delimiter="/", MaxKeys=1)
    assert first["IsTruncated"] and first["NextMarker"] == prefix + "a/", first
    second = s3(sandbox).list_objects(Bucket=BUCKET, Prefix=prefix, Delimiter="/", MaxKeys=1, Marker=first["NextMarker"])
    assert [one["Key"] for one in second["Contents"]] == [prefix + "b"] and second["NextMarker"] == prefix + "b"
    third = s3(sandbox).list_objects(Bucket=BUCKET, Prefix=prefix, Delimiter="/", MaxKeys=1, Marker=second["NextMarker"])
    assert [one["Prefix"] for one in third["CommonPrefixes"]] == [prefix + "c/"] and third["IsTruncated"] is False


# --- many deletions at once ------------------------------------------------------------------------------------------

def delete(sandbox, keys, **more):
    return s3(sandbox).delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys], **more})


@case
def deleting_many(sandbox):
    prefix = fill(sandbox, "abc")
    found = delete(sandbox, [prefix + "a", prefix + "b"])
    assert sorted(one["Key"] for one in found["Deleted"]) == [prefix + "a", prefix + "b"] and "Errors" not in found
    assert listed(sandbox, prefix)[1] == ["c"]


@case
def deleting_many_quietly(sandbox):
    prefix = fill(sandbox, "ab")
    found = delete(sandbox, [prefix + "a", prefix + "nothing"], Quiet=True)
    assert "Deleted" not in found and "Errors" not in found, found
    assert listed(sandbox, prefix)[1] == ["b"]


@case
def deleting_many_that_are_not_there(sandbox):
    prefix = place()
    found = delete(sandbox, [prefix + "a", prefix + "b"])
    assert sorted(one["Key"] for one in found["Deleted"]) == [prefix + "a", prefix + "b"]


@case
def deleting_many_of_odd_names(sandbox):
    names = ["a&b", "<c>", '"d"', "e'f", "&amp;", "&lt;", "ü😀", "g h", "i+j", "%41", "k\nl"]
    prefix = fill(sandbox, names)
    found = delete(sandbox, [prefix + name for name in names])
    assert sorted(one["Key"] for one in found["Deleted"]) == sorted(prefix + name for name in names)
    assert listed(sandbox, prefix)[1] == []


def delete_by_hand(sandbox, body, bucket=BUCKET):
    headers = {"Content-MD5": digest(body), "Content-Type": "application/xml"}
    return send(sandbox, "POST", f"/{bucket}?delete=", headers, body)


@case
def deleting_many_by_numbers_of_characters(sandbox):
    prefix = fill(sandbox, ["a\rb", "c&d"])
    body = f"<?xml version='1.0'?><Delete><Object><Key>{prefix}a&#13;b</Key></Object><Object><Key>{prefix}c&#x26;d</Key></Object></Delete>"
    answer = delete_by_hand(sandbox, body.encode())
    assert answer.status == 200 and listed(sandbox, prefix)[1] == [], (answer.status, answer.body)


@case
def deleting_many_with_spaces_between_elements(sandbox):
    prefix = fill(sandbox, ["a", "b"])
    body = f"""<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
      <!-- <Key>{prefix}b</Key> -->
      <Object>
        <Key>{prefix}a</Key>
      </Object>
      <Quiet>false</Quiet>
    </Delete>"""
    answer = delete_by_hand(sandbox, body.encode())
    assert answer.status == 200 and listed(sandbox, prefix)[1] == ["b"], (answer.status, answer.body)
    assert answer.xml().tag == NAMESPACE + "DeleteResult", answer.body


@case
def deleting_many_of_no_bucket(sandbox):
    refused("NoSuchBucket", s3(sandbox).delete_objects, Bucket=unique(), Delete={"Objects": [{"Key": "a"}]})


@case
def deleting_more_than_1000(sandbox):
    refused("MalformedXML", delete, sandbox=sandbox, keys=[f"nothing/{number}" for number in range(1_001)])


@case
def deleting_by_what_is_no_xml(sandbox):
    for body in (b"<Delete><Object>", b"nonsense", b"<Delete></Delete>"):
        answer = delete_by_hand(sandbox, body)
        assert answer.status == 400 and answer.code() == "MalformedXML", (body, answer.status, answer.body)


# --- keys ------------------------------------------------------------------------------------------------------------

def is_a_key(sandbox, *names):
    """Objects of these names are kept side by side, listed, read and deleted."""
    prefix = place()
    are_keys(sandbox, [prefix + name for name in names])
    assert sorted(listed(sandbox, prefix)[1]) == sorted(names)
    for number, name in enumerate(names, 1):
        s3(sandbox).delete_object(Bucket=BUCKET, Key=prefix + name)
        assert sorted(listed(sandbox, prefix)[1]) == sorted(names[number:]), f"after {name!r} was deleted"


def are_keys(sandbox, keys):
    for key in keys:
        put(sandbox, key, b"content of " + key.encode())
    for key in keys:
        assert read(sandbox, key) == b"content of " + key.encode(), key
        assert s3(sandbox).head_object(Bucket=BUCKET, Key=key)["ContentLength"] == len(b"content of " + key.encode())


@case
def keys_with_spaces(sandbox):
    is_a_key(sandbox, "a b", "a  b", " a", "a ", " ")


@case
def keys_with_a_plus(sandbox):
    is_a_key(sandbox, "a+b", "a b", "+")


@case
def keys_with_percent(sandbox):
    is_a_key(sandbox, "100%", "a%20b", "a b", "%2F", "a%2Fb", "a/b", "%25", "%zz")


@case
def keys_with_question_marks_and_hashes(sandbox):
    is_a_key(sandbox, "a?b", "a#b", "a?uploads", "a;b", "a=b&c")


@case
def keys_with_quotes_and_brackets(sandbox):
    is_a_key(sandbox, "a\"b", "a'b", "<a>", "a&b", "&amp;", "[a]{b}", "a|b", "a^b", "a`b", "a\\b", "a:b", "a*b", "a~b", "a@b,c$d!e(f)")


@case
def keys_beyond_ascii(sandbox):
    is_a_key(sandbox, "größe", "日本語/ファイル", "emoji 😀", "\u00e9", "e\u0301")


@case
def keys_with_control_characters(sandbox):
    is_a_key(sandbox, "a\nb", "a\tb", "a\x01b", "a\x7fb")


@case
def keys_that_differ_in_case(sandbox):
    is_a_key(sandbox, "Name", "name", "NAME")


@case
def a_key_that_is_the_beginning_of_another(sandbox):
    is_a_key(sandbox, "a", "a/b", "a/b/c", "ab")


@case
def a_key_that_comes_after_what_it_begins(sandbox):
    is_a_key(sandbox, "a/b/c", "a/b", "a")


@case
def keys_with_a_slash_at_the_end(sandbox):
    is_a_key(sandbox, "folder/", "folder", "folder/file", "other//")


@case
def a_slash_at_the_end_keeps_the_content(sandbox):
    key = place() + "folder/"
    put(sandbox, key, b"not empty", Metadata={"a": "1"})
    assert read(sandbox, key) == b"not empty"
    assert s3(sandbox).head_object(Bucket=BUCKET, Key=key)["Metadata"] == {"a": "1"}


@case
def deleting_a_file_leaves_its_folder(sandbox):
    prefix = place()
    put(sandbox, prefix + "folder/", b"")
    put(sandbox, prefix + "folder/a")
    s3(sandbox).delete_object(Bucket=BUCKET, Key=prefix + "folder/")
    assert listed(sandbox, prefix)[1] == ["folder/a"]
    s3(sandbox).delete_object(Bucket=BUCKET, Key=prefix + "folder/a")
    assert listed(sandbox, prefix)[1] == []


@case
def a_folder_is_not_there_by_itself(sandbox):
    prefix = fill(sandbox, ["folder/a"])
    refused("404", s3(sandbox).head_object, Bucket=BUCKET, Key=prefix + "folder")
    refused("404", s3(sandbox).head_object, Bucket=BUCKET, Key=prefix + "folder/")
    refused("NoSuchKey", s3(sandbox).get_object, Bucket=BUCKET, Key=prefix + "folder/")


@case
def keys_with_two_slashes(sandbox):
    is_a_key(sandbox, "a//b", "a/b", "a///b", "/a")


@case
def keys_that_begin_with_a_slash(sandbox):
    name = unique()
    are_keys(sandbox, [f"/{name}", f"//{name}", name])
    for key in (f"/{name}", f"//{name}", name):
        assert [one["Key"] for one in s3(sandbox).list_objects_v2(Bucket=BUCKET, Prefix=key)["Contents"]] == [key]


@case
def keys_with_dots_as_parts(sandbox):
    is_a_key(sandbox, "a/./b", "a/../b", "a/b", "b", "./c", "..", ".", "d/..")


@case
def a_key_with_dots_does_not_leave_the_bucket(sandbox):
    key = f"../../{unique()}"
    answer = send(sandbox, "PUT", path_of(key), body=b"x")
    # AWS refuses a key whose parts of .. lead above its beginning; keeping it under that very name would do as well.
    assert answer.status in (200, 400), (answer.status, answer.body)
    if answer.status == 200:
        assert send(sandbox, "GET", path_of(key)).body == b"x"


@case
def keys_that_begin_with_a_dot(sandbox):
    is_a_key(sandbox, ".hidden", "a/.b", "_SUCCESS", "a.crc", ".a.crc", "x.unfinished", "x.tmp", "x~")


@case
def keys_with_long_parts(sandbox):
    is_a_key(sandbox, "n" * 300, "n" * 300 + "/m", "ü" * 200)


@case
def a_key_of_1024_bytes(sandbox):
    key = place()
    key += "k" * (1_024 - len(key))
    are_keys(sandbox, [key])
    response = refused("KeyTooLongError", put, sandbox=sandbox, key=key + "k")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400 and response["Error"]["Message"] == "Your key is too long"
    assert response["Error"]["MaxSizeAllowed"] == "1024" and response["Error"]["Size"] == "1025", response["Error"]


@case
def keys_that_look_like_paths_of_the_sandbox(sandbox):
    is_a_key(sandbox, "_sandbox", "_sandbox/clock")


# --- buckets ---------------------------------------------------------------------------------------------------------

def a_bucket(sandbox):
    name = unique()
    s3(sandbox).create_bucket(Bucket=name)
    return name


@case
def a_bucket_is_made(sandbox):
    name = unique()
    assert s3(sandbox).create_bucket(Bucket=name)["Location"] == f"/{name}"
    s3(sandbox).head_bucket(Bucket=name)
    assert name in [bucket["Name"] for bucket in s3(sandbox).list_buckets()["Buckets"]]
    assert s3(sandbox).list_objects_v2(Bucket=name)["KeyCount"] == 0


@case
def a_new_bucket_keeps_objects(sandbox):
    name = a_bucket(sandbox)
    s3(sandbox).put_object(Bucket=name, Key="a/b", Body=b"x")
    assert s3(sandbox).get_object(Bucket=name, Key="a/b")["Body"].read() == b"x"


@case
def a_bucket_is_deleted(sandbox):
    name = a_bucket(sandbox)
    assert s3(sandbox).delete_bucket(Bucket=name)["ResponseMetadata"]["HTTPStatusCode"] == 204
    refused("404", s3(sandbox).head_bucket, Bucket=name)
    assert name not in [bucket["Name"] for bucket in s3(sandbox).list_buckets()["Buckets"]]


@case
def a_bucket_that_is_not_empty_is_not_deleted(sandbox):
    name = a_bucket(sandbox)
    s3(sandbox).put_object(Bucket=name, Key="a/b", Body=b"x")
    response = refused("BucketNotEmpty", s3(sandbox).delete_bucket, Bucket=name)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert response["Error"]["Message"] == "The bucket you tried to delete is not empty"
    assert response["Error"]["BucketName"] == name
    s3(sandbox).delete_object(Bucket=name, Key="a/b")
    s3(sandbox).delete_bucket(Bucket=name)


@case
def a_bucket_that_is_not_there_is_not_deleted(sandbox):
    response = refused("NoSuchBucket", s3(sandbox).delete_bucket, Bucket=unique())
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404


@case
def a_bucket_is_made_again_in_us_east_1(sandbox):
    # The one Region where this is no error, for the sake of old clients; what is in the bucket stays.
    name = a_bucket(sandbox)
    s3(sandbox).put_object(Bucket=name, Key="a", Body=b"x")
    s3(sandbox).create_bucket(Bucket=name)
    assert s3(sandbox).get_object(Bucket=name, Key="a")["Body"].read() == b"x"


@case
def a_bucket_is_made_again_elsewhere(sandbox):
    west, name = s3(sandbox, "us-west-2"), unique()
    here = {"LocationConstraint": "us-west-2"}
    west.create_bucket(Bucket=name, CreateBucketConfiguration=here)
    response = refused("BucketAlreadyOwnedByYou", west.create_bucket, Bucket=name, CreateBucketConfiguration=here)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 409


@case
def a_bucket_elsewhere_needs_its_location(sandbox):
    refused("IllegalLocationConstraintException", s3(sandbox, "us-west-2").create_bucket, Bucket=unique())


@case
def a_bucket_of_a_name_that_is_none(sandbox):
    for name in ("ab", "Upper-Case-Bucket", "under_score_bucket", "-dash-bucket", "two..dots", "x" * 64):
        response = refused("InvalidBucketName", s3(sandbox).create_bucket, Bucket=name)
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400, name


@case
def location_of_a_bucket(sandbox):
    assert s3(sandbox).get_bucket_location(Bucket=BUCKET)["LocationConstraint"] is None
    answer = send(sandbox, "GET", f"/{BUCKET}?location=")
    assert answer.xml().tag == NAMESPACE + "LocationConstraint" and not answer.xml().text, answer.body


@case
def location_of_a_bucket_elsewhere(sandbox):
    west, name = s3(sandbox, "us-west-2"), unique()
    west.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    assert west.get_bucket_location(Bucket=name)["LocationConstraint"] == "us-west-2"


@case
def location_of_a_missing_bucket(sandbox):
    refused("NoSuchBucket", s3(sandbox).get_bucket_location, Bucket=unique())


@case
def head_of_a_bucket(sandbox):
    found = s3(sandbox).head_bucket(Bucket=BUCKET)
    assert found["BucketRegion"] == "us-east-1", found


@case
def head_of_a_missing_bucket(sandbox):
    response = refused("404", s3(sandbox).head_bucket, Bucket=unique())
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404 and response["Error"]["Message"] == "Not Found"


@case
def buckets_are_listed(sandbox):
    found = s3(sandbox).list_buckets()
    names = [bucket["Name"] for bucket in found["Buckets"]]
    assert BUCKET in names and names == sorted(names) and found["Owner"]["ID"]
    assert all(bucket["CreationDate"] for bucket in found["Buckets"])


@case
def buckets_are_listed_by_prefix_in_pages(sandbox):
    stem = unique()
    for number in range(3):
        s3(sandbox).create_bucket(Bucket=f"{stem}-{number}")
    first = s3(sandbox).list_buckets(Prefix=stem, MaxBuckets=2)
    assert [bucket["Name"] for bucket in first["Buckets"]] == [f"{stem}-0", f"{stem}-1"] and first["Prefix"] == stem
    second = s3(sandbox).list_buckets(Prefix=stem, MaxBuckets=2, ContinuationToken=first["ContinuationToken"])
    assert [bucket["Name"] for bucket in second["Buckets"]] == [f"{stem}-2"] and "ContinuationToken" not in second


@case
def xml_of_buckets(sandbox):
    answer = send(sandbox, "GET", "/")
    assert answer.status == 200 and answer.xml().tag == NAMESPACE + "ListAllMyBucketsResult", answer.body[:200]


@case
def an_object_is_waited_for(sandbox):
    key = place() + "a"
    put(sandbox, key)
    s3(sandbox).get_waiter("object_exists").wait(Bucket=BUCKET, Key=key, WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    s3(sandbox).get_waiter("bucket_exists").wait(Bucket=BUCKET, WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    s3(sandbox).get_waiter("object_not_exists").wait(Bucket=BUCKET, Key=key + "b", WaiterConfig={"Delay": 1, "MaxAttempts": 2})


# --- programs of others ----------------------------------------------------------------------------------------------

def aws(sandbox, *words):
    """What the AWS CLI prints."""
    program = os.path.join(os.path.dirname(sys.executable), "aws")
    command = [program, "--endpoint-url", sandbox.url, *words]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **ENVIRONMENT}, timeout=60)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout} {done.stderr}"
    return done.stdout


@case
def cli_copies_there_and_back(sandbox):
    with tempfile.TemporaryDirectory() as folder:
        here, there = pathlib.Path(folder), f"s3://{BUCKET}/{place()}"
        (here / "a b.csv").write_bytes(os.urandom(1_000))
        aws(sandbox, "s3", "cp", str(here / "a b.csv"), there + "a b.csv", "--metadata", "team=sales")
        aws(sandbox, "s3", "cp", there + "a b.csv", there + "copy.csv")
        aws(sandbox, "s3", "cp", there + "copy.csv", str(here / "back.csv"))
        assert (here / "back.csv").read_bytes() == (here / "a b.csv").read_bytes()
        head = s3(sandbox).head_object(Bucket=BUCKET, Key=there.split("/", 3)[3] + "copy.csv")
        assert head["Metadata"] == {"team": "sales"} and head["ContentType"] == "text/csv", head


@case
def cli_copies_what_is_large(sandbox):
    with tempfile.TemporaryDirectory() as folder:
        here, there = pathlib.Path(folder), f"s3://{BUCKET}/{place()}"
        (here / "large").write_bytes(os.urandom(MB) * 20)
        aws(sandbox, "s3", "cp", str(here / "large"), there + "large")
        aws(sandbox, "s3", "cp", there + "large", there + "copy")
        aws(sandbox, "s3", "cp", there + "copy", str(here / "back"))
        assert (here / "back").read_bytes() == (here / "large").read_bytes()


@case
def cli_moves_and_removes(sandbox):
    prefix = fill(sandbox, ["a", "b/c", "b/d"])
    aws(sandbox, "s3", "mv", f"s3://{BUCKET}/{prefix}a", f"s3://{BUCKET}/{prefix}e")
    assert listed(sandbox, prefix)[1] == ["b/c", "b/d", "e"]
    aws(sandbox, "s3", "rm", "--recursive", f"s3://{BUCKET}/{prefix}b/")
    assert listed(sandbox, prefix)[1] == ["e"]


@case
def cli_synchronizes(sandbox):
    with tempfile.TemporaryDirectory() as folder:
        here, prefix = pathlib.Path(folder), place()
        (here / "sub").mkdir()
        (here / "a").write_text("1")
        (here / "sub" / "b").write_text("2")
        aws(sandbox, "s3", "sync", folder, f"s3://{BUCKET}/{prefix}")
        assert listed(sandbox, prefix)[1] == ["a", "sub/b"]
        (here / "a").unlink()
        aws(sandbox, "s3", "sync", "--delete", folder, f"s3://{BUCKET}/{prefix}")
        assert listed(sandbox, prefix)[1] == ["sub/b"]


@case
def cli_makes_and_removes_a_bucket(sandbox):
    name = unique()
    aws(sandbox, "s3", "mb", f"s3://{name}")
    s3(sandbox).put_object(Bucket=name, Key="a", Body=b"x")
    assert "a" in aws(sandbox, "s3", "ls", f"s3://{name}")
    aws(sandbox, "s3", "rb", "--force", f"s3://{name}")
    refused("404", s3(sandbox).head_bucket, Bucket=name)


@case
def cli_makes_a_link(sandbox):
    key = place() + "a"
    put(sandbox, key)
    answer = fetch(sandbox, "GET", aws(sandbox, "s3", "presign", f"s3://{BUCKET}/{key}").strip())
    assert answer.status == 200 and answer.body == b"hello", (answer.status, answer.body)


def arrow(sandbox):
    """AWS's SDK for C++, as pyarrow has it."""
    from pyarrow import fs
    host = sandbox.url.split("//")[1]
    return fs, fs.S3FileSystem(access_key="AKIACLIENTS", secret_key="x", region="us-east-1", endpoint_override=host, scheme="http")


@case
def arrow_writes_and_reads(sandbox):
    _, files = arrow(sandbox)
    path, body = f"{BUCKET}/{place()}a b", os.urandom(100_000)
    with files.open_output_stream(path, metadata={"Content-Type": "text/csv", "team": "sales"}) as stream:
        stream.write(body)
    assert files.open_input_file(path).read() == body
    head = s3(sandbox).head_object(Bucket=BUCKET, Key=path.split("/", 1)[1])
    assert head["ContentType"] == "text/csv", head


@case
def arrow_writes_in_parts(sandbox):
    _, files = arrow(sandbox)
    path, body = f"{BUCKET}/{place()}a", os.urandom(MB) * 25
    with files.open_output_stream(path) as stream:
        for at in range(0, len(body), 3 * MB):
            stream.write(body[at:at + 3 * MB])
    assert files.open_input_file(path).read() == body


@case
def arrow_lists_copies_and_deletes(sandbox):
    fs, files = arrow(sandbox)
    prefix = fill(sandbox, ["a", "b/c", "b/d e"])
    root = f"{BUCKET}/{prefix}"
    files.copy_file(root + "b/d e", root + "b/f+g")
    found = files.get_file_info(fs.FileSelector(root, recursive=True))
    assert sorted((one.path[len(root):], one.size) for one in found if one.is_file) == [("a", 1), ("b/c", 3), ("b/d e", 5), ("b/f+g", 5)]
    assert files.get_file_info(root + "b").type == fs.FileType.Directory
    assert files.get_file_info(root + "nothing").type == fs.FileType.NotFound
    files.delete_dir(root + "b")
    # The directory above is made sure of with an empty object.
    assert [key for key in listed(sandbox, prefix)[1] if key and not key.endswith("/")] == ["a"]


@case
def arrow_writes_and_reads_a_data_set(sandbox):
    import pyarrow
    from pyarrow import dataset
    _, files = arrow(sandbox)
    root = f"{BUCKET}/{place()}table"
    table = pyarrow.table({"day": ["1", "1", "2"], "n": [1, 2, 3]})
    dataset.write_dataset(table, root, format="parquet", partitioning=["day"], partitioning_flavor="hive", filesystem=files)
    found = dataset.dataset(root, format="parquet", partitioning="hive", filesystem=files).to_table()
    assert sorted(found["n"].to_pylist()) == [1, 2, 3] and set(found.column_names) == {"day", "n"}


def prepare(endpoint):
    with_bucket = s3(endpoint)
    try:
        with_bucket.head_bucket(Bucket=BUCKET)
    except ClientError:
        with_bucket.create_bucket(Bucket=BUCKET)
    eventually(lambda: with_bucket.head_bucket(Bucket=BUCKET))


if __name__ == "__main__":
    main(__doc__, prepare)
