import { bare, type Fate, type Source, TRANSIENT } from "./case.ts";

export const about =
  "Texts that mean a moment or a request, and near misses (SPEC 5.4): each part of both grammars.";

const U = "123e4567-e89b-12d3-a456-426614174000";

const moments: readonly (readonly [name: string, text: string])[] = [
  ["zulu", "2024-05-20T10:00:00Z"],
  ["lowercase", "2024-05-20t10:00:00z"],
  ["space-for-t", "2024-05-20 10:00:00Z"],
  ["padded", " \u30002024-05-20T10:00:00Z\n"],
  ["positive-offset", "2024-05-20T10:00:00+02:00"],
  ["negative-offset", "2024-05-20T10:00:00-11:30"],
  ["zero-offset", "2024-05-20T10:00:00-00:00"],
  ["greatest-offset", "2024-05-20T10:00:00+23:59"],
  ["fraction-of-one-digit", "2024-05-20T10:00:00.1Z"],
  ["fraction-of-many-digits", `2024-05-20T10:00:00.${"0123456789".repeat(5)}Z`],
  ["fraction-and-offset", "2024-05-20T10:00:00.123456+01:00"],
  ["year-0000", "0000-01-01T00:00:00Z"],
  ["year-9999", "9999-12-31T23:59:59Z"],
  ["leap-second", "2016-12-31T23:59:60Z"],
  ["leap-second-anywhere", "2024-05-20T10:30:60Z"],
  ["february-31", "2024-02-31T10:00:00Z"],
  ["month-01-day-01", "2024-01-01T10:00:00Z"],
  ["month-12-day-31", "2024-12-31T10:00:00Z"],
  ["hour-00", "2024-05-20T00:00:00Z"],
];

const noMoments: readonly (readonly [name: string, text: string])[] = [
  ["date", "2024-05-20"],
  ["time", "10:00:00"],
  ["time-with-offset", "10:00:00z"],
  ["no-offset", "2024-05-20t10:00:00"],
  ["no-seconds", "2024-05-20t10:00z"],
  ["no-minutes", "2024-05-20t10z"],
  ["compact", "20240520t100000z"],
  ["compact-date", "20240520t10:00:00z"],
  ["week-date", "2024-w21-1t10:00:00z"],
  ["ordinal-date", "2024-141t10:00:00z"],
  ["unix-seconds", "1716199200"],
  ["unix-milliseconds", "1716199200000"],
  ["http-date", "mon, 20 may 2024 10:00:00 gmt"],
  ["american-date", "05/20/2024 10:00:00z"],
  ["slashes", "2024/05/20 10:00:00z"],
  ["year-of-three-digits", "224-05-20t10:00:00z"],
  ["year-of-five-digits", "12024-05-20t10:00:00z"],
  ["signed-year", "+2024-05-20t10:00:00z"],
  ["month-00", "2024-00-20t10:00:00z"],
  ["month-13", "2024-13-20t10:00:00z"],
  ["month-of-one-digit", "2024-5-20t10:00:00z"],
  ["day-00", "2024-05-00t10:00:00z"],
  ["day-32", "2024-05-32t10:00:00z"],
  ["day-of-one-digit", "2024-05-2t10:00:00z"],
  ["hour-24", "2024-05-20t24:00:00z"],
  ["hour-of-one-digit", "2024-05-20t1:00:00z"],
  ["minute-60", "2024-05-20t10:60:00z"],
  ["second-61", "2024-05-20t10:00:61z"],
  ["empty-fraction", "2024-05-20t10:00:00.z"],
  ["comma-fraction", "2024-05-20t10:00:00,5z"],
  ["two-fractions", "2024-05-20t10:00:00.1.2z"],
  ["offset-hour-24", "2024-05-20t10:00:00+24:00"],
  ["offset-minute-60", "2024-05-20t10:00:00+10:60"],
  ["offset-without-colon", "2024-05-20t10:00:00+0200"],
  ["offset-hours-only", "2024-05-20t10:00:00+02"],
  ["offset-with-minus-sign", "2024-05-20t10:00:00\u221202:00"],
  ["zulu-and-offset", "2024-05-20t10:00:00z+02:00"],
  ["zone-name", "2024-05-20t10:00:00z[utc]"],
  ["word-utc", "2024-05-20 10:00:00 utc"],
  ["two-spaces", "2024-05-20  10:00:00z"],
  ["tab-for-t", "2024-05-20\t10:00:00z"],
  ["no-break-space-for-t", "2024-05-20\u00a010:00:00z"],
  ["underscore-for-t", "2024-05-20_10:00:00z"],
  ["space-before-zulu", "2024-05-20t10:00:00 z"],
  ["text-before", "at 2024-05-20t10:00:00z"],
  ["text-behind", "2024-05-20t10:00:00z!"],
  ["second-line", "2024-05-20t10:00:00z\nx"],
  ["line-before", "x\n2024-05-20t10:00:00z"],
  ["two-moments", "2024-05-20t10:00:00z/2024-05-20t10:00:00z"],
  ["arabic-digits", "\u0662\u0660\u0662\u0664-05-20t10:00:00z"],
  ["full-width-digit", "202\uff14-05-20t10:00:00z"],
  ["full-width-digit-in-a-fraction", "2024-05-20t10:00:00.\uff11z"],
  ["look-alike-behind", "2024-05-20t10:00:00z\u200b"],
  ["nul-behind", "2024-05-20t10:00:00z\u0000"],
];

