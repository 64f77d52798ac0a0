"""The sandbox's Athena beside DuckDB: every function, operator, cast and form of query that both have, row by row.

Each line of CASES is an expression in Trino's SQL over columns of edge values (COLUMNS), where DuckDB writes it otherwise
followed by `=>` and DuckDB's way, and where some rows are no question of right or wrong by `  where ` and the rows to take.
The expression is evaluated for every combination of its columns' values. AGGREGATES are evaluated for each group of `facts`,
QUERIES are whole statements. Answers are compared as text: doubles to 14 significant digits and reals to 6, times without
the zeros at their end, maps with their entries in the order of the alphabet. What differs in DuckDB by design stands in
TRINO with the value that Trino gives and where that is written: a page of trino.io/docs/current or a class of Trino's tests.
"""

import argparse
import datetime
import decimal
import itertools
import os
import re
import sys
import tempfile
import time

import boto3
import duckdb

from endpoint import ENVIRONMENT, Sandbox

# The columns of edge values: type in Trino, type in DuckDB if another, and the values, which both can cast to the type.
COLUMNS = {
    "text": ("varchar", None, """NULL|''|'a'|'Quadratically'|'  padded  '|'a,b,,c'|','|'Straße'|'ÀÉÎõü'|'日本語テキスト'|'e\u0301te\u0301'|'👍🏽 ok 👩‍👩‍👧'|'𝒳𝒴'|'It''s'|'100%_\\x'|'ΣΊΣΥΦΟΣ'|'ABCabc012'|'xyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxy'"""),
    "ascii": ("varchar", None, """NULL|''|'a'|'kitten'|'sitting'|'Quadratically'|'abc'|'acb'|'ABC'|'a b c'"""),
    "ascii2": ("varchar", None, """NULL|''|'b'|'kitten'|'mitten'|'abc'|'cab'|'x'"""),
    "part": ("varchar", None, """NULL|','|'a'|'ally'|'ß'|'本語'|'\u0301'|'👍🏽'|'𝒴'|'zz'|'b,'|'xy'|' '"""),
    "fill": ("varchar", None, """NULL|'x'|'né'|'👍'|' '"""),
    "place": ("bigint", None, "NULL|0|1|2|3|7|13|14|100|-1|-2|-5|-13|-14"),
    "count": ("bigint", None, "NULL|0|1|2|5|13|100"),
    "whole": ("bigint", None, "NULL|0|1|-1|2|-2|3|7|-7|10|-10|100|255|1000000007|-2147483648|2147483648|4611686018427387904|9223372036854775807|-9223372036854775807"),
    "whole2": ("bigint", None, "NULL|0|1|-1|2|3|-3|10|63|1000000007|9223372036854775807|-9223372036854775807"),
    "integer": ("integer", None, "NULL|0|1|-1|7|-7|2147483647|-2147483648"),
    "integer2": ("integer", None, "NULL|0|1|-1|3|2147483647|-2147483648"),
    "small": ("smallint", None, "NULL|0|1|-1|32767|-32768"),
    "tiny": ("tinyint", None, "NULL|0|1|-1|127|-128"),
    "shift": ("integer", None, "0|1|2|8|31|62"),
    "digits": ("integer", None, "NULL|0|1|2|5|-1|-2"),
    "base": ("integer", None, "2|3|8|10|16|36"),
    "double": ("double", None, "NULL|0e0|-0e0|1e0|-1e0|0.5e0|-0.5e0|1.5e0|2.5e0|-2.5e0|0.1e0|123.456e0|-123.456e0|1e-10|1e15|123456789.987e0|1e18|-1e19|1e300|-1e300|4.9e-324|nan()|infinity()|-infinity()"),
    "double2": ("double", None, "NULL|0e0|1e0|-1e0|2e0|0.5e0|3e0|-2.5e0|1e300|nan()|infinity()|-infinity()"),
    "real": ("real", None, "NULL|0e0|1e0|-1e0|0.1e0|-2.5e0|1e10|1e38|nan()|infinity()|-infinity()"),
    "real2": ("real", None, "NULL|0e0|1e0|-1.5e0|3e0|1e38|nan()|infinity()"),
    "decimal": ("decimal(18,4)", None, "NULL|0|1|-1|0.5|-0.5|2.5|-2.5|1.0001|-1.9999|123.4567|99999.9999|-99999.9999|12345678901234.5678|-99999999999999.9999"),
    "decimal2": ("decimal(12,2)", None, "NULL|0|1|-1|0.30|-0.07|2.50|1000000.01"),
    "big": ("decimal(38,5)", None, "NULL|0|1.5|-1.5|'123456789012345678901234567890.12345'|'-123456789012345678901234567890.12345'|'999999999999999999999999999999999.99999'"),
    "big2": ("decimal(30,2)", None, "NULL|0|-1.25|'1234567890123456789012345678.99'"),
    "flag": ("boolean", None, "NULL|true|false"),
    "word": ("varchar", None, "NULL|'true'|'TRUE'|'t'|'false'|'F'|'1'|'0'|'x'|''"),
    "flag2": ("boolean", None, "NULL|true|false"),
    "day": ("date", None, "NULL|'1970-01-01'|'2020-02-29'|'2021-02-28'|'2024-12-31'|'2020-12-31'|'2021-01-01'|'2021-01-03'|'2021-01-04'|'2024-03-31'|'2024-01-31'|'2026-06-30'|'2000-02-29'|'1900-03-01'|'1900-02-28'|'1969-12-31'|'1600-02-29'|'0001-01-01'|'9999-12-31'|'2024-10-27'|'2008-12-29'|'2010-01-03'"),
    "day2": ("date", None, "NULL|'1970-01-01'|'2020-02-29'|'2020-03-31'|'2021-02-28'|'2024-12-31'|'1899-12-31'|'2024-02-29'|'2023-01-31'"),
    "moment": ("timestamp(3)", "timestamp", "NULL|'1970-01-01 00:00:00'|'2020-02-29 23:59:59.999'|'2021-01-03 12:34:56.789'|'2024-12-31 23:00:00'|'2024-01-31 00:00:00.001'|'1969-12-31 23:59:59.999'|'1900-01-01 00:00:01'|'2026-03-08 02:30:00'|'2026-11-01 01:30:00'|'2024-03-31 02:15:00.5'|'9999-12-31 23:59:59'|'0001-01-01 00:00:00'|'2008-12-29 07:08:09'"),
    "moment2": ("timestamp(3)", "timestamp", "NULL|'1970-01-01 00:00:00'|'2020-02-29 00:00:00'|'2020-03-31 23:59:59.999'|'2024-12-31 22:59:59.999'|'1969-12-31 00:00:00.001'|'2024-02-29 12:00:00'|'2021-01-31 12:34:56.788'"),
    "fine": ("timestamp(6)", "timestamp", "NULL|'2020-02-29 23:59:59.999999'|'1969-12-31 23:59:59.000001'|'2021-01-03 12:34:56.789012'|'2021-01-03 12:34:56.5'"),
    "instant": ("timestamp(3) with time zone", "timestamptz", "NULL|'1970-01-01 00:00:00 UTC'|'2026-01-01 02:00:00 UTC'|'2026-03-08 06:59:59.999 UTC'|'2026-03-08 07:00:00 UTC'|'2026-11-01 05:30:00 UTC'|'2026-11-01 06:30:00 UTC'|'2026-03-29 00:59:59 UTC'|'2026-03-29 01:00:00 UTC'|'2026-10-25 00:30:00 UTC'|'2026-10-25 01:30:00 UTC'|'2020-02-29 23:59:59.123 UTC'|'1969-07-20 20:17:40 UTC'|'2024-12-31 18:30:00 UTC'|'2099-07-01 12:00:00 UTC'"),
    "instant2": ("timestamp(3) with time zone", "timestamptz", "NULL|'1970-01-01 00:00:00 UTC'|'2026-03-08 07:00:00 UTC'|'2026-11-01 06:30:00 UTC'|'2026-10-25 01:30:00 UTC'|'2020-02-29 23:59:59.124 UTC'"),
    "zone": ("varchar", None, "'UTC'|'America/New_York'|'Europe/Berlin'|'Asia/Kolkata'|'Asia/Kathmandu'|'America/St_Johns'|'Australia/Lord_Howe'|'Pacific/Auckland'"),
    "seconds": ("double", None, "NULL|0e0|1e0|-1e0|0.5e0|-0.001e0|1767232800e0|1767232800.789e0|951782400e0|4102444800e0"),
    "clock": ("time(3)", "time", "NULL|'00:00:00'|'23:59:59.999'|'12:34:56.789'|'01:02:03'"),
    "list": ("array(bigint)", "bigint[]", "NULL|ARRAY[]|ARRAY[NULL]|ARRAY[1]|ARRAY[3,1,2]|ARRAY[1,1,NULL,2,NULL,2]|ARRAY[-1,-2,NULL]|ARRAY[5,4,3,2,1,0,-1]|ARRAY[9223372036854775807,-9223372036854775807]|ARRAY[NULL,2,1]"),
    "list2": ("array(bigint)", "bigint[]", "NULL|ARRAY[]|ARRAY[NULL]|ARRAY[1]|ARRAY[2,3]|ARRAY[2,NULL]|ARRAY[7,8,9]|ARRAY[1,2,3,4,5,6]"),
    "words": ("array(varchar)", "varchar[]", "NULL|ARRAY[]|ARRAY[NULL]|ARRAY['']|ARRAY['b','a','c']|ARRAY['a',NULL,'b','a']|ARRAY['é','z','Z','日本','👍','ａ']|ARRAY['a, b','c']"),
    "words2": ("array(varchar)", "varchar[]", "NULL|ARRAY[]|ARRAY[NULL]|ARRAY['a','b']|ARRAY['日本','z']"),
    "doubles": ("array(double)", "double[]", "NULL|ARRAY[]|ARRAY[1e0,NULL,2.5e0]|ARRAY[1.5e0,-2e0,0e0]|ARRAY[infinity(),-infinity(),1e10]"),
    "lists": ("array(array(bigint))", "bigint[][]", "NULL|ARRAY[]|ARRAY[ARRAY[1,2],ARRAY[3]]|ARRAY[ARRAY[1],NULL,ARRAY[]]|ARRAY[ARRAY[NULL,2]]"),
    "map1": ("map(varchar,bigint)", None, "NULL|MAP(ARRAY[],ARRAY[])|MAP(ARRAY['a'],ARRAY[1])|MAP(ARRAY['a','b'],ARRAY[1,NULL])|MAP(ARRAY['é','','日本'],ARRAY[-1,0,1])"),
    "map2": ("map(varchar,bigint)", None, "MAP(ARRAY[],ARRAY[])|MAP(ARRAY['a'],ARRAY[2])|MAP(ARRAY['b','c'],ARRAY[5,NULL])"),
    "bytes": ("varbinary", "blob", "NULL|to_utf8('')|to_utf8('hello')|to_utf8('日本👍')|from_hex('00FF10')|from_hex('7F80')|to_utf8('The quick brown fox jumps over the lazy dog')"),
    "bytes2": ("varbinary", "blob", "NULL|to_utf8('')|to_utf8('hello')|from_hex('00FF')"),
    "json": ("varchar", None, """NULL|'1'|'null'|'true'|'"text"'|'[]'|'{}'|'[1,2,3]'|'[1,"a",null,true,{"b":[2]}]'|'{"a":1}'|'{"a":{"b":[10,20,{"c":"日本"}]},"x y":2,"n":null}'|'{"a":"1","b":1.5,"c":false}'|'"e\\u0301 \\"q\\""'|'[[1],[2,[3]]]'|'-12.50'|'{"a":[]}'"""),
    "number_text": ("varchar", None, "NULL|'0'|'1'|'-1'|'+7'|'007'|'2147483648'|'9223372036854775807'|'9223372036854775808'|'abc'|''|'1x'|'--1'"),
    "double_text": ("varchar", None, "NULL|'0'|'1.5'|'-1.5e3'|'1E-5'|'.5'|'5.'|'abc'|''|'1e400'|'-0'|'Infinity'|'-Infinity'|'NaN'"),
    "decimal_text": ("varchar", None, "NULL|'0'|'1.5'|'-1.005'|'1.004999'|'99999.99'|'-0.001'|'abc'|''"),
    "date_text": ("varchar", None, "NULL|'2020-02-29'|'2021-02-29'|'2024-12-31'|'2024-13-01'|'2024-00-10'|'abc'|''|'0001-01-01'|'9999-12-31'"),
    "moment_text": ("varchar", None, "NULL|'2020-02-29 23:59:59.999'|'2020-02-29 23:59:59'|'2020-02-29 23:59'|'2020-02-29'|'2021-02-29 00:00:00'|'2020-01-01 24:00:00'|'2020-01-01 00:60:00'|'x'|''|'1969-12-31 00:00:00.001'"),
    "hex": ("varchar", None, "NULL|''|'00'|'ff'|'DEADBEEF'|'0a0B'|'zz'"),
    "url": ("varchar", None, "NULL|''|'a b'|'http://test?a=b&c=d'|'日本'|'a-b_c.d'|'100%'|'é/ü'|'👍'"),
}

MACROS = """
SET TimeZone = 'UTC';
CREATE MACRO is_nan(a) AS isnan(a);
CREATE MACRO is_finite(a) AS isfinite(a);
CREATE MACRO is_infinite(a) AS isinf(a);
CREATE MACRO nan() AS 'nan'::double;
CREATE MACRO infinity() AS 'infinity'::double;
CREATE MACRO to_utf8(a) AS encode(a);
CREATE MACRO characters(a) AS list_transform(range(1, length(a) + 1), i -> substr(a, i, 1));
CREATE MACRO tail(a, n) AS CASE WHEN a IS NULL THEN NULL WHEN n = 0 OR abs(n) > length(a) THEN '' ELSE substr(a, n) END;
CREATE MACRO head(a, n) AS CASE WHEN a IS NULL THEN NULL WHEN n <= 0 THEN '' ELSE substr(a, 1, n) END;
CREATE MACRO glued(a, d) AS coalesce(list_reduce(a, (x, y) -> x || d || y), '');
CREATE MACRO pieces(a, d, n) AS CASE WHEN a IS NULL OR d IS NULL THEN NULL WHEN len(string_split(a, d)) <= n THEN string_split(a, d)
    ELSE list_append(string_split(a, d)[:n - 1], glued(string_split(a, d)[n:], d)) END;
CREATE MACRO half_up(a) AS CASE WHEN a < 0 THEN -floor(-a + 0.5) ELSE floor(a + 0.5) END;
CREATE MACRO matched(a, pattern, g) AS CASE WHEN regexp_matches(a, pattern) THEN regexp_extract(a, pattern, g) END;
CREATE MACRO known(a) AS a IS NOT NULL;
CREATE MACRO unless_null(a, answer) AS CASE WHEN a IS NOT NULL THEN answer END;
CREATE MACRO distinct_once(a) AS list_filter(a, (e, i) -> CASE WHEN e IS NULL THEN len(list_filter(a[:i - 1], o -> o IS NULL)) = 0 ELSE NOT list_contains(a[:i - 1], e) END);
CREATE MACRO has_null(a) AS len(list_filter(a, e -> e IS NULL)) > 0;
CREATE MACRO holds(a, e) AS CASE WHEN e IS NULL THEN has_null(a) ELSE list_contains(a, e) END;
CREATE MACRO as_zone(a, z) AS strftime(timezone(z, a), '%Y-%m-%d %H:%M:%S.%g') || ' ' || z;
CREATE MACRO ascending(a) AS list_sort(a, 'ASC', 'NULLS LAST');
"""


