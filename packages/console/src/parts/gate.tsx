import type { VNode } from "preact";
import { keepAuditorKey } from "../shell/auditor-key.ts";
import { hashOf } from "../shell/route.ts";

/** What somebody sees who has no auditor's key, or one that is not admitted. */
export function Gate({ isRefused = false }: { readonly isRefused?: boolean }): VNode {
  const enter = (event: SubmitEvent): void => {
    event.preventDefault();
    const field = new FormData(event.currentTarget as HTMLFormElement).get("key");
    keepAuditorKey(typeof field === "string" ? field.trim() : null);
    location.reload();
  };
  return (
    <section class="sheet gate stack" aria-labelledby="gate-title">
      <h2 id="gate-title">{isRefused ? "This key is not admitted" : "Events are for auditors"}</h2>
      <p>
        An auditor's key opens what was decided and why. Without one, everybody may read the log's
        checkpoints and hash tiles: <a href={hashOf("log")}>Log</a> shows them and checks that one
        continues another.
      </p>
      <form onSubmit={enter}>
        <div class="field">
          <label for="key">Auditor's key</label>
          <input id="key" name="key" type="password" autocomplete="off" required />
        </div>
        <button class="button" type="submit">
          Open
        </button>
      </form>
      <p class="quiet small">
        The key stays in this tab, is sent to this server alone, and is gone when the tab closes.
      </p>
    </section>
  );
}
