import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { LogSource } from "../source/source.ts";
import { hashOf, parseRoute, type Route } from "./route.ts";
import type { View } from "./view.ts";
import { entryOf, VIEW_ENTRIES } from "./views.ts";

/** The frame around every view. */
export function Shell({ source }: { readonly source: LogSource }): VNode {
  const route = useRoute();
  const View = useView(route);
  const say = useRef((_text: string) => {}).current;
  return (
    <>
      <header>
        <nav aria-label="Views">
          {VIEW_ENTRIES.map(({ name, title }) => (
            <a key={name} href={hashOf(name)}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main id="main">
        {View === undefined ? null : <View source={source} route={route} say={say} />}
      </main>
    </>
  );
}

function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = (): void => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}

function useView({ view }: Route): View | undefined {
  const [shown, setShown] = useState<{ readonly name: string; readonly View: View }>();
  useEffect(() => {
    void entryOf(view)
      ?.load()
      .then((module) => setShown({ name: view, View: module.View }));
  }, [view]);
  return shown?.View;
}