# A line: Trino's expression, DuckDB's after =>, the rows to take after two blanks and where.
CASES = r"""
# text
length(text)
upper(text)  where strpos(text, 'ß') = 0 => upper(text)
lower(text)
reverse(text) => array_to_string(list_reverse(characters(text)), '')
text || '|' || text
concat(text, '-', part) => text || '-' || part
concat_ws('-', text, part, fill)
concat_ws(fill, part, 'é')
concat_ws(',', words) => unless_null(words, coalesce(array_to_string(words, ','), ''))
substr(text, place) => tail(text, place)
substr(text, place, count) => unless_null(count, head(tail(text, place), count))
substring(text, place) => tail(text, place)
substring(text FROM place FOR count) => unless_null(count, head(tail(text, place), count))
strpos(text, part)
position(part IN text)
starts_with(text, part)
replace(text, part)  => replace(text, part, '')
replace(text, part, fill)
trim(text)
ltrim(text)
rtrim(text)
trim(BOTH 'ax ' FROM text) => trim(text, 'ax ')
trim(LEADING 'aQ ' FROM text) => ltrim(text, 'aQ ')
trim(TRAILING 'y ' FROM text) => rtrim(text, 'y ')
lpad(text, count, fill) => lpad(text, CAST(count AS integer), fill)
rpad(text, count, fill) => rpad(text, CAST(count AS integer), fill)
split(text, part) => unless_null(part, string_split(text, part))
split(text, part, 2) => pieces(text, part, 2)
split(text, part, 3) => pieces(text, part, 3)
cardinality(split(text, part)) => unless_null(part, len(string_split(text, part)))
split_part(text, part, 1) => unless_null(part, string_split(text, part)[1])
split_part(text, part, 2) => unless_null(part, string_split(text, part)[2])
split_part(text, part, 4) => unless_null(part, string_split(text, part)[4])
translate(text, 'aly日', 'ALY')
translate(text, part, fill)
codepoint(CAST(part AS varchar(1)))  where length(part) = 1 => unicode(part)
chr(codepoint(CAST(part AS varchar(1))))  where length(part) = 1 => chr(unicode(part))
chr(whole)  where whole BETWEEN 1 AND 255 => chr(CAST(whole AS integer))
levenshtein_distance(ascii, ascii2) => levenshtein(ascii, ascii2)
try(hamming_distance(ascii, ascii2)) => CASE WHEN length(ascii) = length(ascii2) AND ascii <> '' THEN hamming(ascii, ascii2) WHEN ascii = '' AND ascii2 = '' THEN 0 END
normalize(text, NFC) => nfc_normalize(text)
length(normalize(text)) => length(nfc_normalize(text))
text = part
text <> part
text < part
text <= part
text > part
text >= part
text BETWEEN part AND 'z'
text NOT BETWEEN part AND 'z'
text IN ('a', ',', part)
text NOT IN ('a', part)
text IS NULL
text IS NOT DISTINCT FROM part
text IS DISTINCT FROM part
text LIKE '%a%'
text LIKE '_'
text LIKE '__'
text LIKE '%'
text LIKE part
text LIKE part || '%'
text NOT LIKE '%' || part
text LIKE '%\_%' ESCAPE '\'
text LIKE '100#%%' ESCAPE '#'
coalesce(text, part, 'none')
nullif(text, part)
if(text = part, 'same', 'other') => CASE WHEN text = part THEN 'same' ELSE 'other' END
if(text > part, text) => CASE WHEN text > part THEN text END
CASE text WHEN 'a' THEN 1 WHEN part THEN 2 ELSE 3 END
CASE WHEN text IS NULL THEN 'null' WHEN text = '' THEN 'empty' END
greatest(text, part, 'm') => CASE WHEN known(text) AND known(part) THEN greatest(text, part, 'm') END
least(text, part, 'm') => CASE WHEN known(text) AND known(part) THEN least(text, part, 'm') END
to_utf8(text)
length(to_utf8(text)) => octet_length(encode(text))
from_utf8(to_utf8(text)) => text
to_hex(to_utf8(text)) => hex(encode(text))
CAST(text AS varchar(3)) => substr(text, 1, 3)
CAST(text AS varchar(20)) => substr(text, 1, 20)
rtrim(CAST(text AS char(10))) => rtrim(substr(text, 1, 10))
length(CAST(text AS char(10))) => unless_null(text, 10)
url_encode(url) => replace(replace(url_encode(url), '%20', '+'), '~', '%7E')
url_decode(url_encode(url)) => url
url_decode(url)  where url NOT LIKE '%\%' ESCAPE '\' => url_decode(url)
regexp_like(text, 'a') => regexp_matches(text, 'a')
regexp_like(text, '^[A-Z]') => regexp_matches(text, '^[A-Z]')
regexp_like(text, '[^ -~]') => regexp_matches(text, '[^ -~]')
regexp_like(text, '^$') => regexp_matches(text, '^$')
regexp_like(text, '(?i)QUAD') => regexp_matches(text, '(?i)QUAD')
regexp_like(text, '\p{Lu}') => regexp_matches(text, '\p{Lu}')
regexp_extract(text, '[a-z]+') => matched(text, '[a-z]+', 0)
regexp_extract(text, '([A-Za-z])([a-z])', 2) => matched(text, '([A-Za-z])([a-z])', 2)
regexp_extract(text, '(.)$', 1) => matched(text, '(.)$', 1)
regexp_extract_all(text, '[a-z]')
regexp_extract_all(text, '([a-z])(.)', 2)
regexp_extract_all(text, '.')
regexp_replace(text, '[aeiou]') => regexp_replace(text, '[aeiou]', '', 'g')
regexp_replace(text, '[aeiou]', '<é>') => regexp_replace(text, '[aeiou]', '<é>', 'g')
regexp_replace(text, '(.)(.)', '$2$1') => regexp_replace(text, '(.)(.)', '\2\1', 'g')
regexp_replace(text, '^', '>') => regexp_replace(text, '^', '>', 'g')
regexp_replace(text, '([a-z])', x -> upper(x[1]))  where text IN ('a', 'ABCabc012', 'a,b,,c') => upper(text)
regexp_split(text, '[, ]') => string_split_regex(text, '[, ]')
regexp_split(text, 'l+|,+') => string_split_regex(text, 'l+|,+')
regexp_count(text, '[a-z]') => len(regexp_extract_all(text, '[a-z]'))
regexp_count(text, '..') => len(regexp_extract_all(text, '..'))
regexp_position(text, '[b-z]') => unless_null(text, coalesce(nullif(strpos(regexp_replace(text, '[b-z]', chr(1)), chr(1)), 0), -1))

# bytes
length(bytes) => octet_length(bytes)
to_hex(bytes) => hex(bytes)
to_base64(bytes) => base64(bytes)
to_base64url(bytes) => replace(replace(base64(bytes), '+', '-'), '/', '_')
from_base64(to_base64(bytes)) => bytes
from_base64url(to_base64url(bytes)) => bytes
from_base32(to_base32(bytes)) => bytes
from_hex(to_hex(bytes)) => bytes
md5(bytes) => unhex(md5(bytes))
sha1(bytes) => unhex(sha1(bytes))
sha256(bytes) => unhex(sha256(bytes))
bytes || bytes2
concat(bytes, bytes2) => bytes || bytes2
bytes = bytes2
bytes < bytes2
bytes >= bytes2
bytes IS DISTINCT FROM bytes2
try(from_hex(hex)) => try(unhex(hex))
substr(bytes, 2, 3) => unhex(substr(hex(bytes), 3, 6))
reverse(bytes) => unhex(array_to_string(list_transform(range(octet_length(bytes) - 1, -1, -1), i -> substr(hex(bytes), 2 * i + 1, 2)), ''))
from_big_endian_64(to_big_endian_64(whole)) => whole
to_big_endian_32(integer) => unhex(lpad(right(hex(CAST(integer AS bigint)), 8), 8, '0'))
from_ieee754_64(to_ieee754_64(double)) => double

# whole numbers
whole + 1  where whole < 9223372036854775807
try(whole + whole2)
try(whole - whole2)
try(whole * whole2)
try(whole / whole2) => CASE WHEN whole2 <> 0 THEN whole // whole2 END
try(whole % whole2) => CASE WHEN whole2 <> 0 THEN whole % whole2 END
try(mod(whole, whole2)) => CASE WHEN whole2 <> 0 THEN whole % whole2 END
try(integer + integer2)
try(integer - integer2)
try(integer * integer2)
try(integer / integer2) => CASE WHEN integer2 <> 0 THEN try(CAST(CAST(integer AS bigint) // integer2 AS integer)) END
try(integer % integer2) => CASE WHEN integer2 <> 0 THEN CAST(integer AS bigint) % integer2 END
try(-integer)
try(abs(integer))
try(small + small)
try(small * small)
try(tiny + tiny)
try(tiny * tiny)
try(tiny - tiny)
try(abs(small))
small + integer  where small = 1 AND integer = 7
tiny + whole  where whole BETWEEN -100 AND 100
integer * double
whole * 1.0e0 => CAST(whole AS double)
abs(whole)
-whole
+whole
sign(whole)
ceil(whole) => whole
floor(whole) => whole
round(whole) => whole
round(integer, digits)  where integer BETWEEN -99 AND 99 => CASE digits WHEN -1 THEN CAST(round(integer, -1) AS integer) WHEN -2 THEN CAST(round(integer, -2) AS integer) ELSE unless_null(digits, integer) END
truncate(CAST(whole AS double)) => trunc(CAST(whole AS double))
sqrt(CAST(abs(whole) AS double))
whole = whole2
whole <> whole2
whole < whole2
whole >= whole2
whole BETWEEN whole2 AND 100
whole IN (1, 2, whole2)
whole NOT IN (1, NULL, whole2)
whole IS NOT DISTINCT FROM whole2
greatest(whole, whole2) => CASE WHEN known(whole) AND known(whole2) THEN greatest(whole, whole2) END
least(whole, whole2, 5) => CASE WHEN known(whole) AND known(whole2) THEN least(whole, whole2, 5) END
nullif(whole, whole2)
coalesce(whole, whole2, 0)
bitwise_and(whole, whole2) => whole & whole2
bitwise_or(whole, whole2) => whole | whole2
bitwise_xor(whole, whole2) => xor(whole, whole2)
bitwise_not(whole) => ~whole
bitwise_left_shift(whole, shift)  where whole BETWEEN 0 AND 1 => CASE WHEN shift = 62 THEN whole * 4611686018427387904 ELSE whole << CAST(shift AS bigint) END
bitwise_right_shift(whole, shift)  where whole >= 0 => whole >> CAST(shift AS bigint)
bitwise_right_shift_arithmetic(whole, shift) => whole >> CAST(shift AS bigint)
bit_count(whole, 64) => CAST(bit_count(whole) AS bigint)
to_base(whole, base)  where whole >= 0 => lower(to_base(whole, base))
to_base(whole, base)  where whole < 0 => '-' || lower(to_base(-whole, base))
from_base(to_base(whole, base), base) => whole
from_base('101', base) => base * base + 1
width_bucket(double, -10, 10, 4)  where is_finite(double) => CASE WHEN double < -10 THEN 0 WHEN double >= 10 THEN 5 ELSE CAST(floor((double + 10) / 5) AS bigint) + 1 END
CAST(whole AS varchar)
CAST(whole AS double)
try(CAST(whole AS integer))
try(CAST(whole AS smallint))
try(CAST(integer AS tinyint))
CAST(whole AS boolean)
try(CAST(whole AS decimal(12,2)))
CAST(whole AS decimal(38,5))
try(CAST(number_text AS bigint))
try(CAST(number_text AS integer))
try_cast(number_text AS bigint)
try_cast(number_text AS integer)
try_cast(double_text AS double)  where double_text <> '1e400'
try_cast(number_text AS decimal(10,0))  where number_text <> '1x'
try_cast(decimal_text AS decimal(7,2))
CAST(whole AS varchar) || text  where text = 'a'

# doubles and reals
double + double2
double - double2
double * double2
double / double2
try(double % double2) => CASE WHEN double IS NULL OR double2 IS NULL OR is_nan(double) OR is_finite(double2) THEN double % double2 WHEN is_nan(double2) OR is_infinite(double) THEN nan() ELSE double END
-double
abs(double)
sign(double)  where NOT is_nan(double) => CASE WHEN double = 0 THEN double ELSE CAST(sign(double) AS double) END
ceil(double)
ceiling(double)
floor(double)
round(double)
round(double, digits)  where is_finite(double) AND digits >= 0 AND abs(double) < 1e9
round(double, digits)  where is_finite(double) AND digits < 0 AND abs(double) < 1e9
truncate(double) => trunc(double)
sqrt(double) => CASE WHEN double < 0 THEN nan() ELSE sqrt(double) END
cbrt(double)
exp(double)
ln(double) => CASE WHEN double < 0 THEN nan() WHEN double = 0 THEN -infinity() ELSE ln(double) END
log2(double) => CASE WHEN double < 0 THEN nan() WHEN double = 0 THEN -infinity() ELSE log2(double) END
log10(double) => CASE WHEN double < 0 THEN nan() WHEN double = 0 THEN -infinity() ELSE log10(double) END
log(2e0, double)  where double > 0 AND is_finite(double) => log(2e0, double)
log(base, double)  where double > 0 AND is_finite(double) => ln(double) / ln(base)
power(double, double2) => CASE WHEN abs(double) = 1 AND is_infinite(double2) OR double = 1 AND is_nan(double2) THEN nan() ELSE power(double, double2) END
pow(double, 2)
power(whole, 2)
sin(double)  where is_finite(double)
cos(double)  where is_finite(double)
tan(double)  where is_finite(double)
asin(double)  where abs(double) <= 1
acos(double)  where abs(double) <= 1
atan(double)
atan2(double, double2)
sinh(double)
cosh(double)
tanh(double)
degrees(double)
radians(double)
pi() * integer
exp(1) * double => exp(1) * double
is_nan(double) => isnan(double)
is_finite(double) => isfinite(double)
is_infinite(double) => isinf(double)
double < double2  where NOT is_nan(double) AND NOT is_nan(double2)
double = double2  where NOT is_nan(double) AND NOT is_nan(double2)
double <> double2  where NOT is_nan(double) AND NOT is_nan(double2)
double >= double2  where NOT is_nan(double) AND NOT is_nan(double2)
double BETWEEN double2 AND 1e6  where NOT is_nan(double) AND NOT is_nan(double2)
double IN (1, double2)  where NOT is_nan(double) AND NOT is_nan(double2)
double IS NOT DISTINCT FROM double2
greatest(double, double2)  where NOT is_nan(double) AND NOT is_nan(double2)
least(double, double2, 1e0)  where NOT is_nan(double) AND NOT is_nan(double2)
nullif(double, double2)  where NOT is_nan(double)
CAST(double AS real)  where abs(double) < 1e19
try(CAST(double AS bigint)) => CASE WHEN abs(double) < 9e18 THEN CAST(half_up(double) AS bigint) END
try(CAST(double AS integer)) => CASE WHEN abs(double) < 2e9 THEN CAST(half_up(double) AS integer) END
CAST(double AS boolean)  where NOT is_nan(double)
try(CAST(double AS decimal(20,4)))  where abs(double) < 1e9 => CAST(double AS decimal(20, 4))
CAST(CAST(double AS varchar) AS double) => double
real + real2
real - real2
real * real2
real / real2
-real
abs(real)
floor(real)
ceil(real)
round(real)
real < real2  where NOT is_nan(real) AND NOT is_nan(real2)
real = real2  where NOT is_nan(real) AND NOT is_nan(real2)
CAST(real AS double)
try(CAST(real AS integer)) => CASE WHEN abs(real) < 2e9 THEN CAST(half_up(real) AS integer) END
real * double  where is_finite(real) AND abs(double) BETWEEN 1e-3 AND 1e9

# decimals
decimal + decimal2
decimal - decimal2
decimal * decimal2 => CAST(decimal AS decimal(26, 4)) * decimal2
decimal + 1
decimal * 2 => CAST(decimal AS decimal(26, 4)) * 2
decimal - whole  where abs(whole) < 1000
decimal + double2
decimal * double2
try(big + big2)
try(big - big2)
-decimal
+decimal
abs(decimal)
sign(decimal) => unless_null(decimal, CAST(sign(decimal) AS integer))
ceil(decimal)
floor(decimal)
round(decimal) => CAST(round(decimal, 0) AS decimal(18, 0))
round(decimal, digits)  where digits BETWEEN 0 AND 5 => CAST(CASE digits WHEN 0 THEN round(decimal, 0) WHEN 1 THEN round(decimal, 1) WHEN 2 THEN round(decimal, 2) ELSE decimal END AS decimal(19, 4))
truncate(decimal) => CAST(trunc(CAST(decimal AS decimal(38, 4))) AS decimal(18, 0))
decimal = decimal2
decimal < decimal2
decimal >= decimal2
decimal BETWEEN decimal2 AND 100
decimal IN (1, decimal2)
decimal = double2  where is_finite(double2)
decimal > whole
big > big2
big = decimal
decimal IS DISTINCT FROM decimal2
greatest(decimal, decimal2) => CASE WHEN known(decimal) AND known(decimal2) THEN greatest(CAST(decimal AS decimal(18, 4)), CAST(decimal2 AS decimal(18, 4))) END
coalesce(decimal2, decimal, 0) => CAST(coalesce(decimal2, decimal, 0) AS decimal(18, 4))
nullif(decimal, decimal2)
CASE WHEN flag THEN decimal ELSE decimal2 END => CAST(CASE WHEN flag THEN decimal ELSE decimal2 END AS decimal(18, 4))
CAST(decimal AS varchar)
CAST(decimal AS double)
CAST(decimal AS bigint)
try(CAST(decimal AS integer))
CAST(decimal AS decimal(38,10))
CAST(decimal AS decimal(18,1))
CAST(decimal AS decimal(18,0))
try(CAST(decimal AS decimal(6,2)))
CAST(big AS varchar)
CAST(big AS double)
try(CAST(big AS bigint))
try(CAST(big AS decimal(20,2)))
CAST(decimal AS boolean)
decimal % decimal2  where decimal2 <> 0
mod(decimal, decimal2)  where decimal2 <> 0 => decimal % decimal2

# booleans
flag AND flag2
flag OR flag2
NOT flag
flag = flag2
flag <> flag2
flag < flag2
flag IS NOT DISTINCT FROM flag2
flag IS NULL OR flag2
coalesce(flag, flag2)
nullif(flag, flag2)
CAST(flag AS varchar)
CAST(flag AS integer)
CAST(flag AS bigint)
CAST(flag AS double)
try_cast(word AS boolean)
if(flag, 1, 2) => CASE WHEN flag THEN 1 ELSE 2 END
if(flag AND flag2, 1) => CASE WHEN flag AND flag2 THEN 1 END
CASE flag WHEN true THEN 'yes' WHEN false THEN 'no' ELSE 'unknown' END
greatest(flag, flag2) => CASE WHEN known(flag) AND known(flag2) THEN flag OR flag2 END

# dates
year(day)
quarter(day)
month(day)
day(day)
day_of_month(day) => day(day)
day_of_week(day) => isodow(day)
dow(day) => isodow(day)
day_of_year(day) => dayofyear(day)
doy(day) => dayofyear(day)
week(day)
week_of_year(day) => weekofyear(day)
year_of_week(day) => isoyear(day)
yow(day) => isoyear(day)
extract(YEAR FROM day)
extract(QUARTER FROM day)
extract(MONTH FROM day)
extract(WEEK FROM day)
extract(DAY FROM day)
extract(DOW FROM day) => isodow(day)
extract(DOY FROM day)
extract(YOW FROM day) => isoyear(day)
last_day_of_month(day) => last_day(day)
date_trunc('day', day) => day
date_trunc('week', day)  where day > DATE '0001-01-02' => CAST(date_trunc('week', day) AS date)
date_trunc('month', day) => CAST(date_trunc('month', day) AS date)
date_trunc('quarter', day) => CAST(date_trunc('quarter', day) AS date)
date_trunc('year', day) => CAST(date_trunc('year', day) AS date)
date_add('day', place, day)  where day < DATE '9999-01-01' AND day > DATE '1000-01-01' => CAST(day + place * INTERVAL 1 DAY AS date)
date_add('week', place, day)  where day < DATE '9000-01-01' AND day > DATE '1000-01-01' => CAST(day + place * INTERVAL 7 DAY AS date)
date_add('month', place, day)  where day < DATE '9000-01-01' AND day > DATE '1000-01-01' => CAST(day + place * INTERVAL 1 MONTH AS date)
date_add('quarter', place, day)  where day < DATE '9000-01-01' AND day > DATE '1000-01-01' => CAST(day + place * INTERVAL 3 MONTH AS date)
date_add('year', place, day)  where day < DATE '9000-01-01' AND day > DATE '1000-01-01' => CAST(day + place * INTERVAL 1 YEAR AS date)
date_diff('day', day, day2)
date_diff('week', day, day2) => date_sub('week', day, day2)
date_diff('month', day, day2) => CASE WHEN day <= day2 THEN datesub('month', day, day2) ELSE -datesub('month', day2, day) END
date_diff('year', day, day2)  => CASE WHEN day <= day2 THEN datesub('year', day, day2) ELSE -datesub('year', day2, day) END
date_diff('quarter', day, day2) => CASE WHEN day <= day2 THEN datesub('quarter', day, day2) ELSE -datesub('quarter', day2, day) END
day + INTERVAL '1' DAY  where day < DATE '9999-01-01' => CAST(day + INTERVAL 1 DAY AS date)
day - INTERVAL '400' DAY  where day > DATE '1000-01-01' => CAST(day - INTERVAL 400 DAY AS date)
day + INTERVAL '1' MONTH  where day < DATE '9999-01-01' => CAST(day + INTERVAL 1 MONTH AS date)
day - INTERVAL '1' YEAR  where day > DATE '1000-01-01' => CAST(day - INTERVAL 1 YEAR AS date)
day + INTERVAL '1-3' YEAR TO MONTH  where day < DATE '9990-01-01' => CAST(day + INTERVAL 15 MONTH AS date)
day = day2
day < day2
day >= day2
day BETWEEN day2 AND DATE '2024-12-31'
day IN (DATE '2020-02-29', day2)
day IS DISTINCT FROM day2
greatest(day, day2) => CASE WHEN known(day) AND known(day2) THEN greatest(day, day2) END
CAST(day AS varchar)
CAST(day AS timestamp)
to_iso8601(day) => CAST(day AS varchar)
date_format(day, '%Y-%m-%d %W %a %b %j') => strftime(day, '%Y-%m-%d %A %a %b %j')
format_datetime(day, 'yyyyMMdd EEE MMM') => strftime(day, '%Y%m%d %a %b')
try(CAST(date_text AS date))
try(date(date_text)) => try(CAST(date_text AS date))
try_cast(date_text AS date)
try(from_iso8601_date(date_text)) => try(CAST(date_text AS date))
day > TIMESTAMP '2020-02-29 00:00:00'
CAST(day AS timestamp) = moment
to_unixtime(day)  where day > DATE '1500-01-01' => epoch(day)

# timestamps
year(moment)
quarter(moment)
month(moment)
day(moment)
hour(moment)
minute(moment)
second(moment)
millisecond(moment) => millisecond(moment) % 1000
day_of_week(moment) => isodow(moment)
day_of_year(moment) => dayofyear(moment)
week(moment)
year_of_week(moment) => isoyear(moment)
extract(HOUR FROM moment)
extract(MINUTE FROM moment)
extract(SECOND FROM moment)
last_day_of_month(moment) => last_day(moment)
date(moment) => CAST(moment AS date)
CAST(moment AS date)
CAST(moment AS time) => CAST(moment AS time)
CAST(moment AS varchar) => strftime(moment, '%Y-%m-%d %H:%M:%S.%g')
date_trunc('second', moment)
date_trunc('minute', moment)
date_trunc('hour', moment)
date_trunc('day', moment)
date_trunc('week', moment)  where moment > TIMESTAMP '0001-01-02 00:00:00'
date_trunc('month', moment)
date_trunc('quarter', moment)
date_trunc('year', moment)
date_trunc('millisecond', moment)
date_add('millisecond', place, moment)  where year(moment) > 1 => moment + place * INTERVAL 1 MILLISECOND
date_add('second', place, moment)  where moment < TIMESTAMP '9000-01-01 00:00:00' AND moment > TIMESTAMP '1000-01-01 00:00:00' => moment + place * INTERVAL 1 SECOND
date_add('minute', place, moment)  where moment < TIMESTAMP '9000-01-01 00:00:00' AND moment > TIMESTAMP '1000-01-01 00:00:00' => moment + place * INTERVAL 1 MINUTE
date_add('hour', place, moment)  where moment < TIMESTAMP '9000-01-01 00:00:00' AND moment > TIMESTAMP '1000-01-01 00:00:00' => moment + place * INTERVAL 1 HOUR
date_add('day', place, moment)  where moment < TIMESTAMP '9000-01-01 00:00:00' AND moment > TIMESTAMP '1000-01-01 00:00:00' => moment + place * INTERVAL 1 DAY
date_add('month', place, moment)  where moment < TIMESTAMP '9000-01-01 00:00:00' AND moment > TIMESTAMP '1000-01-01 00:00:00' => moment + place * INTERVAL 1 MONTH
date_add('year', place, moment)  where moment < TIMESTAMP '9000-01-01 00:00:00' AND moment > TIMESTAMP '1000-01-01 00:00:00' => moment + place * INTERVAL 1 YEAR
date_diff('millisecond', moment, moment2) => date_sub('millisecond', moment, moment2)
date_diff('second', moment, moment2) => date_sub('second', moment, moment2)
date_diff('minute', moment, moment2) => date_sub('minute', moment, moment2)
date_diff('hour', moment, moment2) => date_sub('hour', moment, moment2)
date_diff('day', moment, moment2) => date_sub('day', moment, moment2)
date_diff('week', moment, moment2) => date_sub('week', moment, moment2)
date_diff('month', moment, moment2) => CASE WHEN moment <= moment2 THEN datesub('month', moment, moment2) ELSE -datesub('month', moment2, moment) END
date_diff('year', moment, moment2) => CASE WHEN moment <= moment2 THEN datesub('year', moment, moment2) ELSE -datesub('year', moment2, moment) END
moment - moment2  where moment > TIMESTAMP '1000-01-01 00:00:00' AND moment < TIMESTAMP '3000-01-01 00:00:00'
moment + INTERVAL '36' HOUR  where moment < TIMESTAMP '9000-01-01 00:00:00' => moment + INTERVAL 36 HOUR
moment - INTERVAL '1' MONTH  where moment > TIMESTAMP '1000-01-01 00:00:00' => moment - INTERVAL 1 MONTH
moment + INTERVAL '1 02:03:04.005' DAY TO SECOND  where moment < TIMESTAMP '9000-01-01 00:00:00' => moment + INTERVAL 1 DAY + INTERVAL 2 HOUR + INTERVAL 3 MINUTE + INTERVAL 4005 MILLISECOND
moment = moment2
moment < moment2
moment BETWEEN moment2 AND TIMESTAMP '2024-12-31 23:00:00'
moment IS NOT DISTINCT FROM moment2
greatest(moment, moment2) => CASE WHEN known(moment) AND known(moment2) THEN greatest(moment, moment2) END
date_format(moment, '%Y-%m-%d %H:%i:%s.%f') => strftime(moment, '%Y-%m-%d %H:%M:%S.%f')
date_format(moment, '%y %c %e %k %l %h %p %r %T %M %b %W %a %j %v %x') => strftime(moment, '%y %-m %-d %-H %-I %I %p %I:%M:%S %p %H:%M:%S %B %b %A %a %j %V ') || lpad(CAST(isoyear(moment) AS varchar), 4, '0')
format_datetime(moment, 'yyyy-MM-dd HH:mm:ss.SSS') => strftime(moment, '%Y-%m-%d %H:%M:%S.%g')
format_datetime(moment, 'EEEE d MMMM yy, h:mm a') => strftime(moment, '%A %-d %B %y, %-I:%M %p')
format_datetime(moment, 'xxxx-''W''ww-e DDD') => lpad(CAST(isoyear(moment) AS varchar), 4, '0') || strftime(moment, '-W%V-%u %j')
to_iso8601(moment) => strftime(moment, '%Y-%m-%dT%H:%M:%S.%g')
to_unixtime(moment)  where moment > TIMESTAMP '1000-01-01 00:00:00' => epoch(moment)
try(CAST(moment_text AS timestamp))  where moment_text NOT LIKE '%24:%'
try_cast(moment_text AS timestamp(3))  where moment_text NOT LIKE '%24:%' => try_cast(moment_text AS timestamp)
try(date_parse(moment_text, '%Y-%m-%d %H:%i:%s')) => CASE WHEN length(moment_text) = 19 THEN try_strptime(moment_text, '%Y-%m-%d %H:%M:%S') END
try(parse_datetime(moment_text, 'yyyy-MM-dd HH:mm:ss')) => CASE WHEN length(moment_text) = 19 THEN as_zone(timezone('UTC', try_strptime(moment_text, '%Y-%m-%d %H:%M:%S')), 'UTC') END
CAST(fine AS timestamp(3)) => date_trunc('millisecond', fine + INTERVAL 500 MICROSECOND)
CAST(fine AS timestamp(0)) => date_trunc('second', fine + INTERVAL 500 MILLISECOND)
CAST(fine AS date)
fine
fine + INTERVAL '1' SECOND => fine + INTERVAL 1 SECOND
date_trunc('millisecond', fine)
date_diff('second', fine, moment2) => date_sub('second', date_trunc('millisecond', fine), moment2)
second(fine)
millisecond(fine) => millisecond(fine) % 1000
fine > moment
with_timezone(moment, zone)  where year(moment) > 1970 AND moment NOT IN (TIMESTAMP '2026-03-08 02:30:00', TIMESTAMP '2026-11-01 01:30:00', TIMESTAMP '2024-03-31 02:15:00.500') => strftime(moment, '%Y-%m-%d %H:%M:%S.%g') || ' ' || zone

# time zones
instant => as_zone(instant, 'UTC')
at_timezone(instant, zone) => as_zone(instant, zone)
instant AT TIME ZONE 'America/New_York' => as_zone(instant, 'America/New_York')
instant AT TIME ZONE 'Europe/Berlin' => as_zone(instant, 'Europe/Berlin')
instant AT TIME ZONE 'Asia/Kolkata' => as_zone(instant, 'Asia/Kolkata')
CAST(at_timezone(instant, zone) AS timestamp) => timezone(zone, instant)
CAST(at_timezone(instant, zone) AS date) => CAST(timezone(zone, instant) AS date)
CAST(at_timezone(instant, zone) AS varchar) => as_zone(instant, zone)
date_format(at_timezone(instant, zone), '%Y-%m-%d %H:%i:%s') => strftime(timezone(zone, instant), '%Y-%m-%d %H:%M:%S')
format_datetime(at_timezone(instant, zone), 'yyyy-MM-dd HH:mm:ss') => strftime(timezone(zone, instant), '%Y-%m-%d %H:%M:%S')
year(at_timezone(instant, zone)) => year(timezone(zone, instant))
month(at_timezone(instant, zone)) => month(timezone(zone, instant))
day(at_timezone(instant, zone)) => day(timezone(zone, instant))
hour(at_timezone(instant, zone)) => hour(timezone(zone, instant))
minute(at_timezone(instant, zone)) => minute(timezone(zone, instant))
day_of_week(at_timezone(instant, zone)) => isodow(timezone(zone, instant))
week(at_timezone(instant, zone)) => week(timezone(zone, instant))
date_trunc('day', at_timezone(instant, zone)) => as_zone(timezone(zone, date_trunc('day', timezone(zone, instant))), zone)
date_trunc('month', at_timezone(instant, zone)) => as_zone(timezone(zone, date_trunc('month', timezone(zone, instant))), zone)
date_trunc('year', at_timezone(instant, zone)) => as_zone(timezone(zone, date_trunc('year', timezone(zone, instant))), zone)
date_add('hour', 1, at_timezone(instant, zone)) => as_zone(instant + INTERVAL 1 HOUR, zone)
date_add('hour', -3, at_timezone(instant, zone)) => as_zone(instant - INTERVAL 3 HOUR, zone)
date_add('day', 1, at_timezone(instant, zone)) => as_zone(timezone(zone, timezone(zone, instant) + INTERVAL 1 DAY), zone)
date_add('month', 1, at_timezone(instant, zone)) => as_zone(timezone(zone, timezone(zone, instant) + INTERVAL 1 MONTH), zone)
date_add('month', -5, at_timezone(instant, zone)) => as_zone(timezone(zone, timezone(zone, instant) - INTERVAL 5 MONTH), zone)
date_add('day', -7, at_timezone(instant, zone)) => as_zone(timezone(zone, timezone(zone, instant) - INTERVAL 7 DAY), zone)
date_add('year', 1, at_timezone(instant, zone)) => as_zone(timezone(zone, timezone(zone, instant) + INTERVAL 1 YEAR), zone)
date_add('week', 2, at_timezone(instant, zone)) => as_zone(timezone(zone, timezone(zone, instant) + INTERVAL 14 DAY), zone)
at_timezone(instant, zone) + INTERVAL '1' DAY => as_zone(instant + INTERVAL 24 HOUR, zone)
at_timezone(instant, zone) - INTERVAL '90' MINUTE => as_zone(instant - INTERVAL 90 MINUTE, zone)
at_timezone(instant, zone) + INTERVAL '1' MONTH => as_zone(timezone(zone, timezone(zone, instant) + INTERVAL 1 MONTH), zone)
date_trunc('hour', at_timezone(instant, zone)) => as_zone(instant - INTERVAL 1 SECOND * epoch(timezone(zone, instant) - date_trunc('hour', timezone(zone, instant))), zone)
date_trunc('week', at_timezone(instant, zone)) => as_zone(timezone(zone, date_trunc('week', timezone(zone, instant))), zone)
date_trunc('quarter', at_timezone(instant, zone)) => as_zone(timezone(zone, date_trunc('quarter', timezone(zone, instant))), zone)
date_trunc('minute', at_timezone(instant, zone)) => as_zone(date_trunc('minute', instant), zone)
date_diff('day', at_timezone(instant, zone), at_timezone(instant2, zone)) => date_sub('day', timezone(zone, instant), timezone(zone, instant2))
date_diff('week', at_timezone(instant, zone), at_timezone(instant2, zone)) => date_sub('week', timezone(zone, instant), timezone(zone, instant2))
date_diff('hour', at_timezone(instant, zone), at_timezone(instant2, zone)) => date_sub('hour', instant, instant2)
date_diff('month', at_timezone(instant, zone), at_timezone(instant2, zone)) => CASE WHEN instant <= instant2 THEN datesub('month', timezone(zone, instant), timezone(zone, instant2)) ELSE -datesub('month', timezone(zone, instant2), timezone(zone, instant)) END
date_diff('year', at_timezone(instant, zone), at_timezone(instant2, zone)) => CASE WHEN instant <= instant2 THEN datesub('year', timezone(zone, instant), timezone(zone, instant2)) ELSE -datesub('year', timezone(zone, instant2), timezone(zone, instant)) END
last_day_of_month(at_timezone(instant, zone)) => last_day(timezone(zone, instant))
day_of_year(at_timezone(instant, zone)) => dayofyear(timezone(zone, instant))
extract(HOUR FROM at_timezone(instant, zone)) => hour(timezone(zone, instant))
extract(TIMEZONE_HOUR FROM at_timezone(instant, zone)) => CAST(trunc(date_sub('minute', timezone('UTC', instant), timezone(zone, instant)) / 60) AS bigint)
CAST(at_timezone(instant, zone) AS time) => CAST(timezone(zone, instant) AS time)
CAST(CAST(at_timezone(instant, zone) AS varchar) AS timestamp with time zone) = instant  where date_format(at_timezone(instant, zone), '%m-%d') NOT IN ('11-01', '10-25', '04-05') => unless_null(instant, true)
to_unixtime(at_timezone(instant, zone)) => epoch(instant)
from_unixtime(seconds) => as_zone(to_timestamp(seconds), 'UTC')
from_unixtime(seconds, zone) => as_zone(to_timestamp(seconds), zone)
at_timezone(from_unixtime(seconds), zone) => as_zone(to_timestamp(seconds), zone)
to_unixtime(from_unixtime(seconds)) => seconds
date(from_unixtime(seconds)) => CAST(timezone('UTC', to_timestamp(seconds)) AS date)
date_diff('hour', instant, instant2) => date_sub('hour', instant, instant2)
date_diff('second', at_timezone(instant, 'Europe/Berlin'), instant2) => date_sub('second', instant, instant2)
date_diff('day', instant, instant2) => date_sub('day', timezone('UTC', instant), timezone('UTC', instant2))
instant - instant2  where instant2 > TIMESTAMP '1970-01-01 00:00:00 UTC' AND instant2 <> instant
instant = instant2
instant < instant2
at_timezone(instant, 'America/New_York') = at_timezone(instant2, 'Asia/Kolkata') => instant = instant2
timezone_hour(at_timezone(instant, zone)) => CAST(trunc(date_sub('minute', timezone('UTC', instant), timezone(zone, instant)) / 60) AS bigint)
timezone_minute(at_timezone(instant, zone)) => date_sub('minute', timezone('UTC', instant), timezone(zone, instant)) % 60
CAST(instant AS timestamp) => timezone('UTC', instant)
CAST(moment AS timestamp with time zone) => as_zone(timezone('UTC', moment), 'UTC')
to_iso8601(instant) => strftime(timezone('UTC', instant), '%Y-%m-%dT%H:%M:%S.%gZ')
from_iso8601_timestamp(to_iso8601(at_timezone(instant, zone))) = instant => unless_null(instant, true)

# times and intervals
hour(clock)
minute(clock)
second(clock)
millisecond(clock) => millisecond(clock) % 1000
clock < TIME '12:34:56.789'
clock = TIME '01:02:03'
CAST(clock AS varchar) => strftime(DATE '2000-01-01' + clock, '%H:%M:%S.%g')
clock + INTERVAL '2' HOUR => clock + INTERVAL 2 HOUR
clock - INTERVAL '1' SECOND => clock - INTERVAL 1 SECOND
date_trunc('hour', clock) => CAST(date_trunc('hour', DATE '2000-01-01' + clock) AS time)
date_add('minute', 90, clock) => clock + INTERVAL 90 MINUTE
date_diff('minute', TIME '00:00:00', clock) => date_sub('minute', TIME '00:00:00', clock)
INTERVAL '1' DAY * integer  where integer BETWEEN -99 AND 99 => CASE WHEN integer BETWEEN -99 AND 99 THEN INTERVAL 1 DAY * integer END
INTERVAL '90' MINUTE + INTERVAL '1' DAY * integer  where integer BETWEEN -99 AND 99 => CASE WHEN integer BETWEEN -99 AND 99 THEN INTERVAL 90 MINUTE + INTERVAL 1 DAY * integer END
to_milliseconds(INTERVAL '1' SECOND * integer)  where integer BETWEEN -99 AND 99 => integer * 1000::bigint

# arrays
cardinality(list) => len(list)
list || list2 => CASE WHEN known(list) AND known(list2) THEN list || list2 END
concat(list, list2, ARRAY[9]) => CASE WHEN known(list) AND known(list2) THEN list || list2 || [9] END
list || 4 => unless_null(list, list_append(list, 4))
element_at(list, 1) => list[1]
element_at(list, 3) => list[3]
element_at(list, -1) => list[-1]
element_at(list, -4) => list[-4]
try(list[1]) => list[1]
try(list[2]) => list[2]
contains(list, 1) => CASE WHEN list IS NULL THEN NULL WHEN list_contains(list, 1) THEN true WHEN has_null(list) THEN NULL ELSE false END
contains(list, integer) => CASE WHEN integer IS NULL OR list IS NULL THEN NULL WHEN list_contains(list, integer) THEN true WHEN has_null(list) THEN NULL ELSE false END
array_position(list, 2) => CASE WHEN known(list) THEN coalesce(CAST(list_position(list, 2) AS bigint), 0) END
array_remove(list, 2) => list_filter(list, e -> e IS DISTINCT FROM 2)
array_distinct(list) => distinct_once(list)
array_union(list, list2) => CASE WHEN known(list) AND known(list2) THEN distinct_once(list || list2) END
array_sort(array_except(list, list2)) => CASE WHEN known(list2) THEN ascending(distinct_once(list_filter(list, e -> NOT holds(list2, e)))) END
array_sort(array_intersect(list, list2)) => CASE WHEN known(list2) THEN ascending(distinct_once(list_filter(list, e -> holds(list2, e)))) END
arrays_overlap(list, list2) => CASE WHEN list IS NULL OR list2 IS NULL THEN NULL WHEN len(list) = 0 OR len(list2) = 0 THEN false WHEN list_has_any(list_filter(list, e -> known(e)), list_filter(list2, e -> known(e))) THEN true WHEN has_null(list) OR has_null(list2) THEN NULL ELSE false END
array_sort(list) => ascending(list)
array_sort(list, (x, y) -> IF(x < y, 1, IF(x = y, 0, -1)))  where cardinality(filter(list, x -> x IS NULL)) = 0 => list_sort(list, 'DESC')
array_max(list) => CASE WHEN has_null(list) THEN NULL ELSE list_max(list) END
array_min(list) => CASE WHEN has_null(list) THEN NULL ELSE list_min(list) END
array_join(list, ',') => unless_null(list, coalesce(array_to_string(list, ','), ''))
array_join(list, ',', 'NULL') => array_to_string(list_transform(list, e -> coalesce(CAST(e AS varchar), 'NULL')), ',')
reverse(list) => list_reverse(list)
slice(list, 1, 2) => list[1:2]
slice(list, 2, 100) => list[2:]
slice(list, -2, 2)  where cardinality(list) >= 2 => list[-2:]
slice(list, -2, 1)  where cardinality(list) >= 2 => list[-2:-2]
trim_array(list, 1)  where cardinality(list) >= 1 => list[:-2]
array_first(list) => list[1]
array_last(list) => list[-1]
filter(list, x -> x > 1)
filter(list, x -> x IS NULL)
transform(list, x -> x % 10 + 1) => list_transform(list, x -> x % 10 + 1)
transform(list, x -> coalesce(x, 0)) => list_transform(list, x -> coalesce(x, 0))
transform(list, x -> CAST(x AS varchar)) => list_transform(list, x -> CAST(x AS varchar))
transform(list, x -> ARRAY[x, x]) => list_transform(list, x -> [x, x])
transform(list, x -> cardinality(filter(list, y -> y > x))) => list_transform(list, x -> len(list_filter(list, y -> y > x)))
reduce(list, 0, (s, x) -> s + coalesce(x, 0), s -> s)  where cardinality(list) <> 2 => unless_null(list, coalesce(list_sum(list), 0))
reduce(list, '', (s, x) -> s || coalesce(CAST(x AS varchar), '-'), s -> s) => array_to_string(list_transform(list, e -> coalesce(CAST(e AS varchar), '-')), '')
any_match(list, x -> x > 2) => CASE WHEN len(list_filter(list, x -> x > 2)) > 0 THEN true WHEN has_null(list) THEN NULL WHEN known(list) THEN false END
all_match(list, x -> x > 0) => CASE WHEN len(list_filter(list, x -> x <= 0)) > 0 THEN false WHEN has_null(list) THEN NULL WHEN known(list) THEN true END
none_match(list, x -> x > 2) => CASE WHEN len(list_filter(list, x -> x > 2)) > 0 THEN false WHEN has_null(list) THEN NULL WHEN known(list) THEN true END
zip(list, list2) => CASE WHEN known(list) AND known(list2) THEN list_zip(list, list2) END
zip_with(list, list2, (x, y) -> coalesce(x, 0) % 100 + y) => CASE WHEN known(list) AND known(list2) THEN list_transform(list_zip(list, list2), p -> coalesce(p[1], 0) % 100 + p[2]) END
ngrams(list, 2)  where cardinality(list) >= 2 => list_transform(range(1, len(list)), i -> list[i:i + 1])
ngrams(words, 3)  where cardinality(words) >= 3 => list_transform(range(1, len(words) - 1), i -> words[i:i + 2])
contains_sequence(list, list2)  where cardinality(list2) > 0 => list_bool_or(list_transform(range(1, len(list) + 2), i -> list[i:i + len(list2) - 1] IS NOT DISTINCT FROM list2))
sequence(1, count)  where count > 0 => range(1, count + 1)
sequence(0, place)  where place >= 0 => generate_series(0, place)
sequence(place, -20, -3)  where place > -20 => generate_series(place, -20, -3)
sequence(day, day + INTERVAL '40' DAY, INTERVAL '10' DAY)  where day = DATE '2024-01-31' => list_transform(range(5), i -> CAST(day + i * INTERVAL 10 DAY AS date))
sequence(day, DATE '2024-06-30', INTERVAL '1' MONTH)  where day = DATE '2024-01-31' => list_transform(range(6), i -> CAST(day + i * INTERVAL 1 MONTH AS date))
repeat(integer, 3) => [integer, integer, integer]
flatten(lists)
cardinality(lists) => len(lists)
lists || ARRAY[list] => unless_null(lists, lists || [list])
try(lists[1][2]) => lists[1][2]
transform(lists, x -> cardinality(x)) => list_transform(lists, x -> len(x))
list = list2  where cardinality(filter(list, x -> x IS NULL)) = 0 AND cardinality(filter(list2, x -> x IS NULL)) = 0
list <> list2  where cardinality(filter(list, x -> x IS NULL)) = 0 AND cardinality(filter(list2, x -> x IS NULL)) = 0
list < list2  where cardinality(filter(list, x -> x IS NULL)) = 0 AND cardinality(filter(list2, x -> x IS NULL)) = 0
list IS NOT DISTINCT FROM list2
CAST(list AS array(varchar)) => CAST(list AS varchar[])
CAST(list AS array(double)) => CAST(list AS double[])
array_sort(words) => ascending(words)
array_distinct(words) => distinct_once(words)
array_join(words, '-') => unless_null(words, coalesce(array_to_string(words, '-'), ''))
array_join(words, '-', '?') => array_to_string(list_transform(words, e -> coalesce(e, '?')), '-')
array_max(words) => CASE WHEN has_null(words) THEN NULL ELSE list_max(words) END
contains(words, 'a') => CASE WHEN list_contains(words, 'a') THEN true WHEN has_null(words) THEN NULL WHEN known(words) THEN false END
transform(words, x -> upper(x)) => list_transform(words, x -> upper(x))
transform(words, x -> length(x)) => list_transform(words, x -> length(x))
filter(words, x -> x LIKE '_')
words || words2 => CASE WHEN known(words) AND known(words2) THEN words || words2 END
array_position(words, 'b') => unless_null(words, coalesce(CAST(list_position(words, 'b') AS bigint), 0))
array_sort(doubles) => ascending(doubles)
array_max(doubles) => CASE WHEN has_null(doubles) THEN NULL ELSE list_max(doubles) END
array_min(doubles) => CASE WHEN has_null(doubles) THEN NULL ELSE list_min(doubles) END
transform(doubles, x -> x / 3) => list_transform(doubles, x -> x / 3)
ARRAY[whole, NULL, 1]
ARRAY[text, part]
ARRAY[decimal, 1.5] => [decimal, 1.5]
cardinality(combinations(list, 2)) => CAST(len(list) * (len(list) - 1) / 2 AS bigint)

# maps
cardinality(map1) => CAST(cardinality(map1) AS bigint)
element_at(map1, 'a') => map1['a']
element_at(map1, 'zz') => map1['zz']
try(map1['b']) => map1['b']
array_sort(map_keys(map1)) => ascending(map_keys(map1))
array_sort(map_values(map1)) => ascending(map_values(map1))
cardinality(map_entries(map1)) => len(map_entries(map1))
map_concat(map1, map2) => CASE WHEN known(map1) THEN map_concat(map1, map2) END
map_filter(map1, (k, v) -> v > 0) => map_from_entries(list_filter(map_entries(map1), e -> e.value > 0))
map_filter(map1, (k, v) -> length(k) = 1) => map_from_entries(list_filter(map_entries(map1), e -> length(e.key) = 1))
transform_values(map1, (k, v) -> v + length(k)) => map_from_entries(list_transform(map_entries(map1), e -> {'key': e.key, 'value': e.value + length(e.key)}))
transform_keys(map1, (k, v) -> k || '!') => map_from_entries(list_transform(map_entries(map1), e -> {'key': e.key || '!', 'value': e.value}))
map_from_entries(map_entries(map1))
map(words, words)  where cardinality(words) = 3 OR cardinality(words) = 0
map1 = map2  where cardinality(map1) < 2 AND map1 <> MAP(ARRAY['x'], ARRAY[1])
map1
map2
map_zip_with(map1, map2, (k, v1, v2) -> coalesce(v1, 0) + coalesce(v2, 0)) => unless_null(map1, map_from_entries(list_transform(distinct_once(map_keys(map1) || map_keys(map2)), k -> {'key': k, 'value': coalesce(map1[k], 0) + coalesce(map2[k], 0)})))

# JSON
json_array_length(json) => CASE WHEN json_type(json) = 'ARRAY' THEN CAST(json_array_length(json) AS bigint) END
json_format(json_parse(json))  where json NOT LIKE '%u0301%' AND json NOT LIKE '-12%' AND json NOT LIKE '%x y%' => CAST(json(json) AS varchar)
json_extract_scalar(json, '$.a') => CASE WHEN json_type(json, '$.a') NOT IN ('OBJECT', 'ARRAY') THEN json_extract_string(json, '$.a') END
json_extract_scalar(json, '$.b') => json_extract_string(json, '$.b')
json_extract_scalar(json, '$.n') => NULL
json_extract_scalar(json, '$.a.b[1]') => json_extract_string(json, '$.a.b[1]')
json_extract_scalar(json, '$.a.b[2].c') => json_extract_string(json, '$.a.b[2].c')
json_extract_scalar(json, '$["x y"]') => json_extract_string(json, '$."x y"')
json_extract_scalar(json, '$[0]') => CASE WHEN json_type(json, '$[0]') NOT IN ('OBJECT', 'ARRAY') THEN json_extract_string(json, '$[0]') END
json_extract_scalar(json, '$[3]') => json_extract_string(json, '$[3]')
json_extract_scalar(json, '$')  where json NOT IN ('null') AND json NOT LIKE '[%' AND json NOT LIKE '{%' AND json NOT LIKE '-%' => json_extract_string(json, '$')
json_extract(json, '$.a') => json_extract(json, '$.a')
json_extract(json, '$.n') => json_extract(json, '$.n')
json_extract(json, '$[1]') => json_extract(json, '$[1]')
json_extract(json, '$[4].b[0]') => json_extract(json, '$[4].b[0]')
json_size(json, '$') => CASE WHEN json IS NOT NULL THEN CASE json_type(json) WHEN 'ARRAY' THEN CAST(json_array_length(json) AS bigint) WHEN 'OBJECT' THEN len(json_keys(json)) ELSE 0 END END
json_size(json, '$.a') => CASE json_type(json, '$.a') WHEN 'ARRAY' THEN CAST(json_array_length(json, '$.a') AS bigint) WHEN 'OBJECT' THEN len(json_keys(json, '$.a')) WHEN NULL THEN NULL ELSE CASE WHEN json_exists(json, '$.a') THEN 0 END END
is_json_scalar(json) => json_type(json) NOT IN ('ARRAY', 'OBJECT')
try(CAST(json_parse(json) AS array(varchar)))  where json IN ('[]', '[1,2,3]', 'null') => CASE json WHEN '[]' THEN [] WHEN '[1,2,3]' THEN ['1', '2', '3'] END
try(CAST(json_extract(json, '$.a') AS bigint))  where json LIKE '{"a":1%' OR json LIKE '{"a":"%' => CAST(json_extract_string(json, '$.a') AS bigint)
json_exists(json, 'lax $.a') => CASE WHEN json IS NOT NULL THEN json_type(json, '$.a') IS NOT NULL END
json_value(json, 'lax $.a')  where json LIKE '{%' => CASE WHEN json_type(json, '$.a') NOT IN ('OBJECT', 'ARRAY') THEN json_extract_string(json, '$.a') END
json_query(json, 'lax $.a')  where json LIKE '{%' => CAST(json_extract(json, '$.a') AS varchar)
json_array_contains(json, 2) => CASE WHEN json_type(json) = 'ARRAY' THEN len(list_filter(CAST(json_extract(json, '$[*]') AS varchar[]), e -> e = '2')) > 0 END
json_array_get(json, 0)  where json IN ('[1,2,3]', '[]', '[[1],[2,[3]]]') => CAST(json_extract(json, '$[0]') AS varchar)
json_format(CAST(list AS json)) => CAST(to_json(list) AS varchar)
json_format(CAST(words AS json)) => CAST(to_json(words) AS varchar)
json_format(CAST(text AS json)) => CAST(to_json(text) AS varchar)
json_format(CAST(whole AS json)) => CAST(to_json(whole) AS varchar)
json_format(CAST(flag AS json)) => CAST(to_json(flag) AS varchar)
json_format(CAST(lists AS json)) => CAST(to_json(lists) AS varchar)
"""

