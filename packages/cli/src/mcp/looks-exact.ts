/** What a name ends with, if what it names changes its meaning with its case. */
const ENDINGS: ReadonlySet<string> = new Set(
  (
    "path file filename filepath dir directory folder root cwd source src destination dest dst target " +
    "pattern glob uri url link href id identifier uuid guid key ref branch tag sha hash digest commit " +
    "repo repository owner user username account email address host hostname domain bucket table " +
    "database schema column field symbol slug token name namespace channel project workspace command"
  ).split(" "),
);

const FORMATS: ReadonlySet<string> = new Set([
  "uri",
  "uri-reference",
  "uri-template",
  "iri",
  "iri-reference",
  "uuid",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "json-pointer",
  "relative-json-pointer",
]);

/**
 * Whether a string is likely a path or an identifier, by its name or format: one that would be
 * judged in lower case and then used as it was, so that `/srv/TMP` is judged as `/srv/tmp`.
 */
export function looksExact(name: string, format: unknown): boolean {
  if (typeof format === "string" && FORMATS.has(format)) return true;
  const last = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .split(/[^A-Za-z0-9]+/)
    .at(-1)
    ?.toLowerCase();
  if (last === undefined) return false;
  return [last, last.replace(/s$/, ""), last.replace(/ies$/, "y")].some((each) =>
    ENDINGS.has(each),
  );
}