const uuids: readonly (readonly [name: string, text: string])[] = [
  ["version-1", U],
  ["version-4", "f47ac10b-58cc-4372-a567-0e02b2c3d479"],
  ["version-7", "018f9c2e-7b1a-7cc3-98c4-dc0c0c07398f"],
  ["nil", "00000000-0000-0000-0000-000000000000"],
  ["max", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
  ["no-version", "123e4567-e89b-02d3-0456-426614174000"],
  ["capitals", U.toUpperCase()],
  ["padded", `\t${U}\u2003`],
];

const noUuids: readonly (readonly [name: string, text: string])[] = [
  ["without-hyphens", U.replaceAll("-", "")],
  ["braces", `{${U}}`],
  ["urn", `urn:uuid:${U}`],
  ["one-digit-short", U.slice(0, -1)],
  ["one-digit-more", `${U}0`],
  ["first-part-short", U.slice(1)],
  ["letter-g", U.replace("e", "g")],
  ["hyphen-moved", "123e456-7e89b-12d3-a456-426614174000"],
  ["hyphen-missing", "123e4567-e89b12d3-a456-426614174000"],
  ["hyphen-between-last", "123e4567-e89b-12d3-a456-426614-174000"],
  ["other-hyphen", U.replaceAll("-", "\u2010")],
  ["full-width-digit", U.replace("1", "\uff11")],
  ["text-before", `id ${U}`],
  ["text-behind", `${U} x`],
  ["second-line", `${U}\nx`],
  ["two", `${U},${U}`],
];

const others: readonly (readonly [name: string, text: string])[] = [
  ["sha-256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["sha-1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
  ["version", "3.0.0+20240520"],
  ["ulid", "01arz3ndektsv4rrffq69g5fav"],
  ["object-id", "507f1f77bcf86cd799439011"],
  ["duration", "p1dt10h"],
  ["ip-address", "192.168.0.1"],
];

const MOMENT = "A moment: an RFC 3339 date-time (SPEC 5.4).";
const NO_MOMENT = "Not all of it is an RFC 3339 date-time (SPEC 5.4).";
const REQUEST = "A UUID, of any version and variant (SPEC 5.4).";
const NO_REQUEST = "Not all of it is a UUID (SPEC 5.4).";

function texts(
  section: string,
  why: string,
  table: readonly (readonly [name: string, text: string])[],
  fate?: Fate,
): Source[] {
  return table.map(([name, text]) => {
    const received = `{"a":${JSON.stringify(text)}}`;
    return bare(`transient-${section}-${name}`, why, received, fate ?? received);
  });
}

const DEEP = "Every string value read as a string or as any value, at every depth (SPEC 5.4).";

export const cases: readonly Source[] = [
  ...texts("moment", MOMENT, moments, TRANSIENT),
  ...texts("no-moment", NO_MOMENT, noMoments),
  ...texts("uuid", REQUEST, uuids, TRANSIENT),
  ...texts("no-uuid", NO_REQUEST, noUuids),
  ...texts("other", "Neither grammar (SPEC 5.4).", others),
  bare("transient-in-an-array", DEEP, `{"a":[1,["x","${U}"]]}`, TRANSIENT),
  bare("transient-in-an-object", DEEP, `{"a":{"b":{"c":"${U}"}}}`, TRANSIENT),
  bare(
    "transient-name",
    "Names are never checked (SPEC 5.4).",
    `{"${U}":{"2024-05-20T10:00:00Z":1}}`,
    `{"${U}":{"2024-05-20T10:00:00Z":1}}`,
  ),
  bare(
    "transient-by-escapes",
    "Escapes are resolved before (SPEC 1.1, 5.4).",
    '{"a":"2024-05-20\\u0054\\u00310:00:00Z"}',
    TRANSIENT,
  ),
  bare(
    "transient-kelvin-is-no-digit",
    NO_REQUEST,
    `{"a":"\u212a${U.slice(1)}"}`,
    `{"a":"k${U.slice(1)}"}`,
  ),
];