RELATIONS = {
    "facts": """(SELECT CAST(o AS integer) o, CAST(g AS varchar) g, CAST(n AS bigint) n, CAST(x AS double) x, CAST(t AS varchar) t,
        CAST(d AS decimal(10, 2)) d, CAST(b AS boolean) b, CAST(day AS date) AS day FROM (VALUES
        (1, 'a', 1, 1.5e0, 'one', 1.50, true, '2024-01-31'), (2, 'a', 2, -2.5e0, 'two', -2.25, false, '2024-02-29'),
        (3, 'a', 3, 0e0, 'three', 0.05, true, '2023-12-31'), (4, 'a', NULL, NULL, NULL, NULL, NULL, NULL),
        (5, 'a', 2, 8e0, 'two', 10.00, true, '2024-02-29'), (6, 'nulls', NULL, NULL, NULL, NULL, NULL, NULL),
        (7, 'nulls', NULL, NULL, NULL, NULL, NULL, NULL), (8, 'one', -7, 1e10, 'é', 0.01, false, '1969-12-31'),
        (9, 'ties', 5, 5e0, 'same', 5.00, true, '2020-02-29'), (10, 'ties', 5, 5e0, 'same', 5.00, true, '2020-02-29'),
        (11, 'ties', 5, 5e0, 'same', 5.00, NULL, '2020-02-29'), (12, 'ties', 4, 4e0, 'less', 4.50, true, '2020-02-28'),
        (13, NULL, 100, 0.1e0, '日本', 99999999.99, true, '9999-12-31'), (14, NULL, 0, 0.2e0, '', -0.01, false, '0001-01-01'),
        (15, NULL, -100, 0.3e0, '👍', 3.33, NULL, '2000-02-29')) v(o, g, n, x, t, d, b, day))""",
    "l": "(SELECT * FROM (VALUES (1, 'l1'), (2, 'l2'), (2, 'l2b'), (3, 'l3'), (NULL, 'lnull')) v(k, a))",
    "r": "(SELECT * FROM (VALUES (2, 'r2'), (3, 'r3'), (3, 'r3b'), (4, 'r4'), (NULL, 'rnull')) v(k, b))",
    "nested": "(SELECT CAST(i AS integer) i, e, m FROM (VALUES (1, ARRAY[10, 20], ARRAY['x', 'y', 'z']), (2, NULL, ARRAY['q']), (3, ARRAY[30, NULL], NULL)) v(i, e, m))",
    "sales": """(SELECT * FROM (VALUES ('EU', 'DE', 2024, 10), ('EU', 'FR', 2024, 20), ('EU', 'DE', 2025, 30), ('US', 'NY', 2024, 5),
        ('US', NULL, 2025, 7), (NULL, NULL, 2025, 1)) v(area, land, year, sum))""",
}

