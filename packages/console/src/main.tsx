import { render } from "preact";
import { followAuditorKey, takeAuditorKey } from "./shell/auditor-key.ts";
import { Shell } from "./shell/shell.tsx";
import { keptTheme, showTheme } from "./shell/theme.ts";
import { openSource } from "./source/source.ts";

const root = document.getElementById("root");
const kind = document.documentElement.dataset.source === "export" ? "export" : "audit";
const base = new URL(".", document.baseURI).href;

showTheme(keptTheme());
followAuditorKey();
if (root !== null) {
  root.replaceChildren();
  render(<Shell source={openSource({ kind, base, key: takeAuditorKey() })} />, root);
}
