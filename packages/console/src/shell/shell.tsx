import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Fault } from "../parts/fault.tsx";
import { Gate } from "../parts/gate.tsx";
import { useAnswer } from "../parts/use-answer.ts";
import type { LogSource } from "../source/source.ts";
import { keepAuditorKey } from "./auditor-key.ts";
import { Boundary } from "./boundary.tsx";
import { hashOf, type Route, type ViewName } from "./route.ts";
import { chooseTheme, keptTheme, nextTheme } from "./theme.ts";
import { useRoute } from "./use-route.ts";
import { useVoice } from "./use-voice.ts";
import type { View } from "./view.ts";
import { entryOf, loaderOf, VIEW_ENTRIES } from "./views.ts";

/** The frame around every view: which log this is, where one can go, and the view itself. */
export function Shell({ source }: { readonly source: LogSource }): VNode {
  const route = useRoute();
  const [said, say] = useVoice();
  const main = useRef<HTMLElement>(null);
  const { answer: origin } = useAnswer((signal) => originOf(source, signal), [source]);
  useArrival(route, main.current);
  const isClosed = source.kind === "audit" && !source.hasKey && route.view !== "log";
  return (
    <>
      <button type="button" class="button skip unseen" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="bar">
        <LogName origin={origin ?? "…"} />
        <Navigation view={route.view} />
        <Tools source={source} />
      </header>
      <main id="main" tabIndex={-1} ref={main}>
        <Boundary key={route.view}>
          {isClosed ? <Closed view={route.view} /> : <Shown {...{ source, route, say }} />}
        </Boundary>
      </main>
      <div class="unseen" role="status">
        {said}
      </div>
    </>
  );
}

/** By the log's key, which names it; what it is believed for is checked where something is proved. */
async function originOf(source: LogSource, signal: AbortSignal): Promise<string> {
  return (await source.text("vkey", signal)).split("+", 1)[0] ?? "";
}

/** A reader who follows a link is brought to what it leads to. */
function useArrival({ view, of }: Route, main: HTMLElement | null): void {
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${entryOf(view)?.title ?? view}${of === "" ? "" : ` ${of}`} · Writ`;
    if (!isFirst.current) {
      main?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    isFirst.current = false;
  }, [view, of]);
}

function LogName({ origin }: { readonly origin: string }): VNode {
  return (
    <div class="log-name">
      <svg width="18" height="18" viewBox="0 0 16 16" aria-hidden="true">
        <path d="M1.5 1.5h13v13h-13zM4 8.5l3 3 5-7" fill="none" stroke="currentColor" />
      </svg>
      <span title={origin}>{origin}</span>
    </div>
  );
}

function Navigation({ view }: { readonly view: ViewName }): VNode {
  return (
    <nav aria-label="Views">
      {VIEW_ENTRIES.filter(({ isMain }) => isMain).map(({ name, title }) => (
        <a key={name} href={hashOf(name)} aria-current={name === view ? "page" : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}

function Tools({ source }: { readonly source: LogSource }): VNode {
  const [theme, setTheme] = useState(keptTheme);
  const turn = (): void => {
    const next = nextTheme(theme);
    chooseTheme(next);
    setTheme(next);
  };
  const forget = (): void => {
    keepAuditorKey(null);
    location.reload();
  };
  return (
    <div class="tools">
      <button type="button" class="button" onClick={turn}>
        <span aria-hidden="true">◐ </span>
        <span class="unseen">Colours: </span>
        {theme}
      </button>
      {source.hasKey ? (
        <button type="button" class="button" onClick={forget}>
          Forget key
        </button>
      ) : null}
    </div>
  );
}

function Closed({ view }: { readonly view: ViewName }): VNode {
  return (
    <>
      <h1>{entryOf(view)?.title ?? view}</h1>
      <Gate />
    </>
  );
}

function Shown(props: Parameters<View>[0]): VNode {
  const { view } = props.route;
  const entry = entryOf(view);
  const found = entry === undefined ? undefined : loaderOf(entry, props.source.kind);
  const [loaded, setLoaded] = useState<{ readonly name: ViewName; readonly View: View }>();
  const [fault, setFault] = useState<unknown>();
  useEffect(() => {
    if (typeof found !== "function") return;
    found().then((module) => setLoaded({ name: view, View: module.View }), setFault);
  }, [view]);
  if (found === undefined) return <p>There is no such view here.</p>;
  if (fault !== undefined) return <Fault fault={fault} />;
  const inPlace = typeof found === "function" ? undefined : found.View;
  const Found = inPlace ?? (loaded?.name === view ? loaded.View : undefined);
  return Found === undefined ? <p class="quiet">…</p> : <Found {...props} />;
}