# Evaluated for each group of facts, and for no row at all.
AGGREGATES = r"""
count(*)
count(n)
count(DISTINCT n)
count(DISTINCT t)
count(DISTINCT d)
count(*) FILTER (WHERE n > 1)
count_if(n > 1) => coalesce(count_if(n > 1), 0)
count_if(b) => coalesce(count_if(b), 0)
sum(n)
sum(x)
sum(d)
sum(DISTINCT n)
sum(n) FILTER (WHERE b)
sum(n * 2 + 1)
sum(CASE WHEN b THEN 1 ELSE 0 END)
avg(n)
avg(x)
avg(n) FILTER (WHERE n > 0)
avg(DISTINCT n)
min(n)
max(n)
min(x)
max(x)
min(t)
max(t)
min(d)
max(d)
min(day)
max(day)
min(b) => bool_and(b)
max(b) => bool_or(b)
max(n, 2) => CASE WHEN count(n) > 0 THEN max(n, 2) END
min(n, 2) => CASE WHEN count(n) > 0 THEN min(n, 2) END
max(t, 3) => CASE WHEN count(n) > 0 THEN max(t, 3) END
bool_and(b)
bool_or(b)
every(b) => bool_and(b)
array_agg(n ORDER BY o)
array_agg(t ORDER BY n, o)
array_agg(t ORDER BY n DESC, o)
array_agg(n ORDER BY n NULLS FIRST)
array_agg(n ORDER BY n DESC NULLS LAST)
array_agg(n ORDER BY o) FILTER (WHERE n IS NOT NULL)
array_agg(DISTINCT n ORDER BY n)
array_agg(DISTINCT t ORDER BY t)
array_agg(x ORDER BY o DESC)
array_agg(d ORDER BY o)
array_agg(day ORDER BY o)
array_agg(b ORDER BY o)
array_agg(ROW(o, n) ORDER BY o) => array_agg(row(o, n) ORDER BY o)
listagg(t, ',') WITHIN GROUP (ORDER BY o) => string_agg(t, ',' ORDER BY o)
listagg(t, ' / ') WITHIN GROUP (ORDER BY t DESC, o) => string_agg(t, ' / ' ORDER BY t DESC, o)
listagg(t) WITHIN GROUP (ORDER BY o) => string_agg(t, '' ORDER BY o)
max_by(t, o)
min_by(t, o)
max_by(n, x)
count(DISTINCT CAST(NULL AS integer))
count(DISTINCT nullif(n, n))
count(DISTINCT 1)
sum(DISTINCT 1)
count(NULL)
approx_distinct(CAST(NULL AS integer)) => 0 + coalesce(any_value(0), 0)
min_by(n, x)
max_by(o, ROW(n, o)) => max_by(o, row(n, o))  
max_by(t, o) FILTER (WHERE n > 1)
max_by(o, o, 2)
min_by(o, o, 2)
any_value(g) => any_value(g)
arbitrary(g) => any_value(g)
stddev(x)
stddev_samp(n)
stddev_pop(x)
variance(x)
var_samp(n)
var_pop(n)
corr(n, o) => CASE WHEN isfinite(corr(n, o)) THEN corr(n, o) END
covar_pop(n, o)
covar_samp(n, o)
regr_slope(n, o) => CASE WHEN isfinite(regr_slope(n, o)) THEN regr_slope(n, o) END
regr_intercept(n, o) => CASE WHEN isfinite(regr_intercept(n, o)) THEN regr_intercept(n, o) END
regr_slope(x, n) => CASE WHEN isfinite(regr_slope(x, n)) THEN regr_slope(x, n) END
skewness(n) => CASE WHEN count(n) >= 3 THEN list_avg(list_transform(list(n) FILTER (WHERE n IS NOT NULL), v -> power(v - list_avg(list(n)), 3))) / power(var_pop(n), 1.5) END
geometric_mean(x) FILTER (WHERE x > 0) => exp(avg(ln(x)) FILTER (WHERE x > 0))
approx_distinct(n) => count(DISTINCT n)
approx_distinct(t) => count(DISTINCT t)
approx_percentile(n, 0.5) => quantile_disc(n, 0.5)
bitwise_and_agg(n) => bit_and(n)
bitwise_or_agg(n) => bit_or(n)
bitwise_xor_agg(n) => bit_xor(n)
histogram(t) => CASE WHEN count(t) > 0 THEN histogram(t) END
histogram(n) => CASE WHEN count(n) > 0 THEN histogram(n) END
map_agg(o, t) => CASE WHEN count(*) > 0 THEN map_from_entries(list({'key': o, 'value': t})) END
cardinality(map_agg(o, n)) => nullif(count(*), 0)
array_sort(map_keys(multimap_agg(n, o))) => list(DISTINCT n ORDER BY n) FILTER (WHERE n IS NOT NULL)
reduce_agg(n, 0, (a, b) -> a + b, (a, b) -> a + b) => sum(n)
sum(n) + count(*)
sum(x) / nullif(count(x), 0)
max(n) - min(n)
max(day) > DATE '2024-01-01'
date_diff('day', min(day), max(day))
coalesce(sum(n), 0)
array_sort(array_agg(DISTINCT g)) => CASE WHEN count(*) > 0 THEN list(DISTINCT g ORDER BY g) END
grouping(g)  where grouped => grouping(g)
"""

