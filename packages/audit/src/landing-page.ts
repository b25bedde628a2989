import type { Checkpoint } from "@writ/tlog/checkpoint";

/** What the page may say. */
export interface Landing {
  /** The log's verifier key; undefined if its constitution cannot be read. */
  readonly vkey: string | undefined;
  /** The published tree head; undefined if nothing is published. */
  readonly checkpoint: Checkpoint | undefined;
  /** The auditor's key that came with the request and is admitted; undefined for everybody else. */
  readonly key: string | undefined;
}

const LATEST_EVENTS = 20;

/** The front page of the audit process: which log this is, how far it goes, where to read it. */
export function landingPage({ vkey, checkpoint, key }: Landing): string {
  const origin = checkpoint?.origin ?? vkey?.split("+", 1)[0] ?? "a Bucket";
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeHtml(origin)}</title>
<h1>${escapeHtml(origin)}</h1>
<p>This is the read side of an append-only log of enforcement decisions, served as C2SP tlog-tiles.</p>
<dl>
<dt>Verifier key</dt><dd><code>${escapeHtml(vkey ?? "its constitution cannot be read")}</code></dd>
${headLines(checkpoint)}
</dl>
<ul>
<li><a href="checkpoint">checkpoint</a>: the signed tree head</li>
<li><code>tile/&lt;L&gt;/&lt;N&gt;[.p/&lt;W&gt;]</code>: hash tiles</li>
${eventLines(checkpoint, key)}
</ul>
</html>
`;
}

function headLines(checkpoint: Checkpoint | undefined): string {
  if (checkpoint === undefined) return "<dt>Published events</dt><dd>none yet</dd>";
  const root = Buffer.from(checkpoint.root).toString("base64");
  return `<dt>Published events</dt><dd>${checkpoint.size}</dd>
<dt>Root hash</dt><dd><code>${escapeHtml(root)}</code></dd>`;
}

function eventLines(checkpoint: Checkpoint | undefined, key: string | undefined): string {
  if (key === undefined) {
    return "<li>Events are for auditors: open this page with <code>?key=KEY</code>.</li>";
  }
  const from = Math.max(0, (checkpoint?.size ?? 0) - LATEST_EVENTS);
  const query = new URLSearchParams({ from: String(from), limit: String(LATEST_EVENTS), key });
  return `<li><a href="v1/events?${escapeHtml(query.toString())}">the latest events</a> as JSON</li>
<li><code>tile/entries/&lt;N&gt;[.p/&lt;W&gt;]?key=KEY</code>: entry bundles</li>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
