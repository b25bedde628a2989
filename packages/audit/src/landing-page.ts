import type { Checkpoint } from "@writ/tlog/checkpoint";

/** What the page may say. */
export interface Landing {
  /** The log's verifier key; undefined if its constitution cannot be read. */
  readonly vkey: string | undefined;
  /** The published tree head; undefined if nothing is published. */
  readonly checkpoint: Checkpoint | undefined;
}

/** The front page of the audit process: which log this is, how far it goes, where to read it. */
export function landingPage({ vkey, checkpoint }: Landing): string {
  const origin = checkpoint?.origin ?? vkey?.split("+", 1)[0] ?? "a Bucket";
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeHtml(origin)}</title>
<script src="auditor.js" type="module"></script>
<h1>${escapeHtml(origin)}</h1>
<p>This is the read side of an append-only log of enforcement decisions, served as C2SP tlog-tiles.</p>
<dl>
<dt>Verifier key</dt><dd><code>${escapeHtml(vkey ?? "its constitution cannot be read")}</code></dd>
${headLines(checkpoint)}
</dl>
<ul>
<li><a href="checkpoint">checkpoint</a>: the signed tree head; <a href="checkpoints">checkpoints</a>: every one</li>
<li><code>tile/&lt;L&gt;/&lt;N&gt;[.p/&lt;W&gt;]</code>: hash tiles</li>
<li>Events are for auditors: send a key as <code>Authorization: Bearer KEY</code>, or open this page with <code>#key=KEY</code>.</li>
</ul>
<h2 hidden id="title">The latest events</h2>
<pre hidden id="events" data-size="${checkpoint?.size ?? 0}"></pre>
</html>
`;
}

/**
 * Takes an auditor's key from the fragment, which no browser sends and no server logs, out of sight
 * at once, and reads with it as any client does. It stays with this tab and this origin.
 */
export const AUDITOR_SCRIPT = `const given = new URLSearchParams(location.hash.slice(1)).get("key");
if (given !== null) {
  sessionStorage.setItem("auditor-key", given);
  history.replaceState(null, "", location.pathname);
}
const key = sessionStorage.getItem("auditor-key");
if (key !== null) {
  const events = document.getElementById("events");
  const from = Math.max(0, Number(events.dataset.size) - 20);
  const answer = await fetch("v1/events?limit=20&from=" + from, {
    headers: { authorization: "Bearer " + key },
  });
  events.textContent = answer.ok
    ? (await answer.json()).events.map(({ index, event }) => index + " " + JSON.stringify(event)).join("\\n")
    : "the key is not admitted";
  for (const element of [events, document.getElementById("title")]) element.hidden = false;
}
`;

function headLines(checkpoint: Checkpoint | undefined): string {
  if (checkpoint === undefined) return "<dt>Published events</dt><dd>none yet</dd>";
  const root = Buffer.from(checkpoint.root).toString("base64");
  return `<dt>Published events</dt><dd>${checkpoint.size}</dd>
<dt>Root hash</dt><dd><code>${escapeHtml(root)}</code></dd>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