# Window functions over facts: the expression, each over its own window.
WINDOWS = r"""
row_number() OVER (ORDER BY o)
row_number() OVER (PARTITION BY g ORDER BY o DESC)
row_number() OVER (ORDER BY n, o)
row_number() OVER (ORDER BY n DESC, o)
row_number() OVER (ORDER BY n NULLS FIRST, o)
row_number() OVER (ORDER BY n DESC NULLS LAST, o)
row_number() OVER (ORDER BY t DESC, o)
rank() OVER (ORDER BY n)
rank() OVER (PARTITION BY g ORDER BY n)
rank() OVER (PARTITION BY b ORDER BY day DESC)
dense_rank() OVER (ORDER BY n)
dense_rank() OVER (PARTITION BY g ORDER BY n DESC)
percent_rank() OVER (ORDER BY n)
percent_rank() OVER (PARTITION BY g ORDER BY n)
cume_dist() OVER (ORDER BY n)
cume_dist() OVER (PARTITION BY g ORDER BY n)
ntile(4) OVER (ORDER BY o)
ntile(3) OVER (PARTITION BY g ORDER BY o)
ntile(100) OVER (ORDER BY o)
lag(n) OVER (ORDER BY o)
lag(n, 2) OVER (PARTITION BY g ORDER BY o)
lag(n, 1, -1) OVER (PARTITION BY g ORDER BY o)
lag(n, 0) OVER (ORDER BY o)
lag(n) IGNORE NULLS OVER (ORDER BY o) => lag(n IGNORE NULLS) OVER (ORDER BY o)
lead(n) OVER (ORDER BY o)
lead(t, 2, 'none') OVER (PARTITION BY g ORDER BY o)
lead(n) IGNORE NULLS OVER (ORDER BY o) => lead(n IGNORE NULLS) OVER (ORDER BY o)
first_value(n) OVER (PARTITION BY g ORDER BY o)
first_value(n) OVER (PARTITION BY g ORDER BY o DESC)
first_value(n) IGNORE NULLS OVER (PARTITION BY g ORDER BY o DESC) => first_value(n IGNORE NULLS) OVER (PARTITION BY g ORDER BY o DESC)
last_value(n) OVER (PARTITION BY g ORDER BY o)
last_value(n) OVER (PARTITION BY g ORDER BY o ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
last_value(n) IGNORE NULLS OVER (ORDER BY o) => last_value(n IGNORE NULLS) OVER (ORDER BY o)
nth_value(n, 2) OVER (PARTITION BY g ORDER BY o)
nth_value(n, 2) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
sum(n) OVER ()
sum(n) OVER (PARTITION BY g)
sum(n) OVER (ORDER BY o)
sum(n) OVER (PARTITION BY g ORDER BY n)
sum(n) OVER (ORDER BY o ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
sum(n) OVER (ORDER BY o ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING)
sum(n) OVER (ORDER BY o ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING)
sum(n) OVER (ORDER BY o ROWS UNBOUNDED PRECEDING)
sum(n) OVER (ORDER BY o ROWS 1 PRECEDING)
sum(n) OVER (ORDER BY o RANGE BETWEEN 2 PRECEDING AND 2 FOLLOWING)
sum(o) OVER (ORDER BY n RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING)
sum(o) OVER (ORDER BY n DESC RANGE BETWEEN 2 PRECEDING AND CURRENT ROW)
sum(o) OVER (ORDER BY n RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
sum(o) OVER (ORDER BY day RANGE BETWEEN INTERVAL '1' MONTH PRECEDING AND CURRENT ROW)
sum(o) OVER (ORDER BY n GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
sum(o) OVER (ORDER BY n GROUPS BETWEEN CURRENT ROW AND 2 FOLLOWING)
sum(o) OVER (PARTITION BY g ORDER BY n GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW)
avg(x) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
count(*) OVER (PARTITION BY g)
count(n) OVER (ORDER BY o)
count(*) OVER (ORDER BY n)
min(n) OVER (ORDER BY o ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING)
max(t) OVER (PARTITION BY b ORDER BY o)
max(d) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
sum(d) OVER (PARTITION BY g ORDER BY o)
array_agg(n) OVER (PARTITION BY g ORDER BY o)
array_agg(o) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
bool_or(b) OVER (PARTITION BY g ORDER BY o)
max_by(t, o) OVER (PARTITION BY g ORDER BY o) => arg_max_null(t, o) OVER (PARTITION BY g ORDER BY o)
stddev_pop(x) OVER (PARTITION BY g)
bool_and(b) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
bool_or(b) OVER (ORDER BY o ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING)
every(b) OVER (ORDER BY o ROWS 1 PRECEDING) => bool_and(b) OVER (ORDER BY o ROWS 1 PRECEDING)
count_if(b) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) => count(*) FILTER (WHERE b) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
min(t) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
max(day) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
max(b) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) => bool_or(b) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
avg(n) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
sum(d) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
stddev_pop(n) OVER (ORDER BY o ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
var_samp(n) OVER (ORDER BY o ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
corr(n, o) OVER (PARTITION BY g ORDER BY o ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) => CASE WHEN isfinite(corr(n, o) OVER (PARTITION BY g ORDER BY o ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)) THEN corr(n, o) OVER (PARTITION BY g ORDER BY o ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) END
covar_pop(n, o) OVER (ORDER BY o ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
bitwise_or_agg(n) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) => bit_or(n) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
bitwise_and_agg(n) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) => bit_and(n) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
max_by(o, n) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
min_by(t, o) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) => arg_min_null(t, o) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
approx_distinct(n) OVER () => count(DISTINCT n) OVER ()
approx_distinct(n) OVER (PARTITION BY g) => count(DISTINCT n) OVER (PARTITION BY g)
approx_distinct(n) OVER (ORDER BY o) => list_unique(list(n) OVER (ORDER BY o))
approx_distinct(n) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) => list_unique(list(n) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING))
map_agg(o, n) OVER (ORDER BY o ROWS 1 PRECEDING) => map_from_entries(list({'key': o, 'value': n}) OVER (ORDER BY o ROWS 1 PRECEDING))
array_agg(n) OVER (ORDER BY n RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING)
n - lag(n, 1, 0) OVER (ORDER BY o)
100 * rank() OVER (ORDER BY o) + count(*) OVER (PARTITION BY g)
sum(n) OVER w + row_number() OVER w  where w => sum(n) OVER w + row_number() OVER w
"""

# Whole statements, for both as they stand or with DuckDB's after =>. Without ORDER BY their rows are compared as a set.
QUERIES = r"""
SELECT * FROM l JOIN r ON l.k = r.k
SELECT k, a, b FROM l JOIN r USING (k)
SELECT * FROM l JOIN r USING (k)
SELECT k, a, b FROM l LEFT JOIN r USING (k)
SELECT k, a, b FROM l RIGHT JOIN r USING (k)
SELECT k, a, b FROM l FULL JOIN r USING (k)
SELECT * FROM l FULL JOIN r USING (k)
SELECT * FROM l FULL OUTER JOIN r ON l.k = r.k
SELECT * FROM l LEFT JOIN r ON l.k = r.k AND r.b <> 'r3'
SELECT * FROM l LEFT JOIN r ON l.k = r.k AND l.a <> 'l2'
SELECT * FROM l RIGHT JOIN r ON l.k = r.k WHERE l.k IS NULL
SELECT * FROM l FULL JOIN r ON l.k = r.k AND l.a > 'l2'
SELECT * FROM l JOIN r ON l.k < r.k
SELECT * FROM l LEFT JOIN r ON l.k > r.k
SELECT * FROM l CROSS JOIN r
SELECT * FROM l, r WHERE l.k = r.k
SELECT * FROM l JOIN r ON l.k IS NOT DISTINCT FROM r.k
SELECT k, count(*) FROM l FULL JOIN r USING (k) GROUP BY k
SELECT l1.k, l2.a FROM l l1 JOIN l l2 ON l1.k = l2.k
SELECT k FROM l WHERE k IN (SELECT k FROM r)
SELECT k FROM l WHERE k NOT IN (SELECT k FROM r)
SELECT k FROM l WHERE k NOT IN (SELECT k FROM r WHERE k IS NOT NULL)
SELECT a FROM l WHERE EXISTS (SELECT 1 FROM r WHERE r.k = l.k)
SELECT a FROM l WHERE NOT EXISTS (SELECT 1 FROM r WHERE r.k = l.k)
SELECT a, (SELECT count(*) FROM r WHERE r.k = l.k) FROM l
SELECT a, (SELECT max(b) FROM r WHERE r.k = l.k) FROM l
SELECT a, (SELECT sum(r.k) FROM r WHERE r.k > l.k) FROM l
SELECT k FROM l WHERE k > ALL (SELECT k FROM r WHERE k < 3)
SELECT k FROM l WHERE k = ANY (SELECT k FROM r)
SELECT k FROM l WHERE k >= SOME (SELECT k FROM r WHERE k IS NOT NULL)
SELECT (SELECT b FROM r WHERE k = 99) AS nothing
SELECT l.a, x.c FROM l CROSS JOIN LATERAL (SELECT count(*) c FROM r WHERE r.k = l.k) x
SELECT l.a, x.c FROM l LEFT JOIN LATERAL (SELECT b c FROM r WHERE r.k = l.k) x ON true
SELECT l.a, x.c FROM l CROSS JOIN LATERAL (SELECT l.k * 2 c) x
SELECT l.a, x.k, x.c FROM l CROSS JOIN LATERAL (SELECT r.k, count(*) c FROM r WHERE r.k = l.k GROUP BY r.k) x
SELECT l.a, x.b, x.c FROM l CROSS JOIN LATERAL (SELECT r.b, count(*) c FROM r WHERE r.k >= l.k GROUP BY r.b) x
SELECT l.a, x.b FROM l CROSS JOIN LATERAL (SELECT r.b FROM r WHERE r.k = l.k ORDER BY b DESC LIMIT 1) x
SELECT k FROM l UNION SELECT k FROM r
SELECT k FROM l UNION ALL SELECT k FROM r
SELECT k FROM l INTERSECT SELECT k FROM r
SELECT k FROM l EXCEPT SELECT k FROM r
SELECT k FROM r EXCEPT SELECT k FROM l
SELECT k FROM l INTERSECT ALL SELECT k FROM r
SELECT k FROM l EXCEPT ALL SELECT k FROM r
SELECT k FROM l UNION SELECT k FROM r EXCEPT SELECT 2
SELECT k FROM l UNION (SELECT k FROM r INTERSECT SELECT 3)
SELECT 1 UNION SELECT 1.5 UNION SELECT NULL
SELECT DISTINCT k FROM l
SELECT DISTINCT k IS NULL, k > 1 FROM l
SELECT k FROM l ORDER BY k
SELECT k, a FROM l ORDER BY k DESC, a
SELECT k, a FROM l ORDER BY k NULLS FIRST, a DESC
SELECT k, a FROM l ORDER BY k DESC NULLS LAST, a
SELECT k FROM l ORDER BY k DESC NULLS FIRST LIMIT 2
SELECT k FROM l ORDER BY k OFFSET 1 LIMIT 2 => SELECT k FROM l ORDER BY k LIMIT 2 OFFSET 1
SELECT k FROM l ORDER BY 1 FETCH FIRST 2 ROWS ONLY => SELECT k FROM l ORDER BY 1 LIMIT 2
SELECT a AS k2 FROM l ORDER BY k2 DESC
SELECT a FROM l ORDER BY k + 1, a
SELECT x FROM (VALUES 1e0, nan(), infinity(), -infinity(), NULL, 0e0) t(x) WHERE x IS NULL OR x = x ORDER BY x => SELECT x FROM (VALUES (1e0), (infinity()), (-infinity()), (NULL), (0e0)) t(x) ORDER BY x
SELECT area, land, sum(sum) FROM sales GROUP BY area, land
SELECT area, sum(sum) FROM sales GROUP BY 1 HAVING sum(sum) > 10
SELECT area, land, sum(sum), grouping(area, land) FROM sales GROUP BY ROLLUP (area, land)
SELECT area, land, year, sum(sum), grouping(area, land, year) FROM sales GROUP BY CUBE (area, land, year)
SELECT area, year, sum(sum), count(*) FROM sales GROUP BY GROUPING SETS ((area, year), (area), (year), ())
SELECT area, land, sum(sum) FROM sales GROUP BY area, ROLLUP (land, year)
SELECT area, land, year, sum(sum) FROM sales GROUP BY GROUPING SETS ((area), (area)), year, land
SELECT grouping(area), count(DISTINCT land) FROM sales GROUP BY ROLLUP (area)
SELECT area, sum(sum) FILTER (WHERE year = 2024), max(sum) FILTER (WHERE year = 2025) FROM sales GROUP BY area
SELECT upper(area), sum(sum) FROM sales GROUP BY upper(area)
SELECT year % 2 = 0 AS even, sum(sum) FROM sales GROUP BY year % 2 = 0
SELECT count(*) FROM sales WHERE false
SELECT sum(sum), avg(sum), min(land) FROM sales WHERE false
SELECT area, sum(sum) FROM sales WHERE false GROUP BY area
SELECT sum(sum) FROM sales WHERE false GROUP BY ROLLUP (area)
SELECT 1 FROM sales HAVING count(*) > 5
SELECT area, sum(sum) * 100.0e0 / sum(sum(sum)) OVER () FROM sales GROUP BY area
SELECT area, rank() OVER (ORDER BY sum(sum) DESC) FROM sales GROUP BY area
SELECT area, sum(sum), sum(sum(sum)) OVER (ORDER BY sum(sum)) FROM sales GROUP BY area
SELECT i, v FROM nested CROSS JOIN UNNEST(e) AS u(v) => SELECT i, unnest(e) v FROM nested
SELECT i, v FROM nested LEFT JOIN UNNEST(e) AS u(v) ON true => SELECT i, v FROM nested LEFT JOIN LATERAL (SELECT unnest(e) v) u ON true
SELECT i, v, n FROM nested CROSS JOIN UNNEST(m) WITH ORDINALITY AS u(v, n) => SELECT i, unnest(m) v, unnest(range(1, len(m) + 1)) n FROM nested
SELECT i, v, n FROM nested LEFT JOIN UNNEST(m) WITH ORDINALITY AS u(v, n) ON true => SELECT i, v, n FROM nested LEFT JOIN LATERAL (SELECT unnest(m) v, unnest(range(1, len(m) + 1)) n) u ON true
SELECT i, v, w FROM nested CROSS JOIN UNNEST(e, m) AS u(v, w) => SELECT i, unnest(e) v, unnest(m) w FROM nested
SELECT i, v, w, n FROM nested CROSS JOIN UNNEST(e, m) WITH ORDINALITY AS u(v, w, n) => SELECT i, unnest(e) v, unnest(m) w, unnest(range(1, greatest(coalesce(len(e), 0), coalesce(len(m), 0)) + 1)) n FROM nested
SELECT v FROM UNNEST(ARRAY[3, NULL, 1]) AS u(v) => SELECT unnest([3, NULL, 1])
SELECT k, v FROM UNNEST(MAP(ARRAY['a', 'b'], ARRAY[1, NULL])) AS u(k, v) => SELECT * FROM (VALUES ('a', 1), ('b', NULL))
SELECT a, b FROM UNNEST(ARRAY[ROW(1, 'x'), ROW(2, NULL)]) AS u(a, b) => SELECT * FROM (VALUES (1, 'x'), (2, NULL))
SELECT v, count(*) FROM nested CROSS JOIN UNNEST(m) AS u(v) GROUP BY v => SELECT v, count(*) FROM (SELECT unnest(m) v FROM nested) GROUP BY v
SELECT i, sum(v) FROM nested CROSS JOIN UNNEST(e) AS u(v) GROUP BY i => SELECT i, sum(v) FROM (SELECT i, unnest(e) v FROM nested) GROUP BY i
WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 10) SELECT sum(n), count(*) FROM t
WITH RECURSIVE t(n, f) AS (SELECT 1, 1 UNION ALL SELECT n + 1, f * (n + 1) FROM t WHERE n < 10) SELECT n, f FROM t
WITH a AS (SELECT 1 x), b AS (SELECT x + 1 y FROM a) SELECT * FROM a, b
SELECT t.* FROM (VALUES (1, 'a'), (2, 'b')) t(x, y)
VALUES (1, 'a'), (2, NULL)
TABLE l => SELECT * FROM l
SELECT x, y FROM (SELECT 1 x) CROSS JOIN (SELECT 2 y)
SELECT g, o FROM facts WHERE g = 'a' AND n BETWEEN 2 AND 3 OR b AND d > 5
SELECT o FROM facts WHERE (g, n) IN (('a', 2), ('ties', 5))
SELECT o FROM facts WHERE n IN (SELECT max(n) FROM facts GROUP BY g)
SELECT o FROM facts f WHERE n = (SELECT max(n) FROM facts WHERE g = f.g)
SELECT o FROM facts f WHERE n > (SELECT avg(n) FROM facts WHERE g IS NOT DISTINCT FROM f.g)
SELECT g, n FROM (SELECT g, n, row_number() OVER (PARTITION BY g ORDER BY n DESC, o) i FROM facts WHERE n IS NOT NULL) WHERE i = 1
SELECT CASE WHEN n > 2 THEN 'high' WHEN n <= 2 THEN 'low' ELSE 'none' END c, count(*) FROM facts GROUP BY 1
SELECT day, date_trunc('month', day) FROM facts WHERE day > DATE '1900-01-01' => SELECT day, CAST(date_trunc('month', day) AS date) FROM facts WHERE day > DATE '1900-01-01'
SELECT year(day), count(*) FROM facts GROUP BY year(day) ORDER BY 1
SELECT g, count(*) c FROM facts GROUP BY g ORDER BY c DESC, g NULLS FIRST
SELECT DISTINCT g, b FROM facts ORDER BY g, b
SELECT count(DISTINCT g), count(DISTINCT b), sum(DISTINCT n), count(*) FROM facts
SELECT g, array_agg(n ORDER BY o) FROM facts GROUP BY g HAVING count(n) > 1
SELECT n FROM facts WHERE n IS NOT NULL ORDER BY abs(n), n LIMIT 5
SELECT o FROM facts f WHERE n <> (SELECT max(n) FROM facts WHERE g = f.g)
SELECT o FROM facts f CROSS JOIN LATERAL (SELECT max(n) m FROM facts WHERE g = f.g) x WHERE x.m = f.n
SELECT o FROM facts f CROSS JOIN LATERAL (SELECT max(n) m FROM facts WHERE g = f.g) x WHERE x.m <> f.n
SELECT count(DISTINCT k), count(k) FROM (SELECT CAST(NULL AS integer) k FROM l)
SELECT a, count(DISTINCT k), count(k) FROM (SELECT a, CAST(NULL AS integer) k FROM l) GROUP BY a
SELECT x.o, y.o FROM facts x JOIN facts y ON x.g IS NOT DISTINCT FROM y.g AND x.n = y.n
SELECT o FROM facts f WHERE n < (SELECT max(n) FROM facts WHERE g = f.g)
SELECT o FROM facts f WHERE NOT (n = (SELECT max(n) FROM facts WHERE g = f.g))
SELECT o FROM facts f WHERE n = (SELECT max(n) FROM facts WHERE g = f.g) OR o = 1
SELECT o FROM facts f WHERE n IS NOT DISTINCT FROM (SELECT max(n) FROM facts WHERE g = f.g)
SELECT o FROM facts f WHERE t = (SELECT min(t) FROM facts WHERE b = f.b)
SELECT o FROM facts f WHERE (SELECT count(*) FROM facts WHERE g = f.g) > 3
SELECT o FROM facts f WHERE (SELECT count(*) FROM facts WHERE g = f.g AND n > f.n) = 0
SELECT o FROM facts f WHERE (SELECT count(n) FROM facts WHERE g = f.g) = 0
SELECT o FROM facts f WHERE 0 = (SELECT count(*) FROM r WHERE r.k = f.n)
SELECT o FROM facts f WHERE (SELECT sum(k) FROM r WHERE r.k = f.n) IS NULL
SELECT o FROM facts f WHERE coalesce((SELECT sum(k) FROM r WHERE r.k = f.n), 0) = 0
SELECT o, (SELECT count(*) FROM r WHERE r.k = f.n) + (SELECT count(*) FROM l WHERE l.k = f.n) FROM facts f
SELECT o, (SELECT max(k) FROM r WHERE r.k < f.n) - (SELECT min(k) FROM l WHERE l.k <= f.n) FROM facts f
SELECT o, CASE WHEN EXISTS (SELECT 1 FROM r WHERE r.k = f.n) THEN 'in' ELSE 'out' END FROM facts f
SELECT o, n IN (SELECT k FROM r) FROM facts
SELECT o, n NOT IN (SELECT k FROM r) FROM facts
SELECT o, n IN (SELECT k FROM r WHERE k IS NOT NULL) FROM facts
SELECT o, n NOT IN (SELECT k FROM r WHERE k IS NOT NULL) FROM facts
SELECT o, n IN (SELECT k FROM r WHERE false) FROM facts
SELECT o, n NOT IN (SELECT k FROM r WHERE false) FROM facts
SELECT o, n IN (SELECT k FROM r WHERE b LIKE 'r' || '%') FROM facts WHERE n IS NULL OR n < 3
SELECT o, n > ALL (SELECT k FROM r WHERE k IS NOT NULL) FROM facts
SELECT o, n > ALL (SELECT k FROM r) FROM facts
SELECT o, n >= ANY (SELECT k FROM r) FROM facts
SELECT o, n = ALL (SELECT k FROM r WHERE false) FROM facts
SELECT o, n < ANY (SELECT k FROM r WHERE false) FROM facts
SELECT o, EXISTS (SELECT 1 FROM r WHERE r.k > f.n) FROM facts f
SELECT o, NOT EXISTS (SELECT 1 FROM r WHERE r.k = f.n AND r.b > 'r2') FROM facts f
SELECT o FROM facts f WHERE n IN (SELECT k FROM r WHERE r.k = f.n AND r.b <> f.t)
SELECT o FROM facts f WHERE n NOT IN (SELECT k FROM r WHERE r.b > f.t)
SELECT o FROM facts f WHERE EXISTS (SELECT max(k) FROM r WHERE r.k = f.n)
SELECT o FROM facts f WHERE EXISTS (SELECT count(*) FROM r WHERE r.k = f.n HAVING count(*) > 1)
SELECT o FROM facts f WHERE EXISTS (SELECT r.k FROM r WHERE r.k = f.n GROUP BY r.k HAVING count(*) > 1)
SELECT o FROM facts f WHERE EXISTS (SELECT 1 FROM r JOIN l ON r.k = l.k WHERE r.k = f.n)
SELECT o FROM facts f WHERE EXISTS (SELECT 1 FROM r WHERE r.k = f.n UNION SELECT 1 FROM l WHERE l.k = 1)
SELECT o FROM facts f WHERE EXISTS (SELECT 1 FROM r WHERE r.k = f.n AND EXISTS (SELECT 1 FROM l WHERE l.k = r.k))
SELECT g, count(*) FROM facts f GROUP BY g HAVING count(*) > (SELECT count(*) FROM r WHERE b IS NULL)
SELECT g, max(n) FROM facts GROUP BY g HAVING max(n) IN (SELECT k FROM r)
SELECT g, max(n) FROM facts GROUP BY g HAVING max(n) = (SELECT max(n) FROM facts WHERE g = 'ties')
SELECT l.a, r.b FROM l JOIN r ON l.k + 1 = r.k
SELECT l.a, r.b FROM l JOIN r ON l.k = r.k OR l.a = 'l1'
SELECT l.a, r.b FROM l LEFT JOIN r ON l.k = r.k OR l.k IS NULL
SELECT l.a, r.b FROM l FULL JOIN r ON l.k = r.k AND l.a <> 'l2b' AND r.b <> 'r3'
SELECT l.a, r.b FROM l FULL JOIN r ON l.k < r.k
SELECT l.a, r.b FROM l FULL JOIN r ON l.k = r.k WHERE l.a IS NULL OR r.b IS NULL
SELECT l.a, r.b FROM l LEFT JOIN r ON l.k = r.k WHERE r.b IS NULL
SELECT l.a, r.b FROM l LEFT JOIN r ON l.k = r.k WHERE coalesce(r.b, 'none') = 'none'
SELECT l.a, r.b FROM l LEFT JOIN r ON false
SELECT count(x.k), count(DISTINCT x.k), count(x.a) FROM (SELECT * FROM l WHERE false) x RIGHT JOIN r ON x.k = r.k
SELECT l.a, r.b FROM l RIGHT JOIN r ON true
SELECT l.a, r.b, x.a c FROM l JOIN r USING (k) JOIN l x USING (k)
SELECT k, l.a, r.b, x.a c FROM l FULL JOIN r USING (k) FULL JOIN (SELECT k + 2 k, a FROM l) x USING (k)
SELECT k, a, b, c FROM l LEFT JOIN r USING (k) LEFT JOIN (SELECT 2 k, 'c' c) USING (k)
SELECT k FROM l FULL JOIN r USING (k) WHERE k > 2
SELECT k, count(*), count(a), count(b) FROM l FULL JOIN r USING (k) GROUP BY k HAVING k IS NOT NULL
SELECT coalesce(l.k, r.k) kk, l.k, r.k rk FROM l FULL JOIN r ON l.k = r.k
SELECT x.k, y.k FROM (SELECT k FROM l WHERE k > 1) x LEFT JOIN (SELECT k FROM r WHERE k > 2) y ON x.k = y.k
SELECT count(*) FROM l a JOIN l b ON a.k = b.k JOIN l c ON b.k = c.k
SELECT count(*) FROM l a LEFT JOIN r b ON a.k = b.k LEFT JOIN r c ON b.k = c.k
SELECT l.a, x.s FROM l CROSS JOIN LATERAL (SELECT sum(r.k) s FROM r WHERE r.k <= l.k) x
SELECT l.a, x.s FROM l CROSS JOIN LATERAL (SELECT count(*) s FROM r WHERE r.k <= l.k) x
SELECT l.a, x.s FROM l LEFT JOIN LATERAL (SELECT max(b) s FROM r WHERE r.k = l.k) x ON true
SELECT l.a, x.d FROM l CROSS JOIN LATERAL (SELECT DISTINCT r.k d FROM r WHERE r.k >= l.k) x
SELECT l.a, x.k, y.n FROM l CROSS JOIN LATERAL (SELECT r.k FROM r WHERE r.k = l.k) x CROSS JOIN LATERAL (SELECT x.k + 1 n) y
SELECT l.a, x.b, x.i FROM l CROSS JOIN LATERAL (SELECT r.b, row_number() OVER (ORDER BY r.b) i FROM r WHERE r.k = l.k) x
SELECT l.a, x.k, x.c FROM l LEFT JOIN LATERAL (SELECT r.k, count(*) c FROM r WHERE r.k = l.k GROUP BY r.k) x ON true
SELECT l.a, x.v FROM l CROSS JOIN LATERAL (VALUES (l.k), (l.k * 10)) x(v)
SELECT l.a, x.v FROM l CROSS JOIN LATERAL (SELECT l.k v UNION ALL SELECT -l.k) x
SELECT * FROM (SELECT k, a FROM l ORDER BY k DESC, a LIMIT 2) ORDER BY 1, 2
SELECT k FROM (SELECT k FROM l UNION ALL SELECT k FROM r) GROUP BY k HAVING count(*) > 2
SELECT k, count(*) FROM (SELECT k FROM l UNION ALL SELECT k FROM r) u GROUP BY k
SELECT k, 'l' s FROM l UNION ALL SELECT k, 'r' FROM r ORDER BY k NULLS FIRST, s DESC LIMIT 5
(SELECT k FROM l ORDER BY k LIMIT 1) UNION ALL (SELECT k FROM r ORDER BY k DESC LIMIT 2)
SELECT k, a FROM l INTERSECT SELECT k, replace(b, 'r', 'l') FROM r
SELECT k, a FROM l EXCEPT SELECT k, replace(b, 'r', 'l') FROM r
SELECT NULL, 1 INTERSECT SELECT NULL, 1
SELECT NULL EXCEPT SELECT NULL
SELECT DISTINCT n, b FROM facts
SELECT DISTINCT ON_ FROM (SELECT g ON_ FROM facts)
SELECT g, b, count(*), sum(n), grouping(g), grouping(b), grouping(b, g) FROM facts GROUP BY CUBE (g, b)
SELECT g, b, sum(n) FROM facts GROUP BY ROLLUP (g, b) HAVING sum(n) IS NOT NULL
SELECT g, sum(n) FROM facts GROUP BY ROLLUP (g) ORDER BY grouping(g), g NULLS FIRST
SELECT year(day), month(day), count(*) FROM facts GROUP BY ROLLUP (year(day), month(day))
SELECT coalesce(g, 'all'), sum(n) FROM facts GROUP BY GROUPING SETS ((g), ())
SELECT g, count(*) FILTER (WHERE b), sum(n) FILTER (WHERE n > 0) FROM facts GROUP BY GROUPING SETS ((g), ())
SELECT g, sum(n), rank() OVER (PARTITION BY grouping(g) ORDER BY sum(n)) FROM facts GROUP BY ROLLUP (g)
SELECT count(*), count(DISTINCT g), count(DISTINCT n) FILTER (WHERE b), sum(DISTINCT n), avg(DISTINCT n) FROM facts
SELECT g, count(DISTINCT b), count(DISTINCT n), max(o) FROM facts GROUP BY g
SELECT g, count(DISTINCT CASE WHEN b THEN n END) FROM facts GROUP BY g
SELECT sum(n) s, count(*) c FROM facts WHERE n IS NULL
SELECT b, avg(n), sum(n) * 1.0e0 / count(n) FROM facts WHERE n IS NOT NULL GROUP BY b
SELECT g, sum(n) FROM facts GROUP BY g ORDER BY sum(n) DESC NULLS LAST, g NULLS LAST
SELECT g, n, sum(n) OVER (PARTITION BY g) - n FROM facts
SELECT o, sum(sum(n)) OVER (ORDER BY o) FROM facts GROUP BY o
SELECT g, row_number() OVER (ORDER BY count(*) DESC, g) FROM facts GROUP BY g
SELECT o FROM (SELECT o, ntile(3) OVER (ORDER BY o) t FROM facts) WHERE t = 2
SELECT o, lag(o) OVER w, lead(o) OVER w, sum(n) OVER (w ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM facts WINDOW w AS (PARTITION BY g ORDER BY o)
SELECT o, rank() OVER (ORDER BY g NULLS FIRST, n DESC), dense_rank() OVER (ORDER BY b) FROM facts
SELECT o, sum(n) OVER (ORDER BY g RANGE UNBOUNDED PRECEDING) FROM facts
SELECT o, count(*) OVER (ORDER BY b, g ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM facts
SELECT DISTINCT g, count(*) OVER (PARTITION BY g) FROM facts
WITH a AS (SELECT g, sum(n) s FROM facts GROUP BY g), b AS (SELECT max(s) m FROM a) SELECT g FROM a JOIN b ON a.s = b.m
WITH a AS (SELECT k FROM l), b AS (SELECT k FROM a WHERE k > 1) SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)
WITH RECURSIVE t(i, s) AS (SELECT 1, CAST('x' AS varchar) UNION ALL SELECT i + 1, s || 'y' FROM t WHERE i < 4) SELECT * FROM t
WITH RECURSIVE t(k) AS (SELECT 1 UNION ALL SELECT r.k FROM t JOIN r ON r.k = t.k + 1) SELECT k, count(*) FROM t GROUP BY k
SELECT a.o, b.o FROM facts a JOIN facts b ON a.n = b.n AND a.o < b.o
SELECT a.o, count(b.o) FROM facts a LEFT JOIN facts b ON a.g = b.g AND b.n > a.n GROUP BY a.o
SELECT f.o, r.b FROM facts f LEFT JOIN r ON f.n = r.k WHERE f.o < 6
SELECT o FROM facts WHERE n BETWEEN (SELECT min(k) FROM r) AND (SELECT max(k) FROM r)
SELECT o FROM facts WHERE NOT (n > 1 AND b)
SELECT o FROM facts WHERE NOT (n > 1 OR b)
SELECT o FROM facts WHERE (n > 1) IS NULL
SELECT o FROM facts WHERE (b AND n > 1) = true
SELECT o FROM facts WHERE b = false OR n IS NULL
SELECT o FROM facts WHERE g IN ('a', NULL)
SELECT o FROM facts WHERE g NOT IN ('a')
SELECT o FROM facts WHERE g NOT IN ('a', NULL)
SELECT o FROM facts WHERE n IN (1, 2) AND g = 'a' OR t LIKE '%e' AND d > 1
SELECT o FROM facts WHERE CASE WHEN n > 1 THEN b ELSE true END
SELECT o FROM facts WHERE coalesce(n, -1) = -1
SELECT o FROM facts WHERE nullif(n, 2) IS NULL
SELECT o FROM facts WHERE (g, t) = ('a', 'two')
SELECT o FROM facts WHERE (n, o) IN (SELECT k, k + 3 FROM r) => SELECT o FROM facts WHERE (n, CAST(o AS bigint)) IN (SELECT k, k + 3 FROM r)
SELECT i, (SELECT sum(v) FROM UNNEST(e) AS u(v)) FROM nested => SELECT i, list_sum(e) FROM nested
SELECT i, (SELECT count(*) FROM UNNEST(m) AS u(v)) FROM nested => SELECT i, coalesce(len(m), 0) FROM nested
SELECT i, (SELECT max(v) FROM UNNEST(e) AS u(v) WHERE v > 10) FROM nested => SELECT i, list_max(list_filter(e, v -> v > 10)) FROM nested
SELECT i FROM nested WHERE EXISTS (SELECT 1 FROM UNNEST(m) AS u(v) WHERE v = 'q') => SELECT i FROM nested WHERE list_contains(m, 'q')
SELECT i FROM nested WHERE 30 IN (SELECT v FROM UNNEST(e) AS u(v)) => SELECT i FROM nested WHERE list_contains(e, 30)
SELECT i, v, w FROM nested CROSS JOIN UNNEST(e) AS a(v) CROSS JOIN UNNEST(m) AS b(w) => SELECT i, v, unnest(m) w FROM (SELECT i, m, unnest(e) v FROM nested)
SELECT i, v FROM nested LEFT JOIN UNNEST(filter(e, x -> x > 15)) AS u(v) ON true => SELECT i, v FROM nested LEFT JOIN LATERAL (SELECT unnest(list_filter(e, x -> x > 15)) v) u ON true
SELECT i, array_agg(v ORDER BY v DESC) FROM nested CROSS JOIN UNNEST(m) AS u(v) GROUP BY i => SELECT i, list(v ORDER BY v DESC) FROM (SELECT i, unnest(m) v FROM nested) GROUP BY i
"""

# What Trino gives and DuckDB does not: the expression, Trino's value as Athena shows it, and where that is written.
TRINO = r"""
# joins and unnest
(SELECT array_agg(k ORDER BY k) FROM (SELECT k FROM (VALUES 1, 2) a(k) RIGHT JOIN (VALUES 2, 3) b(k) USING (k))) => [2, 3]  # sql/select.html#joins, TestJoinQueries
(SELECT array_agg(k ORDER BY k) FROM (SELECT k FROM (VALUES 1, 2) a(k) FULL JOIN (VALUES 2, 3) b(k) USING (k))) => [1, 2, 3]  # sql/select.html#joins
(SELECT array_agg(o ORDER BY o) FROM (VALUES (1, 'a', 1), (2, 'a', 2), (3, 'b', NULL)) x(o, g, n) WHERE n = (SELECT max(n) FROM (VALUES ('a', 2), ('b', NULL)) y(g, n) WHERE y.g = x.g)) => [2]  # sql/select.html#subqueries: NULL = NULL is not true
(SELECT array_agg(s ORDER BY s) FROM (SELECT sum(x) OVER (ORDER BY o ROWS 1 PRECEDING) s FROM (VALUES (1, 1e20), (2, 1e0), (3, 2e0)) t(o, x))) => [3.0, 1.0E20, 1.0E20]  # AggregateWindowFunction.buildNewFrame: from the beginning where less stays than goes
(SELECT array_agg(s ORDER BY o) FROM (SELECT o, sum(x) OVER (ORDER BY o ROWS 1 PRECEDING) s FROM (VALUES (1, nan()), (2, 1e0), (3, 2e0)) t(o, x))) => [NaN, NaN, 3.0]  # DoubleSumAggregation.removeInput: from the beginning after NaN
(SELECT array_agg(s ORDER BY o) FROM (SELECT o, avg(x) OVER (ORDER BY o ROWS 1 PRECEDING) s FROM (VALUES (1, infinity()), (2, 1e0), (3, 2e0)) t(o, x))) => [Infinity, Infinity, 1.5]  # DoubleAverageAggregations.removeInput: from the beginning after infinity
approx_percentile(x, 0.25) FROM (VALUES 9, 10, 11, 12) t(x) => 10  # TDigest.valueAt
count(*) FILTER (WHERE x > 1) OVER () FROM (VALUES 1, 2) t(x) => FAILS  # StatementAnalyzer: FILTER is not yet supported for window functions
sum(x) FROM (VALUES 1, 2) t(x) GROUP BY GROUPING SETS (ROLLUP (x)) => FAILS  # SqlBase.g4: groupingSet
(SELECT max_by(v, o) FROM (VALUES (1, 'x'), (2, NULL)) t(o, v)) => NULL  # functions/aggregate.html, TestMaxByAggregation
(SELECT count(*) FROM (VALUES 1) a(k) LEFT JOIN UNNEST(CAST(ARRAY[] AS array(integer))) AS u(v) ON true) => 1  # sql/select.html#unnest, TestUnnest
(SELECT array_agg(ROW(t.n, x.c) ORDER BY t.n, x.m) FROM (VALUES 1, 2) t(n) CROSS JOIN LATERAL (SELECT m, count(*) c FROM (VALUES 1, 1, 2) s(m) WHERE s.m <= t.n GROUP BY m) x) => [{field0=1, field1=2}, {field0=2, field1=2}, {field0=2, field1=1}]  # TestSubqueries
(SELECT count(*) FROM (VALUES 1, 2, 3) t(n) CROSS JOIN LATERAL (SELECT m FROM (VALUES 1, 1, 2) s(m) WHERE s.m <= t.n GROUP BY m) x) => 5  # TestSubqueries

# time zones
date_format(from_unixtime(1767232800) AT TIME ZONE 'America/New_York', '%Y-%m-%d %H:%i') => 2025-12-31 21:00  # functions/datetime.html
CAST(TIMESTAMP '2026-01-01 02:00:00 UTC' AT TIME ZONE 'America/New_York' AS timestamp) => 2025-12-31 21:00:00.000  # TestTimestampWithTimeZone.testCastToTimestamp
TIMESTAMP '2026-01-01 02:00:00 UTC' AT TIME ZONE 'America/New_York' => 2025-12-31 21:00:00.000 America/New_York  # functions/datetime.html#time-zone-conversion
date_trunc('day', TIMESTAMP '2026-03-08 12:00:00 America/New_York') => 2026-03-08 00:00:00.000 America/New_York  # TestTimestampWithTimeZone.testDateTrunc
date_add('day', 1, TIMESTAMP '2026-03-07 12:00:00 America/New_York') => 2026-03-08 12:00:00.000 America/New_York  # TestTimestampWithTimeZone.testDateAdd
to_iso8601(TIMESTAMP '2026-07-01 12:00:00 America/New_York') => 2026-07-01T12:00:00-04:00  # functions/datetime.html
timezone_hour(TIMESTAMP '2026-07-01 12:00:00 America/New_York') => -4  # functions/datetime.html
TIMESTAMP '2026-01-01 02:00:00 +05:30' AT TIME ZONE 'UTC' => 2025-12-31 20:30:00.000 UTC  # functions/datetime.html
CAST(TIMESTAMP '2026-01-01 02:00:00 Asia/Kolkata' AS date) => 2026-01-01  # TestTimestampWithTimeZone.testCastToDate

# text
substr('Quadratically', -5) => cally  # TestStringFunctions.testSubstring
substr('Quadratically', 0) =>   # TestStringFunctions.testSubstring
substr('Quadratically', -50) =>   # TestStringFunctions.testSubstring
substr('Quadratically', 5, 0) =>   # TestStringFunctions.testSubstring
CAST('banana' AS varchar(3)) => ban  # TestVarcharType, language/types.html#varchar
split_part('a/b/c', '/', 4) => NULL  # functions/string.html, TestStringFunctions.testSplitPart
split_part('abc', '', 2) => b  # TestStringFunctions.testSplitPart: an empty delimiter splits between all characters
split_part('a/b', '/', 0) => FAILS  # TestStringFunctions.testSplitPart
'a_b' LIKE 'a\_b' => false  # functions/comparison.html#pattern-comparison-like
'a_b' LIKE 'a\_b' ESCAPE '\' => true  # functions/comparison.html#pattern-comparison-like
replace('abc', '', 'x') => xaxbxcx  # TestStringFunctions.testReplace
upper('Straße') => STRAßE  # functions/string.html: one character for one
reverse('👍🏽') => 🏽👍  # functions/string.html: of code points
length('👩‍👩‍👧') => 5  # functions/string.html: of code points
'NULL' || CAST(NULL AS varchar) => NULL  # functions/string.html
concat('a', NULL) => NULL  # functions/string.html
concat_ws(',', ARRAY['a', 'b']) => a,b  # functions/string.html, TestConcatWsFunction
concat_ws(',', 'a', NULL, '') => a,  # functions/string.html, TestConcatWsFunction
CAST('a' AS char(3)) || 'b' => a  b  # TestStringFunctions.testCharConcat: a varchar becomes a char
CAST('a' AS char(3)) = 'a  ' => true  # TestCharOperators
split('a.b.c', '.', 2) => [a, b.c]  # TestStringFunctions.testSplit
lpad('text', 2, 'x') => te  # TestStringFunctions.testLeftPad
lpad('text', -1, 'x') => FAILS  # TestStringFunctions.testLeftPad
lpad('text', 5, '') => FAILS  # TestStringFunctions.testLeftPad
strpos('high', '') => 1  # TestStringFunctions.testStringPosition
strpos('aabbaa', 'a', 2) => 2  # functions/string.html
strpos('aabbaa', 'a', -1) => 6  # functions/string.html
regexp_extract('abc', 'x') => NULL  # functions/regexp.html
regexp_extract('ab', '(a)(x)?', 2) => NULL  # TestRegexpFunctions
regexp_replace('new york', '(\w)(\w*)', x -> upper(x[1]) || lower(x[2])) => New York  # functions/regexp.html
regexp_position('abc', 'x') => -1  # functions/regexp.html
regexp_split('a1b2', '\d') => [a, b, ]  # functions/regexp.html
regexp_like('a' || chr(10) || 'b', 'a.b') => false  # Joni's Java syntax: a dot is no line break
url_encode('http://test?a=b&c=d') => http%3A%2F%2Ftest%3Fa%3Db%26c%3Dd  # TestUrlFunctions.testUrlEncode
url_encode('~ ') => %7E+  # TestUrlFunctions.testUrlEncode
url_decode('a+b%20c') => a b c  # TestUrlFunctions.testUrlDecode
url_extract_host('https://user@example.com:8080/p?k=v#f') => example.com  # functions/url.html
url_extract_parameter('http://e.com/p?k1=v1&k2&k1=w', 'k1') => v1  # functions/url.html
url_extract_parameter('http://e.com/p?k1=v1&k2', 'k2') =>   # TestUrlFunctions.testUrlExtractParameter
url_extract_query('http://e.com/p?a=b%20c#x') => a=b c  # TestUrlFunctions.testUrlExtract
url_extract_port('http://e.com/') => NULL  # functions/url.html
url_extract_path('not a url') => NULL  # TestUrlFunctions.testUrlExtract
soundex('jim') => J500  # TestStringFunctions.testSoundex
hamming_distance('', '') => 0  # TestStringFunctions.testHammingDistance
hamming_distance('a', 'ab') => FAILS  # TestStringFunctions.testHammingDistance
levenshtein_distance('hello', 'hélllo') => 2  # TestStringFunctions.testLevenshteinDistance
from_utf8(from_hex('58BF')) => X�  # TestStringFunctions.testFromUtf8
normalize(U&'\0065\0301', NFC) = U&'\00E9' => true  # functions/string.html
typeof('abc') => varchar(3)  # functions/conversion.html
chr(128077) => 👍  # functions/string.html

luhn_check('79927398713') => true  # functions/string.html
split_to_multimap('a=1,a=2', ',', '=') => {a=[1, 2]}  # functions/string.html
url_extract_fragment('http://e.com/p#Ref%201') => Ref 1  # TestUrlFunctions.testUrlExtract
url_extract_protocol('https://e.com/') => https  # functions/url.html
format('%s%%', 123) => 123%  # functions/conversion.html
format('%08d', 8) => 00000008  # functions/conversion.html
format('%,.2f', 1234567.89) => 1,234,567.89  # functions/conversion.html
format('%-7s,%7s', 'hello', 'world') => hello  ,  world  # functions/conversion.html
format('%2$s %3$s %1$s', 'a', 'b', 'c') => b c a  # functions/conversion.html
format('%1$tA, %1$tB %1$te, %1$tY', DATE '2006-07-04') => Tuesday, July 4, 2006  # functions/conversion.html
format_number(1000000) => 1M  # functions/conversion.html
parse_data_size('2.3MB') => 2411724  # functions/conversion.html
human_readable_seconds(3762) => 1 hour, 2 minutes, 42 seconds  # functions/datetime.html
parse_duration('3.81 d') => 3 19:26:24.000  # functions/datetime.html
crc32(to_utf8('123456789')) => 3421780262  # the check value of CRC-32
to_hex(xxhash64(to_utf8(''))) => EF46DB3751D8E999  # the value of XXH64 for no bytes
to_hex(sha512(to_utf8('abc'))) => DDAF35A193617ABACC417349AE20413112E6FA4E89A97EA20A9EEEE64B55D39A2192992A274FC1A836BA3C23A3FEEBBD454D4423643CE80E2A9AC94FA54CA49F  # FIPS 180
to_hex(hmac_md5(to_utf8('what do ya want for nothing?'), to_utf8('Jefe'))) => 750C783E6AB0B503EAA86E310A5DB738  # RFC 2202
to_hex(hmac_sha1(to_utf8('what do ya want for nothing?'), to_utf8('Jefe'))) => EFFCDF6AE5EB2FA2D27416D5F184DF9C259A7C79  # RFC 2202
to_hex(hmac_sha256(to_utf8('what do ya want for nothing?'), to_utf8('Jefe'))) => 5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843  # RFC 4231
char2hexint('日本') => 65E5672C  # functions/teradata.html
index('high', 'ig') => 2  # functions/teradata.html
to_char(TIMESTAMP '1988-04-08 14:15:16', 'yyyy/mm/dd hh24:mi:ss') => 1988/04/08 14:15:16  # functions/teradata.html
to_date('1988/04/08', 'yyyy/mm/dd') => 1988-04-08  # functions/teradata.html
typeof(current_timestamp) => timestamp(3) with time zone  # functions/datetime.html
current_timezone() => UTC  # Athena's sessions are in UTC

# numbers
round(kurtosis(x), 9) FROM (VALUES 1, 2, 3, 4, 10) t(x) => 3.152  # functions/aggregate.html: the excess kurtosis of a sample
map_union(m) FROM (VALUES MAP(ARRAY['a'], ARRAY[1])) t(m) => {a=1}  # functions/aggregate.html
cosine_similarity(MAP(ARRAY['a'], ARRAY[1.0]), MAP(ARRAY['a'], ARRAY[2.0])) => 1.0  # functions/math.html
from_ieee754_32(to_ieee754_32(REAL '1.5')) => 1.5  # functions/binary.html
from_big_endian_32(to_big_endian_32(-7)) => -7  # functions/binary.html
from_unixtime_nanos(-100) => 1969-12-31 23:59:59.999999900 UTC  # functions/datetime.html
from_iso8601_timestamp_nanos('2020-05-11T11:15:05.123456789Z') => 2020-05-11 11:15:05.123456789 UTC  # functions/datetime.html
multimap_from_entries(ARRAY[(1, 'x'), (1, 'z')]) => {1=[x, z]}  # functions/map.html
numeric_histogram(2, x) FROM (VALUES 1e0, 1e0, 5e0) t(x) => {1.0=2.0, 5.0=1.0}  # functions/aggregate.html
DECIMAL '0.00000000001' => 0.00000000001  # language/types.html#decimal
CAST('0.00000000001' AS decimal(20, 11)) => 0.00000000001  # TestDecimalCasts
DECIMAL '100.00' / DECIMAL '0.30' => 333.33  # functions/decimal.html#binary-arithmetic-decimal-operators
DECIMAL '1.0' / DECIMAL '3' => 0.3  # functions/decimal.html#binary-arithmetic-decimal-operators
DECIMAL '10.5' * DECIMAL '2.25' => 23.625  # functions/decimal.html
DECIMAL '7' / DECIMAL '2' => 4  # TestDecimalOperators.testDivideDecimal
DECIMAL '-7.5' % DECIMAL '2' => -1.5  # TestDecimalOperators.testModulusDecimal
typeof(DECIMAL '1.50' + DECIMAL '1') => decimal(4,2)  # functions/decimal.html
typeof(DECIMAL '100.00' / DECIMAL '0.30') => decimal(7,2)  # functions/decimal.html
CAST(2.5 AS decimal) => 3  # language/types.html#decimal: decimal(38, 0), TestDecimalCasts
CAST(-2.5 AS decimal(5, 0)) => -3  # TestDecimalCasts
CAST(2.5e0 AS bigint) => 3  # TestDoubleOperators.testCastToBigint
CAST(-2.5e0 AS bigint) => -3  # TestDoubleOperators.testCastToBigint: TRINO
CAST(1.5 AS integer) => 2  # TestDecimalCasts
7 / 2 => 3  # functions/math.html: integer division truncates
-7 / 2 => -3  # functions/math.html
-7 % 3 => -1  # functions/math.html
1 / 0 => FAILS  # TestBigintOperators.testDivide
1e0 / 0e0 => Infinity  # TestDoubleOperators.testDivide
9223372036854775807 + 1 => FAILS  # TestBigintOperators
-9223372036854775808 / -1 => FAILS  # TestBigintOperators
round(2.5e0) => 3.0  # TestMathFunctions.testRound
round(-0.5e0) => -1.0  # TestMathFunctions.testRound
round(1.005, 2) => 1.010  # TestMathFunctions.testRound
truncate(-1.99) => -1  # TestMathFunctions.testTruncate
nan() = nan() => false  # TestDoubleOperators.testEqual
nan() <> nan() => true  # TestDoubleOperators.testNotEqual
nan() < 1e0 => false  # TestDoubleOperators.testLessThan
nan() > 1e0 => false  # TestDoubleOperators.testGreaterThan
nan() IS DISTINCT FROM nan() => false  # TestDoubleOperators.testIsDistinctFrom
sqrt(-1) => NaN  # TestMathFunctions.testSqrt
ln(0e0) => -Infinity  # TestMathFunctions.testLn
greatest(1, NULL) => NULL  # functions/comparison.html
mod(5, 0) => FAILS  # TestMathFunctions.testMod
to_base(-255, 16) => -ff  # TestMathFunctions.testToBase
bit_count(-1, 64) => 64  # functions/bitwise.html
bitwise_left_shift(TINYINT '-7', 2) => -28  # functions/bitwise.html
bitwise_right_shift(TINYINT '-8', 1) => 124  # functions/bitwise.html
width_bucket(3.14e0, 0, 4, 3) => 3  # TestMathFunctions.testWidthBucket
CAST('1e400' AS double) => Infinity  # Java's Double.parseDouble
CAST(' 1' AS bigint) => FAILS  # TestVarcharOperators; Long.parseLong
CAST('1.5' AS bigint) => FAILS  # Long.parseLong
CAST(37.7e0 AS varchar) => 3.77E1  # TestDoubleOperators.testCastToVarchar
CAST(infinity() AS varchar) => Infinity  # TestDoubleOperators.testCastToVarchar
CAST(1.50 AS varchar) => 1.50  # TestDecimalCasts
CAST(true AS varchar) => true  # TestBooleanOperators.testCastToVarchar
avg(CAST(x AS decimal(5, 2))) FROM (VALUES 1, 2, 2) t(x) => 1.67  # functions/aggregate.html, TestDecimalAverageAggregation
typeof(avg(x)) FROM (VALUES 1) t(x) => double  # functions/aggregate.html
typeof(sum(x)) FROM (VALUES 1.5) t(x) => decimal(38,1)  # functions/aggregate.html
max(x) FROM (VALUES nan(), 1e0) t(x) => 1.0  # TestDoubleMaxAggregation: NaN is not greater

# dates
date_diff('month', DATE '2020-01-31', DATE '2020-02-29') => 1  # DateTimeFunctions.diffDate: Joda-Time counts the last day of a shorter month
date_diff('month', DATE '2021-02-28', DATE '2020-02-29') => -12  # DateTimeFunctions.diffDate: Joda-Time negates the difference the other way round
date_diff('year', DATE '2021-02-28', DATE '2020-02-29') => -1  # DateTimeFunctions.diffDate, Joda-Time
date_diff('second', TIMESTAMP '2020-02-29 23:59:59.999999', TIMESTAMP '2020-03-01 00:00:00.999') => 1  # scalar.timestamp.DateDiff counts in milliseconds
CAST('2020-01-01 24:00:00' AS timestamp) => FAILS  # DateTimes.parseTimestamp
date_diff('day', TIMESTAMP '2020-01-01 23:00:00', TIMESTAMP '2020-01-02 01:00:00') => 0  # TestTimestamp.testDateDiff: whole days
DATE '2020-01-31' + INTERVAL '1' MONTH => 2020-02-29  # functions/datetime.html#interval-functions
DATE '2020-02-29' - INTERVAL '1' YEAR => 2019-02-28  # functions/datetime.html
DATE '2020-02-29' - DATE '2020-02-01' => 28 00:00:00.000  # DateOperators.subtract
TIMESTAMP '2020-02-29 12:00:00' - TIMESTAMP '2020-02-28 13:30:00' => 0 22:30:00.000  # TestTimestamp.testSubtract
date_format(TIMESTAMP '2020-02-09 03:04:05', '%e/%c/%y %l:%i %p') => 9/2/20 3:04 AM  # functions/datetime.html#mysql-date-functions
date_format(TIMESTAMP '2020-02-09 03:04:05', '%D') => FAILS  # functions/datetime.html: not supported
date_parse('2020-02-30', '%Y-%m-%d') => FAILS  # Joda-Time
date_parse('9/Feb/20', '%d/%b/%y') => 2020-02-09 00:00:00.000  # functions/datetime.html
from_iso8601_date('2020-W09-6') => 2020-02-29  # functions/datetime.html
from_iso8601_timestamp('2020-05-11T11:15:05+02:00') => 2020-05-11 11:15:05.000 +02:00  # functions/datetime.html
INTERVAL '2-3' YEAR TO MONTH => 2-3  # language/types.html#interval-year-to-month
INTERVAL '1 02:03:04.005' DAY TO SECOND => 1 02:03:04.005  # language/types.html#interval-day-to-second
INTERVAL '-90' MINUTE => -0 01:30:00.000  # TestIntervalDayTime
INTERVAL '45' DAY > INTERVAL '1' HOUR => true  # TestIntervalDayTime
extract(DAY_OF_WEEK FROM DATE '2020-03-01') => 7  # functions/datetime.html
week(DATE '2021-01-03') => 53  # functions/datetime.html
current_date = date(now()) => true  # functions/datetime.html
to_unixtime(TIMESTAMP '2020-06-01 08:26:40.5') => 1.5910000005E9  # functions/datetime.html

# arrays and maps
sequence(5, 1) => [5, 4, 3, 2, 1]  # functions/array.html: step -1 when start is greater
sequence(1, 5, 0) => FAILS  # TestSequenceFunction
repeat('x', 3) => [x, x, x]  # functions/array.html
array_max(ARRAY[-1, -2, NULL]) => NULL  # TestArrayOperators.testArrayMax
array_min(ARRAY[NULL, 1]) => NULL  # TestArrayOperators.testArrayMin
array_sort(ARRAY[NULL, 2, 1]) => [1, 2, null]  # functions/array.html
array_distinct(ARRAY[2, NULL, 2, NULL, 1]) => [2, null, 1]  # TestArrayOperators.testArrayDistinct
array_intersect(ARRAY[1, 1, NULL], ARRAY[NULL, 1]) => [1, null]  # TestArrayIntersectFunction
array_except(ARRAY[1, 2, NULL], ARRAY[NULL]) => [1, 2]  # TestArrayExceptFunction
arrays_overlap(ARRAY[1, NULL], ARRAY[2]) => NULL  # functions/array.html
contains(ARRAY[1, NULL], 2) => NULL  # TestArrayOperators.testContains
array_join(ARRAY[1, NULL, 3], ',') => 1,3  # functions/array.html
element_at(ARRAY[1, 2], -1) => 2  # functions/array.html
element_at(ARRAY[1, 2], 3) => NULL  # functions/array.html
ARRAY[1, 2][3] => FAILS  # functions/array.html#subscript-operator
slice(ARRAY[1, 2, 3], -2, 2) => [2, 3]  # functions/array.html
flatten(ARRAY[ARRAY[1], NULL, ARRAY[2]]) => [1, 2]  # TestArrayFlattenFunction
combinations(ARRAY[1, 2, 3], 2) => [[1, 2], [1, 3], [2, 3]]  # functions/array.html
ngrams(ARRAY['a', 'b'], 5) => [[a, b]]  # functions/array.html
zip(ARRAY[1], ARRAY['a', 'b']) => [{field0=1, field1=a}, {field0=null, field1=b}]  # functions/array.html
ARRAY[1, NULL] = ARRAY[1, NULL] => NULL  # TestArrayOperators.testArrayToArrayComparison
ARRAY[1, NULL] = ARRAY[2, NULL] => false  # TestArrayOperators
ARRAY[1, 2] < ARRAY[1, 2, 3] => true  # TestArrayOperators
MAP(ARRAY['a', 'b'], ARRAY[1, 2]) = MAP(ARRAY['b', 'a'], ARRAY[2, 1]) => true  # TestMapOperators.testMapEquality
MAP(ARRAY['a'], ARRAY[1])['b'] => FAILS  # functions/map.html#subscript-operator
MAP(ARRAY['a', 'a'], ARRAY[1, 2]) => FAILS  # TestMapOperators: duplicate keys
MAP(ARRAY['a'], ARRAY[1]) => {a=1}  # Athena's text of a map
MAP(ARRAY[1], ARRAY[ARRAY['x', NULL]]) => {1=[x, null]}  # Athena's text of a map
ARRAY[1, NULL] => [1, null]  # Athena's text of an array
X'00FF10' => 00 ff 10  # Athena's text of varbinary
infinity() => Infinity  # Java's Double.toString
-infinity() => -Infinity  # Java's Double.toString
nan() => NaN  # Java's Double.toString
1e7 => 1.0E7  # Java's Double.toString
1e-4 => 1.0E-4  # Java's Double.toString
1234567e0 => 1234567.0  # Java's Double.toString
CAST(0.1e0 AS real) => 0.1  # Java's Float.toString
ROW(1, 'a') => {field0=1, field1=a}  # Athena's text of a row
CAST(ROW(1, NULL) AS row(x integer, y varchar)) => {x=1, y=null}  # Athena's text of a row
ROW(1, NULL) = ROW(1, NULL) => NULL  # TestRowOperators.testRowEquality
ROW(1, 2) < ROW(1, 3) => true  # TestRowOperators
reduce(ARRAY[5, 20, NULL, 50], 0, (s, x) -> s + x, s -> s) => NULL  # functions/array.html
transform_values(MAP(ARRAY[1, 2], ARRAY[10, 20]), (k, v) -> k + v) => {1=11, 2=22}  # functions/map.html
split_to_map('a=1,b=2', ',', '=') => {a=1, b=2}  # functions/string.html

# NULLs and conditions
1 IN (2, NULL) => NULL  # functions/comparison.html
1 NOT IN (2, NULL) => NULL  # functions/comparison.html
nullif(NULL, 1) => NULL  # functions/conditional.html
try(CAST('x' AS integer)) => NULL  # functions/conditional.html
coalesce(1, 1 / 0) => 1  # functions/conditional.html
if(false, 1 / 0, 2) => 2  # functions/conditional.html
(SELECT array_agg(x ORDER BY x) FROM (VALUES 2, NULL, 1) t(x)) => [1, 2, null]  # sql/select.html#order-by: NULLS LAST
(SELECT array_agg(x ORDER BY x DESC) FROM (VALUES 2, NULL, 1) t(x)) => [2, 1, null]  # sql/select.html#order-by: NULLS LAST

# JSON
json_extract_scalar('{"a": null}', '$.a') => NULL  # functions/json.html
json_extract_scalar('{"a": [1]}', '$.a') => NULL  # functions/json.html
json_extract('not json', '$.a') => NULL  # TestJsonExtract
json_parse('{"b": 1, "a": 2}') => {"a":2,"b":1}  # functions/json.html: keys are sorted
CAST(JSON '{"a": 1}' AS map(varchar, integer)) => {a=1}  # functions/json.html#cast-from-json
CAST(JSON '[1, null]' AS array(integer)) => [1, null]  # functions/json.html#cast-from-json
CAST(JSON '"abc"' AS varchar) => abc  # functions/json.html#cast-from-json
CAST(MAP(ARRAY['k'], ARRAY[NULL]) AS json) => {"k":null}  # functions/json.html#cast-to-json
json_format(CAST(ROW(1, 'a') AS json)) => {"":1,"":"a"}  # TestRowOperators.testRowToJson, with unnamed fields
json_array_get('["a", "b"]', -1) => b  # functions/json.html
json_size('{"x": {"a": 1}}', '$.x') => 1  # functions/json.html
json_value('{"a": [1]}', 'lax $.a[0]' RETURNING integer) => 1  # functions/json.html#json-value
json_query('{"a": [1, 2]}', 'lax $.a[*]' WITH ARRAY WRAPPER) => [1,2]  # functions/json.html#json-query
json_object('a' : 1, 'b' : NULL) => {"a":1,"b":null}  # functions/json.html#json-object
json_array(1, NULL, 'x') => [1,"x"]  # functions/json.html#json-array
"""

# Rows shown of a line that differs.
SHOWN = 3
# The names of functions in a line, which are counted.
NAME = re.compile(r"\b([a-z][a-z0-9_]*)(?=\()", re.IGNORECASE)
# Floats within the text of an array, a map or a row.
FLOAT = re.compile(r"-?\d+\.\d+(?:E-?\d+)?|-?Infinity|NaN")


class Athena:
    """What the sandbox answers."""

    def __init__(self, url):
        self.client = boto3.client("athena", endpoint_url=url)

    def rows(self, sql):
        """The columns' types and the rows, each value a text or None."""
        started = self.client.start_query_execution(QueryString=sql, ResultConfiguration={"OutputLocation": "s3://tumble-dev-athena/out/"})
        query = {"QueryExecutionId": started["QueryExecutionId"]}
        while (status := self.client.get_query_execution(**query)["QueryExecution"]["Status"])["State"] in ("QUEUED", "RUNNING"):
            time.sleep(0.005)
        if status["State"] != "SUCCEEDED":
            raise ValueError(status["StateChangeReason"])
        types, rows = None, []
        for page in self.client.get_paginator("get_query_results").paginate(**query):
            types = [column["Type"] for column in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
            rows += [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
        return types, rows[1:]


def rounded(value, digits):
    """A float's text, so that those that only the last digits tell apart are the same."""
    return str(float(f"{value:.{digits}g}"))


def normal(text, kind, exact=False):
    """A value of the sandbox in the form in which values are compared."""
    if text is None:
        return None
    if kind in ("double", "float", "real"):
        return rounded(float(text), 6 if kind != "double" else 14)
    if kind in ("array", "map", "row") and not exact:
        text = FLOAT.sub(lambda found: rounded(float(found[0]), 14), text)
    if kind == "map":
        text = in_order(text)
    if kind.startswith("time") or kind == "interval day to second":
        text = re.sub(r"(\.\d*?)0+(?=$| )", r"\1", text).replace(". ", " ").removesuffix(".")
    return text


def in_order(text):
    return "{" + ", ".join(sorted(text[1:-1].split(", "))) + "}"


def shown(value, kind, inner=False):
    """A value of DuckDB in the same form."""
    if value is None:
        return "null" if inner else None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return rounded(value, 6 if kind == "float" and not inner else 14)
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):
        return value.hex(" ")
    if isinstance(value, datetime.datetime):
        return normal(f"{value.year:04}-{value:%m-%d %H:%M:%S.%f}", "timestamp")
    if isinstance(value, datetime.time):
        return normal(f"{value:%H:%M:%S.%f}", "time")
    if isinstance(value, datetime.timedelta):
        sign, value = ("-", -value) if value < datetime.timedelta() else ("", value)
        hours, rest = divmod(value.seconds, 3600)
        return normal(f"{sign}{value.days} {hours:02}:{rest // 60:02}:{rest % 60:02}.{value.microseconds:06}", "interval day to second")
    if isinstance(value, list):
        return "[" + ", ".join(shown(one, kind, True) for one in value) + "]"
    if isinstance(value, tuple):
        value = {f"field{i}": one for i, one in enumerate(value)}
        return "{" + ", ".join(f"{key}={shown(one, kind, True)}" for key, one in value.items()) + "}"
    if isinstance(value, dict):
        text = "{" + ", ".join(f"{shown(key, kind, True)}={shown(one, kind, True)}" for key, one in value.items()) + "}"
        return in_order(text) if kind == "map" else text
    return normal(str(value), kind) if kind.startswith("time") else str(value)


def lines(table):
    """Of each line: Trino's part, the rows to take if any, and DuckDB's part."""
    for line in table.splitlines():
        if line and not line.startswith("# "):
            trino, _, other = line.partition(" => ")
            expression, _, where = trino.partition("  where ")
            yield expression.strip(), where.strip(), other.strip() or expression.strip()


def values(name, duck):
    """A relation of one column of edge values and their numbers."""
    trino_type, duck_type, texts = COLUMNS[name]
    rows = ", ".join(f"({i}, CAST({text} AS {duck and duck_type or trino_type}))" for i, text in enumerate(texts.split("|")))
    return f"(VALUES {rows}) AS {name}_({name}_i, {name})"


def columns(expression):
    """The columns of edge values that an expression speaks of."""
    bare = re.sub(r"'[^']*'", "''", expression)
    words = re.sub(r"\b\w+(?=\()|(?<=\bAS )\w+|INTERVAL '' \w+|\btime zone\b", " ", bare)
    return [name for name in COLUMNS if re.search(rf"(?<![.\w]){name}\b", words)]


def with_lambdas(sql):
    """Lambdas as DuckDB writes them."""
    return re.sub(r"\(((?:\w+, )+\w+)\) -> |\b(\w+) -> ", lambda found: f"lambda {found[1] or found[2]}: ", sql)


class Comparison:
    def __init__(self, athena):
        self.athena = athena
        self.duck = duckdb.connect()
        self.duck.execute(with_lambdas(MACROS))
        self.compared = self.expressions = self.differing = 0
        self.names = set()

    def count(self, expression, compared):
        self.expressions += 1
        self.compared += compared
        self.names.update(name.lower() for name in NAME.findall(re.sub(r"'[^']*'", "''", expression)))

    def differ(self, expression, why):
        self.differing += 1
        print(f"differs  {expression}\n         {why}", flush=True)

    def answers(self, trino, duck):
        """The rows of both as text."""
        types, rows = self.athena.rows(trino)
        found = self.duck.execute(with_lambdas(duck)).fetchall()
        exact = ["DECIMAL" in str(column[1]) for column in self.duck.description]
        return [[normal(*cell) for cell in zip(row, types, exact)] for row in rows], [[shown(*cell) for cell in zip(row, types)] for row in found]

    def each_row(self, expression, where, other):
        names = columns(expression)
        keys = ", ".join(f"{name}_i" for name in names)
        tables = [" CROSS JOIN ".join(values(name, duck) for name in names) for duck in (False, True)]
        filtered = f" WHERE {where}" if where else ""
        try:
            here, there = self.answers(f"SELECT {keys}, {expression} FROM {tables[0]}{filtered}", f"SELECT {keys}, TRY({other}) FROM {tables[1]}")
        except Exception as error:
            self.count(expression, 0)
            return self.differ(expression, str(error).strip()[:300])
        there = {tuple(row[:-1]): row[-1] for row in there}
        self.count(expression, len(here))
        wrong = [(row[:-1], row[-1], there[tuple(row[:-1])]) for row in here if row[-1] != there[tuple(row[:-1])]]
        if not here:
            self.differ(expression, "no rows")
        if wrong:
            told = []
            for key, ours, theirs in wrong[:SHOWN]:
                at = ", ".join(f"{name} = {COLUMNS[name][2].split('|')[int(i)]}" for name, i in zip(names, key))
                told.append(f"{at}: {ours!r}, DuckDB {theirs!r}")
            self.differ(expression, f"{len(wrong)} of {len(here)} rows: " + "\n         ".join(told))

    def each_query(self, query, _, other):
        used = [name for name in RELATIONS if re.search(rf"\b(FROM|JOIN|TABLE|,) {name}\b", query)]
        common = ", ".join(f"{name} AS {RELATIONS[name]}" for name in used)

        def prefix(sql):
            if not used:
                return sql
            return re.sub(r"^(WITH (?:RECURSIVE )?)", rf"\1{common}, ", sql) if sql.startswith("WITH ") else f"WITH {common} {sql}"

        try:
            here, there = self.answers(prefix(query), prefix(other))
        except Exception as error:
            self.count(query, 0)
            return self.differ(query, str(error).strip()[:300])
        if not re.search(r"ORDER BY [^()]*$", query):
            here, there = sorted(here, key=repr), sorted(there, key=repr)
        self.count(query, sum(map(len, here)))
        if here != there:
            odd = [(a, b) for a, b in itertools.zip_longest(here, there) if a != b][:SHOWN]
            self.differ(query, "\n         ".join(f"{a}, DuckDB {b}" for a, b in odd))

    def each_value(self, line):
        expression, _, rest = line.partition(" =>")
        value, _, source = rest.partition("  # ")
        value = value[1:]
        query = f"SELECT {expression}"
        try:
            (row,) = self.athena.rows(query)[1]
            found = "NULL" if row[0] is None else row[0]
        except Exception as error:
            found = "FAILS"
            if value != "FAILS":
                found = f"FAILS: {error}"[:300]
        self.count(expression, 1)
        if found != value:
            self.differ(expression, f"{found!r}, Trino {value!r} ({source})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="the gluedeck binary")
    parser.add_argument("--only", default="", help="a regular expression: only the lines that it matches")
    arguments = parser.parse_args()
    os.environ.update(ENVIRONMENT)
    only = lambda line: re.search(arguments.only, line[0])
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(arguments.program, folder)
        try:
            comparison = Comparison(Athena(sandbox.url))
            for line in filter(only, lines(CASES)):
                comparison.each_row(*line)
            for expression, where, other in filter(only, lines(AGGREGATES)):
                comparison.each_query(f"SELECT g, {expression} FROM facts GROUP BY g", "", f"SELECT g, {other} FROM facts GROUP BY g")
                if not where:
                    comparison.each_query(f"SELECT {expression} FROM facts WHERE o < 0", "", f"SELECT {other} FROM facts WHERE o < 0")
            for expression, where, other in filter(only, lines(WINDOWS)):
                named = " WINDOW w AS (PARTITION BY g ORDER BY o)" if where else ""
                comparison.each_query(f"SELECT o, {expression} FROM facts{named}", "", f"SELECT o, {other} FROM facts{named}")
            for line in filter(only, lines(QUERIES)):
                comparison.each_query(*line)
            for line in TRINO.splitlines():
                if " =>" in line and only([line]):
                    comparison.each_value(line)
        finally:
            sandbox.stop()
    print(f"{comparison.compared} values of {comparison.expressions} expressions and queries compared, {len(comparison.names)} functions; {comparison.differing} differ")
    sys.exit(1 if comparison.differing else 0)


if __name__ == "__main__":
    main()
